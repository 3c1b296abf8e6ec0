"""The register's CSV files: rows with their lines, checked cell by cell and by schema."""

import csv
import io
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pandas as pd
import pandera.pandas as pa

from perf_pipeline.council.cells import cell_fault, cell_value
from perf_pipeline.council.files import decoded
from perf_pipeline.council.wording import Fault, either, nearest, quoted
from perf_pipeline.errors import Mistake
from perf_pipeline.schemas import ColumnKind, Table, column_kinds, conform, register, table_name
from perf_pipeline.schemas.distinct import validate_distinct

REGISTER: Mapping[str, type[Table]] = {
    table_name(model): model
    for model in (
        register.Directorates,
        register.Services,
        register.Kpis,
        register.KpiAliases,
        register.Targets,
        register.Breakdowns,
        register.History,
        register.InDevelopment,
        register.KeyIssueNotes,
        register.Receipts,
        register.Priorities,
        register.Themes,
        register.Benchmarks,
        register.Overrides,
        register.AcceptedRows,
        register.SeriesBreaks,
        register.Successors,
        register.StatedCounts,
    )
}
"""Schemas of the register's files, by table name."""

REQUIRED = ("directorates", "services", "kpis", "targets")
"""Tables that every register has; without its file one of the others has no rows."""

OPTIONAL_COLUMNS: Mapping[str, Sequence[str]] = {
    "targets": ("target_text",),
    "accepted_rows": ("column_code",),
}
"""Columns that a table's file may do without; they are empty then."""


def register_file(table: str) -> str:
    """Return the name of a table's file, relative to the council folder."""
    return f"register/{table}.csv"


@dataclass(frozen=True)
class Row:
    """One row as written.

    Attributes:
        line: Line on which it begins.
        cells: Cells by column, empty where null.
        faults: What is wrong, by column; None for a column that the heading does not give, of
            which the heading's own mistake says enough.
    """

    line: int
    cells: Mapping[str, str]
    faults: Mapping[str, Fault | None]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def is_sound(self, *columns: str) -> bool:
        """Tell whether cells hold what their columns may hold."""
        return not any(column in self.faults for column in columns)


@dataclass(frozen=True)
class RegisterTable:
    """One table of the register as read.

    Attributes:
        name: Table name.
        rows: Rows as written.
        frame: The same rows, conformed to the table's schema; a cell with a fault is null.
        mistakes: What is wrong with the table by itself.
        read_columns: Columns whose cell was read in every row; what one of the other columns
            lacks may yet be in the file.
    """

    name: str
    rows: Sequence[Row]
    frame: pd.DataFrame
    mistakes: Sequence[Mistake]
    read_columns: frozenset[str]

    @property
    def file(self) -> str:
        """Name of its file."""
        return register_file(self.name)


class _Record(NamedTuple):
    """What the CSV reader gave for one row: cells, or what is wrong with them."""

    line: int
    cells: list[str]
    fault: Fault | None = None


def read_table(name: str, content: bytes | None) -> RegisterTable:
    """Read a table of the register.

    Args:
        name: Table name.
        content: The file's bytes; None when there is no such file.
    """
    if content is None:
        return _table(name, (), (), () if name in REQUIRED else column_kinds(REGISTER[name]))
    text = decoded(content)
    if not isinstance(text, str):
        line, fault = text
        return _table(name, (), [_Record(line, [], fault)], ())
    return _read_text(name, text)


def _read_text(name: str, text: str) -> RegisterTable:
    kinds = column_kinds(REGISTER[name])
    header, *records = [*_records(text)] or [_Record(1, [], _no_heading(kinds))]
    if header.fault:
        return _table(name, (), [header], ())
    records = [_with_width_checked(record, len(header.cells)) for record in records]
    unreadable = [record for record in records if record.fault]
    optional = [each for each in OPTIONAL_COLUMNS.get(name, ()) if each not in header.cells]
    read_columns = [
        column for column in kinds if header.cells.count(column) == 1 or column in optional
    ]
    faults = _heading_faults(header.cells, [each for each in kinds if each not in optional])
    headings = [_Record(header.line, [], fault) for fault in faults]
    rows = [
        _row(record, header.cells, kinds, read_columns) for record in records if not record.fault
    ]
    return _table(name, rows, [*headings, *unreadable], () if unreadable else read_columns)


def with_cells(
    table: RegisterTable, cells: Mapping[int, Mapping[str, str]], mistakes: Sequence[Mistake]
) -> RegisterTable:
    """Return a table with cells that were worked out from others in it.

    Args:
        table: The table.
        cells: Cells by the row's place and by column; each is sound, and was empty.
        mistakes: What was found to be wrong on the way.
    """
    rows = [
        replace(row, cells={**row.cells, **cells.get(place, {})})
        for place, row in enumerate(table.rows)
    ]
    return replace(
        table,
        rows=tuple(rows),
        frame=_frame(rows, REGISTER[table.name]),
        mistakes=(*table.mistakes, *mistakes),
    )


