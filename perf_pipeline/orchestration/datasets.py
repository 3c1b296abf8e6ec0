"""Where the datasets of disaggregated returns are, and which one an account names."""

from itertools import islice
from typing import Any

import pandas as pd

from perf_pipeline.disaggregated.dataset import REJECTIONS, Dataset, read_dataset
from perf_pipeline.errors import RequestError
from perf_pipeline.quarters import Quarter

_MOST_SHOWN = 20


def workplace_of(workplace: str, source_code: str, quarter: Quarter) -> str:
    """Return the folder of one source's dataset of one quarter."""
    return f"{workplace.rstrip('/')}/{source_code}/{quarter.key}"


def named_datasets(returns: pd.DataFrame, workplace: str, quarter: Quarter) -> list[Dataset]:
    """Return the datasets that the accounts of a quarter's disaggregated returns name.

    Args:
        returns: `DisaggregatedReturns`.
        workplace: Where datasets are.
        quarter: The quarter.

    Raises:
        RequestError: One is not there, or the dataset there is another one.
    """
    came = returns.dropna(subset=["dataset_sha256"])
    return [_dataset(account, workplace, quarter) for account in came.itertuples(index=False)]


def _dataset(account: Any, workplace: str, quarter: Quarter) -> Dataset:
    place = workplace_of(workplace, account.source_code, quarter)
    try:
        dataset = read_dataset(place)
    except FileNotFoundError:
        dataset = None
    if dataset is None or dataset.sha256 != account.dataset_sha256:
        found = "is not in" if dataset is None else "is not the one in"
        raise RequestError(
            f"The dataset {account.dataset_sha256[:12]} of {account.source_code}, "
            f"{quarter.label}, {found} {place}. Rerun {account.source_code}_outturns and what "
            "follows."
        )
    return dataset


def rejected_preview(dataset: Dataset) -> list[dict[str, str | int]]:
    """Return the first rejected rows for the UI, without what they hold."""
    rows: list[dict[str, str | int]] = []
    for batch in islice(dataset.batches(REJECTIONS), 1):
        first = batch.slice(0, _MOST_SHOWN).to_pylist()
        rows = [
            {
                "File": row["file_name"],
                "Row": row["row_number"],
                "Reason": row["outcome_reason_code"],
            }
            for row in first
        ]
    return rows
