"""A step for one quarter or several, by Dagster itself: frames, metadata, checks and retries."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from perf_pipeline.errors import PublicationError, ReturnError
from perf_pipeline.orchestration import checks, each_quarter
from perf_pipeline.orchestration.each_quarter import Events, Made
from perf_pipeline.orchestration.io import Frames, parquet_io_manager
from perf_pipeline.orchestration.partitions import (
    RANGE_END_TAG,
    RANGE_START_TAG,
    quarter_partitions,
)
from perf_pipeline.orchestration.quarter_locks import quarter_locks_resource
from perf_pipeline.quarters import Quarter

FIRST, SECOND = "2023-04-01", "2023-07-01"
PARTITIONS = quarter_partitions(Quarter(2023, 1))
RANGE = {RANGE_START_TAG: FIRST, RANGE_END_TAG: SECOND}

Finding = Callable[[Quarter], str | None]


def assets(found: Finding, *, is_blocking: bool) -> list[dg.AssetsDefinition]:
    """Return an asset that holds its quarter's number, with a check, and one that doubles it."""
    declare = checks.blocking if is_blocking else checks.warning

    @dg.asset(
        name="numbers",
        partitions_def=PARTITIONS,
        check_specs=[declare(checks.NO_REJECTED_ROWS, "numbers", PARTITIONS)],
    )
    def numbers(context: dg.AssetExecutionContext) -> Events:
        def make(quarter: Quarter, _: Mapping[str, pd.DataFrame]) -> dict[str, Made]:
            frame = pd.DataFrame({"number": [quarter.number]})
            fault = found(quarter)
            failures = [] if fault is None else [{"Found": fault}]
            outcome = checks.Outcome(checks.NO_REJECTED_ROWS, is_blocking, fault, failures)
            return {"numbers": Made(frame, {"quarter": quarter.label}, [outcome])}

        yield from each_quarter.each_quarter(context, make)

    @dg.asset(name="doubled", partitions_def=PARTITIONS)
    def doubled(context: dg.AssetExecutionContext, numbers: Frames) -> Events:
        def make(_: Quarter, frames: Mapping[str, pd.DataFrame]) -> dict[str, Made]:
            return {"doubled": Made(frames["numbers"] * 2, {})}

        yield from each_quarter.each_quarter(context, make, {"numbers": numbers})

    return [numbers, doubled]


def run(
    chosen: list[dg.AssetsDefinition],
    home: Path,
    instance: dg.DagsterInstance,
    **options: Any,
) -> dg.ExecuteInProcessResult:
    """Materialize assets with their frames under a folder."""
    resources = {
        "io_manager": parquet_io_manager(home / "frames"),
        "quarter_locks": quarter_locks_resource(home / "locks", 1.0),
    }
    return dg.materialize(
        chosen, resources=resources, instance=instance, raise_on_error=False, **options
    )


def executions(instance: dg.DagsterInstance) -> dict[str | None, tuple[bool, str | None]]:
    """Return what the check found, by partition."""
    key = dg.AssetCheckKey(dg.AssetKey("numbers"), checks.NO_REJECTED_ROWS)
    history = instance.event_log_storage.get_asset_check_execution_history(key, limit=10)
    found = {}
    for record in history:
        assert record.evaluation is not None
        assert record.evaluation.target_materialization_data is not None
        found[record.partition] = (record.evaluation.passed, record.evaluation.description)
    return found


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ({"partition_key": FIRST}, [FIRST]),
        ({"tags": RANGE}, [FIRST, SECOND]),
        ({"tags": {RANGE_START_TAG: SECOND, RANGE_END_TAG: SECOND}}, [SECOND]),
    ],
    ids=["one", "several", "a range of one"],
)
def test_frames_are_kept_by_quarter(
    options: dict[str, Any], keys: list[str], tmp_path: Path
) -> None:
    """Each quarter's frame is a file of its own, made from its own quarter's frames."""
    with dg.instance_for_test() as instance:
        assert run(assets(lambda _: None, is_blocking=True), tmp_path, instance, **options).success
    folder = tmp_path / "frames" / "doubled"
    assert {path.stem for path in folder.iterdir()} == set(keys)
    for key in keys:
        expected = 2 if key == FIRST else 4
        assert pd.read_parquet(folder / f"{key}.parquet")["number"].tolist() == [expected]


