"""What rows are judged by: each KPI's target, rule and comparators, quarter by quarter, as arrays.

A KPI in a quarter has a place; everything that its rows are judged by stands there in arrays. The
last place is that of KPIs which are not in force: nothing is there to judge by.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, product
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from perf_pipeline.compare.standing import measures
from perf_pipeline.exact import Booleans, Floats
from perf_pipeline.quarters import Quarter
from perf_pipeline.rate import thresholds
from perf_pipeline.rate.bands import NEEDED, is_kind, lacks_target, require_usable_rules
from perf_pipeline.rate.reasons import not_rated_reasons
from perf_pipeline.rules import Comparator, Comparison, NotRatedReason, OutturnStatus, RuleKind
from perf_pipeline.schemas.coded_columns import distinct_tuples, renumbered

Integers = npt.NDArray[np.int64]
SmallIntegers = npt.NDArray[np.int8]

STATUSES = [status.value for status in OutturnStatus]
REASONS = [reason.value for reason in NotRatedReason]

RATED = -1
"""In place of a reason: nothing hinders a rating."""

CONTRADICTORY = -2
"""In place of a reason: the status says that there is a figure, and there is none."""

COMPARED = (Comparator.PREVIOUS_QUARTER, Comparator.LAST_YEAR, Comparator.BASELINE)
"""What figures are compared with, in this order."""

_REASONED_BY = [
    "kpi_ref",
    "basis_code",
    "is_due",
    "rule_kind_code",
    *dict.fromkeys(chain(*NEEDED.values())),
    "improvement_comparator_code",
]
"""What of a KPI decides why its figures are not rated."""

_QUARTERS_IN_YEAR = 4
_NO_BREAK = -1
_KEY = ["quarter_key", "kpi_ref"]
_NAMED = 10


@dataclass(frozen=True)
class Comparisons:
    """How the figures of each place are compared with one comparator.

    Attributes:
        back: How many quarters before the row's own the comparator is; 0 where there is none.
        sign: As in `perf_pipeline.compare.standing.measures`; NaN where nothing can be compared,
            whatever the figures: no polarity, another point of the year, a break in between.
    """

    back: Integers
    sign: Floats


@dataclass(frozen=True)
class Judging:
    """All that rows are judged by, an element for each place unless something else is said.

    Attributes:
        refs: The KPIs' references; their numbers are the rows of `places`.
        first: `ordinal` of the first quarter, the first column of `places`.
        places: Place by KPI and quarter, a last row and a last column for all others.
        green_lower: As in `perf_pipeline.rate.thresholds`.
        green_upper: The same.
        amber_lower: The same.
        amber_upper: The same.
        reason_group: Row of `reasons`.
        reasons: By group, by status and by whether there is a figure: the place of the reason
            among `REASONS`, `RATED` or `CONTRADICTORY`.
        measured: The columns of `measures`, how differences between figures are judged; a row for
            each place but the last.
        is_plain: True where figures compare as numbers: one way is better, and no dead band.
        comparisons: By what is compared with, in the order of `COMPARED`.
        improvement: What an improvement rule compares with, as its place among `COMPARED`; -1 for
            other rules.
        is_held_enough: True where holding that figure is enough for amber.
    """

    refs: pd.Index
    first: int
    places: Integers
    green_lower: Floats
    green_upper: Floats
    amber_lower: Floats
    amber_upper: Floats
    reason_group: Integers
    reasons: SmallIntegers
    measured: pd.DataFrame
    is_plain: Booleans
    comparisons: tuple[Comparisons, ...]
    improvement: SmallIntegers
    is_held_enough: Booleans

    @classmethod
    def of(
        cls,
        kpis: pd.DataFrame,
        breaks: pd.DataFrame,
        comparison: Comparison,
        earlier: Mapping[str, Comparison] = MappingProxyType({}),
    ) -> "Judging":
        """Work out what a register's KPIs are judged by.

        Args:
            kpis: `KpisInForce` of all quarters concerned, one after the other.
            breaks: The register's `SeriesBreaks`, of whatever quarters.
            comparison: How the council compares.
            earlier: How it did in quarters, by their keys, in which it compared otherwise.

        Raises:
            ValueError: A KPI is twice in force in a quarter, has two breaks of one quarter, or its
                rule cannot judge by its polarity; those are named.
        """
        _require_unique(kpis, "in force")
        _require_unique(breaks, "broken off")
        require_usable_rules(kpis)
        kpis = kpis.reset_index(drop=True)
        numbers, refs = pd.factorize(kpis["kpi_ref"].astype("object"))
        own = ordinals(kpis["quarter_key"])
        first, places = _places(numbers, own, len(refs))
        ends = thresholds(kpis)
        group, reasons = _reasons(kpis)
        measured = _measured(kpis, comparison, earlier)
        improvement = _improvement(kpis)
        return cls(
            refs=refs,
            first=first,
            places=places,
            green_lower=_padded(ends["green_lower"]),
            green_upper=_padded(ends["green_upper"]),
            amber_lower=_padded(ends["amber_lower"]),
            amber_upper=_padded(ends["amber_upper"]),
            reason_group=group,
            reasons=reasons,
            measured=measured,
            is_plain=np.append((measured["sign"] != 0) & (measured["band"] == 0), True),
            comparisons=_comparisons(
                kpis, own, measured["sign"].to_numpy(), _latest_breaks(numbers, own, breaks, refs)
            ),
            improvement=np.append(improvement, np.int8(-1)),
            is_held_enough=np.append(kpis["is_held_enough"].to_numpy(bool), False),
        )

    def places_of(self, refs: npt.NDArray[np.object_], quarters: Integers) -> Integers:
        """Return the places of KPIs in quarters.

        Args:
            refs: References, none of them twice.
            quarters: Quarters by `ordinals`.

        Returns:
            By reference and quarter.
        """
        kpis, span = self.refs.get_indexer(pd.Index(refs, dtype="object")), self.places.shape[1] - 1
        since = quarters - self.first
        columns = np.where((since >= 0) & (since < span), since, span)
        found: Integers = self.places[np.ix_(kpis, columns)]
        return found


def ordinal(quarter_key: str) -> int:
    """Number quarters so that the next one's number is one more."""
    quarter = Quarter.parse(quarter_key)
    return quarter.year * _QUARTERS_IN_YEAR + quarter.number - 1