def _records(text: str) -> Iterator[_Record]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _Record(line, [], _csv_fault(error))
        else:
            if any(cells):
                yield _Record(line, cells)


def _csv_fault(error: csv.Error) -> Fault:
    return Fault(
        f"The row cannot be read: {error}.",
        "Put a cell that holds a comma, a quote or a line break between double quotes, and write "
        "a quote inside it twice.",
    )


def _no_heading(kinds: Iterable[str]) -> Fault:
    return Fault("The file is empty.", f"Write the headings on line 1: {','.join(kinds)}.")


def _with_width_checked(record: _Record, width: int) -> _Record:
    if record.fault or len(record.cells) == width:
        return record
    fault = Fault(
        f"The row has {len(record.cells)} cells and the heading {width}.",
        "Write a cell for each heading, and put a text with a comma in it between double quotes.",
    )
    return record._replace(fault=fault)


def _heading_faults(header: Sequence[str], kinds: Collection[str]) -> Iterator[Fault]:
    missing = [column for column in kinds if column not in header]
    for column in missing:
        yield Fault(f"The column `{column}` is missing.", "Add it to the heading and every row.")
    for heading in dict.fromkeys(header):
        if heading not in kinds:
            near = nearest(heading, missing)
            remedy = f"Did you mean `{near}`?" if near else "Delete or rename the column."
            yield Fault(f"The column {quoted(heading)} is not known.", remedy)
        elif header.count(heading) > 1:
            yield Fault(f"The column `{heading}` is there twice.", "Keep one of the two.")


def _row(
    record: _Record,
    header: Sequence[str],
    kinds: Mapping[str, ColumnKind],
    read_columns: Sequence[str],
) -> Row:
    written = dict(zip(header, record.cells, strict=True))
    faults = {}
    for column, kind in kinds.items():
        is_read = column in read_columns
        fault = cell_fault(column, kind, written.get(column, "")) if is_read else None
        if fault or not is_read:
            faults[column] = fault
    return Row(record.line, {column: written.get(column, "") for column in kinds}, faults)


def _table(
    name: str, rows: Sequence[Row], unread: Iterable[_Record], read_columns: Iterable[str]
) -> RegisterTable:
    """Check rows by the table's schema and put every mistake of the table together."""
    frame = _frame(rows, REGISTER[name])
    by_row = _schema_faults(frame, REGISTER[name]) if rows else {}
    rows = [
        replace(row, faults={**by_row.get(place, {}), **row.faults})
        for place, row in enumerate(rows)
    ]
    faults = [(record.line, record.fault) for record in unread]
    faults += [(row.line, fault) for row in rows for fault in row.faults.values()]
    file = register_file(name)
    mistakes = tuple(fault.at(file, line) for line, fault in faults if fault)
    return RegisterTable(name, tuple(rows), frame, mistakes, frozenset(read_columns))


def _frame(rows: Sequence[Row], model: type[Table]) -> pd.DataFrame:
    columns = {}
    for column, kind in column_kinds(model).items():
        texts = [row[column] if row.is_sound(column) else "" for row in rows]
        columns[column] = pd.Series([cell_value(kind, text) for text in texts], dtype="object")
    return conform(pd.DataFrame(columns), model)


def _schema_faults(frame: pd.DataFrame, model: type[Table]) -> Mapping[int, dict[str, Fault]]:
    """Return the first failure of each cell, by row and column."""
    faults: defaultdict[int, dict[str, Fault]] = defaultdict(dict)
    try:
        validate_distinct(frame, model)
    except pa.errors.SchemaErrors as error:
        columns = model.to_schema().columns
        for case in error.failure_cases.itertuples():
            fault = _schema_fault(columns[case.column], case)
            faults[int(case.index)].setdefault(case.column, fault)
    return faults


def _schema_fault(column: Any, case: Any) -> Fault:
    if case.check == "not_nullable":
        return Fault(f"`{column.name}` is empty.", f"Write it: {column.description}")
    check, found = column.checks[case.check_number], f"`{column.name}` is"
    match check.name:
        case "isin":
            words = check.statistics["allowed_values"]
            fault = Fault(
                f"{found} {quoted(case.failure_case)}, which is not one of its words.",
                f"Write {either(words)}.",
            )
        case "str_length":
            fault = Fault(
                f"{found} {len(case.failure_case)} characters long.",
                f"Write {check.statistics['max_value']} characters at most.",
            )
        case _:
            fault = Fault(
                f"{found} {quoted(case.failure_case)}, which it cannot be.",
                f"Write what it holds: {column.description}",
            )
    return fault
