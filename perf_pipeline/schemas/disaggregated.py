"""Disaggregated outturns, in flow order: a million rows a quarter, and more across councils.

They come from systems and not from people: by area and category, of one quarter or of several,
each row judged by the rules of its own quarter. Rows and figures stay in `core`; what readers see
of them are counts.
"""

import pandas as pd

from perf_pipeline.rules import Direction, NotRatedReason, OutturnStatus, Rag
from perf_pipeline.schemas.columns import Table, code, count, figure, flag, quarter, text


class DisaggregatedFiles(Table):
    """The files of one disaggregated return, as they were landed."""

    quarter_key: str = quarter("Quarter of the return.")
    source_code: str = code("Source.", 40)
    file_name: str = code("Where the file was: path or address.", 255, unique=True)
    file_sha256: str = code("SHA-256 of the landed copy.", 64)
    byte_count: pd.Int64Dtype = count("Bytes of the landed copy.")


class DisaggregatedRows(Table):
    """A disaggregated return as received: one row for each row of the landed copy, cells text."""

    source_code: str = code("Source.", 40)
    file_name: str = code("Where the file was: path or address.", 255)
    file_sha256: str = code("SHA-256 of the landed copy.", 64)
    row_number: pd.Int64Dtype = count("Row as a person counts it: 1 is the first of the file.")
    kpi_ref_text: str = text("Reference, as received.")
    quarter_text: str = text("Quarter of the figure, as received.")
    area_text: str = text("Area, as received.")
    breakdown_type_text: str = text("What the breakdown is by, as received.")
    breakdown_category_text: str = text("Breakdown category, as received.")
    value_text: str = text("Figure, as received.")
    numerator_text: str = text("Numerator, as received.")
    denominator_text: str = text("Denominator, as received.")
    status_text: str = text("Why there is no figure, as received.")
    provisional_text: str = text("Whether the figure is provisional, as received.")
    commentary_text: str = text("Commentary, as received.")


class DisaggregatedOutturns(Table):
    """Accepted figures by area and breakdown category, each judged by its own quarter's rules."""

    quarter_key: str = quarter("Quarter that the figure is for.")
    kpi_ref: str = code("KPI.", 24)
    area_code: str = code("Area; `all` for the whole council.", 30)
    breakdown_type_code: str = code("What the breakdown is by; `all` for none.", 30)
    breakdown_category_code: str = code("Breakdown category; `all` for none.", 30)
    outturn_status_code: str = code("What the return said.", 20, isin=OutturnStatus)
    outturn_value: float = figure("The figure, in the KPI's unit; null where the status has none.")
    numerator_value: float = figure("Numerator.")
    denominator_value: float = figure("Denominator.")
    is_provisional: bool = flag("True where the return marks the figure as provisional.")
    rag_code: str = code(
        "Rating by the KPI's rule and target in that quarter.", 10, isin=Rag, nullable=True
    )
    not_rated_reason_code: str = code(
        "Why there is no rating.", 20, isin=NotRatedReason, nullable=True
    )
    previous_value: float = figure(
        "The same area's and category's figure when the KPI was last due before, in the same data."
    )
    previous_direction_code: str = code("Direction of travel from it.", 20, isin=Direction)
    last_year_value: float = figure("Its figure of the same quarter a year before.")
    last_year_direction_code: str = code("Direction of travel from that.", 20, isin=Direction)
    commentary_text: str = text("Commentary.")
    source_code: str = code("Source.", 40)
    file_sha256: str = code("SHA-256 of the landed copy.", 64)
    row_number: pd.Int64Dtype = count("Row as a person counts it.")

    class Config:
        """Pandera's settings."""

        unique = [
            "quarter_key",
            "kpi_ref",
            "area_code",
            "breakdown_type_code",
            "breakdown_category_code",
        ]


class DisaggregatedRejections(Table):
    """Rows of disaggregated returns that were not accepted, with why and what to send instead."""

    source_code: str = code("Source.", 40)
    file_name: str = code("Where the file was.", 255)
    file_sha256: str = code("SHA-256 of the landed copy.", 64)
    row_number: pd.Int64Dtype = count("Row as a person counts it.")
    outcome_reason_code: str = code("Why; several joined by `; `.", 255)
    outcome_text: str = text("The same in sentences that say what to send.", nullable=False)
    row_text: str = text("The whole row as `field: cell` pairs.", nullable=False)

    class Config:
        """Pandera's settings."""

        unique = ["file_sha256", "row_number"]


class DisaggregatedReturns(Table):
    """The account of one disaggregated return, and the digest that says which rows are its.

    Rows read = accepted + rejected + blank; `counted_count` is a second reader's.
    """

    quarter_key: str = quarter("Quarter of the return.")
    source_code: str = code("Source.", 40)
    dataset_sha256: str = code(
        "Digest of the accepted and the rejected rows; null where there is no return.",
        64,
        nullable=True,
    )
    file_count: pd.Int64Dtype = count("Files that it came in.")
    read_count: pd.Int64Dtype = count("Rows read, headings left aside.")
    accepted_count: pd.Int64Dtype = count("Rows accepted.")
    rejected_count: pd.Int64Dtype = count("Rows rejected.")
    blank_count: pd.Int64Dtype = count("Rows ignored because blank.")
    counted_count: pd.Int64Dtype = count("Rows by the second reader, headings left aside.")

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "source_code"]


class DisaggregatedSummary(Table):
    """Ratings and directions of the disaggregated outturns, counted by KPI and quarter."""

    quarter_key: str = quarter("Quarter of the return.")
    source_code: str = code("Source.", 40)
    figure_quarter_key: str = quarter("Quarter that the figures are for.")
    kpi_ref: str = code("KPI.", 24)
    outturn_count: pd.Int64Dtype = count("Outturns.")
    green_count: pd.Int64Dtype = count("Rated green.")
    amber_count: pd.Int64Dtype = count("Rated amber.")
    red_count: pd.Int64Dtype = count("Rated red.")
    not_rated_count: pd.Int64Dtype = count("Not rated.")
    improved_count: pd.Int64Dtype = count("Improved since the KPI was last due.")
    maintained_count: pd.Int64Dtype = count("Maintained since then.")
    declined_count: pd.Int64Dtype = count("Declined since then.")

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "source_code", "figure_quarter_key", "kpi_ref"]
