"""What the database counts of a dataset's rows: what was given, and what is published, of it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from perf_pipeline.rules import Direction, Rag
from perf_pipeline.schemas import REPORTING_TABLES, ColumnKind, column_kinds
from perf_pipeline.warehouse.content import Row
from perf_pipeline.warehouse.engine import is_sqlite

_OUTTURNS = "disaggregated_outturns"
_TEXTS = {ColumnKind.CODE, ColumnKind.TEXT}
_NEARLY = 1e-9
"""How far two sums of the same floats may be apart, which are added up in any order."""

_SUMMARY_COUNTS = (
    "outturn_count",
    *(f"{rag}_count" for rag in (Rag.GREEN, Rag.AMBER, Rag.RED)),
    "not_rated_count",
    *(
        f"{direction}_count"
        for direction in (Direction.IMPROVED, Direction.MAINTAINED, Direction.DECLINED)
    ),
)


@dataclass(frozen=True)
class Totals:
    """What rows come to; each column counts by its place, so that no two can be confused.

    Attributes:
        row_count: Rows.
        text_bytes: Bytes of text.
        number_sum: Sum of whole numbers and flags.
        figure_sum: Sum of figures without their signs: what cancels out says nothing of rounding.
        null_count: Cells without a value.
        checksum: Of all rows, where it was worked out.
    """

    row_count: int = 0
    text_bytes: int = 0
    number_sum: int = 0
    figure_sum: float = 0.0
    null_count: int = 0
    checksum: str = ""

    def plus(self, other: "Totals") -> "Totals":
        """Return the totals of these and other rows."""
        return Totals(
            self.row_count + other.row_count,
            self.text_bytes + other.text_bytes,
            self.number_sum + other.number_sum,
            self.figure_sum + other.figure_sum,
            self.null_count + other.null_count,
        )

    def is_like(self, other: "Totals") -> bool:
        """Tell whether these may be totals of the same rows."""
        whole = ("row_count", "text_bytes", "number_sum", "null_count")
        return all(getattr(self, each) == getattr(other, each) for each in whole) and math.isclose(
            self.figure_sum, other.figure_sum, rel_tol=_NEARLY, abs_tol=_NEARLY
        )


Summary = Mapping[tuple[str, str], tuple[int, ...]]
"""The counts of a dataset's summary, by quarter of the figures and KPI."""


def stored_counts(
    connection: sa.Connection, table: sa.Table, number: int
) -> tuple[Totals, Summary]:
    """Let the database count the rows of a dataset in one of its tables, in one reading of them.

    Args:
        connection: The caller's.
        table: A table of `dataset_tables`.
        number: The dataset's number.

    Returns:
        What all rows come to; and of outturns, what their summary counts.
    """
    groups, counts = _summary_columns(table) if table.name == _OUTTURNS else ([], [])
    rows = connection.execute(
        sa.select(*groups, *counts, *_totals_columns(connection, table))
        .where(table.c.dataset_number == number)
        .group_by(*groups)
    )
    totals, summary, width = Totals(), {}, len(groups) + len(counts)
    for row in rows:
        summary[tuple(row[: len(groups)])] = tuple(row[len(groups) : width])
        count, text_bytes, number_sum, figure_sum, null_count = (each or 0 for each in row[width:])
        totals = totals.plus(
            Totals(count, int(text_bytes), int(number_sum), float(figure_sum), int(null_count))
        )
    return totals, summary


def _summary_columns(table: sa.Table) -> tuple[list[Any], list[Any]]:
    """Return what the rows of outturns are grouped by, and what is counted of each group."""
    row = table.c
    ratings = [row.rag_code == str(rag) for rag in (Rag.GREEN, Rag.AMBER, Rag.RED)]
    directions = [
        row.previous_direction_code == str(direction)
        for direction in (Direction.IMPROVED, Direction.MAINTAINED, Direction.DECLINED)
    ]
    conditions = (*ratings, row.rag_code.is_(None), *directions)
    counts = [sa.func.count().filter(condition) for condition in conditions]
    return [row.quarter_key, row.kpi_ref], [sa.func.count(), *counts]


