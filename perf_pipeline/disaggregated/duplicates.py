"""Accepted rows for one series and quarter: of identical ones the first is kept, of others none."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from perf_pipeline.disaggregated.ordering import Ordered
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import HEADLINE
from perf_pipeline.sources.wording import quoted

IDENTICAL = "duplicate_identical"
CONFLICTING = "duplicate_conflicting"

_LISTED_ROWS = 10
_KEY = [
    "quarter_key",
    "kpi_ref",
    "area_code",
    "breakdown_type_code",
    "breakdown_category_code",
]
_CONTENT = [
    "outturn_status_code",
    "outturn_value",
    "numerator_value",
    "denominator_value",
    "is_provisional",
    "commentary_text",
]
_PLACE = ["source_code", "file_sha256", "row_number"]

_TEXTS = pa.dictionary(pa.int32(), pa.string())
_REJECTIONS = pa.schema(
    [
        ("source_code", _TEXTS),
        ("file_name", _TEXTS),
        ("file_sha256", _TEXTS),
        ("row_number", pa.int64()),
        ("outcome_reason_code", _TEXTS),
        ("outcome_text", _TEXTS),
    ]
)
"""The columns of `DisaggregatedRejections` but the row's text, in Arrow's types."""


class _Member(NamedTuple):
    """One of the rows for one series and quarter."""

    row_number: int
    file_name: str


@dataclass(frozen=True)
class Settled:
    """Rows of which no two are for one series and quarter.

    Attributes:
        rows: Those that are kept.
        rejected: The others, as `DisaggregatedRejections` without `row_text`: their cells are no
            longer at hand.
    """

    rows: Ordered
    rejected: pa.Table


def settled(accepted: pa.Table, rows: Ordered, file_names: Mapping[str, str]) -> Settled:
    """Keep one of identical rows, the first by file hash and row number; reject conflicting ones.

    Args:
        accepted: Accepted rows, in whatever order.
        rows: Their order by series and quarter.
        file_names: Where each file was, by its hash.

    Raises:
        KeyError: A repeated row is of a file without a name.
    """
    is_repeat = (rows.series[1:] == rows.series[:-1]) & (rows.quarters[1:] == rows.quarters[:-1])
    if not is_repeat.any():
        return Settled(rows, _REJECTIONS.empty_table())
    is_repeated = np.append(is_repeat, False) | np.append(False, is_repeat)
    positions = np.flatnonzero(is_repeated)
    key = np.cumsum(~np.append(False, is_repeat)[positions])
    frame = accepted.select([*_KEY, *_CONTENT, *_PLACE]).take(rows.order[positions]).to_pandas()
    frame = frame.astype({name: "str" for name in frame.columns if _is_text(frame[name])})
    frame = frame.assign(key=key, position=positions).sort_values(
        ["key", "file_sha256", "row_number"], ignore_index=True
    )
    frame["file_name"] = [file_names[sha] for sha in frame["file_sha256"]]
    rejected = _outcomes(frame)
    is_kept = np.ones(len(rows.order), dtype=bool)
    is_kept[rejected["position"]] = False
    return Settled(rows.kept(is_kept), _rejections(rejected))


def _is_text(column: pd.Series) -> bool:
    return column.dtype == "object" or isinstance(column.dtype, pd.CategoricalDtype)


def _outcomes(frame: pd.DataFrame) -> pd.DataFrame:
    """Say of each repeated row, but those that are kept, why it is rejected."""
    is_first = ~frame.duplicated("key")
    firsts = np.flatnonzero(is_first)[np.cumsum(is_first) - 1]
    differs = pd.Series(_differs(frame, frame.iloc[firsts].reset_index(drop=True)))
    is_conflict = differs.groupby(frame["key"]).transform("any")
    kept = frame.iloc[firsts].reset_index(drop=True)
    texts = (
        "Says the same as row "
        + kept["row_number"].astype("str")
        + " of "
        + kept["file_name"]
        + ", which is kept. Nothing is to be sent."
    )
    texts[is_conflict] = _conflicts(frame[is_conflict])
    codes = np.where(is_conflict, CONFLICTING, IDENTICAL)
    said = frame.assign(outcome_reason_code=codes, outcome_text=texts)
    return said[is_conflict | ~is_first]


def _differs(frame: pd.DataFrame, other: pd.DataFrame) -> npt.NDArray[np.bool_]:
    differs = np.zeros(len(frame), dtype=bool)
    for name in _CONTENT:
        one, two = frame[name], other[name]
        is_same = (one == two).fillna(value=False) | (one.isna() & two.isna())
        differs |= ~is_same.to_numpy(bool)
    return differs


def _conflicts(rows: pd.DataFrame) -> list[str]:
    """Say of each row which rows of its key do not agree; keys stand together."""
    columns = (rows[name] for name in (*_KEY, "row_number", "file_name"))
    sentences: list[str] = []
    for key, group in groupby(zip(*columns, strict=True), key=itemgetter(*range(len(_KEY)))):
        members = [_Member(*member[len(_KEY) :]) for member in group]
        sentences.extend([_conflict(members, _figure(*key))] * len(members))
    return sentences


def _conflict(members: list[_Member], figure: str) -> str:
    """Name the rows, with their files where they are of several."""
    has_files = len({member.file_name for member in members}) > 1
    numbers = [
        f"{member.row_number} of {member.file_name}" if has_files else str(member.row_number)
        for member in members[:_LISTED_ROWS]
    ]
    others = len(members) - _LISTED_ROWS
    rows = ", ".join(numbers) + (f" and {others} more" if others > 0 else "")
    return f"Rows {rows} are all for {figure}, and do not agree. Send one of them."


def _figure(quarter_key: str, kpi_ref: str, area: str, kind: str, category: str) -> str:
    """Name what a key stands for."""
    where = "the whole council" if area == HEADLINE else f"area {quoted(area)}"
    group = "" if kind == HEADLINE else f", {kind} / {category}"
    return f"{kpi_ref}, {Quarter.parse(quarter_key).label}, {where}{group}"


def _rejections(rejected: pd.DataFrame) -> pa.Table:
    """Return the rejected rows as their table, texts dictionary-coded."""
    kept = rejected.sort_values(["file_sha256", "row_number"], ignore_index=True)
    columns = {
        name: pa.array(kept[name], field.type)
        if name == "row_number"
        else pa.array(kept[name], pa.string()).cast(field.type)
        for name, field in zip(_REJECTIONS.names, _REJECTIONS, strict=True)
    }
    return pa.table(columns, schema=_REJECTIONS)
