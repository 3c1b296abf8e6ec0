"""Whether an alias stands for one KPI, and for nothing else that a return may write."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from perf_pipeline.council.periods import Period, period_of
from perf_pipeline.council.register import RegisterTable, Row
from perf_pipeline.council.wording import Fault, folded, quoted
from perf_pipeline.errors import Mistake
from perf_pipeline.rules import OrganisationUnit


def alias_mistakes(tables: Mapping[str, RegisterTable]) -> Iterator[Mistake]:
    """Find aliases that a row of a return could be taken by for another KPI.

    Args:
        tables: Every table of the register, by name.
    """
    aliases = tables["kpi_aliases"]
    references = _references(tables)
    earlier: defaultdict[str, list[tuple[Row, Period]]] = defaultdict(list)
    for row in aliases.rows:
        period = period_of(row)
        if period is None or not row.is_sound("kpi_ref", "alias_text"):
            continue
        look = " ".join(folded(row["alias_text"]).split())
        if look in references:
            yield _a_reference(row, references[look]).at(aliases.file, row.line)
        for other, its_period in earlier[look]:
            if other["kpi_ref"] != row["kpi_ref"] and its_period.overlaps(period):
                yield _of_two(row, other).at(aliases.file, row.line)
        earlier[look].append((row, period))


def _references(tables: Mapping[str, RegisterTable]) -> dict[str, str]:
    """Return every reference that the register has or had, with its file, by its look."""
    kpis, successors = tables["kpis"], tables["successors"]
    former = {
        folded(row["old_code"]): successors.file
        for row in successors.rows
        if row["unit_kind_code"] == OrganisationUnit.KPI
    }
    return former | {folded(row["kpi_ref"]): kpis.file for row in kpis.rows}


def _a_reference(row: Row, file: str) -> Fault:
    return Fault(
        f"The alias {quoted(row['alias_text'])} is a KPI's reference, by {file}.",
        "Delete the row: a reference needs no alias, and one that was replaced belongs in "
        "register/successors.csv.",
    )


def _of_two(row: Row, other: Row) -> Fault:
    return Fault(
        f"The alias {quoted(row['alias_text'])} stands for {quoted(row['kpi_ref'])}, and on line "
        f"{other.line} for {quoted(other['kpi_ref'])}.",
        "Keep it for one of the two, or end one (valid_to) before the other begins.",
    )
