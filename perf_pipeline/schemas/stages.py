"""The frames between a return and the reporting tables, in flow order."""

import pandas as pd

from perf_pipeline.rules import (
    Direction,
    NotComparableReason,
    NotRatedReason,
    OutturnStatus,
    Rag,
    RowKind,
    RowOutcome,
    RuleKind,
)
from perf_pipeline.schemas.columns import Table, code, count, figure, flag, quarter, text


class ReturnRows(Table):
    """A return as received: one row for each row of the landed copy, all cells text.

    A return that has not come has no rows. `row_id` is unique within a quarter.
    """

    quarter_key: str = quarter("Quarter of the return.")
    source_code: str = code("Source.", 40)
    row_id: str = code("Identity of the row: source, sheet and row number.", 120, unique=True)
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
    numerator_text: str = text("Numerator, as received.")
    denominator_text: str = text("Denominator, as received.")
    commentary_text: str = text("Commentary, as received.")
    action_text: str = text("Action, as received.")
    row_text: str = text("The whole row as `heading: cell` pairs.", nullable=False)
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
        "Why it was rejected or ignored, several joined by `; `.", 255, nullable=True
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
    raw_value_text: str = text("The figure's cell as received.")
    commentary_text: str = text("Commentary.")
    action_text: str = text("Action.")
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
    raw_value_text: str = text("The figure's cell as received.")
    commentary_text: str = text("Commentary.")
    action_text: str = text("Action.")
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


class ReturnLedger(Table):
    """The account of one return: rows read = accepted + rejected + ignored.

    `counted_count` comes from a second reader that is not the one that parsed.
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
    duplicate_count: pd.Int64Dtype = count("Ignored because identical to an accepted row.")
    hidden_count: pd.Int64Dtype = count("Rows that the workbook hides; they are read all the same.")
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
    source_code: str = code("Source that returns the KPI.", 40)
    unit_code: str = code("Unit.", 20)
    polarity_code: str = code("Which way is better.", 10)
    basis_code: str = code("Whether figures are rated, or why not.", 20)
    is_due: bool = flag("True where a figure is due in this quarter.")
    is_year_to_date: bool = flag("True where figures add up from April.")
    decimal_places: pd.Int64Dtype = count("Decimal places printed.")
    minimum_value: float = figure("Smallest possible figure.")
    maximum_value: float = figure("Largest possible figure.")
    owner_name: str = code("Role that answers for the KPI.", 120)
    is_illustrative: bool = flag("True where the KPI is illustrative sample data.")
    target_value: float = figure("Target in that quarter.")
    target_valid_from: str = quarter("First quarter of that target.", nullable=True)
    target_valid_to: str = quarter("Last quarter of that target.", nullable=True)
    rule_name: str = code("Rating rule.", 40)
    rule_kind_code: str = code("The rule's kind.", 20, isin=RuleKind)
    green_tolerance_value: float = figure("The rule's green tolerance.", nullable=False)
    amber_tolerance_value: float = figure("The rule's amber tolerance.", nullable=False)


class ComparatorOutturns(Table):
    """Headline figures of the quarters that this one is compared with, as they stand now."""

    kpi_ref: str = code("KPI.", 24)
    quarter_key: str = quarter("Quarter of the figure.")
    outturn_value: float = figure("The figure.", nullable=False)
    commentary_text: str = text("Commentary that came with it.")
    origin_text: str = code("Where it came from: file and row, or the register.", 400)

    class Config:
        """Pandera's settings."""

        unique = ["kpi_ref", "quarter_key"]


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
    variance_value: float = figure("Outturn less target.")
    shortfall_value: float = figure("By how much the outturn is worse than the target.")
    green_limit_value: float = figure("Largest shortfall that is still green.")
    amber_limit_value: float = figure("Largest shortfall that is still amber.")
    rag_code: str = code("The rating; null where not rated.", 10, isin=Rag, nullable=True)
    not_rated_reason_code: str = code(
        "Why there is no rating.", 20, isin=NotRatedReason, nullable=True
    )
    raw_value_text: str = text("The figure's cell as received.")
    commentary_text: str = text("Commentary.")
    action_text: str = text("Action.")
    source_code: str = code("Source that returns the KPI.", 40)
    file_name: str = code("Where the return was.", 255, nullable=True)
    file_sha256: str = code("SHA-256 of the landed copy.", 64, nullable=True)
    sheet_name: str = code("Sheet, for workbooks.", 64, nullable=True)
    row_number: pd.Int64Dtype = count("Row as a person counts it.", nullable=True)


class ComparedOutturns(Table):
    """The direction of travel of each live KPI's headline figure."""

    quarter_key: str = quarter("Quarter.")
    kpi_ref: str = code("KPI.", 24, unique=True)
    previous_quarter_value: float = figure("Figure of the quarter before.")
    previous_quarter_origin_text: str = code("Where it came from.", 400, nullable=True)
    direction_previous_quarter_code: str = code(
        "Direction against the quarter before.", 20, isin=Direction
    )
    not_comparable_previous_quarter_code: str = code(
        "Why it cannot be compared.", 20, isin=NotComparableReason, nullable=True
    )
    last_year_value: float = figure("Figure of the same quarter last year.")
    last_year_origin_text: str = code("Where it came from.", 400, nullable=True)
    direction_last_year_code: str = code(
        "Direction against the same quarter last year.", 20, isin=Direction
    )
    not_comparable_last_year_code: str = code(
        "Why it cannot be compared.", 20, isin=NotComparableReason, nullable=True
    )
    is_unchanged: bool = flag("True where figure and commentary equal the previous quarter's.")
