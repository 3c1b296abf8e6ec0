"""How the plain path judges disaggregated rows: each series as a KPI of its own, row by row.

It is what `perf_pipeline.disaggregated.judging` is held against, and stands here alone.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from perf_pipeline.compare import compare_outturns
from perf_pipeline.quarters import Quarter
from perf_pipeline.rate import rate_outturns
from perf_pipeline.rules import Comparison

FrameBuilder = Callable[..., pd.DataFrame]
Row = dict[str, Any]

SERIES = ("kpi_ref", "area_code", "breakdown_type_code", "breakdown_category_code")
CONTENT = (
    "outturn_status_code",
    "outturn_value",
    "numerator_value",
    "denominator_value",
    "is_provisional",
    "commentary_text",
)
JUDGED = (
    "rag_code",
    "not_rated_reason_code",
    "previous_value",
    "previous_direction_code",
    "last_year_value",
    "last_year_direction_code",
)
NO_REFUSALS = pd.Series([], dtype="str")


class Oracle:
    """The plain path, with the builders of the frames that it reads."""

    def __init__(
        self,
        kpis: pd.DataFrame,
        breaks: pd.DataFrame,
        comparison: Comparison,
        build: dict[str, FrameBuilder],
    ) -> None:
        self._kpis = {
            key: rows.set_index("kpi_ref", drop=False) for key, rows in kpis.groupby("quarter_key")
        }
        self._breaks = breaks.to_dict("records")
        self._comparison = comparison
        self._build = build

    def judged(self, rows: Iterable[Row]) -> dict[tuple[str, ...], tuple[Any, ...]]:
        """Return what is found of each row, by series and quarter; no two rows are of one."""
        by_key = {(*(row[name] for name in SERIES), row["quarter_key"]): row for row in rows}
        figures = {key: row["outturn_value"] for key, row in by_key.items()}
        found: dict[tuple[str, ...], tuple[Any, ...]] = {}
        for quarter_key in {key[-1] for key in by_key}:
            own = {key[:-1]: row for key, row in by_key.items() if key[-1] == quarter_key}
            found |= self._of_quarter(Quarter.parse(quarter_key), own, figures)
        return found

    def _of_quarter(
        self, quarter: Quarter, rows: dict[Any, Row], figures: dict[Any, Any]
    ) -> dict[tuple[str, ...], tuple[Any, ...]]:
        refs = self._kpis[quarter.key].index if quarter.key in self._kpis else []
        live = [series for series in rows if series[0] in refs]
        found = {
            (*series, quarter.key): self._not_in_force(series, quarter, figures)
            for series in rows
            if series not in live
        }
        if live:
            found |= self._live(quarter, {series: rows[series] for series in live}, figures)
        return found

    def _not_in_force(self, series: Any, quarter: Quarter, figures: Any) -> tuple[Any, ...]:
        last_year = figures.get((*series, quarter.last_year.key))
        return (None, "no_target", None, "not_comparable", last_year, "not_comparable")

    def _live(self, quarter: Quarter, rows: dict[Any, Row], figures: dict[Any, Any]) -> Any:
        refs = {series: f"S{number}" for number, series in enumerate(rows)}
        kpis = self._kpis[quarter.key].loc[[series[0] for series in refs]]
        kpis = kpis.reset_index(drop=True).assign(kpi_ref=list(refs.values()))
        headline = self._build["accepted"](
            *[
                {name: rows[series][name] for name in ("outturn_status_code", "outturn_value")}
                | {"kpi_ref": ref, "quarter_key": quarter.key, "return_quarter_key": quarter.key}
                for series, ref in refs.items()
            ]
        )
        comparators = self._build["comparators"](
            *[
                {"kpi_ref": refs[key[:-1]], "quarter_key": key[-1], "outturn_value": value}
                for key, value in figures.items()
                if key[:-1] in refs and value is not None
            ]
        )
        breaks = self._build["breaks"](
            *[
                row | {"kpi_ref": ref}
                for series, ref in refs.items()
                for row in self._breaks
                if row["kpi_ref"] == series[0]
            ]
        )
        compared = compare_outturns(headline, comparators, kpis, quarter, breaks, self._comparison)
        rated = rate_outturns(headline, NO_REFUSALS, kpis, compared, self._build["overrides"]())
        ratings = {row.kpi_ref: row for row in rated.itertuples()}
        pairs = {
            (row.kpi_ref, row.comparator_code): (_known(row.comparator_value), row.direction_code)
            for row in compared.itertuples()
        }
        return {
            (*series, quarter.key): (
                *_rating(ratings[ref], self._kpis[quarter.key].loc[series[0]]),
                *pairs[ref, "previous_quarter"],
                *pairs[ref, "last_year"],
            )
            for series, ref in refs.items()
        }


def _rating(rated: Any, kpi: pd.Series) -> tuple[Any, Any]:
    """Return rating and reason; a rule that asks for a trend is of no use for so few figures."""
    if pd.isna(rated.not_rated_reason_code) and kpi["improvement_comparator_code"] == "trend":
        return None, "not_applicable"
    return _known(rated.rag_code), _known(rated.not_rated_reason_code)


def _known(value: Any) -> Any:
    return None if pd.isna(value) else value


def settled(rows: Iterable[Row]) -> tuple[list[Row], dict[tuple[str, int], str]]:
    """Return the rows that are kept, and why others are not by file and row."""
    groups: dict[Any, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row["file_sha256"], row["row_number"])):
        groups.setdefault((*(row[name] for name in SERIES), row["quarter_key"]), []).append(row)
    kept, refused = [], {}
    for group in groups.values():
        is_same = len({tuple(row[name] for name in CONTENT) for row in group}) == 1
        reason = "duplicate_identical" if is_same else "duplicate_conflicting"
        kept.extend(group[:1] if is_same else [])
        refused |= (
            {
                (row["file_sha256"], row["row_number"]): reason
                for row in group[1 if is_same else 0 :]
            }
            if len(group) > 1
            else {}
        )
        kept.extend([] if is_same or len(group) > 1 else group)
    return kept, refused


def counted(judged: dict[tuple[str, ...], tuple[Any, ...]]) -> dict[tuple[str, str], list[int]]:
    """Count what was judged by quarter and KPI, in the columns of `DisaggregatedSummary`."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for key, (rag, _, _, direction, *_) in judged.items():
        counter = counts.setdefault((key[-1], key[0]), Counter())
        counter.update(["all", "not_rated" if rag is None else rag, direction])
    names = ("all", "green", "amber", "red", "not_rated", "improved", "maintained", "declined")
    return {key: [counter[name] for name in names] for key, counter in counts.items()}
