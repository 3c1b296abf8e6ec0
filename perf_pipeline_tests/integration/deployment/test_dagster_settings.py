"""`deploy/dagster.yaml`: Dagster takes it, on a real PostgreSQL, and means by it what it says."""

import re
import shutil
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.instance.config import dagster_instance_config
from dagster._core.run_coordinator import QueuedRunCoordinator
from dagster._core.workspace.config_schema import process_workspace_config
from dagster_shared.yaml_utils import load_yaml_from_path

from perf_pipeline.cli.doctor.dagster_home import dagster_home_findings, initialise
from perf_pipeline.cli.doctor.findings import Status
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline_tests.integration.deployment.servers import PROJECT

DEPLOY = PROJECT / "deploy"


@pytest.fixture
def production_home(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> Environment:
    """A home with the production settings, and the environment that they name."""
    home = tmp_path / "home"
    (home / "dagster").mkdir(parents=True)
    shutil.copy(DEPLOY / "dagster.yaml", home / "dagster")
    url = postgres_url.replace("postgresql+psycopg:", "postgresql+psycopg2:")
    monkeypatch.setenv("PERF_PIPELINE_DAGSTER_DATABASE_URL", url)
    monkeypatch.setenv("PERF_PIPELINE_COMPUTE_LOGS", str(home / "compute_logs"))
    monkeypatch.setenv("PERF_PIPELINE_HOME", str(home))
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    return Environment.read()


def statuses(environment: Environment) -> dict[str, Status]:
    """Return what the doctor says of Dagster's home."""
    found = dagster_home_findings(environment.dagster_home, is_named=True)
    return {finding.check: finding.status for finding in found}


def test_dagster_takes_every_setting(production_home: Environment) -> None:
    """Dagster's own schema accepts the file, and the instance has what the file promises."""
    dagster_instance_config(str(production_home.dagster_home))
    with dg.DagsterInstance.from_config(str(production_home.dagster_home)) as instance:
        assert isinstance(instance.run_coordinator, QueuedRunCoordinator)
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_runtime_seconds == 3600
        assert instance.run_monitoring_settings["free_slots_after_run_end_seconds"] == 60
        assert instance.run_retries_enabled
        assert instance.run_retries_max_retries == 2
        assert not instance.run_retries_retry_on_asset_or_op_failure
        queue = instance.get_concurrency_config().run_queue_config
        assert queue is not None
        assert queue.max_concurrent_runs == 2
        assert queue.max_user_code_failure_retries * queue.user_code_failure_retry_delay == 600
        assert {
            "key": "dagster/partition",
            "value": {"applyLimitPerUniqueValue": True},
            "limit": 1,
        } in queue.tag_concurrency_limits
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 1


def test_records_are_made_in_postgres(production_home: Environment, postgres_url: str) -> None:
    """`doctor --fix` makes Dagster's records in PostgreSQL; the doctor then finds them whole."""
    assert statuses(production_home)["dagster records"] is Status.WRONG
    assert [finding.status for finding in initialise(production_home)] == [Status.OK]
    assert set(statuses(production_home).values()) == {Status.OK}
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    assert {"runs", "event_logs", "job_ticks"} <= set(sa.inspect(engine).get_table_names())
    assert not list(production_home.dagster_home.rglob("*.db"))


def test_run_is_recorded_in_postgres(production_home: Environment) -> None:
    """A run under these settings is recorded, and its output lands where the file says."""

    @dg.op
    def speak() -> None:
        print("spoken")  # noqa: T201 - captured by the compute logs

    @dg.job(executor_def=dg.in_process_executor)
    def speaking() -> None:
        speak()

    with dg.DagsterInstance.from_config(str(production_home.dagster_home)) as instance:
        result = speaking.execute_in_process(instance=instance)
        record = instance.get_run_record_by_id(result.run_id)
    assert record is not None
    assert record.dagster_run.status is dg.DagsterRunStatus.SUCCESS
    logs = production_home.home / "compute_logs"
    assert any("spoken" in path.read_text() for path in logs.rglob("*.out"))


def test_workspace_is_one_that_dagster_takes() -> None:
    """The production workspace is valid, and its socket is the one that the code server serves."""
    workspace = load_yaml_from_path(str(DEPLOY / "workspace.yaml"))
    assert isinstance(workspace, dict)
    assert process_workspace_config(workspace).success
    (entry,) = workspace["load_from"]
    unit = (DEPLOY / "systemd" / "perf-pipeline-code-server.service").read_text()
    assert f"--socket {entry['grpc_server']['socket']}" in unit
    assert f"--location-name {entry['grpc_server']['location_name']}" in unit


def test_example_environment_has_every_variable_and_no_secret() -> None:
    """The example sets what the settings name, documents every variable, and holds no password."""
    example = (DEPLOY / "perf-pipeline.env.example").read_text()
    settings = (DEPLOY / "dagster.yaml").read_text()
    named = set(re.findall(r"env: (\w+)", settings))
    stated = set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    offered = stated | set(re.findall(r"^#(\w+)=", example, re.MULTILINE))
    assert named <= stated
    documented = set(re.findall(r"`(PERF_PIPELINE_\w+|DAGSTER_\w+)`", _page("configuration.md")))
    assert {name for name in documented if "TEST" not in name} <= offered
    secrets = set(re.findall(r":([^:@/\s]+)@", example)) | set(re.findall(r"TOKEN=(\S+)", example))
    assert secrets == {"PASSWORD", "TOKEN"}


def _page(name: str) -> str:
    return (PROJECT / "docs" / name).read_text(encoding="utf-8")