def test_metadata_and_checks_are_kept_by_quarter_in_a_range(tmp_path: Path) -> None:
    """One run of two quarters records for each what a run of it alone would."""
    found = {1: None, 2: "A row was rejected."}
    with dg.instance_for_test() as instance:
        steps = assets(lambda quarter: found[quarter.number], is_blocking=False)
        assert run(steps, tmp_path, instance, tags=RANGE).success
        records = instance.fetch_materializations(dg.AssetKey("numbers"), limit=5).records
        assert executions(instance) == {
            FIRST: (True, None),
            SECOND: (False, "A row was rejected."),
        }
    labels = {r.partition_key: r.asset_materialization.metadata["quarter"].value for r in records}
    assert labels == {FIRST: "Q1 2023/24", SECOND: "Q2 2023/24"}


@pytest.mark.parametrize(
    "options", [{"partition_key": SECOND}, {"tags": RANGE}], ids=["one", "several"]
)
def test_blocking_check_holds_what_follows(options: dict[str, Any], tmp_path: Path) -> None:
    """A quarter that fails a blocking check fails the step, and nothing after it runs."""
    with dg.instance_for_test() as instance:
        steps = assets(lambda q: "Wrong." if q.number == 2 else None, is_blocking=True)
        result = run(steps, tmp_path, instance, **options)
        assert executions(instance)[SECOND] == (False, "Wrong.")
    assert not result.success
    assert not (tmp_path / "frames" / "doubled").exists()


def failing(fault: Callable[[Quarter], Exception | None], counts: list[int]) -> Any:
    """Return an asset held by a database, of which some quarters fail; `counts` its attempts."""

    @dg.asset(name="held", partitions_def=PARTITIONS)
    def held(context: dg.AssetExecutionContext) -> Events:
        def make(quarter: Quarter, _: Mapping[str, pd.DataFrame]) -> dict[str, Made]:
            counts.append(quarter.number)
            error = fault(quarter)
            if error is not None:
                raise error
            return {"held": Made(None, {"quarter": quarter.label})}

        yield from each_quarter.each_quarter(context, make)

    return held


def test_failure_says_every_quarters_sentence(tmp_path: Path) -> None:
    """A range that fails says so of each quarter, in the sentences of our errors."""
    with dg.instance_for_test() as instance:
        step = failing(lambda quarter: ReturnError(f"{quarter.label} is broken."), [])
        result = run([step], tmp_path, instance, tags=RANGE)
    (event,) = result.get_step_failure_events()
    description = event.step_failure_data.user_failure_data.description
    assert description == "Q1 2023/24 is broken.\nQ2 2023/24 is broken."


def test_quarters_that_a_database_holds_are_recorded(tmp_path: Path) -> None:
    """What one quarter of a range has put into a database is seen though another failed."""
    with dg.instance_for_test() as instance:
        step = failing(lambda q: PublicationError("Refused.") if q.number == 2 else None, [])
        assert not run([step], tmp_path, instance, tags=RANGE).success
        records = instance.fetch_materializations(dg.AssetKey("held"), limit=5).records
    assert [record.partition_key for record in records] == [FIRST]


@pytest.mark.parametrize(
    ("errors", "attempts", "is_success"),
    [
        ([ReturnError("Away.", is_transient=True)] * 2, 3, True),
        ([ReturnError("Away.", is_transient=True)] * 9, 4, False),
        ([ReturnError("Not a number.")], 1, False),
        ([PublicationError("Refused.")], 1, False),
        ([ValueError("a defect")], 1, False),
    ],
    ids=["passes in time", "does not pass", "mistake in a return", "refused", "defect"],
)
def test_only_passing_faults_are_tried_again(
    errors: list[Exception],
    attempts: int,
    is_success: bool,  # noqa: FBT001 - a parameter of the test
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A network's or a database's fault is tried again, at most three times; nothing else is."""
    monkeypatch.setattr(each_quarter, "FIRST_WAIT_S", 0.0)
    counts: list[int] = []
    with dg.instance_for_test() as instance:
        step = failing(lambda _: errors.pop() if errors else None, counts)
        result = run([step], tmp_path, instance, partition_key=FIRST)
    assert (len(counts), result.success) == (attempts, is_success)


def test_frames_that_are_missing_are_named(tmp_path: Path) -> None:
    """An asset run before those it is made of says which has nothing for which quarters."""
    with dg.instance_for_test() as instance:
        steps = assets(lambda _: None, is_blocking=True)
        result = run(steps, tmp_path, instance, tags=RANGE, selection=["doubled"])
    (event,) = result.get_step_failure_events()
    assert (
        "numbers has no data for Q1 2023/24, Q2 2023/24 yet"
        in event.step_failure_data.error.to_string()
    )
