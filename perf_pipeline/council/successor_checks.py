"""Whether codes that replaced others are codes of the register, and those replaced are not."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from perf_pipeline.council.checks import look_alikes, unknown_names
from perf_pipeline.council.organisation import UNIT_COLUMNS, live_ends
from perf_pipeline.council.periods import EVER, Period, period_of
from perf_pipeline.council.register import RegisterTable, Row
from perf_pipeline.council.wording import Fault, folded, quoted
from perf_pipeline.errors import Mistake
from perf_pipeline.rules import OrganisationUnit


class _Units(NamedTuple):
    """The codes of one kind of unit in the register.

    Attributes:
        noun: What people call such a unit.
        file: File of the codes.
        periods: Quarters in which each code holds; empty for a code whose quarters cannot be told.
        periods_by_look: The same by what a reader sees of the code.
    """

    noun: str
    file: str
    periods: Mapping[str, Sequence[Period]]
    periods_by_look: Mapping[str, Sequence[Period]]


def successor_mistakes(tables: Mapping[str, RegisterTable]) -> Iterator[Mistake]:
    """Find replacements that cannot have happened.

    Args:
        tables: Every table of the register, by name.
    """
    successors = tables["successors"]
    for kind, (name, column) in UNIT_COLUMNS.items():
        table = replace(successors, rows=[*_of_kind(successors, kind)])
        yield from look_alikes(table, "old_code")
        yield from _circles(table)
        if column in tables[name].read_columns:
            units = _units(kind, tables[name], column)
            yield from unknown_names(table, "new_code", units.periods, units.file, units.noun)
            for row in table.rows:
                for fault in (_not_begun(row, units), _still_live(row, units)):
                    if fault:
                        yield fault.at(table.file, row.line)


def _of_kind(successors: RegisterTable, kind: OrganisationUnit) -> Iterator[Row]:
    for row in successors.rows:
        is_sound = row.is_sound("unit_kind_code", "old_code", "new_code", "valid_from")
        if is_sound and row["unit_kind_code"] == kind:
            yield row


def _units(kind: OrganisationUnit, table: RegisterTable, column: str) -> _Units:
    periods: defaultdict[str, list[Period | None]] = defaultdict(list)
    for row in table.rows:
        if row.is_sound(column):
            periods[row[column]].append(period_of(row))
    noun = "KPI" if kind is OrganisationUnit.KPI else kind.value
    told = {code: [each for each in found if each] for code, found in periods.items()}
    known = {code: told[code] if None not in found else [] for code, found in periods.items()}
    by_look = {folded(code): sorted(each) for code, each in known.items()}
    return _Units(noun, table.file, known, by_look)


def _not_begun(row: Row, units: _Units) -> Fault | None:
    """Find a new code that does not hold in the quarter in which it replaces the old one."""
    key, periods = row["valid_from"], units.periods.get(row["new_code"])
    if not periods or Period(key, key).first_gap(periods) is None:
        return None
    return Fault(
        f"The {units.noun} {quoted(row['new_code'])} replaces another in {key}, but does not hold "
        f"then, by {units.file}.",
        "Change the quarters of the one or the other so that they agree.",
    )


def _still_live(row: Row, units: _Units) -> Fault | None:
    """Find an old code that holds on, written alike or otherwise."""
    if row["old_code"] == row["new_code"]:
        return None
    since = Period(row["valid_from"], EVER.last)
    periods = units.periods_by_look.get(folded(row["old_code"]), ())
    held = next((each for each in map(since.shared, periods) if each), None)
    if held is None:
        return None
    return Fault(
        f"The {units.noun} {quoted(row['old_code'])} is replaced from {since.first} on, but still "
        f"holds in {held.first}, by {units.file}.",
        f"End it (valid_to in {units.file}) before it is replaced, or delete this row.",
    )


def _circles(table: RegisterTable) -> Iterator[Mistake]:
    """Find the rows that close a circle: from the new code earlier rows lead back to the old."""
    children: defaultdict[str, list[str]] = defaultdict(list)
    for row in table.rows:
        old, new = row["old_code"], row["new_code"]
        if live_ends(new, children, {old}):
            yield Mistake(
                table.file,
                row.line,
                f"{quoted(old)} is replaced by {quoted(new)}, which leads back to it.",
                "Correct one of the two codes: a code that is replaced never comes back.",
            )
        else:
            children[old].append(new)
