"""Whether the register agrees with itself and its names: keys, references and periods."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from perf_pipeline.council.periods import Period, period_of
from perf_pipeline.council.register import RegisterTable, Row
from perf_pipeline.council.wording import Fault, folded, nearest, quoted
from perf_pipeline.errors import Mistake
from perf_pipeline.rules import HEADLINE, UNLINKED, WHOLE_COUNCIL

_KEYS: Mapping[str, Sequence[str]] = {
    "directorates": ("directorate_code",),
    "services": ("service_code",),
    "kpis": ("kpi_ref",),
    "kpi_aliases": ("kpi_ref", "alias_text"),
    "targets": ("kpi_ref",),
    "breakdowns": ("breakdown_type_code", "breakdown_category_code"),
    "history": ("kpi_ref", "quarter_key"),
    "in_development": ("directorate_code", "indicator_order"),
    "key_issue_notes": ("quarter_key", "directorate_code", "issue_order"),
    "receipts": ("quarter_key", "source_code"),
    "priorities": ("priority_code",),
    "themes": ("theme_code",),
    "benchmarks": ("kpi_ref", "benchmark_type_code"),
    "overrides": ("quarter_key", "kpi_ref"),
    "accepted_rows": (
        "quarter_key",
        "source_code",
        "file_sha256",
        "sheet_name",
        "row_number",
        "column_code",
        "reason_code",
    ),
    "series_breaks": ("kpi_ref", "quarter_key"),
    "successors": ("unit_kind_code", "old_code", "new_code"),
    "stated_counts": ("quarter_key", "directorate_code", "count_code", "note_text"),
}
"""What tells the rows of a table apart within any one quarter."""

_NAMES: Mapping[str, str] = {
    "directorate_code": "directorate",
    "service_code": "service",
    "priority_code": "priority",
    "theme_code": "theme",
    "kpi_ref": "KPI",
    "source_code": "source",
    "rule_name": "rule",
}
"""What people call that which a column names."""


def _reported_period(kpi: Row) -> Period | None:
    """Return the quarters that a KPI's figures are about; in arrears they begin earlier."""
    period = period_of(kpi)
    if period is None or not kpi.is_sound("arrears_quarter_count"):
        return None
    return period.back(int(kpi["arrears_quarter_count"]))


class _Reference(NamedTuple):
    """A column that names rows of another table by that table's column of the same name.

    `period` says in which quarters the row referred to can be referred to; None where that does
    not matter, as history and breaks in it are older than the register.
    """

    table: str
    column: str
    target: str
    period: Callable[[Row], Period | None] | None = period_of


_REFERENCES = (
    _Reference("services", "directorate_code", "directorates"),
    _Reference("kpis", "service_code", "services"),
    _Reference("kpis", "priority_code", "priorities"),
    _Reference("kpis", "theme_code", "themes"),
    _Reference("kpi_aliases", "kpi_ref", "kpis"),
    _Reference("targets", "kpi_ref", "kpis", _reported_period),
    _Reference("history", "kpi_ref", "kpis", None),
    _Reference("in_development", "directorate_code", "directorates"),
    _Reference("key_issue_notes", "directorate_code", "directorates"),
    _Reference("benchmarks", "kpi_ref", "kpis"),
    _Reference("overrides", "kpi_ref", "kpis"),
    _Reference("series_breaks", "kpi_ref", "kpis", None),
    _Reference("stated_counts", "directorate_code", "directorates"),
)
_CODED: Mapping[str, tuple[str, Sequence[str]]] = {
    "directorates": ("directorate_code", (WHOLE_COUNCIL, UNLINKED)),
    "services": ("service_code", (WHOLE_COUNCIL,)),
    "kpis": ("kpi_ref", ()),
    "priorities": ("priority_code", (UNLINKED,)),
    "themes": ("theme_code", (UNLINKED,)),
}
"""The column of a table that names its rows to other tables, and the codes that stand for none.

`none` is also where former KPIs are counted that no directorate has taken over.
"""