def _totals_columns(connection: sa.Connection, table: sa.Table) -> list[Any]:
    """Return what `Totals` has, in its order."""
    columns = list(table.columns)[1:]
    kinds: Mapping[str, list[sa.ColumnElement[Any]]] = {"text": [], "number": [], "figure": []}
    for weight, column in enumerate(columns, start=1):
        kind, value = _measure(connection, column)
        kinds[kind].append(weight * sa.func.coalesce(value, 0))
    sums = [sa.func.sum(sum(each, start=sa.literal(0))) for each in kinds.values()]
    return [sa.func.count(), *sums, sa.func.sum(_nulls(connection, columns))]


def _nulls(connection: sa.Connection, columns: list[sa.Column[Any]]) -> sa.ColumnElement[int]:
    """Return how many cells of a row are null."""
    if not is_sqlite(connection):
        return sa.func.num_nulls(*columns)
    return sum((sa.cast(each.is_(None), sa.Integer) for each in columns), start=sa.literal(0))


def _measure(connection: sa.Connection, column: sa.Column[Any]) -> tuple[str, Any]:
    """Return what of a column is added up, and where."""
    kind = column.info["kind"]
    if kind in _TEXTS:
        as_bytes = sa.cast(column, sa.LargeBinary)
        is_old = is_sqlite(connection)
        return "text", sa.func.length(as_bytes) if is_old else sa.func.octet_length(column)
    if kind == ColumnKind.FIGURE:
        return "figure", sa.func.abs(column)
    return "number", sa.cast(column, sa.Integer) if kind == ColumnKind.FLAG else column


@dataclass(frozen=True)
class NamedDataset:
    """A dataset as a publication's tables have it.

    Attributes:
        sha256: Its digest.
        accepted_count: Rows that the return's account says were accepted.
        rejected_count: Rows that it says were rejected.
        summary: The counts of the return's summary.
    """

    sha256: str
    accepted_count: int
    rejected_count: int
    summary: Summary


def named_datasets(rows: Mapping[str, list[Row]]) -> Iterator[NamedDataset]:
    """Yield the datasets that a publication's returns name, in the order of their digests.

    Args:
        rows: Rows of every reporting table, by name.
    """
    summaries: dict[tuple[str, str], dict[tuple[str, str], tuple[int, ...]]] = {}
    for each in _named(rows, "disaggregated_summary"):
        of_return = summaries.setdefault((each["quarter_key"], each["source_code"]), {})
        counts = tuple(each[name] for name in _SUMMARY_COUNTS)
        of_return[each["figure_quarter_key"], each["kpi_ref"]] = counts
    returns = [
        each for each in _named(rows, "disaggregated_returns") if each["dataset_sha256"] is not None
    ]
    for each in sorted(returns, key=lambda each: str(each["dataset_sha256"])):
        yield NamedDataset(
            each["dataset_sha256"],
            each["accepted_count"],
            each["rejected_count"],
            summaries.get((each["quarter_key"], each["source_code"]), {}),
        )


def named_fault(named: NamedDataset, record: sa.Row[Any], summary: Summary) -> str | None:
    """Say in what a stored dataset is not what a publication's tables say of it, if in anything.

    Args:
        named: The dataset as the tables have it.
        record: Its row of `disaggregated_datasets`.
        summary: What the database counts of its outturns.
    """
    stored = (record.outturn_count, record.rejection_count)
    told = (named.accepted_count, named.rejected_count)
    if stored != told:
        return (
            f"{stored[0]} rows accepted and {stored[1]} rejected, where the return counts "
            f"{told[0]} and {told[1]}"
        )
    differing = sorted({key for key, _ in summary.items() ^ named.summary.items()})
    if differing:
        quarter_key, kpi_ref = differing[0]
        return f"the summary of {kpi_ref} in {quarter_key} counts its rows otherwise"
    return None


def _named(rows: Mapping[str, list[Row]], table: str) -> Iterator[dict[str, Any]]:
    names = list(column_kinds(REPORTING_TABLES[table]))
    yield from (dict(zip(names, row, strict=True)) for row in rows[table])
