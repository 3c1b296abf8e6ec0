"""A batch of a disaggregated return → accepted outturns and rejected rows, as the plain path says.

    batch ─text columns─▶ distinct texts ─validate─▶ keys, figures, problems ─codes─▶ rows
                                                                   ├─▶ accepted
                                                                   └─▶ rejected, with what to send

Rows are judged as `validate.check_rows` judges the same cells, but for three things: a breakdown of
an earlier quarter is accepted, an area is a part of the key, and a row of a label alone, which
heads a section where people write, is rejected. That keys are unique is checked by judging: the
rows of one key may stand in several batches.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.errors
import pyarrow as pa
import pyarrow.compute as pc
from pandera.pandas import DataFrameSchema

from perf_pipeline.disaggregated.findings import Findings
from perf_pipeline.disaggregated.plain_decimals import PlainDecimals
from perf_pipeline.disaggregated.row_figures import STATUSES, RowFigures, decimals_of, row_figures
from perf_pipeline.disaggregated.row_keys import Named, RowKeys, row_keys
from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import ReturnFault
from perf_pipeline.schemas import column_kinds
from perf_pipeline.schemas.coded_columns import CodedColumn, Codes, coded
from perf_pipeline.schemas.disaggregated import (
    DisaggregatedOutturns,
    DisaggregatedRows,
)
from perf_pipeline.schemas.distinct import validate_by_schema
from perf_pipeline.validate import Expectations, Problem
from perf_pipeline.validate.rows import control_character

_SUFFIX = "_text"
_TEXTS = [name for name in column_kinds(DisaggregatedRows) if name.endswith(_SUFFIX)]
_LAST_TEXTS = ["commentary_text", "provisional_text", "status_text"]
"""The order in which the plain path comes to them."""

_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{202d}\x{202e}\x{fffd}]"
_CARRIED = ("commentary_text", "source_code", "file_sha256", "row_number")
_KNOWN_COLUMNS = 10
"""Columns of `DisaggregatedOutturns` that are known before judging: up to `is_provisional`."""

_ROW = ("source_code", "file_name", "file_sha256", "row_number")


class CheckedBatch(NamedTuple):
    """What became of a batch's rows: read = accepted + rejected + blank.

    Attributes:
        accepted: The columns of `DisaggregatedOutturns` up to `is_provisional`, then
            `commentary_text` and where the row stands.
        rejected: `DisaggregatedRejections`.
        blank_count: Rows without any cell.
    """

    accepted: pa.Table
    rejected: pa.Table
    blank_count: int


def check_batch(batch: pa.Table, expected: Expectations) -> CheckedBatch:
    """Give every row of a batch its outcome, rows in their order.

    Args:
        batch: `DisaggregatedRows`: text columns dictionary-coded, of any dictionary.
        expected: What they are checked against.

    Raises:
        ReturnError: Accepted rows break their schema in a way that names no row.
    """
    cells = {name: coded(batch[name]) for name in _TEXTS}
    is_blank = _is_blank(cells)
    blank_count = int(is_blank.sum())
    if blank_count:
        kept = np.flatnonzero(~is_blank)
        batch = batch.take(pa.array(kept))
        cells = {name: CodedColumn(each.codes[kept], each.distinct) for name, each in cells.items()}
    decimals, findings = decimals_of(cells), Findings()
    _find_control_characters(cells, decimals, findings)
    keys = row_keys(cells, expected, findings)
    figures = row_figures(cells, decimals, keys, expected, findings)
    accepted = _accepted(batch, keys, figures, findings)
    return CheckedBatch(accepted, _rejected(batch, cells, findings), blank_count)


def _is_blank(cells: Mapping[str, CodedColumn]) -> npt.NDArray[np.bool_]:
    """Tell which rows have no cell, looking only at those that had none so far."""
    rows = np.arange(len(next(iter(cells.values())).codes))
    is_blank = np.zeros(len(rows), dtype=bool)
    for column in cells.values():
        is_null = column.distinct.is_null().to_numpy(zero_copy_only=False)
        rows = rows[is_null[column.codes[rows]]] if is_null.any() else rows[:0]
    is_blank[rows] = True
    return is_blank


def _find_control_characters(
    cells: Mapping[str, CodedColumn], decimals: Mapping[str, PlainDecimals], findings: Findings
) -> None:
    for name in [*(name for name in _TEXTS if name not in _LAST_TEXTS), *_LAST_TEXTS]:
        column = cells[name]
        suspects = _suspects(column.distinct, decimals.get(name))
        if not len(suspects):
            continue
        numbers = np.zeros(len(column.distinct), dtype=np.int64)
        for place in suspects:
            problem = control_character(name.removesuffix(_SUFFIX), column.distinct[place].as_py())
            numbers[place] = findings.number([problem] if problem else [])
        findings.add(numbers, column.codes)


def _suspects(texts: pa.Array, decimals: PlainDecimals | None) -> Codes:
    """Return the places of texts that may hold a control character."""
    if decimals is not None:
        return np.flatnonzero(~decimals.is_plain & texts.is_valid().to_numpy(zero_copy_only=False))
    matched = pc.fill_null(pc.match_substring_regex(texts, _CONTROL), fill_value=False)
    return np.flatnonzero(matched.to_numpy(zero_copy_only=False))


def _accepted(batch: pa.Table, keys: RowKeys, figures: RowFigures, findings: Findings) -> pa.Table:
    """Return the accepted rows; one that breaks the schema is rejected with what it breaks.

    Raises:
        ReturnError: The schema is broken in a way that names no row.
    """
    rows = np.flatnonzero(~findings.is_rejected(len(batch)))
    accepted = _outturns(batch, keys, figures, rows)
    by_row = _schema_problems(accepted)
    if not by_row:
        return accepted
    numbers = np.zeros(len(batch), dtype=np.int64)
    for place, problems in by_row.items():
        numbers[rows[place]] = findings.number(problems)
    findings.add(numbers)
    is_kept = np.isin(np.arange(len(rows)), list(by_row), invert=True)
    return accepted.filter(pa.array(is_kept))


def _outturns(batch: pa.Table, keys: RowKeys, figures: RowFigures, rows: Codes) -> pa.Table:
    """Put rows into the columns of `DisaggregatedOutturns` that are known so far."""
    is_all = len(rows) == len(batch)
    as_received = batch if is_all else batch.take(pa.array(rows))

    def of_rows(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return column if is_all else column[rows]

    refs = [kpi.kpi_ref for kpi in keys.kpis]
    columns = {
        "quarter_key": _texts(keys.quarter, of_rows),
        "kpi_ref": _texts(Named(keys.kpi, refs), of_rows),
        "area_code": _texts(keys.area, of_rows),
        "breakdown_type_code": _texts(keys.breakdown_type, of_rows),
        "breakdown_category_code": _texts(keys.breakdown_category, of_rows),
        "outturn_status_code": _texts(Named(figures.status, STATUSES), of_rows),
        "outturn_value": _figures(of_rows(figures.value)),
        "numerator_value": _figures(of_rows(figures.numerator)),
        "denominator_value": _figures(of_rows(figures.denominator)),
        "is_provisional": pa.array(of_rows(figures.is_provisional)),
    }
    return pa.table(columns | {name: as_received[name] for name in _CARRIED})


def _texts(
    named: Named, of_rows: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
) -> pa.DictionaryArray:
    codes = pa.array(of_rows(named.codes).astype(np.int32))
    return pa.DictionaryArray.from_arrays(codes, pa.array(named.texts, pa.string()))


def _figures(values: npt.NDArray[np.float64]) -> pa.Array:
    """Return figures with nulls where there is none."""
    return pa.array(values, mask=np.isnan(values))


@cache
def _schema() -> DataFrameSchema:
    """Return the schema of accepted outturns before they are judged; keys are not yet unique."""
    schema = DisaggregatedOutturns.to_schema()
    known = [*list(schema.columns)[:_KNOWN_COLUMNS], *_CARRIED]
    chosen = schema.select_columns(known)
    chosen.unique = None
    return chosen


def _schema_problems(accepted: pa.Table) -> dict[int, list[Problem]]:
    """Return what of the schema accepted rows break, by their places.

    Raises:
        ReturnError: It is broken in a way that names no row.
    """
    try:
        validate_by_schema(accepted, _schema())
    except pandera.errors.SchemaErrors as errors:
        return _by_row(errors.failure_cases)
    return {}


def _by_row(failures: pd.DataFrame) -> dict[int, list[Problem]]:
    problems: dict[int, list[Problem]] = {}
    named = failures[["index", "column", "check"]].itertuples(index=False, name=None)
    for place, column, check in named:
        if pd.isna(place):
            raise ReturnError(
                f"The accepted rows break their schema: {column} fails {check}. "
                "This is a fault of the pipeline: report it with the return.",
                reason_code=ReturnFault.PIPELINE,
            )
        problem = Problem("schema", f"{column} fails the check {check}.")
        problems.setdefault(int(place), []).append(problem)
    return problems


def _rejected(batch: pa.Table, cells: Mapping[str, CodedColumn], findings: Findings) -> pa.Table:
    rows = np.flatnonzero(findings.is_rejected(len(batch)))
    numbers, reasons, texts = findings.said_of(rows)
    places = batch.select(_ROW).take(pa.array(rows))
    said = {
        "outcome_reason_code": _coded(numbers, reasons),
        "outcome_text": _coded(numbers, texts),
        "row_text": _row_texts(cells, rows).dictionary_encode(),
    }
    return pa.table({**{name: places[name] for name in _ROW}, **said})


def _coded(numbers: Codes, texts: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array(numbers.astype(np.int32)), pa.array(texts, pa.string())
    )


def row_texts(rows: pa.Table) -> pa.Array:
    """Write rows (`DisaggregatedRows`) out as `field: cell` pairs, without their empty cells."""
    return _row_texts({name: coded(rows[name]) for name in _TEXTS}, np.arange(len(rows)))


def _row_texts(cells: Mapping[str, CodedColumn], rows: Codes) -> pa.Array:
    shown = []
    for name, column in cells.items():
        texts = column.distinct.take(pa.array(column.codes[rows])).cast(pa.string())
        field = f"{name.removesuffix(_SUFFIX)}: "
        shown.append(pc.binary_join_element_wise(field, texts, ""))
    joined = pc.binary_join_element_wise(*shown, " | ", null_handling="skip")
    return pc.replace_substring(joined, "\0", "\\x00")
