"""The reporting tables that count ratings: by directorate, service, priority, theme and owner."""

import pandas as pd

from perf_pipeline.schemas.columns import Table, code, count, figure, quarter

_KPI_COUNT = "Live KPIs, whether or not they have a rating."
_RATED_COUNT = "KPIs with a RAG; percentages are of these."
_PCT = "Share of the KPIs with RAG, unrounded; null where none has one."
_PRINTED = "Share and count as printed, `12.5% (1)`; empty where no KPI has a RAG."


class RagCounts(Table):
    """Counts and shares of ratings, the tail of every summary."""

    kpi_count: pd.Int64Dtype = count(_KPI_COUNT)
    rated_count: pd.Int64Dtype = count(_RATED_COUNT)
    red_count: pd.Int64Dtype = count("KPIs rated red.")
    amber_count: pd.Int64Dtype = count("KPIs rated amber.")
    green_count: pd.Int64Dtype = count("KPIs rated green.")
    red_pct: float = figure(_PCT)
    amber_pct: float = figure(_PCT)
    green_pct: float = figure(_PCT)
    red_text: str = code(_PRINTED, 20, nullable=True)
    amber_text: str = code(_PRINTED, 20, nullable=True)
    green_text: str = code(_PRINTED, 20, nullable=True)


_THEN = (
    "In the quarter before, counted where each KPI stood then; null where there was none. KPIs of "
    "what no longer exists are in the council's count alone."
)
_CHANGE = (
    "The count and its change on the quarter before as printed: `18 green, 2 fewer`; null where "
    "nothing was rated in one of the two."
)
_TRAVEL = "KPIs whose direction of travel is this against the quarter before."
_TRAVEL_YEAR = "KPIs whose direction of travel is this against the same quarter last year."


class RagChanges(RagCounts):
    """Counts with the quarter before beside them, and directions of travel."""

    rated_text: str = code(
        "KPIs with RAG of all live ones as printed: `15 of 40`.", 20, nullable=True
    )
    previous_kpi_count: pd.Int64Dtype = count(_THEN, nullable=True)
    previous_rated_count: pd.Int64Dtype = count(_THEN, nullable=True)
    previous_red_count: pd.Int64Dtype = count(_THEN, nullable=True)
    previous_amber_count: pd.Int64Dtype = count(_THEN, nullable=True)
    previous_green_count: pd.Int64Dtype = count(_THEN, nullable=True)
    red_change_text: str = code(_CHANGE, 60, nullable=True)
    amber_change_text: str = code(_CHANGE, 60, nullable=True)
    green_change_text: str = code(_CHANGE, 60, nullable=True)
    improved_previous_quarter_count: pd.Int64Dtype = count(_TRAVEL, nullable=True)
    maintained_previous_quarter_count: pd.Int64Dtype = count(_TRAVEL, nullable=True)
    declined_previous_quarter_count: pd.Int64Dtype = count(_TRAVEL, nullable=True)
    not_comparable_previous_quarter_count: pd.Int64Dtype = count(_TRAVEL, nullable=True)
    improved_last_year_count: pd.Int64Dtype = count(_TRAVEL_YEAR, nullable=True)
    maintained_last_year_count: pd.Int64Dtype = count(_TRAVEL_YEAR, nullable=True)
    declined_last_year_count: pd.Int64Dtype = count(_TRAVEL_YEAR, nullable=True)
    not_comparable_last_year_count: pd.Int64Dtype = count(_TRAVEL_YEAR, nullable=True)


class DirectorateKey(Table):
    """What a row of `directorate_summary` is about."""

    quarter_key: str = quarter("Quarter.")
    directorate_code: str = code("Directorate.", 20)
    directorate_name: str = code("Its name in that quarter.", 120)
    display_order: pd.Int64Dtype = count("Place in reports, 1 first.")


class DirectorateSummary(RagChanges, DirectorateKey):
    """Ratings by directorate, as the quarter's report prints them."""

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "directorate_code"]


class ServiceKey(Table):
    """What a row of `service_summary` is about."""

    quarter_key: str = quarter("Quarter.")
    directorate_code: str = code("Directorate that the service belongs to in that quarter.", 20)
    directorate_name: str = code("Its name.", 120)
    service_code: str = code("Service.", 30)
    service_name: str = code("Its name in that quarter.", 120)
    display_order: pd.Int64Dtype = count("Place in reports, 1 first.")


class ServiceSummary(RagChanges, ServiceKey):
    """Ratings by service."""

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "service_code"]


class CouncilKey(Table):
    """What a row of `council_summary` is about."""

    quarter_key: str = quarter("Quarter.")
    council_name: str = code("The council.", 120)


class CouncilSummary(RagChanges, CouncilKey):
    """Ratings of the council as a whole: one row a quarter."""

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key"]


class PriorityKey(Table):
    """What a row of `priority_summary` is about."""

    quarter_key: str = quarter("Quarter.")
    priority_code: str = code("Council Plan priority; `none` for KPIs linked to none.", 30)
    priority_name: str = code("Its name in that quarter.", 120)
    display_order: pd.Int64Dtype = count("Place in reports, 1 first.")


class PrioritySummary(RagChanges, PriorityKey):
    """Ratings by Council Plan priority."""

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "priority_code"]


class ThemeKey(Table):
    """What a row of `theme_summary` is about."""

    quarter_key: str = quarter("Quarter.")
    theme_code: str = code("Theme; `none` for KPIs linked to none.", 30)
    theme_name: str = code("Its name in that quarter.", 120)
    display_order: pd.Int64Dtype = count("Place in reports, 1 first.")


class ThemeSummary(RagChanges, ThemeKey):
    """Ratings by theme."""

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "theme_code"]


class OwnerKey(Table):
    """What a row of `owner_summary` is about."""

    quarter_key: str = quarter("Quarter.")
    owner_name: str = code("Role that answers for the KPIs.", 120)
    display_order: pd.Int64Dtype = count("Place in reports, 1 first.")


class OwnerSummary(RagChanges, OwnerKey):
    """Ratings by the role that answers for the KPIs."""

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "owner_name"]


class TrendKey(Table):
    """What a row of `directorate_trend` is about."""

    quarter_key: str = quarter("Quarter of the publication.")
    trend_quarter_key: str = quarter("Quarter of the ratings: this one, or one before it.")
    directorate_code: str = code(
        "Directorate as in the publication's quarter; `none` for KPIs that ended and whose place "
        "no single directorate took over.",
        20,
    )
    directorate_name: str = code("Its name.", 120)
    display_order: pd.Int64Dtype = count("Place in reports, 1 first.")


class DirectorateTrend(RagCounts, TrendKey):
    """Ratings of this and the four quarters before by directorate as it is now.

    A KPI that moved is counted where it is now, in every quarter; `directorate_summary` of the
    earlier quarter counts it where it was then.
    """

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "trend_quarter_key", "directorate_code"]
