"""The reporting tables: what BI tools and reports read. Their columns are a contract."""

import pandas as pd

from perf_pipeline.rules import (
    AcceptableReason,
    Comparator,
    Direction,
    NotComparableReason,
    NotRatedReason,
    OutturnStatus,
    Polarity,
    Rag,
    RatingBasis,
    RestatementKind,
    ReturnState,
    RuleKind,
    ToleranceUnit,
)
from perf_pipeline.schemas.columns import Table, code, count, date, figure, flag, quarter, text


class KpiScorecard(Table):
    """Every live KPI of a quarter: its figure, target, rating, direction and where it is from."""

    quarter_key: str = quarter("Quarter.")
    kpi_ref: str = code("The KPI's reference.", 24)
    kpi_name: str = code("Its name in that quarter.", 255)
    directorate_code: str = code("Directorate in that quarter.", 20)
    directorate_name: str = code("Its name.", 120)
    service_code: str = code("Service in that quarter.", 30)
    service_name: str = code("Its name.", 120)
    display_order: pd.Int64Dtype = count("Place in the scorecard, 1 first.")
    unit_code: str = code("Unit of measurement.", 20)
    polarity_code: str = code("Which way is better.", 10, isin=Polarity)
    outturn_status_code: str = code(
        "What the return said of the figure; null where it said nothing.",
        20,
        isin=OutturnStatus,
        nullable=True,
    )
    outturn_value: float = figure("The figure, unrounded; null where there is none.")
    outturn_text: str = code("The figure as printed.", 40, nullable=True)
    numerator_value: float = figure("Numerator, where returned.")
    denominator_value: float = figure("Denominator, where returned.")
    target_value: float = figure("Target in that quarter.")
    target_text: str = code("The target as printed.", 40, nullable=True)
    target_valid_from: str = quarter("First quarter of that target.", nullable=True)
    target_valid_to: str = quarter("Last quarter of that target; null while open.", nullable=True)
    variance_value: float = figure("Outturn less target.")
    shortfall_value: float = figure("By how much the outturn is worse than the target.")
    rule_name: str = code("Rating rule.", 40)
    rule_kind_code: str = code("The rule's kind.", 20, isin=RuleKind)
    green_tolerance_value: float = figure("The rule's green tolerance.", nullable=False)
    amber_tolerance_value: float = figure("The rule's amber tolerance, where it has one.")
    green_limit_value: float = figure("Largest shortfall that is still green.")
    amber_limit_value: float = figure("Largest shortfall that is still amber.")
    rag_code: str = code("The rating; null where not rated.", 10, isin=Rag, nullable=True)
    not_rated_reason_code: str = code(
        "Why there is no rating.", 20, isin=NotRatedReason, nullable=True
    )
    direction_previous_quarter_code: str = code(
        "Direction against the quarter before.", 20, isin=Direction
    )
    not_comparable_previous_quarter_code: str = code(
        "Why it cannot be compared.", 20, isin=NotComparableReason, nullable=True
    )
    previous_quarter_value: float = figure("Figure of the quarter before, as it stands now.")
    previous_quarter_origin_text: str = code("Where that figure is from.", 400, nullable=True)
    direction_last_year_code: str = code(
        "Direction against the same quarter last year.", 20, isin=Direction
    )
    not_comparable_last_year_code: str = code(
        "Why it cannot be compared.", 20, isin=NotComparableReason, nullable=True
    )
    last_year_value: float = figure("Figure of the same quarter last year, as it stands now.")
    last_year_origin_text: str = code("Where that figure is from.", 400, nullable=True)
    owner_name: str = code("Role that answers for the KPI.", 120)
    is_illustrative: bool = flag("True where the KPI is illustrative sample data.")
    commentary_text: str = text("The service's commentary.")
    action_text: str = text("What the service will do.")
    source_code: str = code("Source that returns the KPI.", 40)
    file_name: str = code("Where the figure was: path, address or database.", 255, nullable=True)
    file_sha256: str = code("SHA-256 of the landed copy; `[c]` where withheld.", 64, nullable=True)
    sheet_name: str = code("Sheet, for workbooks.", 64, nullable=True)
    row_number: pd.Int64Dtype = count("Row as a person counts it.", nullable=True)
    raw_value_text: str = text("The figure's cell as received.")
    rag_label: str = code("The rating as the council prints it.", 40, nullable=True)
    rule_rag_code: str = code(
        "What the rule, or the return's judgement, says; `rag_code` is what is published.",
        10,
        isin=Rag,
        nullable=True,
    )
    rating_basis_code: str = code(
        "What the published rating rests on.", 10, isin=RatingBasis, nullable=True
    )
    override_role: str = code("Role that overrode the rating.", 120, nullable=True)
    override_date: str = date("Day on which it did.", nullable=True)
    override_reason_text: str = text("Why.")
    stated_rag_code: str = code("Rating that the return states.", 10, isin=Rag, nullable=True)
    rating_reason_text: str = text("Reason for the stated rating.")
    is_provisional: bool = flag("True where the return marks the figure as provisional.")
    period_quarter_key: str = quarter("Quarter that the figure is about: earlier in arrears.")
    floor_value: float = figure("Floor standard, for a rule of kind floor.")
    lower_value: float = figure("Lower end of the target range, for a rule of kind range.")
    upper_value: float = figure("Upper end of the target range, for a rule of kind range.")
    tolerance_unit_code: str = code(
        "Unit of the rule's tolerances.", 10, isin=ToleranceUnit, nullable=True
    )
    improvement_comparator_code: str = code(
        "What an improvement rule compares with.", 20, isin=Comparator, nullable=True
    )
    is_held_enough: bool = flag("True where holding the comparator's figure is enough for amber.")
    forecast_value: float = figure("The service's forecast for the year end.")
    forecast_text: str = code("The forecast as printed.", 40, nullable=True)
    year_end_target_value: float = figure("Target of the year's last quarter.")
    year_end_floor_value: float = figure("Floor standard of that quarter.")
    year_end_lower_value: float = figure("Lower end of the target range of that quarter.")
    year_end_upper_value: float = figure("Upper end of the target range of that quarter.")
    forecast_rag_code: str = code(
        "The forecast's rating, by the year end's target.", 10, isin=Rag, nullable=True
    )
    direction_baseline_code: str = code(
        "Direction against the baseline quarter.", 20, isin=Direction, nullable=True
    )
    direction_trend_code: str = code(
        "Direction of the trend over several quarters.", 20, isin=Direction, nullable=True
    )
    priority_code: str = code("Council Plan priority, or none.", 30, nullable=True)
    priority_name: str = code("Its name.", 120, nullable=True)
    theme_code: str = code("Theme, or none.", 30, nullable=True)
    theme_name: str = code("Its name.", 120, nullable=True)
    action_owner_name: str = code("Role that answers for the action.", 120, nullable=True)
    action_due_date: str = date("Day by which the action is to be done.", nullable=True)

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "kpi_ref"]