def register_mistakes(tables: Mapping[str, RegisterTable]) -> Iterator[Mistake]:
    """Find what is wrong between rows of the register.

    Args:
        tables: Every table of the register, by name.
    """
    for name, columns in _KEYS.items():
        yield from _backward_periods(tables[name])
        yield from _repeated_rows(tables[name], columns)
    for name, (column, reserved) in _CODED.items():
        yield from look_alikes(tables[name], column)
        yield from _reserved_codes(tables[name], column, reserved)
    yield from _headline_breakdowns(tables["breakdowns"])
    yield from _empty_statements(tables["stated_counts"])
    for reference in _REFERENCES:
        table, target = tables[reference.table], tables[reference.target]
        if reference.column in target.read_columns:
            rows = _by_key(target.rows, (reference.column,))
            known = [code for (code,) in rows]
            yield from unknown_names(table, reference.column, known, target.file)
            if reference.period:
                periods = {code: [*map(reference.period, rows[code,])] for code in known}
                yield from _gaps(table, reference.column, periods, target.file)


def unknown_names(
    table: RegisterTable, column: str, known: Iterable[str], file: str, noun: str | None = None
) -> Iterator[Mistake]:
    """Find cells of a column that name what another file does not give.

    Args:
        table: Table of the column.
        column: The column; an empty cell names nothing.
        known: Names that the other file gives.
        file: The other file.
        noun: What the column names, where the column does not say it.
    """
    known, noun = dict.fromkeys(known), noun or _NAMES[column]
    remedies: dict[str, str] = {}
    for row in table.rows:
        name = row[column]
        if name and name not in known and row.is_sound(column):
            # Kept by name: looking for the nearest of many is slow.
            remedies[name] = remedies.get(name) or _unknown_remedy(name, known, file)
            found = f"The {noun} {quoted(name)} is not in {file}."
            yield Mistake(table.file, row.line, found, remedies[name])


def _unknown_remedy(name: str, known: Iterable[str], file: str) -> str:
    near = nearest(name, known)
    if near is None:
        return f"Add it to {file}, or correct it here."
    return f"Did you mean {quoted(near)}? If not, add it to {file}."


def _backward_periods(table: RegisterTable) -> Iterator[Mistake]:
    for row in table.rows:
        is_dated = "valid_from" in row.cells and row.cells.get("valid_to")
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
    shown = quoted(" ".join(filter(None, key)))
    if "valid_to" not in row.cells:
        return Fault(f"{shown} is on line {first.line} already.", "Keep one of the two rows.")
    return Fault(
        f"{shown} is on line {first.line} already, {period}, and this row overlaps it.",
        "End the earlier row (valid_to) before this one begins (valid_from), or keep one of the "
        "two.",
    )


def look_alikes(table: RegisterTable, column: str) -> Iterator[Mistake]:
    """Find codes that a reader takes for one written earlier, and a computer does not.

    Args:
        table: Table of the codes.
        column: Their column.
    """
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


def _reserved_codes(
    table: RegisterTable, column: str, reserved: Sequence[str]
) -> Iterator[Mistake]:
    for row in table.rows:
        if folded(row[column]) in reserved:
            yield Mistake(
                table.file,
                row.line,
                f"`{column}` {quoted(row[column])} stands for what has no {_NAMES[column]}.",
                "Give it another code.",
            )


def _empty_statements(table: RegisterTable) -> Iterator[Mistake]:
    stated = ("stated_count", "stated_share_text")
    for row in table.rows:
        if row.is_sound(*stated) and not any(row[column] for column in stated):
            yield Mistake(
                table.file,
                row.line,
                "The row states neither a count nor a share.",
                "Write `stated_count` or `stated_share_text` as printed, or delete the row.",
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
    periods: Mapping[str, Sequence[Period | None]],
    file: str,
) -> Iterator[Mistake]:
    for row in table.rows:
        period = period_of(row)
        targets = periods.get(row[column], ())
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
