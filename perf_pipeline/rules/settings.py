"""What a council settles once for all its KPIs: comparators, benchmarks, checks and looks."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from perf_pipeline.rules.codes import NOT_RATED, Rag


@dataclass(frozen=True)
class Comparison:
    """How a council compares figures.

    Attributes:
        baseline_quarter_key: Baseline quarter of the KPIs that name none; None for no baseline.
        baseline_name: What it is called: `pre-covid`.
        dead_band_points: A percentage that moves by no more is maintained, in points.
        dead_band_pct: Another figure that moves by no more is maintained, in percent of the
            absolute earlier figure.
        trend_quarters: Figures that a trend is drawn through, this quarter's included.
    """

    baseline_quarter_key: str | None = None
    baseline_name: str = "baseline"
    dead_band_points: Decimal = Decimal(0)
    dead_band_pct: Decimal = Decimal(0)
    trend_quarters: int = 5


@dataclass(frozen=True)
class BenchmarkBands:
    """Within which difference an outturn is similar to a benchmark, the boundary included.

    Attributes:
        similar_points: Of percentages, in points.
        similar_pct: Of other figures, in percent of the absolute benchmark.
    """

    similar_points: Decimal = Decimal(1)
    similar_pct: Decimal = Decimal(2)


@dataclass(frozen=True)
class Plausibility:
    """Beyond what a figure is questioned.

    Attributes:
        zero_after_value: A 0 is questioned when the figure before it was at least so large.
        scale_factor: A target is questioned when it is so many times the outturn, or the outturn
            so many times the target.
        least_limit_figures: Control limits are drawn through so many earlier figures at least.
    """

    zero_after_value: Decimal = Decimal(10)
    scale_factor: Decimal = Decimal(20)
    least_limit_figures: int = 8


@dataclass(frozen=True)
class SmallNumbers:
    """Which counts of people are too small to be shown.

    Attributes:
        threshold: Counts from 1 up to one less are.
        breakdown_types: Breakdown types by which people are told apart; None for every one.
    """

    threshold: int = 5
    breakdown_types: frozenset[str] | None = None

    @property
    def covers_any(self) -> bool:
        """Whether there is any breakdown type whose figures are protected."""
        return self.breakdown_types is None or bool(self.breakdown_types)

    def covers(self, breakdown_type_code: str) -> bool:
        """Say whether the figures of a breakdown type are protected."""
        return self.breakdown_types is None or breakdown_type_code in self.breakdown_types


@dataclass(frozen=True)
class GroupDifferences:
    """Which differences between the groups of a breakdown are said to be more than chance.

    Attributes:
        level_pct: The greatest chance, in percent, that a breakdown in which no group differs has
            a group named.
        except_kpis: References of KPIs that are not looked at.
    """

    level_pct: Decimal = Decimal(5)
    except_kpis: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RagLook:
    """How a rating is shown. What is stored stays `rag_code`.

    Attributes:
        rag_code: red, amber, green or not_rated.
        label: The word printed, such as Blue.
        colour_code: Its colour as `#rrggbb`.
        symbol: What tells it apart without colour.
        display_order: Place in tables, 1 first.
    """

    rag_code: str
    label: str
    colour_code: str
    symbol: str
    display_order: int


DEFAULT_SCHEME: Mapping[str, RagLook] = {
    look.rag_code: look
    for look in (
        RagLook(Rag.RED.value, "Red", "#b10e1e", "■", 1),
        RagLook(Rag.AMBER.value, "Amber", "#f47738", "▲", 2),
        RagLook(Rag.GREEN.value, "Green", "#00703c", "●", 3),
        RagLook(NOT_RATED, "not rated", "#505a5f", "–", 4),
    )
}
"""How ratings look where a council says nothing, in the order of tables."""
