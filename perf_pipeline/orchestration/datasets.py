"""Where the datasets of disaggregated returns are, and which one an account names."""

from itertools import islice
from typing import Any

from perf_pipeline.disaggregated.dataset import REJECTIONS, Dataset, read_dataset
from perf_pipeline.errors import RequestError
from perf_pipeline.quarters import Quarter

_MOST_SHOWN = 20


def workplace_of(workplace: str, source_code: str, quarter: Quarter) -> str:
    """Return the folder of one source's dataset of one quarter."""
    return f"{workplace.rstrip('/')}/{source_code}/{quarter.key}"


def dataset_of(account: Any, workplace: str, quarter: Quarter) -> Dataset:
    """Return the dataset that a row of `DisaggregatedReturns` names.

    Raises:
        RequestError: It is not there, or the dataset there is another one.
    """
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
