"""Which quarters a run works on, by its tags."""

import pytest

from perf_pipeline.orchestration.partitions import (
    PARTITION_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    partition_key,
    quarter_of_key,
    quarters_of_tags,
)
from perf_pipeline.quarters import Quarter


@pytest.mark.parametrize(
    ("tags", "keys"),
    [
        ({}, []),
        ({PARTITION_TAG: "2023-04-01"}, ["2023-24-Q1"]),
        (
            {RANGE_START_TAG: "2024-01-01", RANGE_END_TAG: "2024-07-01"},
            ["2023-24-Q4", "2024-25-Q1", "2024-25-Q2"],
        ),
        ({RANGE_START_TAG: "2024-01-01", RANGE_END_TAG: "2024-01-01"}, ["2023-24-Q4"]),
    ],
    ids=["none", "one", "several over the year's end", "a range of one"],
)
def test_quarters_of_a_run(tags: dict[str, str], keys: list[str]) -> None:
    """A run works on the quarter of its tag, or on all of its range, oldest first."""
    assert [quarter.key for quarter in quarters_of_tags(tags)] == keys


def test_key_leads_back_to_the_quarter() -> None:
    """A partition key is the first day of its quarter."""
    assert quarter_of_key(partition_key(Quarter(2023, 4))) == Quarter(2023, 4)
