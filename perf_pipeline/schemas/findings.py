"""The reporting tables of comparisons, checks and codes, apart from the report's own pages."""

import pandas as pd

from perf_pipeline.rules import (
    NOT_RATED,
    BenchmarkPosition,
    BenchmarkType,
    ChangeUnit,
    OrganisationUnit,
    QualityCheck,
    Rag,
)
from perf_pipeline.schemas.columns import Table, code, count, figure, flag, quarter, text
from perf_pipeline.schemas.stages import ComparedOutturns


class KpiComparisons(ComparedOutturns):
    """Each live KPI against each comparator: quarter before, last year, baseline, trend."""

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "kpi_ref", "comparator_code"]


class KpiBenchmarks(Table):
    """Each KPI's figure against others' figures, rated apart from its target."""

    quarter_key: str = quarter("Quarter.")
    kpi_ref: str = code("The KPI.", 24)
    benchmark_type_code: str = code("Whose figure the benchmark is.", 30, isin=BenchmarkType)
    benchmark_name: str = code("Whose and when, as printed.", 120)
    outturn_value: float = figure("The KPI's figure; null where there is none.")
    benchmark_value: float = figure("The benchmark.", nullable=False)
    difference_value: float = figure(
        "Outturn less benchmark, in points of a percentage and else in percent of the absolute "
        "benchmark; null where that is 0."
    )
    difference_unit_code: str = code("Unit of the difference.", 10, isin=ChangeUnit)
    position_code: str = code(
        "How the outturn stands; null without figure or polarity.",
        10,
        isin=BenchmarkPosition,
        nullable=True,
    )
    benchmark_rag_code: str = code(
        "Better is green, similar amber, worse red.", 10, isin=Rag, nullable=True
    )
    is_illustrative: bool = flag("True where the benchmark is illustrative sample data.")

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "kpi_ref", "benchmark_type_code"]


class DataQuality(Table):
    """What the plausibility checks found; none of it changes a figure or a rating."""

    quarter_key: str = quarter("Quarter.")
    finding_number: pd.Int64Dtype = count("Number of the finding within the quarter, 1 first.")
    check_code: str = code("Which check found it.", 40, isin=QualityCheck)
    kpi_ref: str = code("The KPI, where it is about one.", 24, nullable=True)
    kpi_name: str = code("Its name in that quarter.", 255, nullable=True)
    directorate_code: str = code("Directorate, where it is about one.", 20, nullable=True)
    source_code: str = code("Source to ask, where it is about a return.", 40, nullable=True)
    finding_text: str = text("What was found, and what to do about it.", nullable=False)
    file_name: str = code("Where it was found.", 255, nullable=True)
    sheet_name: str = code("Sheet, for workbooks.", 64, nullable=True)
    row_number: pd.Int64Dtype = count("Row as a person counts it.", nullable=True)

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "finding_number"]


class RagScheme(Table):
    """How the council prints each rating: label, colour, symbol and order."""

    quarter_key: str = quarter("Quarter.")
    rag_code: str = code("The rating as stored.", 10, isin=[*Rag, NOT_RATED])
    rag_label: str = code("The word printed.", 40)
    colour_code: str = code("Its colour.", 7, matches=r"^#[0-9a-f]{6}$")
    symbol_text: str = code("What tells it apart without colour.", 4)
    display_order: pd.Int64Dtype = count("Place in tables, 1 first.")

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "rag_code"]


class OrganisationChanges(Table):
    """Codes of directorates, services and KPIs that replaced others, up to the quarter."""

    quarter_key: str = quarter("Quarter of the publication.")
    unit_kind_code: str = code("What the codes stand for.", 20, isin=OrganisationUnit)
    old_code: str = code("The code that was replaced.", 30)
    new_code: str = code("The code that replaced it.", 30)
    from_quarter_key: str = quarter("First quarter of the new code.")
    note_text: str = text("What happened.")

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "unit_kind_code", "old_code", "new_code"]
