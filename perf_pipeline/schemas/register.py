"""The register's tables: what the council has agreed, each row dated by quarter."""

import pandas as pd

from perf_pipeline.rules import (
    SERIES_BREAKS,
    UNITS,
    AcceptableReason,
    Basis,
    BenchmarkType,
    OrganisationUnit,
    Polarity,
    Rag,
    StatedCount,
)
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
    service_code: str = code(
        "Accountable service; empty where the KPI belongs to the whole council.", 30, nullable=True
    )
    priority_code: str = code(
        "Council Plan priority that the KPI is linked to, where any.", 30, nullable=True
    )
    theme_code: str = code("Theme that the KPI is linked to, where any.", 30, nullable=True)
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
    arrears_quarter_count: pd.Int64Dtype = count(
        "Quarters by which figures lag: 1 where a quarter's return holds the figure of the quarter "
        "before."
    )
    is_year_to_date: bool = flag("True where figures add up from April.")
    baseline_quarter_key: str = quarter(
        "Baseline quarter, as the quarter of reporting: in arrears later than the one that the "
        "figure is about; empty for the council's own.",
        nullable=True,
    )
    decimal_places: pd.Int64Dtype = count("Decimal places printed.")
    minimum_value: float = figure("Smallest possible figure, where not the unit's own.")
    maximum_value: float = figure("Largest possible figure, where not the unit's own.")
    owner_name: str = code("Role that answers for the KPI.", 120)
    is_illustrative: bool = flag(_ILLUSTRATIVE)
    note_text: str = text("Where the KPI comes from, or that it is illustrative.")
    valid_from: str = quarter(_FROM)
    valid_to: str = quarter(_TO, nullable=True)


class KpiAliases(Table):
    """What returns write in place of a KPI's reference: its name, or a service's own number."""

    kpi_ref: str = code("KPI that is meant.", 24)
    alias_text: str = code(
        "What the return writes; compatibility forms, case and white space do not matter.", 255
    )
    valid_from: str = quarter(_FROM)
    valid_to: str = quarter(_TO, nullable=True)


class Targets(Table):
    """Targets in the KPI's own unit; a profile has a row for each quarter."""

    kpi_ref: str = code("KPI that the target is for.", 24)
    target_value: float = figure("The target; empty where a range is the target.")
    floor_value: float = figure("Floor standard (low target), for a rule of kind floor.")
    lower_value: float = figure("Lower end of the target range, for a rule of kind range.")
    upper_value: float = figure("Upper end of the target range, for a rule of kind range.")
    target_text: str = code(
        "The target as the council words it, read into the columns before where they are empty; "
        "the file may do without the column.",
        200,
        nullable=True,
    )
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
    quarter_key: str = quarter(
        "Quarter of reporting: in arrears later than the one that the figure is about."
    )
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


class Priorities(Table):
    """The Council Plan's priorities, in the order reports print them."""

    priority_code: str = code("The priority's code.", 30)
    priority_name: str = code("The priority.", 120)
    display_order: pd.Int64Dtype = count("Place in reports, 1 first.")
    valid_from: str = quarter(_FROM)
    valid_to: str = quarter(_TO, nullable=True)


class Themes(Table):
    """Themes across directorates, in the order reports print them."""

    theme_code: str = code("The theme's code.", 30)
    theme_name: str = code("The theme.", 120)
    display_order: pd.Int64Dtype = count("Place in reports, 1 first.")
    valid_from: str = quarter(_FROM)
    valid_to: str = quarter(_TO, nullable=True)


class Benchmarks(Table):
    """Others' figures to compare with, in the KPI's own unit."""

    kpi_ref: str = code("KPI.", 24)
    benchmark_type_code: str = code("Whose figure it is.", 30, isin=BenchmarkType)
    benchmark_name: str = code("Whose and when, as printed: `England 2022/23`.", 120)
    benchmark_value: float = figure("The figure.", nullable=False)
    is_illustrative: bool = flag(_ILLUSTRATIVE)
    note_text: str = text("Where the figure was published.")
    valid_from: str = quarter(_FROM)
    valid_to: str = quarter(_TO, nullable=True)


class Overrides(Table):
    """Ratings published instead of the rule's; what the rule said is kept beside them."""

    quarter_key: str = quarter(
        "Quarter of the report: in arrears later than the one that the figure is about."
    )
    kpi_ref: str = code("KPI.", 24)
    rag_code: str = code("Rating to publish.", 10, isin=Rag)
    decided_by_role: str = code("Role that decided it, never a person's name.", 120)
    decided_date: str = code("Day of the decision.", 10, matches=r"^\d{4}-\d\d-\d\d$")
    reason_text: str = text("Why the rule's rating does not stand.", nullable=False)


class AcceptedRows(Table):
    """Rejected rows to be taken as they were sent, a row for each reason of the rejection.

    It holds for that very file: when the return is sent anew with another content, it ceases.
    """

    quarter_key: str = quarter("Quarter of the return.")
    source_code: str = code("Source.", 40)
    file_sha256: str = code(
        "SHA-256 of the return, as `perf-pipeline rejects` prints it.",
        64,
        matches=r"^[0-9a-f]{64}$",
    )
    sheet_name: str = code("Sheet, for workbooks.", 64, nullable=True)
    row_number: pd.Int64Dtype = count("Row as a person counts it: 1 is the first of the file.")
    column_code: str = code(
        "Column of the figure, as `perf-pipeline rejects` prints it, where a row of the return "
        "gives several; empty for the row's own figure.",
        10,
        nullable=True,
    )
    reason_code: str = code("Why the row was rejected.", 30, isin=AcceptableReason)
    accepted_by_role: str = code("Role that accepts it, never a person's name.", 120)
    accepted_date: str = code("Day on which it did.", 10, matches=r"^\d{4}-\d\d-\d\d$")
    reason_text: str = text("Why the row is right all the same.", nullable=False)


class SeriesBreaks(Table):
    """From which quarter a KPI's figures cannot be compared with those before, and why."""

    kpi_ref: str = code("KPI.", 24)
    quarter_key: str = quarter(
        "First quarter whose report is on the new basis: in arrears later than the first that "
        "such a figure is about."
    )
    reason_code: str = code("What changed.", 30, isin=SERIES_BREAKS)
    note_text: str = text("What it was and what it is.")


class Successors(Table):
    """Codes that replaced others when the council was reorganised.

    A renamed unit keeps its code. One row for each new code: a split has several rows of one old
    code, a merger several of one new code.
    """

    unit_kind_code: str = code("What the codes stand for.", 20, isin=OrganisationUnit)
    old_code: str = code("The code that was replaced.", 30)
    new_code: str = code("The code that replaced it.", 30)
    valid_from: str = quarter("First quarter of the new code.")
    note_text: str = text("What happened.")


class StatedCounts(Table):
    """Counts that somebody printed of a quarter, to be held against ours."""

    quarter_key: str = quarter("Quarter.")
    directorate_code: str = code(
        "Directorate; empty for the council as a whole.", 20, nullable=True
    )
    count_code: str = code("What was counted.", 40, isin=StatedCount)
    stated_count: pd.Int64Dtype = count("The count as printed.", nullable=True)
    stated_of_count: pd.Int64Dtype = count("What it is printed as a share of.", nullable=True)
    stated_share_text: str = code(
        "The share in percent as printed, without the sign: `71.2`.",
        10,
        matches=r"^\d{1,3}(\.\d{1,4})?$",
        nullable=True,
    )
    note_text: str = text("Where it was printed.")
