"""The quarter as a Dagster partition: its key is the quarter's first day, `2023-04-01`.

Time windows, unlike a fixed list, let Dagster offer each quarter as it ends and schedules follow.
"""

import datetime as dt
from collections.abc import Mapping

import dagster as dg

from perf_pipeline.quarters import Quarter

PARTITION_TAG = "dagster/partition"
"""The tag of a run of one quarter: its partition key."""

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
"""The tags of one run of several quarters: the first and the last partition key."""

_TIMEZONE = "Europe/London"
_FORMAT = "%Y-%m-%d"


def quarter_partitions(first_quarter: Quarter) -> dg.TimeWindowPartitionsDefinition:
    """Return the quarters from a council's first one to the last that has ended."""
    return dg.TimeWindowPartitionsDefinition(
        start=first_quarter.start_date.strftime(_FORMAT),
        cron_schedule="0 0 1 1,4,7,10 *",
        fmt=_FORMAT,
        timezone=_TIMEZONE,
    )


def partition_key(quarter: Quarter) -> str:
    """Return a quarter's partition key."""
    return quarter.start_date.strftime(_FORMAT)


def quarter_of_key(key: str) -> Quarter:
    """Return the quarter of a partition key."""
    return Quarter.containing(dt.date.fromisoformat(key))


def quarters_of_tags(tags: Mapping[str, str]) -> list[Quarter]:
    """Return the quarters that a run works on, oldest first; none where its tags name none."""
    first, last = (
        tags.get(tag) or tags.get(PARTITION_TAG) for tag in (RANGE_START_TAG, RANGE_END_TAG)
    )
    if first is None or last is None:
        return []
    return quarter_of_key(first).through(quarter_of_key(last))
