"""The register's tables: what the council has agreed, each row dated by quarter."""

import pandas as pd

from perf_pipeline.rules import UNITS, Basis, Polarity
from perf_pipeline.schemas.columns import Table, code, count, figure, flag, quarter, text

_FROM = "First quarter in which the row holds."
_TO = "Last quarter in which the row holds; empty while it still does."
_ILLUSTRATIVE = "True where the row is illustrative sample data and not a published figure."


class Directorates(Table):
    """The council's directorates, in the order reports print them."""

    directorate_code: str = code("The directorate's code.", 20)
    directorate_name: str = code("The directorate's name in that time.", 120)
    display_order: pd.Int64Dtype = count("Place in reports, 1 first.")
    valid_from: str = quarter(_FROM)
    valid_to: str = quarter(_TO, nullable=True)


class Services(Table):
    """Services, each belonging to one directorate at a time."""

    service_code: str = code("The service's code.", 30)
    service_name: str = code("The service's name in that time.", 120)
    directorate_code: str = code("Directorate that the service belongs to.", 20)
    display_order: pd.Int64Dtype = count("Place within the directorate, 1 first.")
    valid_from: str = quarter(_FROM)
    valid_to: str = quarter(_TO, nullable=True)


class Kpis(Table):
    """Key performance indicators; a live row in a quarter means that the KPI is counted in it."""

    kpi_ref: str = code("The KPI's reference, which never changes.", 24)
    kpi_name: str = code("The KPI's name in that time.", 255)
    definition_text: str = text("What is counted, and how.")
    service_code: str = code("Accountable service.", 30)
    source_code: str = code("Source (entry of sources.yaml) that returns the KPI.", 40)
    unit_code: str = code("Unit of measurement.", 20, isin=UNITS)
    polarity_code: str = code("Which way is better.", 10, isin=Polarity)
    basis_code: str = code("Whether figures are rated, or why not.", 20, isin=Basis)
    rule_name: str = code(
        "Rating rule of council.yaml; empty for the council's default.", 40, nullable=True
    )
    due_quarters_text: str = code(
        "Quarters of the year in which a figure is due.",
        11,
        matches=r"^Q[1-4]( Q[1-4])*$",
    )
    is_year_to_date: bool = flag("True where figures add up from April.")
    decimal_places: pd.Int64Dtype = count("Decimal places printed.")
    minimum_value: float = figure("Smallest possible figure, where not the unit's own.")
    maximum_value: float = figure("Largest possible figure, where not the unit's own.")
    owner_name: str = code("Role that answers for the KPI.", 120)
    is_illustrative: bool = flag(_ILLUSTRATIVE)
    note_text: str = text("Where the KPI comes from, or that it is illustrative.")
    valid_from: str = quarter(_FROM)
    valid_to: str = quarter(_TO, nullable=True)


class Targets(Table):
    """Targets in the KPI's own unit."""

    kpi_ref: str = code("KPI that the target is for.", 24)
    target_value: float = figure("The target.", nullable=False)
    is_illustrative: bool = flag(_ILLUSTRATIVE)
    note_text: str = text("Where the target comes from.")
    valid_from: str = quarter(_FROM)
    valid_to: str = quarter(_TO, nullable=True)


class Breakdowns(Table):
    """The categories by which a return may break a KPI down."""

    breakdown_type_code: str = code("What the breakdown is by.", 30)
    breakdown_category_code: str = code("The category.", 30)
    breakdown_category_name: str = code("The category as printed.", 120)
    display_order: pd.Int64Dtype = count("Place within the breakdown, 1 first.")


class History(Table):
    """Headline outturns of quarters before the pipeline, to compare with."""

    kpi_ref: str = code("KPI.", 24)
    quarter_key: str = quarter("Quarter of the figure.")
    outturn_value: float = figure("The figure, in the KPI's unit.", nullable=False)
    is_illustrative: bool = flag(_ILLUSTRATIVE)
    note_text: str = text("Where the figure was published.")


class InDevelopment(Table):
    """Indicators that a directorate is working on and does not report yet."""

    directorate_code: str = code("Directorate.", 20)
    indicator_order: pd.Int64Dtype = count("Place within the directorate, 1 first.")
    indicator_text: str = text("What is being developed.", nullable=False)
    valid_from: str = quarter(_FROM)
    valid_to: str = quarter(_TO, nullable=True)


class KeyIssueNotes(Table):
    """Issues that directorates raise for a quarter's report."""

    quarter_key: str = quarter("Quarter of the report.")
    directorate_code: str = code("Directorate.", 20)
    issue_order: pd.Int64Dtype = count("Place within the directorate, 1 first.")
    issue_text: str = text("The issue.", nullable=False)


class Receipts(Table):
    """When each return came in, as the performance team logged it."""

    quarter_key: str = quarter("Quarter of the return.")
    source_code: str = code("Source.", 40)
    received_date: str = code("Day on which the return came in.", 10, matches=r"^\d{4}-\d\d-\d\d$")