class KpiBreakdowns(Table):
    """Figures by breakdown category, apart from the scorecard; they are not rated.

    Small counts of people are suppressed, and others with them that would give them back.
    """

    quarter_key: str = quarter("Quarter.")
    kpi_ref: str = code("The KPI.", 24)
    kpi_name: str = code("Its name in that quarter.", 255)
    breakdown_type_code: str = code("What the breakdown is by.", 30)
    breakdown_category_code: str = code("The category.", 30)
    breakdown_category_name: str = code("The category as printed.", 120)
    display_order: pd.Int64Dtype = count("Place within the breakdown, 1 first.")
    unit_code: str = code("Unit of measurement.", 20)
    outturn_status_code: str = code(
        "What the return said; `suppressed` where the figure is withheld.", 20, isin=OutturnStatus
    )
    outturn_value: float = figure("The figure; null where there is none.")
    outturn_text: str = code("The figure as printed; `[c]` where withheld.", 40, nullable=True)
    numerator_value: float = figure("Numerator, where returned.")
    denominator_value: float = figure("Denominator, where returned.")
    source_code: str = code("Source.", 40)
    file_name: str = code("Where the figure was.", 255)
    file_sha256: str = code("SHA-256 of the landed copy; `[c]` where withheld.", 64)
    sheet_name: str = code("Sheet, for workbooks.", 64, nullable=True)
    row_number: pd.Int64Dtype = count("Row as a person counts it.")
    raw_value_text: str = text("The figure's cell as received.")

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "kpi_ref", "breakdown_type_code", "breakdown_category_code"]


