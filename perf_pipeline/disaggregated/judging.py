"""Accepted rows of one shard → outturns, each judged by its own quarter's rules, and their counts.

::

    accepted ─▶ ordering ─▶ duplicates ─▶ rating ─────▶ outturns
    register ─▶ standards ──────────────▶ comparing ──▶ summing ─▶ summary

Texts are numbers here and rules are arrays: nothing is done row by row, and a text is looked at
once. What comes out is what `perf_pipeline.rate` and `perf_pipeline.compare` make of one figure.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from perf_pipeline.disaggregated.coding import Coded, Codes, coded, decoded, taken
from perf_pipeline.disaggregated.comparing import DIRECTIONS, Compared, compared
from perf_pipeline.disaggregated.duplicates import settled
from perf_pipeline.disaggregated.ordering import Order, Ordered, ordered
from perf_pipeline.disaggregated.rating import RAGS, colours, improved, reasons, status_numbers
from perf_pipeline.disaggregated.series import SERIES
from perf_pipeline.disaggregated.standards import COMPARED, REASONS, Judging, SmallIntegers, ordinal
from perf_pipeline.disaggregated.summing import summary_of
from perf_pipeline.exact import Floats
from perf_pipeline.rules import Comparator
from perf_pipeline.schemas import disaggregated

__all__ = ["JudgedShard", "Judging", "judge_shard"]

_PREVIOUS, _LAST_YEAR, _BASELINE = (
    COMPARED.index(each)
    for each in (Comparator.PREVIOUS_QUARTER, Comparator.LAST_YEAR, Comparator.BASELINE)
)


@dataclass(frozen=True)
class JudgedShard:
    """What a shard's rows came to.

    Attributes:
        outturns: `DisaggregatedOutturns`, by `series_hash`, then by the texts of the series, then
            by quarter; no order of rows that came in matters.
        duplicates: `DisaggregatedRejections` of rows for one series and quarter, without
            `row_text`.
        summary: Counts by `figure_quarter_key` and `kpi_ref`, named as in `DisaggregatedSummary`;
            those of several shards add up.
    """

    outturns: pa.Table
    duplicates: pa.Table
    summary: pd.DataFrame


def judge_shard(accepted: pa.Table, judging: Judging, file_names: Mapping[str, str]) -> JudgedShard:
    """Judge all rows of some series, each by the register's row of its own quarter.

    A figure is compared with those of its own series in the same shard. A KPI that is not in force
    in a row's quarter has no target there, and nothing is compared.

    Args:
        accepted: The columns of `DisaggregatedOutturns` without those of judging; of each series
            all rows, so that no series is in two shards.
        judging: What rows are judged by.
        file_names: Where each file was, by its hash: rejected rows name it.

    Raises:
        ValueError: A row lacks part of its key or its status, or has the status of a figure and no
            figure. Checking lets no such row through.
        KeyError: A repeated row is of a file without a name.
    """
    accepted = accepted.unify_dictionaries().combine_chunks()
    columns = {name: _complete(name, coded(accepted[name])) for name in (*SERIES, "quarter_key")}
    quarters = _quarter_numbers(columns["quarter_key"])
    found = settled(accepted, _in_order(columns, quarters), file_names)
    rows, order = found.rows, found.rows.order
    cells = _cells(columns, order)
    with ThreadPoolExecutor(1) as beside:
        # Arrow puts columns in order while numpy judges: both let go of the interpreter.
        in_order = beside.submit(_taken, accepted, order)
        judged = _judged(
            rows,
            accepted["outturn_value"].to_numpy()[order],
            status_numbers(coded(accepted["outturn_status_code"]))[order],
            judging.places_of(columns["kpi_ref"].texts, quarters).ravel()[cells],
            judging,
        )
        summary = summary_of(
            cells,
            columns["kpi_ref"].texts,
            columns["quarter_key"].texts,
            judged.rag,
            judged.previous.directions,
        )
        outturns = _outturns(in_order.result(), judged)
    return JudgedShard(outturns, found.rejected, summary)


def _taken(accepted: pa.Table, order: Order) -> dict[str, pa.ChunkedArray]:
    return {name: taken(accepted[name], order) for name in accepted.column_names}


@dataclass(frozen=True)
class _Judged:
    """What was made of rows, by number, in their order."""

    rag: SmallIntegers
    reason: SmallIntegers
    previous: Compared
    last_year: Compared


def _complete(name: str, column: Coded) -> Coded:
    if (column.codes < 0).any():
        raise ValueError(f"Some accepted rows have no {name}.")
    return column


def _quarter_numbers(column: Coded) -> Codes:
    """Return the number of each text of a column of quarters, 0 for those that no row has."""
    numbers = np.zeros(len(column.texts), dtype=np.int64)
    is_used = np.bincount(column.codes, minlength=len(column.texts)) > 0
    numbers[is_used] = [ordinal(text) for text in column.texts[is_used]]
    return numbers


def _in_order(columns: Mapping[str, Coded], quarters: Codes) -> Ordered:
    of_rows = quarters[columns["quarter_key"].codes]
    return ordered(columns, of_rows - of_rows.min() if of_rows.size else of_rows)


def _cells(columns: Mapping[str, Coded], order: Order) -> Codes:
    """Number KPI and quarter of each row together."""
    kpis, quarters = columns["kpi_ref"], columns["quarter_key"]
    cells: Codes = (kpis.codes * len(quarters.texts) + quarters.codes)[order]
    return cells


def _judged(
    rows: Ordered, values: Floats, statuses: Codes, places: Codes, judging: Judging
) -> _Judged:
    reason = reasons(values, statuses, places, judging)
    rag = colours(values, reason, places, judging)
    found = [
        compared(rows, values, places, judging.comparisons[each], judging)
        for each in (_PREVIOUS, _LAST_YEAR)
    ]
    if (judging.improvement == _BASELINE).any():
        found.append(compared(rows, values, places, judging.comparisons[_BASELINE], judging))
    rag = improved(rag, places, [each.directions for each in found], judging)
    return _Judged(rag, reason, found[_PREVIOUS], found[_LAST_YEAR])


def _outturns(in_order: Mapping[str, pa.ChunkedArray], judged: _Judged) -> pa.Table:
    """Put what was found beside the rows in their order, columns as the schema has them."""
    columns = {
        **in_order,
        "rag_code": decoded(judged.rag, RAGS),
        "not_rated_reason_code": decoded(judged.reason, REASONS),
        "previous_value": _figures(judged.previous.values),
        "previous_direction_code": decoded(judged.previous.directions, DIRECTIONS),
        "last_year_value": _figures(judged.last_year.values),
        "last_year_direction_code": decoded(judged.last_year.directions, DIRECTIONS),
    }
    names = list(disaggregated.DisaggregatedOutturns.to_schema().columns)
    return pa.table({name: columns[name] for name in names})


def _figures(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
