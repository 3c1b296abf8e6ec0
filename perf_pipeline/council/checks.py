"""Whether the register agrees with itself and its names: keys, references and periods."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from perf_pipeline.council.periods import Period, period_of
from perf_pipeline.council.register import RegisterTable, Row
from perf_pipeline.council.wording import Fault, folded, nearest, quoted
from perf_pipeline.errors import Mistake
from perf_pipeline.rules import HEADLINE

_KEYS: Mapping[str, Sequence[str]] = {
    "directorates": ("directorate_code",),
    "services": ("service_code",),
    "kpis": ("kpi_ref",),
    "targets": ("kpi_ref",),
    "breakdowns": ("breakdown_type_code", "breakdown_category_code"),
    "history": ("kpi_ref", "quarter_key"),
    "in_development": ("directorate_code", "indicator_order"),
    "key_issue_notes": ("quarter_key", "directorate_code", "issue_order"),
    "receipts": ("quarter_key", "source_code"),
}
"""What tells the rows of a table apart within any one quarter."""

_NAMES: Mapping[str, str] = {
    "directorate_code": "directorate",
    "service_code": "service",
    "kpi_ref": "KPI",
    "source_code": "source",
    "rule_name": "rule",
}
"""What people call that which a column names."""


class _Reference(NamedTuple):
    """A column that names rows of another table by that table's column of the same name.

    `is_dated` says whether the row referred to must hold for as long as the referring row does;
    the history's figures are older than the register.
    """

    table: str
    column: str
    target: str
    is_dated: bool = True


_REFERENCES = (
    _Reference("services", "directorate_code", "directorates"),
    _Reference("kpis", "service_code", "services"),
    _Reference("targets", "kpi_ref", "kpis"),
    _Reference("history", "kpi_ref", "kpis", is_dated=False),
    _Reference("in_development", "directorate_code", "directorates"),
    _Reference("key_issue_notes", "directorate_code", "directorates"),
)
_CODED = (("directorates", "directorate_code"), ("services", "service_code"), ("kpis", "kpi_ref"))


def register_mistakes(tables: Mapping[str, RegisterTable]) -> Iterator[Mistake]:
    """Find what is wrong between rows of the register.

    Args:
        tables: Every table of the register, by name.
    """
    for name, columns in _KEYS.items():
        yield from _backward_periods(tables[name])
        yield from _repeated_rows(tables[name], columns)
    for name, column in _CODED:
        yield from _look_alikes(tables[name], column)
    yield from _headline_breakdowns(tables["breakdowns"])
    for reference in _REFERENCES:
        table, target = tables[reference.table], tables[reference.target]
        if reference.column in target.read_columns:
            rows = _by_key(target.rows, (reference.column,))
            known = [code for (code,) in rows]
            yield from unknown_names(table, reference.column, known, target.file)
            if reference.is_dated:
                yield from _gaps(table, reference.column, rows, target.file)


def unknown_names(
    table: RegisterTable, column: str, known: Iterable[str], file: str
) -> Iterator[Mistake]:
    """Find cells of a column that name what another file does not give.

    Args:
        table: Table of the column.
        column: The column; an empty cell names nothing.
        known: Names that the other file gives.
        file: The other file.
    """
    known = dict.fromkeys(known)
    remedies: dict[str, str] = {}
    for row in table.rows:
        name = row[column]
        if name and name not in known and row.is_sound(column):
            # Kept by name: looking for the nearest of many is slow.
            remedies[name] = remedies.get(name) or _unknown_remedy(name, known, file)
            found = f"The {_NAMES[column]} {quoted(name)} is not in {file}."
            yield Mistake(table.file, row.line, found, remedies[name])


def _unknown_remedy(name: str, known: Iterable[str], file: str) -> str:
    near = nearest(name, known)
    if near is None:
        return f"Add it to {file}, or correct it here."
    return f"Did you mean {quoted(near)}? If not, add it to {file}."


def _backward_periods(table: RegisterTable) -> Iterator[Mistake]:
    for row in table.rows:
        is_dated = "valid_from" in row.cells and row["valid_to"]
        if is_dated and row.is_sound("valid_from", "valid_to") and not period_of(row):
            yield Mistake(
                table.file,
                row.line,
                f"`valid_to` {row['valid_to']} is before `valid_from` {row['valid_from']}.",
                "Swap them or correct one; leave `valid_to` empty while the row still holds.",
            )


def _repeated_rows(table: RegisterTable, columns: Sequence[str]) -> Iterator[Mistake]:
    for key, rows in _by_key(table.rows, columns).items():
        earlier: list[tuple[Row, Period]] = []
        for row in rows:
            period = period_of(row)
            if period is None:
                continue
            clash = next((other for other in earlier if other[1].overlaps(period)), None)
            if clash:
                yield _repeat_fault(key, row, *clash).at(table.file, row.line)
            earlier.append((row, period))


def _repeat_fault(key: Sequence[str], row: Row, first: Row, period: Period) -> Fault:
    shown = quoted(" ".join(key))
    if "valid_from" not in row.cells:
        return Fault(f"{shown} is on line {first.line} already.", "Keep one of the two rows.")
    return Fault(
        f"{shown} is on line {first.line} already, {period}, and this row overlaps it.",
        "End the earlier row (valid_to) before this one begins (valid_from), or keep one of the "
        "two.",
    )


def _look_alikes(table: RegisterTable, column: str) -> Iterator[Mistake]:
    first_rows: dict[str, Row] = {}
    for row in table.rows:
        code = row[column]
        first = first_rows.setdefault(folded(code), row)
        if first[column] != code and row.is_sound(column):
            yield Mistake(
                table.file,
                row.line,
                f"`{column}` {quoted(code)} looks like {quoted(first[column])} on line "
                f"{first.line}, but is written otherwise.",
                "Write both alike if they are the same, or give this one a reference that "
                "differs in letters or digits.",
            )


def _headline_breakdowns(table: RegisterTable) -> Iterator[Mistake]:
    for row in table.rows:
        if folded(row["breakdown_type_code"]) == HEADLINE:
            yield Mistake(
                table.file,
                row.line,
                f"The breakdown type `{HEADLINE}` stands for a KPI's own figure.",
                "Delete the row, or give the breakdown another code.",
            )


def _gaps(
    table: RegisterTable,
    column: str,
    target_rows: Mapping[tuple[str, ...], Sequence[Row]],
    file: str,
) -> Iterator[Mistake]:
    for row in table.rows:
        period = period_of(row)
        targets = [period_of(target) for target in target_rows.get((row[column],), ())]
        if period is None or not targets or None in targets:
            continue
        gap = period.first_gap(each for each in targets if each)
        if gap:
            yield Mistake(
                table.file,
                row.line,
                f"This row holds {period}, but in {gap} {_NAMES[column]} {quoted(row[column])} "
                f"does not, by {file}.",
                "Change the quarters of the one or the other so that they agree.",
            )


def _by_key(rows: Iterable[Row], columns: Sequence[str]) -> dict[tuple[str, ...], list[Row]]:
    by_key: defaultdict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if row.is_sound(*columns):
            by_key[tuple(row[column] for column in columns)].append(row)
    return by_key
