"""The frames between a return and the reporting tables, in flow order."""

import pandas as pd

from perf_pipeline.rules import (
    ChangeUnit,
    Comparator,
    Direction,
    NotComparableReason,
    NotRatedReason,
    OutturnStatus,
    Rag,
    RatingBasis,
    RowKind,
    RowOutcome,
    RuleKind,
    ToleranceUnit,
)
from perf_pipeline.schemas.columns import Table, code, count, date, figure, flag, quarter, text


class ReturnRows(Table):
    """A return as received: one row for each row of the landed copy, all cells text.

    A return that has not come has no rows. `row_id` is unique within a quarter.
    """

    quarter_key: str = quarter("Quarter of the return.")
    source_code: str = code("Source.", 40)
    row_id: str = code(
        "Identity of the row: source, sheet and row number; and the column of a further figure of "
        "the same row.",
        120,
        unique=True,
    )
    file_name: str = code("Where the return was: path, address or database.", 255)
    file_sha256: str = code("SHA-256 of the landed copy.", 64)
    sheet_name: str = code("Sheet, for workbooks.", 64, nullable=True)
    row_number: pd.Int64Dtype = count("Row as a person counts it: 1 is the first of the file.")
    row_kind_code: str = code("What the row is.", 10, isin=RowKind)
    is_hidden: bool = flag("True where the workbook hides the row.")
    kpi_ref_text: str = text("Reference, as received.")
    kpi_name_text: str = text("Name, as received.")
    quarter_text: str = text("Quarter of the figure, as received.")
    breakdown_type_text: str = text("What the breakdown is by, as received.")
    breakdown_category_text: str = text("Breakdown category, as received.")
    value_text: str = text("Figure, as received.")
    value_format_text: str = text("Number format of the figure's cell.")
    is_sum_of_months: bool = flag(
        "True where the figure's text is that of the quarter's months, to be added up."
    )
    numerator_text: str = text("Numerator, as received.")
    denominator_text: str = text("Denominator, as received.")
    commentary_text: str = text("Commentary, as received.")
    action_text: str = text("Action, as received.")
    previous_value_text: str = text("Figure of the quarter before, as received.")
    forecast_text: str = text("Year-end forecast, as received.")
    provisional_text: str = text("Whether the figure is provisional, as received.")
    rating_text: str = text("Rating, as received.")
    rating_reason_text: str = text("Reason for the rating, as received.")
    status_text: str = text("Why there is no figure, as received.")
    action_owner_text: str = text("Role that answers for the action, as received.")
    action_due_text: str = text("Day by which the action is to be done, as received.")
    columns_text: str = text(
        "Column that each field stands in, as `field=letter` pairs; null where cells have none."
    )
    row_text: str = text("The whole row as `heading: cell` pairs.", nullable=False)
    hidden_sheets_text: str = text("The workbook's hidden sheets; the same in every row.")
    counted_count: pd.Int64Dtype = count(
        "Rows of the return that are not blank, by a second reader; the same in every row."
    )


class CheckedRows(Table):
    """Every row of a return with what became of it; figures only where it was accepted."""

    quarter_key: str = quarter("Quarter that the figure is for.")
    return_quarter_key: str = quarter("Quarter of the return that the row stood in.")
    source_code: str = code("Source.", 40)
    row_id: str = code("Identity of the row.", 120, unique=True)
    file_name: str = code("Where the return was.", 255)
    file_sha256: str = code("SHA-256 of the landed copy.", 64)
    sheet_name: str = code("Sheet, for workbooks.", 64, nullable=True)
    row_number: pd.Int64Dtype = count("Row as a person counts it.")
    row_outcome_code: str = code("What became of the row.", 10, isin=RowOutcome)
    outcome_reason_code: str = code(
        "Why it was rejected or ignored, or would have been rejected had no role accepted it; "
        "several joined by `; `.",
        255,
        nullable=True,
    )
    outcome_text: str = text("The same in a sentence that says what to send instead.")
    kpi_ref: str = code(
        "The KPI of an accepted row, and of a rejected one where it is known.", 24, nullable=True
    )
    breakdown_type_code: str = code("What the breakdown is by.", 30, nullable=True)
    breakdown_category_code: str = code("Breakdown category.", 30, nullable=True)
    outturn_status_code: str = code(
        "What the return said of the figure.", 20, isin=OutturnStatus, nullable=True
    )
    outturn_value: float = figure("The figure, in the KPI's unit.")
    numerator_value: float = figure("Numerator.")
    denominator_value: float = figure("Denominator.")
    is_provisional: bool = flag("True where the return marks the figure as provisional.")
    stated_previous_value: float = figure("Figure of the quarter before, as this return states it.")
    forecast_value: float = figure("The service's forecast for the year end.")
    stated_rag_code: str = code("Rating that the return states.", 10, isin=Rag, nullable=True)
    rating_reason_text: str = text("Reason for the stated rating.")
    raw_value_text: str = text("The figure's cell as received.")
    commentary_text: str = text("Commentary.")
    action_text: str = text("Action.")
    action_owner_name: str = code("Role that answers for the action.", 120, nullable=True)
    action_due_date: str = date("Day by which the action is to be done.", nullable=True)
    row_text: str = text("The whole row as received.", nullable=False)


