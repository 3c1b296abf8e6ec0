"""What the reporting tables do not show: kept in `core`, beside the publication it belongs to."""

from perf_pipeline.rules import OutturnStatus
from perf_pipeline.schemas.columns import Table, code, figure, quarter, text


class WithheldFigures(Table):
    """Figures of breakdowns that are suppressed in the reporting tables, as they were returned.

    They could tell of a person, or give away a figure that could. No reader has a right to them.
    """

    quarter_key: str = quarter("Quarter.")
    kpi_ref: str = code("KPI.", 24)
    breakdown_type_code: str = code("What the breakdown is by.", 30)
    breakdown_category_code: str = code("Breakdown category.", 30)
    outturn_status_code: str = code("What the return said.", 20, isin=OutturnStatus)
    outturn_value: float = figure("The figure, in the KPI's unit.")
    numerator_value: float = figure("Numerator.")
    denominator_value: float = figure("Denominator.")
    raw_value_text: str = text("The figure's cell as received.")
    commentary_text: str = text("Commentary.")
    action_text: str = text("Action.")
    source_code: str = code("Source.", 40)
    row_id: str = code("Identity of the row.", 120, unique=True)

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "kpi_ref", "breakdown_type_code", "breakdown_category_code"]


class WithheldRows(Table):
    """Rejected rows whose content is withheld in the reporting tables, as they were returned.

    They are of a breakdown whose small counts are suppressed, or may be.
    """

    quarter_key: str = quarter("Quarter of the return.")
    row_id: str = code("Identity of the row.", 120)
    source_code: str = code("Source.", 40)
    outcome_text: str = text("Why it was rejected, in sentences that quote it.", nullable=False)
    row_text: str = text("The whole row as received.", nullable=False)

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "row_id"]


class WithheldFiles(Table):
    """Digests of returns that hold what readers may not see: who has one can try figures on it."""

    quarter_key: str = quarter("Quarter of the return.")
    source_code: str = code("Source.", 40)
    file_sha256: str = code("SHA-256 of the landed copy.", 64)

    class Config:
        """Pandera's settings."""

        unique = ["quarter_key", "source_code"]
