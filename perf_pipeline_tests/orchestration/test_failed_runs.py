"""What the sensor of failed runs tells of one that Dagster runs again by itself, and of others."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.events import JobFailureData, RunFailureReason
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from pytest_httpserver import HTTPServer

from perf_pipeline.orchestration.automation.sensors import run_failed_sensor
from perf_pipeline.orchestration.runs import CODE_LOCATION, QUARTER_JOB
from perf_pipeline_tests.orchestration.operated import Office, open_office

LOCATION = RegisteredCodeLocationOrigin(CODE_LOCATION)
ORIGIN = RemoteJobOrigin(RemoteRepositoryOrigin(LOCATION, SINGLETON_REPOSITORY_NAME), QUARTER_JOB)
RETRIES = {"run_retries": {"enabled": True, "max_retries": 1}}


@pytest.fixture
def office(tmp_path: Path, httpserver: HTTPServer) -> Iterator[Office]:
    """An office whose Dagster runs a killed run again once, and whose notices go to a receiver."""
    opened = open_office(tmp_path)
    opened.set_up(webhook_url=httpserver.url_for("/hook"), webhook_kind="slack")
    httpserver.expect_request("/hook", method="POST").respond_with_data("ok")
    home = str(opened.environment.dagster_home)
    with dg.DagsterInstance.local_temp(home, overrides=RETRIES) as opened.instance:
        yield opened


def killed(
    office: Office, origin: RemoteJobOrigin | None, after: dg.DagsterRun | None = None
) -> dg.DagsterRun:
    """Record a run whose process is gone, as monitoring does."""
    first = after.run_id if after else None
    run = office.instance.add_run(
        dg.DagsterRun(
            QUARTER_JOB,
            tags={"dagster/partition": "2023-04-01"}
            | ({"dagster/root_run_id": first, "dagster/parent_run_id": first} if first else {}),
            root_run_id=first,
            parent_run_id=first,
            status=dg.DagsterRunStatus.STARTED,
            remote_job_origin=origin,
        )
    )
    reason = JobFailureData(error=None, failure_reason=RunFailureReason.RUN_EXCEPTION)
    office.instance.report_run_failed(run, "Its process is gone.", reason)
    found = office.instance.get_run_by_id(run.run_id)
    assert found is not None
    return found


def told(office: Office, httpserver: HTTPServer, run: dg.DagsterRun) -> str:
    """Evaluate the sensor for a run and return what the receiver has taken."""
    (event,) = office.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    assert event.dagster_event is not None
    context = dg.build_run_status_sensor_context(
        sensor_name="run_failed",
        dagster_instance=office.instance,
        dagster_run=run,
        dagster_event=event.dagster_event,
    )
    run_failed_sensor(office.council, office.environment)(context.for_run_failure())
    (request, _) = httpserver.log[-1]
    return request.get_data(as_text=True)


def test_killed_run_that_is_run_again(office: Office, httpserver: HTTPServer) -> None:
    """Of a run that Dagster runs again nobody is asked to do so; of its last attempt they are."""
    first = killed(office, ORIGIN)
    assert first.tags["dagster/will_retry"] == "true"
    said = told(office, httpserver, first)
    assert "nothing has to be done" in said
    assert "From failure" not in said
    last = killed(office, ORIGIN, first)
    assert last.tags["dagster/will_retry"] == "false"
    said = told(office, httpserver, last)
    assert "choose Re-execute, From failure" in said
    assert "run again by itself" not in said


def test_killed_run_of_the_command_line(office: Office, httpserver: HTTPServer) -> None:
    """One without a code location is tagged too, but not run again: somebody has to."""
    run = killed(office, None)
    assert run.tags["dagster/will_retry"] == "true"
    said = told(office, httpserver, run)
    assert "choose Re-execute, From failure" in said
    assert "run again by itself" not in said
