"""Whether the register is still the one that a run's first step has read."""

import pandas as pd

from perf_pipeline.council import Council
from perf_pipeline.errors import CouncilChangedError
from perf_pipeline.quarters import Quarter


def require_same_register(kpis: pd.DataFrame, council: Council, quarter: Quarter) -> None:
    """Refuse to mix two states of the register: one that rows were checked by, and one read now.

    Args:
        kpis: `KpisInForce` as the run's first step, or an earlier run's, has read it.
        council: The council folder as it is now.
        quarter: The quarter.

    Raises:
        CouncilChangedError: Something by which outturns are judged has changed since.
    """
    if not kpis.equals(council.kpis_in_force(quarter)):
        raise CouncilChangedError(
            f"The council folder has changed since the KPIs of {quarter.label} were read: its "
            "rules, KPIs, targets or another file by which figures are judged. Run the whole "
            "quarter again, not only what failed."
        )
