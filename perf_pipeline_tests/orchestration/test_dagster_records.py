"""Dagster's records through kept connections: the files are Dagster's own, and stay readable."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

import dagster as dg
import yaml
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

from perf_pipeline.orchestration.dagster_records import DagsterRecords


@dg.asset(check_specs=[dg.AssetCheckSpec("whole", asset="numbers")])
def numbers() -> Iterator[Any]:
    """Yield a result with a check."""
    yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


def instance_in(home: Path, *, is_kept: bool) -> dg.DagsterInstance:
    """Open an instance on a folder, through kept connections or Dagster's own storage."""
    kept = {
        "module": "perf_pipeline.orchestration.dagster_records",
        "class": "DagsterRecords",
        "config": {"base_dir": str(home)},
    }
    storage = {"custom": kept} if is_kept else {"sqlite": {"base_dir": str(home)}}
    settings = {"telemetry": {"enabled": False}, "storage": storage}
    (home / "dagster.yaml").write_text(yaml.safe_dump(settings))
    return dg.DagsterInstance.from_config(str(home))


def storage_of(instance: dg.DagsterInstance) -> object:
    """Return the storage that dagster.yaml names."""
    return instance.get_ref().storage


def recorded(instance: dg.DagsterInstance, run_id: str) -> list[str | None]:
    """Return the kinds of a run's events, in order."""
    return [entry.dagster_event_type for entry in instance.all_logs(run_id)]


def open_databases(folder: Path) -> set[str]:
    """Return the names of a folder's databases that this process has open."""
    opened = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            opened.add(descriptor.readlink())
    return {path.name for path in opened if path.parent == folder and path.suffix == ".db"}


def test_dagster_reads_what_is_recorded(tmp_path: Path) -> None:
    """Runs, events and results of checks are the same through Dagster's own storage."""
    with instance_in(tmp_path, is_kept=True) as instance:
        assert isinstance(storage_of(instance), DagsterRecords)
        run_id = dg.materialize([numbers], instance=instance).run_id
        events = recorded(instance, run_id)
    with instance_in(tmp_path, is_kept=False) as instance:
        assert type(storage_of(instance)) is DagsterSqliteStorage
        assert recorded(instance, run_id) == events
        assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.SUCCESS]
        assert instance.get_latest_materialization_event(dg.AssetKey("numbers")) is not None
        key = dg.AssetCheckKey(dg.AssetKey("numbers"), "whole")
        (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=5)
        assert record.status.value == "SUCCEEDED"


def test_events_are_seen_before_the_run_ends(tmp_path: Path) -> None:
    """What a run records is seen at once through another connection, as the UI would."""
    with instance_in(tmp_path, is_kept=True) as ours, instance_in(tmp_path, is_kept=True) as theirs:
        seen: list[list[str | None]] = []

        @dg.asset
        def looked(context: dg.AssetExecutionContext) -> None:
            seen.append(recorded(theirs, context.run.run_id))

        dg.materialize([looked], instance=ours)
    assert "STEP_START" in seen[0]
    assert "STEP_SUCCESS" not in seen[0]


def test_watcher_is_told_while_the_run_goes_on(tmp_path: Path) -> None:
    """Whoever watches a run, as its page in the UI does, is told of each event as it comes."""
    told = Event()
    heard: list[bool] = []

    def hear(entry: dg.EventLogEntry, _: str) -> None:
        if entry.dagster_event_type == "STEP_SUCCESS":
            told.set()

    @dg.op
    def first(context: dg.OpExecutionContext) -> None:
        theirs.watch_event_logs(context.run_id, None, hear)

    @dg.op(ins={"begin": dg.In(dg.Nothing)})
    def second() -> None:
        heard.append(told.wait(20))

    @dg.job
    def watched() -> None:
        second(begin=first())

    with instance_in(tmp_path, is_kept=True) as ours, instance_in(tmp_path, is_kept=True) as theirs:
        watched.execute_in_process(instance=ours)
    assert heard == [True]


def test_many_runs_are_looked_at_with_few_files_open(tmp_path: Path) -> None:
    """Of the runs' files only those last looked at are kept open, and all can be read."""
    with instance_in(tmp_path, is_kept=True) as instance:
        ids = [dg.materialize([numbers], instance=instance).run_id for _ in range(10)]
        assert {len(recorded(instance, run_id)) for run_id in ids} == {
            len(recorded(instance, ids[0]))
        }
        kept = open_databases(tmp_path / "history" / "runs")
    assert f"{ids[-1]}.db" in kept
    assert len(kept) <= 8
    assert open_databases(tmp_path / "history" / "runs") == set()


def test_wiped_records_can_be_written_again(tmp_path: Path) -> None:
    """After `dagster run wipe` a run is recorded anew."""
    with instance_in(tmp_path, is_kept=True) as instance:
        gone = dg.materialize([numbers], instance=instance).run_id
        instance.wipe()
        assert recorded(instance, gone) == []
        assert recorded(instance, dg.materialize([numbers], instance=instance).run_id)