class AcceptedOutturns(Table):
    """Accepted figures: one KPI, one quarter, one breakdown category."""

    quarter_key: str = quarter("Quarter that the figure is for.")
    return_quarter_key: str = quarter("Quarter of the return; later where it is a restatement.")
    kpi_ref: str = code("KPI.", 24)
    breakdown_type_code: str = code("What the breakdown is by; `all` for the KPI itself.", 30)
    breakdown_category_code: str = code("Breakdown category; `all` for the KPI itself.", 30)
    outturn_status_code: str = code("What the return said.", 20, isin=OutturnStatus)
    outturn_value: float = figure("The figure, in the KPI's unit; null where the status has none.")
    numerator_value: float = figure("Numerator.")
    denominator_value: float = figure("Denominator.")
    is_provisional: bool = flag("True where the return marks the figure as provisional.")
    stated_previous_value: float = figure("Figure of the quarter before, as this return states it.")
    forecast_value: float = figure("The service's forecast for the year end.")
    stated_rag_code: str = code("Rating that the return states.", 10, isin=Rag, nullable=True)
    rating_reason_text: str = text("Reason for the stated rating.")
    raw_value_text: str = text("The figure's cell as received.")
    commentary_text: str = text("Commentary.")
    action_text: str = text("Action.")
    action_owner_name: str = code("Role that answers for the action.", 120, nullable=True)
    action_due_date: str = date("Day by which the action is to be done.", nullable=True)
    source_code: str = code("Source.", 40)
    row_id: str = code("Identity of the row.", 120, unique=True)
    file_name: str = code("Where the return was.", 255)
    file_sha256: str = code("SHA-256 of the landed copy.", 64)
    sheet_name: str = code("Sheet, for workbooks.", 64, nullable=True)
    row_number: pd.Int64Dtype = count("Row as a person counts it.")

    class Config:
        """Pandera's settings."""

        unique = [
            "quarter_key",
            "return_quarter_key",
            "kpi_ref",
            "breakdown_type_code",
            "breakdown_category_code",
        ]


class ReturnTitles(ReturnRows):
    """Title rows of the quarter's returns, which may name the quarter that they are for."""


class ReturnLedger(Table):
    """The account of one return: rows read = accepted + rejected + ignored.

    `counted_count` comes from a second reader that is not the one that parsed. Each figure of a
    wide return is a row read, so that rows read = rows counted + blank ones + `spread_count`.
    """

    quarter_key: str = quarter("Quarter of the return.")
    source_code: str = code("Source.", 40, unique=True)
    file_name: str = code("Where the return was.", 255, nullable=True)
    file_sha256: str = code("SHA-256 of the landed copy.", 64, nullable=True)
    read_count: pd.Int64Dtype = count("Rows read, blank ones included.")
    accepted_count: pd.Int64Dtype = count("Rows accepted.")
    rejected_count: pd.Int64Dtype = count("Rows rejected.")
    ignored_count: pd.Int64Dtype = count("Rows ignored, for whatever reason.")
    blank_count: pd.Int64Dtype = count("Ignored because blank.")
    heading_count: pd.Int64Dtype = count("Ignored because title or heading.")
    note_count: pd.Int64Dtype = count("Ignored because a note: no reference and no figure.")
    total_count: pd.Int64Dtype = count("Ignored because a total of other rows.")
    duplicate_count: pd.Int64Dtype = count("Ignored because identical to an accepted row.")
    hidden_count: pd.Int64Dtype = count("Rows that the workbook hides; they are read all the same.")
    spread_count: pd.Int64Dtype = count(
        "Rows read beyond the first from one row of the return: its figures in further columns."
    )
    hidden_sheets_text: str = text("The workbook's hidden sheets.")
    counted_count: pd.Int64Dtype = count("Rows that are not blank, by the second reader.")