def ordinals(keys: pd.Series, none: int = 0) -> Integers:
    """Return the numbers of quarters by `ordinal`, something else for null."""
    codes, distinct = pd.factorize(keys)
    # A null's code is the last place of what is looked up.
    return np.array([*map(ordinal, distinct), none], dtype=np.int64)[codes]


def _padded(ends: pd.Series) -> Floats:
    """Add the last place, where nothing is rated."""
    return np.append(ends.to_numpy(np.float64), np.nan)


def _require_unique(rows: pd.DataFrame, what: str) -> None:
    repeated = rows.loc[rows.duplicated(_KEY), _KEY].drop_duplicates()
    if repeated.empty:
        return
    named = [f"{ref} in {key}" for key, ref in repeated[:_NAMED].itertuples(index=False, name=None)]
    more = f" and {len(repeated) - _NAMED} more" if len(repeated) > _NAMED else ""
    raise ValueError(f"Twice {what}: {', '.join(named)}{more}. One row of the register must go.")


def _places(numbers: Integers, quarters: Integers, ref_count: int) -> tuple[int, Integers]:
    first = int(quarters.min()) if quarters.size else 0
    span = int(quarters.max()) - first + 1 if quarters.size else 0
    places = np.full((ref_count + 1, span + 1), len(numbers), dtype=np.int64)
    places[numbers, quarters - first] = np.arange(len(numbers))
    return first, places


def _reasons(kpis: pd.DataFrame) -> tuple[Integers, SmallIntegers]:
    """Work out the reasons of KPIs that have all that matters alike, once for all of them.

    The last group is that of KPIs which are not in force: whatever the status, no target.
    """
    traits = (
        kpis["basis_code"],
        kpis["is_due"],
        lacks_target(kpis),
        is_kind(kpis, RuleKind.JUDGEMENT),
        _is_by_trend(kpis),
    )
    alike = distinct_tuples(*map(renumbered, traits))
    found = _group_reasons(kpis[_REASONED_BY].iloc[alike.rows])
    none = np.full((1, len(STATUSES), 2), REASONS.index(NotRatedReason.NO_TARGET), dtype=np.int8)
    return np.append(alike.numbers, len(found)), np.concatenate([found, none])


