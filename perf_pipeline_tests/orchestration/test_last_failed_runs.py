"""Which run of a quarter is gone on from, where runs over several quarters stand among its own."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.partitions import (
    PARTITION_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    partition_key,
)
from perf_pipeline.orchestration.runs import last_failed_run
from perf_pipeline.quarters import Quarter

FIRST, SECOND, THIRD, FOURTH = (Quarter(2023, number) for number in (1, 2, 3, 4))
FAILED, DONE = dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Dagster's records in a folder of the test's own."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


def alone(
    instance: dg.DagsterInstance, quarter: Quarter, status: dg.DagsterRunStatus
) -> dg.DagsterRun:
    """Record a run of one quarter."""
    tags = {PARTITION_TAG: partition_key(quarter)}
    return instance.add_run(dg.DagsterRun("quarter", tags=tags, status=status))


def together(
    instance: dg.DagsterInstance, first: Quarter, last: Quarter, status: dg.DagsterRunStatus
) -> None:
    """Record a run over several quarters."""
    tags = {RANGE_START_TAG: partition_key(first), RANGE_END_TAG: partition_key(last)}
    instance.add_run(dg.DagsterRun("quarter", tags=tags, status=status))


def refusal(instance: dg.DagsterInstance, quarter: Quarter) -> str:
    """Return the words in which going on from a quarter's failure is refused."""
    with pytest.raises(RequestError) as caught:
        last_failed_run(quarter, instance)
    return str(caught.value)


def test_failed_run_of_the_quarter_alone(instance: dg.DagsterInstance) -> None:
    """The quarter's own last run is gone on from; runs of other quarters do not count."""
    alone(instance, SECOND, FAILED)
    wanted = alone(instance, SECOND, FAILED)
    alone(instance, FIRST, DONE)
    together(instance, THIRD, FOURTH, DONE)
    together(instance, FIRST, FIRST, DONE)
    assert last_failed_run(SECOND, instance).run_id == wanted.run_id


@pytest.mark.parametrize("quarter", [FIRST, SECOND, THIRD], ids=str)
def test_failed_run_over_several_quarters(instance: dg.DagsterInstance, quarter: Quarter) -> None:
    """After a failed run over several quarters it is said to run the quarter alone and whole."""
    alone(instance, quarter, FAILED)
    together(instance, FIRST, THIRD, FAILED)
    assert refusal(instance, quarter) == (
        f"{quarter.label} failed in a run over Q1 2023/24 to Q3 2023/24, from which one quarter "
        f"alone cannot go on. Run it whole: perf-pipeline run {quarter.key}, without "
        "--from-failure."
    )


def test_range_of_one_quarter(instance: dg.DagsterInstance) -> None:
    """A range that is one quarter is a range too."""
    together(instance, SECOND, SECOND, FAILED)
    assert "in a run over Q2 2023/24 to Q2 2023/24" in refusal(instance, SECOND)


def test_failed_run_that_was_overtaken(instance: dg.DagsterInstance) -> None:
    """A failed run is not gone on from after a run over several quarters that succeeded."""
    alone(instance, SECOND, FAILED)
    together(instance, FIRST, THIRD, DONE)
    assert "has no failed run to go on from" in refusal(instance, SECOND)


def test_failed_run_after_one_over_several_quarters(instance: dg.DagsterInstance) -> None:
    """The quarter's own run that failed later is gone on from."""
    together(instance, FIRST, THIRD, FAILED)
    wanted = alone(instance, SECOND, FAILED)
    assert last_failed_run(SECOND, instance).run_id == wanted.run_id


def test_quarter_that_never_ran(instance: dg.DagsterInstance) -> None:
    """Without any run of it there is nothing to go on from."""
    together(instance, THIRD, FOURTH, FAILED)
    assert "has no failed run to go on from" in refusal(instance, FIRST)