class KpisInForce(Table):
    """The register as it stands in one quarter: each live KPI with its target and rule."""

    quarter_key: str = quarter("Quarter.")
    kpi_ref: str = code("KPI.", 24, unique=True)
    kpi_name: str = code("Name in that quarter.", 255)
    directorate_code: str = code("Directorate in that quarter.", 20)
    directorate_name: str = code("Its name.", 120)
    directorate_order: pd.Int64Dtype = count("Its place in reports.")
    service_code: str = code("Service in that quarter.", 30)
    service_name: str = code("Its name.", 120)
    service_order: pd.Int64Dtype = count("Its place within the directorate.")
    priority_code: str = code("Council Plan priority in that quarter, or none.", 30)
    priority_name: str = code("Its name.", 120)
    priority_order: pd.Int64Dtype = count("Its place in reports.")
    theme_code: str = code("Theme in that quarter, or none.", 30)
    theme_name: str = code("Its name.", 120)
    theme_order: pd.Int64Dtype = count("Its place in reports.")
    source_code: str = code("Source that returns the KPI.", 40)
    unit_code: str = code("Unit.", 20)
    polarity_code: str = code("Which way is better.", 10)
    basis_code: str = code("Whether figures are rated, or why not.", 20)
    is_due: bool = flag("True where a figure is due in this quarter.")
    arrears_quarter_count: pd.Int64Dtype = count("Quarters by which figures lag.")
    period_quarter_key: str = quarter("Quarter that the figure is about: earlier in arrears.")
    previous_due_quarter_key: str = quarter("Last quarter before this in which one was due.")
    baseline_quarter_key: str = quarter("Quarter to compare with as baseline.", nullable=True)
    is_year_to_date: bool = flag("True where figures add up from April.")
    decimal_places: pd.Int64Dtype = count("Decimal places printed.")
    minimum_value: float = figure("Smallest possible figure.")
    maximum_value: float = figure("Largest possible figure.")
    owner_name: str = code("Role that answers for the KPI.", 120)
    is_illustrative: bool = flag("True where the KPI is illustrative sample data.")
    target_value: float = figure("Target of the quarter that the figure is about.")
    floor_value: float = figure("Floor standard of that quarter.")
    lower_value: float = figure("Lower end of the target range of that quarter.")
    upper_value: float = figure("Upper end of the target range of that quarter.")
    target_valid_from: str = quarter("First quarter of that target.", nullable=True)
    target_valid_to: str = quarter("Last quarter of that target.", nullable=True)
    previous_target_value: float = figure(
        "Target when a figure was last due, where that was in the same financial year."
    )
    year_end_target_value: float = figure("Target of the last quarter of the figure's year.")
    year_end_floor_value: float = figure("Floor standard of that quarter.")
    year_end_lower_value: float = figure("Lower end of the target range of that quarter.")
    year_end_upper_value: float = figure("Upper end of the target range of that quarter.")
    rule_name: str = code("Rating rule.", 40)
    rule_kind_code: str = code("The rule's kind.", 20, isin=RuleKind)
    tolerance_unit_code: str = code(
        "Unit of the rule's tolerances.", 10, isin=ToleranceUnit, nullable=True
    )
    green_tolerance_value: float = figure("The rule's green tolerance.", nullable=False)
    amber_tolerance_value: float = figure("The rule's amber tolerance.")
    improvement_comparator_code: str = code(
        "What an improvement rule compares with.", 20, isin=Comparator, nullable=True
    )
    is_held_enough: bool = flag("True where holding the comparator's figure is enough for amber.")
    judging_sha256: str = code(
        "Digest of the council's files by which outturns are read, compared and rated.", 64
    )


class ComparatorOutturns(Table):
    """Headline figures of earlier quarters, as they stand now."""

    kpi_ref: str = code("KPI.", 24)
    quarter_key: str = quarter("Quarter in which the figure was reported.")
    outturn_value: float = figure("The figure.", nullable=False)
    is_provisional: bool = flag("True where it was marked as provisional, and not restated since.")
    commentary_text: str = text("Commentary that came with it.")
    origin_text: str = code("Where it came from: file and row, or the register.", 400)

    class Config:
        """Pandera's settings."""

        unique = ["kpi_ref", "quarter_key"]