def _is_by_trend(kpis: pd.DataFrame) -> pd.Series:
    return kpis["improvement_comparator_code"] == Comparator.TREND


def _group_reasons(kpis: pd.DataFrame) -> SmallIntegers:
    statuses, values = zip(*product(STATUSES, (np.nan, 0.0)), strict=True)
    states = pd.DataFrame({"outturn_status_code": statuses, "outturn_value": values})
    facts = kpis.assign(stated_rag_code=None).merge(states, how="cross")
    reasons = not_rated_reasons(facts, pd.Series([], dtype="str"))
    reasons = reasons.mask(reasons.isna() & _is_by_trend(facts), NotRatedReason.NOT_APPLICABLE)
    is_figure = facts["outturn_status_code"].isin([OutturnStatus.GIVEN, OutturnStatus.CALCULATED])
    numbers = pd.Index(REASONS).get_indexer(pd.Index(reasons)).astype(np.int8)
    numbers[(is_figure & facts["outturn_value"].isna()).to_numpy()] = CONTRADICTORY
    return numbers.reshape(-1, len(STATUSES), 2)


def _comparisons(
    kpis: pd.DataFrame, own: Integers, sign: Floats, broken: Integers
) -> tuple[Comparisons, ...]:
    adds_up = kpis["is_year_to_date"].to_numpy(bool)
    quarters = (
        ordinals(kpis["previous_due_quarter_key"]),
        own - _QUARTERS_IN_YEAR,
        ordinals(kpis["baseline_quarter_key"]),
    )
    found = []
    for then in quarters:
        back = np.where((then > 0) & (then < own), own - then, 0)
        is_other_point = adds_up & (back % _QUARTERS_IN_YEAR != 0)
        comparable = np.where(is_other_point | (then < broken), np.nan, sign)
        found.append(Comparisons(np.append(back, 0), np.append(comparable, np.nan)))
    found[COMPARED.index(Comparator.LAST_YEAR)].back[-1] = _QUARTERS_IN_YEAR
    return tuple(found)


def _latest_breaks(
    numbers: Integers, own: Integers, breaks: pd.DataFrame, refs: pd.Index
) -> Integers:
    """Return the latest break of each KPI up to its quarter: where any lies between, it does."""
    kpis = refs.get_indexer(pd.Index(breaks["kpi_ref"]))
    quarters = ordinals(breaks["quarter_key"])
    width = int(max(own.max(initial=0), quarters.max(initial=0))) + 1
    # One number for KPI and quarter; that of no KPI at all comes before all others.
    breaks_of_all = np.sort(np.append(kpis * width + quarters, -width))
    latest = breaks_of_all[np.searchsorted(breaks_of_all, numbers * width + own, "right") - 1]
    return np.where(latest // width == numbers, latest % width, _NO_BREAK)


def _measured(
    kpis: pd.DataFrame, comparison: Comparison, earlier: Mapping[str, Comparison]
) -> pd.DataFrame:
    """Return `measures` without middles that nothing is measured by, so that more are alike."""
    measured = measures(kpis, comparison.dead_band_points, comparison.dead_band_pct)
    for quarter_key, other in earlier.items():
        own = measures(kpis, other.dead_band_points, other.dead_band_pct)["band"]
        is_of_it = kpis["quarter_key"] == quarter_key
        measured = measured.assign(band=measured["band"].mask(is_of_it, own))
    has_middle = measured["sign"] == 0
    middles = ["middle_lower", "middle_upper"]
    return measured.assign(**{name: measured[name].where(has_middle, 0.0) for name in middles})


def _improvement(kpis: pd.DataFrame) -> SmallIntegers:
    asked = kpis["improvement_comparator_code"].where(is_kind(kpis, RuleKind.IMPROVEMENT))
    return pd.Index([each.value for each in COMPARED]).get_indexer(pd.Index(asked)).astype(np.int8)