class Exceptions(Table):
    """Every red and amber KPI, and every one whose rating was overridden."""

    quarter_key: str = quarter("Quarter.")
    kpi_ref: str = code("The KPI.", 24)
    kpi_name: str = code("Its name in that quarter.", 255)
    directorate_code: str = code("Directorate.", 20)
    directorate_name: str = code("Its name.", 120)
    display_order: pd.Int64Dtype = count("Place in the report: red, amber, then green.")
    rag_code: str = code("The rating published.", 10, isin=Rag)
    outturn_text: str = code("The figure as printed.", 40, nullable=True)
    target_text: str = code("The target as printed.", 40, nullable=True)
    commentary_text: str = text("The service's commentary.")
    action_text: str = text("What the service will do.")
    is_commentary_missing: bool = flag("True where there is no commentary.")
    is_action_missing: bool = flag("True where there is no action.")
    rag_label: str = code("The rating as the council prints it.", 40, nullable=True)
    rule_rag_code: str = code("What the rule says.", 10, isin=Rag, nullable=True)
    override_role: str = code("Role that overrode the rating.", 120, nullable=True)
    override_date: str = date("Day on which it did.", nullable=True)
    override_reason_text: str = text("Why.")
    action_owner_name: str = code("Role that answers for the action.", 120, nullable=True)
    action_due_date: str = date("Day by which the action is to be done.", nullable=True)

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "kpi_ref"]


class KeyIssues(Table):
    """Issues that directorates raise, one row each; one that says so where there are none."""

    quarter_key: str = quarter("Quarter.")
    directorate_code: str = code("Directorate.", 20)
    directorate_name: str = code("Its name.", 120)
    display_order: pd.Int64Dtype = count("The directorate's place in reports.")
    issue_order: pd.Int64Dtype = count("Place within the directorate; 0 where there is no issue.")
    issue_text: str = text("The issue.", nullable=False)

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "directorate_code", "issue_order"]


class IndicatorsInDevelopment(Table):
    """Indicators that directorates are working on and do not report yet."""

    quarter_key: str = quarter("Quarter.")
    directorate_code: str = code("Directorate.", 20)
    directorate_name: str = code("Its name.", 120)
    display_order: pd.Int64Dtype = count("The directorate's place in reports.")
    indicator_order: pd.Int64Dtype = count("Place within the directorate, 1 first.")
    indicator_text: str = text("What is being developed.", nullable=False)

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "directorate_code", "indicator_order"]


class ReturnStatus(Table):
    """What became of each source's return."""

    quarter_key: str = quarter("Quarter.")
    source_code: str = code("Source.", 40)
    source_name: str = code("The source as people call it.", 120)
    contact_role: str = code("Who is asked about it.", 120)
    return_status_code: str = code("What became of the return.", 20, isin=ReturnState)
    deadline_date: str = date("Day by which it was due.")
    received_date: str = date("Day on which it came in, where logged.", nullable=True)
    due_kpi_count: pd.Int64Dtype = count("KPIs due from this source.")
    missing_kpi_count: pd.Int64Dtype = count(
        "KPIs that are due and of which the return has no figure and no reason."
    )
    read_count: pd.Int64Dtype = count("Rows read.")
    accepted_count: pd.Int64Dtype = count("Rows accepted.")
    rejected_count: pd.Int64Dtype = count("Rows rejected.")
    ignored_count: pd.Int64Dtype = count("Rows ignored: blank, title, heading, note, repeated.")
    file_name: str = code("Where the return was.", 255, nullable=True)
    file_sha256: str = code("SHA-256 of the landed copy; `[c]` where withheld.", 64, nullable=True)

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "source_code"]


