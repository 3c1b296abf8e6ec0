"""The quarter as a Dagster partition: its key is the quarter's first day, `2023-04-01`.

Time windows, unlike a fixed list, let Dagster offer each quarter as it ends and schedules follow.
"""

import datetime as dt

import dagster as dg

from perf_pipeline.quarters import Quarter

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


def quarter_of(context: dg.AssetExecutionContext) -> Quarter:
    """Return the quarter that a step runs for."""
    return Quarter.containing(dt.date.fromisoformat(context.partition_key))
