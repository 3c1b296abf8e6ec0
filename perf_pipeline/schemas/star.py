"""The star schema that BI tools relate by keys: dimensions, the fact, and a trend without gaps.

They are views over the published tables and hold nothing of their own. Dimensions have a row for
each quarter, so that a KPI, service or directorate is described as it was in that quarter: a key is
the quarter's key and the code, joined by a colon.
"""

import pandas as pd

from perf_pipeline.rules import (
    BenchmarkPosition,
    Direction,
    NotRatedReason,
    OutturnStatus,
    Polarity,
    Rag,
)
from perf_pipeline.schemas.columns import Table, code, count, date, figure, flag, quarter


class DimQuarter(Table):
    """Quarters from the first to the last that is published, those without publication too."""

    quarter_key: str = quarter("Quarter: `2023-24-Q1`.")
    quarter_label: str = code("As people read it: `Q1 2023/24`.", 10)
    fiscal_year: str = code("Financial year, April to March: `2023/24`.", 7)
    quarter_number: pd.Int64Dtype = count("1 is April to June, 4 is January to March.")
    sort_key: pd.Int64Dtype = count("Orders quarters: 20231 is Q1 2023/24.")
    start_date: str = date("First day.")
    end_date: str = date("Last day.")
    is_published: bool = flag("True where a publication is in view.")

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key"]


class DimDirectorate(Table):
    """Directorates as they were in each quarter."""

    directorate_key: str = code("Quarter and directorate: `2023-24-Q1:adults`.", 31)
    quarter_key: str = quarter("Quarter, in `dim_quarter`.")
    directorate_code: str = code("Directorate.", 20)
    directorate_name: str = code("Its name in that quarter.", 120)
    display_order: pd.Int64Dtype = count("Place in reports, 1 first.")

    class Config:
        """Pandera's settings."""

        unique = ["directorate_key"]


class DimService(Table):
    """Services as they were in each quarter, each in its directorate."""

    service_key: str = code("Quarter and service: `2023-24-Q1:adult_care`.", 41)
    quarter_key: str = quarter("Quarter, in `dim_quarter`.")
    service_code: str = code("Service.", 30)
    service_name: str = code("Its name in that quarter.", 120)
    directorate_key: str = code("Its directorate then, in `dim_directorate`.", 31)
    directorate_code: str = code("Directorate in that quarter.", 20)
    display_order: pd.Int64Dtype = count("Place in reports, 1 first.")

    class Config:
        """Pandera's settings."""

        unique = ["service_key"]


class DimKpi(Table):
    """KPIs as they were in each quarter."""

    kpi_key: str = code("Quarter and KPI: `2023-24-Q1:ADS-01`.", 35)
    quarter_key: str = quarter("Quarter, in `dim_quarter`.")
    kpi_ref: str = code("The KPI's reference, which never changes.", 24)
    kpi_name: str = code("Its name in that quarter.", 255)
    directorate_key: str = code("Its directorate then, in `dim_directorate`.", 31)
    service_key: str = code("Its service then, in `dim_service`.", 41)
    priority_code: str = code(
        "Council Plan priority; `none` where linked to none.", 30, nullable=True
    )
    priority_name: str = code("Its name.", 120, nullable=True)
    theme_code: str = code("Theme; `none` where linked to none.", 30, nullable=True)
    theme_name: str = code("Its name.", 120, nullable=True)
    unit_code: str = code("Unit of measurement.", 20)
    polarity_code: str = code("Which way is better.", 10, isin=Polarity)
    rule_name: str = code("Rating rule.", 40)
    rule_kind_code: str = code("The rule's kind.", 20)
    owner_name: str = code("Role that answers for the KPI.", 120)
    is_illustrative: bool = flag("True where the KPI is illustrative sample data.")

    class Config:
        """Pandera's settings."""

        unique = ["kpi_key"]


class FactOutturn(Table):
    """One KPI, quarter and breakdown category; `all` is the KPI's own figure, the rated one."""

    outturn_key: str = code("Quarter, KPI, breakdown and category, joined by colons.", 100)
    quarter_key: str = quarter("Quarter, in `dim_quarter`.")
    kpi_key: str = code("The KPI as it was then, in `dim_kpi`.", 35)
    directorate_key: str = code("Its directorate then, in `dim_directorate`.", 31)
    service_key: str = code("Its service then, in `dim_service`.", 41)
    kpi_ref: str = code("The KPI's reference.", 24)
    breakdown_type_code: str = code("What the breakdown is by; `all` for the KPI itself.", 30)
    breakdown_category_code: str = code("The category; `all` for the KPI itself.", 30)
    outturn_status_code: str = code(
        "What the return said of the figure.", 20, isin=OutturnStatus, nullable=True
    )
    outturn_value: float = figure("The figure; null where there is none.")
    is_revised: bool = flag(
        "True where readers saw another figure of it in an earlier release of the quarter."
    )
    numerator_value: float = figure("Numerator, where returned.")
    denominator_value: float = figure("Denominator, where returned.")
    target_value: float = figure("Target; null for breakdowns, which are not rated.")
    variance_value: float = figure("Outturn less target.")
    rag_code: str = code("The rating; null where not rated.", 10, isin=Rag, nullable=True)
    rag_order: pd.Int64Dtype = count(
        "The rating's place in the council's scheme, 1 first; null where not rated.", nullable=True
    )
    not_rated_reason_code: str = code(
        "Why there is no rating.", 20, isin=NotRatedReason, nullable=True
    )
    direction_previous_quarter_code: str = code(
        "Direction against the quarter before.", 20, isin=Direction, nullable=True
    )
    direction_last_year_code: str = code(
        "Direction against the same quarter last year.", 20, isin=Direction, nullable=True
    )
    national_benchmark_value: float = figure("National benchmark, where there is one.")
    national_position_code: str = code(
        "How the outturn stands against it.", 10, isin=BenchmarkPosition, nullable=True
    )
    provenance_id: str = code(
        "Where the figure is from: SHA-256 of the landed copy (`[c]` where withheld), sheet (none "
        "in a CSV) and row, joined by colons.",
        150,
        nullable=True,
    )

    class Config:
        """Pandera's settings."""

        unique = ["outturn_key"]


class KpiTrend(Table):
    """Each KPI in every quarter from the first to the last published, without gaps."""

    quarter_key: str = quarter("Quarter, in `dim_quarter`.")
    sort_key: pd.Int64Dtype = count("Orders quarters.")
    quarter_label: str = code("As people read it.", 10)
    kpi_ref: str = code("The KPI's reference.", 24)
    kpi_name: str = code("Its latest name.", 255)
    has_outturn: bool = flag("True where the quarter has a figure for the KPI.")
    outturn_value: float = figure("The figure; null where there is none.")
    target_value: float = figure("Target in that quarter.")
    rag_code: str = code("The rating; null where not rated.", 10, isin=Rag, nullable=True)
    not_rated_reason_code: str = code(
        "Why there is no rating; null where the KPI was not live or nothing was published.",
        20,
        isin=NotRatedReason,
        nullable=True,
    )

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "kpi_ref"]