class RejectedRows(Table):
    """Rows that were not accepted: what they held, where they stood, and why."""

    quarter_key: str = quarter("Quarter of the return.")
    row_id: str = code("Identity of the row.", 120)
    source_code: str = code("Source.", 40)
    file_name: str = code("Where the return was.", 255)
    file_sha256: str = code("SHA-256 of the landed copy; `[c]` where withheld.", 64)
    sheet_name: str = code("Sheet, for workbooks.", 64, nullable=True)
    row_number: pd.Int64Dtype = count("Row as a person counts it.")
    kpi_ref: str = code("The KPI, where it is known.", 24, nullable=True)
    reason_code: str = code("Why, several joined by `; `.", 255)
    reason_text: str = text("The same in sentences that say what to send.", nullable=False)
    row_text: str = text("The whole row as received; `[c]` where withheld.", nullable=False)
    figure_quarter_key: str = quarter(
        "Quarter that the figure is for; null where it cannot be told.", nullable=True
    )
    breakdown_type_code: str = code(
        "What the breakdown is by, `all` for the KPI itself; null where it cannot be told.",
        30,
        nullable=True,
    )

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "row_id"]


class AcceptedRows(Table):
    """Rejected rows that a named role accepted as they were sent, a row for each reason."""

    quarter_key: str = quarter("Quarter of the return.")
    row_id: str = code("Identity of the row.", 120)
    source_code: str = code("Source.", 40)
    file_name: str = code("Where the return was.", 255)
    file_sha256: str = code("SHA-256 of the landed copy; `[c]` where withheld.", 64)
    sheet_name: str = code("Sheet, for workbooks.", 64, nullable=True)
    row_number: pd.Int64Dtype = count("Row as a person counts it.")
    kpi_ref: str = code("The KPI.", 24)
    figure_quarter_key: str = quarter("Quarter that the figure is for.")
    breakdown_type_code: str = code("What the breakdown is by; `all` for the KPI itself.", 30)
    breakdown_category_code: str = code("Breakdown category; `all` for the KPI itself.", 30)
    reason_code: str = code("Why the row was rejected.", 30, isin=AcceptableReason)
    accepted_by_role: str = code("Role that accepted it.", 120)
    accepted_date: str = date("Day on which it did.")
    acceptance_text: str = text("Why the row is right all the same.", nullable=False)

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "row_id", "reason_code"]


class Restatements(Table):
    """Figures of earlier quarters that a return of this quarter states anew."""

    quarter_key: str = quarter("Quarter of the return.")
    kpi_ref: str = code("The KPI.", 24)
    kpi_name: str = code("Its name in this quarter.", 255)
    restated_quarter_key: str = quarter("Quarter whose figure is stated anew.")
    earlier_value: float = figure("The figure as returned then, where there is one.")
    restated_value: float = figure("The figure as stated now.")
    commentary_text: str = text("The service's reason.")
    source_code: str = code("Source.", 40)
    file_name: str = code("Where the restatement was.", 255)
    file_sha256: str = code("SHA-256 of the landed copy; `[c]` where withheld.", 64)
    sheet_name: str = code("Sheet, for workbooks.", 64, nullable=True)
    row_number: pd.Int64Dtype = count("Row as a person counts it.")
    restatement_kind_code: str = code(
        "Whether a row of its own restates the figure, or the figure beside a current one differs.",
        20,
        isin=RestatementKind,
        nullable=True,
    )
    has_provisional_figure: bool = flag("True where the earlier figure was marked as provisional.")

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "kpi_ref", "restated_quarter_key"]