class ComparedOutturns(Table):
    """Each live KPI's direction of travel against each comparator: a row for each of the four."""

    quarter_key: str = quarter("Quarter.")
    kpi_ref: str = code("KPI.", 24)
    comparator_code: str = code("What it is compared with.", 20, isin=Comparator)
    comparator_quarter_key: str = quarter(
        "Quarter of the comparator; the first one of a trend. Null where there is none.",
        nullable=True,
    )
    comparator_value: float = figure("The comparator's figure; of a trend, where its line begins.")
    comparator_origin_text: str = code("Where that figure came from.", 400, nullable=True)
    figure_count: pd.Int64Dtype = count(
        "Figures that the trend is drawn through; null for the other comparators.", nullable=True
    )
    change_value: float = figure(
        "Outturn less comparator, in points of a percentage and else in percent of the absolute "
        "comparator; of a trend, from the beginning to the end of its line. Null where the "
        "comparator is 0 and percent cannot be taken of it."
    )
    change_unit_code: str = code("Unit of the change.", 10, isin=ChangeUnit)
    direction_code: str = code("Direction of travel.", 20, isin=Direction)
    not_comparable_reason_code: str = code(
        "Why it cannot be compared.", 30, isin=NotComparableReason, nullable=True
    )
    is_series_broken: bool = flag("True where a break in the series lies between the figures.")
    comparator_label: str = code("What the comparator is called: `pre-covid`.", 40)

    class Config:
        """Pandera's settings."""

        unique = ["kpi_ref", "comparator_code"]


class RatedOutturns(Table):
    """The headline figure of each live KPI, judged by its rule; every KPI has one row."""

    quarter_key: str = quarter("Quarter.")
    kpi_ref: str = code("KPI.", 24, unique=True)
    outturn_status_code: str = code(
        "What the return said; null where it said nothing.", 20, isin=OutturnStatus, nullable=True
    )
    outturn_value: float = figure("The figure.")
    numerator_value: float = figure("Numerator.")
    denominator_value: float = figure("Denominator.")
    is_provisional: bool = flag("True where the return marks the figure as provisional.")
    variance_value: float = figure(
        "Outturn less target; for a range, less the end that it is outside of, 0 inside."
    )
    shortfall_value: float = figure(
        "By how much the outturn is worse than the target, negative when better; for a range, by "
        "how much it is outside, 0 inside."
    )
    green_limit_value: float = figure("Largest shortfall that is still green.")
    amber_limit_value: float = figure("Largest shortfall that is still amber, where the rule has.")
    rule_rag_code: str = code(
        "What the rule, or the return's judgement, says.", 10, isin=Rag, nullable=True
    )
    rag_code: str = code("The rating published; null where not rated.", 10, isin=Rag, nullable=True)
    rating_basis_code: str = code(
        "What the published rating rests on.", 10, isin=RatingBasis, nullable=True
    )
    override_role: str = code("Role that overrode the rating.", 120, nullable=True)
    override_date: str = date("Day on which it did.", nullable=True)
    override_reason_text: str = text("Why.")
    not_rated_reason_code: str = code(
        "Why there is no rating.", 20, isin=NotRatedReason, nullable=True
    )
    stated_rag_code: str = code("Rating that the return states.", 10, isin=Rag, nullable=True)
    rating_reason_text: str = text("Reason for the stated rating.")
    stated_previous_value: float = figure("Figure of the quarter before, as the return states it.")
    forecast_value: float = figure("The service's forecast for the year end.")
    forecast_rag_code: str = code(
        "The forecast's rating, by the year end's target.", 10, isin=Rag, nullable=True
    )
    raw_value_text: str = text("The figure's cell as received.")
    commentary_text: str = text("Commentary.")
    action_text: str = text("Action.")
    action_owner_name: str = code("Role that answers for the action.", 120, nullable=True)
    action_due_date: str = date("Day by which the action is to be done.", nullable=True)
    source_code: str = code("Source that returns the KPI.", 40)
    file_name: str = code("Where the return was.", 255, nullable=True)
    file_sha256: str = code("SHA-256 of the landed copy.", 64, nullable=True)
    sheet_name: str = code("Sheet, for workbooks.", 64, nullable=True)
    row_number: pd.Int64Dtype = count("Row as a person counts it.", nullable=True)


class EarlierRatings(Table):
    """Ratings of earlier quarters by the rules of their time, with where each KPI stood then."""

    quarter_key: str = quarter("The earlier quarter.")
    kpi_ref: str = code("KPI.", 24)
    directorate_code: str = code("Directorate then.", 20)
    service_code: str = code("Service then.", 30)
    priority_code: str = code("Council Plan priority then, or none.", 30)
    theme_code: str = code("Theme then, or none.", 30)
    owner_name: str = code("Role that answered for the KPI then.", 120)
    rag_code: str = code("The rating; null where not rated.", 10, isin=Rag, nullable=True)
    present_directorate_code: str = code(
        "Directorate in the quarter reported; null where no single one took the KPI's place over.",
        20,
        nullable=True,
    )

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "kpi_ref"]
