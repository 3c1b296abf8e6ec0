"""A run that may only make drafts, in a council where nobody has to sign."""

import datetime as dt
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from perf_pipeline.orchestration.automation.failures import step_failures
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import connect, current_draft_of, current_publication
from perf_pipeline_tests.integration.forked_commands import call_forked
from perf_pipeline_tests.integration.workplaces import COMMAND
from perf_pipeline_tests.orchestration.operated import Office, office_in, open_office

QUARTER = Quarter(2023, 1)
TODAY = dt.date(2023, 7, 28)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an office in which Q1 was run and is released, to be copied."""
    opened = open_office(tmp_path_factory.mktemp("released"))
    with opened.instance:
        job = opened.repository.get_job("quarter")
        assert job.execute_in_process(instance=opened.instance, partition_key="2023-04-01").success
    return opened.root


@pytest.fixture
def office(released: Path, tmp_path: Path) -> Iterator[Office]:
    """An office of the test's own in which Q1 was run and is released."""
    opened = office_in(Path(shutil.copytree(released, tmp_path / "office")))
    with opened.instance:
        yield opened


def late_return(office: Office) -> dg.ExecuteInProcessResult:
    """Change a return, and run what the sensor asks for."""
    path = office.folder / "returns" / "2023-24-Q1" / "public_health.csv"
    path.write_bytes(path.read_bytes().replace(b"88.6%", b"80.0%"))
    office.sensor_tick(TODAY)
    (request,) = office.sensor_tick(TODAY)
    return office.repository.get_job("quarter").execute_in_process(
        instance=office.instance,
        partition_key=request.partition_key,
        asset_selection=list(request.asset_selection or ()),
        tags={**request.tags},
        raise_on_error=False,
    )


def run_command(office: Office, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the quarter from the command line."""
    where = office.environment
    environment = os.environ | {
        "PERF_PIPELINE_COUNCIL": str(where.council),
        "PERF_PIPELINE_HOME": str(where.home),
        "PERF_PIPELINE_DATABASE_URL": where.database_url,
        "DAGSTER_HOME": str(where.dagster_home),
    }
    return call_forked([str(COMMAND), "run", QUARTER.key, *options], office.root, environment)


def test_run_of_the_sensor_releases_nothing(office: Office) -> None:
    """What came after the release is a draft; readers see what they saw."""
    engine = connect(office.environment.database_url)
    released = current_publication(engine, QUARTER)
    assert released is not None
    done = late_return(office)
    assert done.success
    draft = current_draft_of(engine, QUARTER)
    assert draft is not None
    assert draft.version_number == 2
    assert current_publication(engine, QUARTER) == released
    (made,) = done.asset_materializations_for_node("publication")
    assert made.metadata["is_released"] == dg.MetadataValue.bool(value=False)
    engine.dispose()


def test_rerun_from_failure_of_the_sensors_run_releases_nothing(office: Office) -> None:
    """By the command line too, what a run may not release its rerun may not."""
    path = office.folder / "returns" / "2023-24-Q1" / "public_health.csv"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"Outturn", b"Figure", 1))
    office.sensor_tick(TODAY)
    (request,) = office.sensor_tick(TODAY)
    failed = office.repository.get_job("quarter").execute_in_process(
        instance=office.instance,
        partition_key=request.partition_key,
        asset_selection=list(request.asset_selection or ()),
        tags={**request.tags},
        raise_on_error=False,
    )
    assert not failed.success
    path.write_bytes(whole.replace(b"88.6%", b"80.0%"))
    done = run_command(office, "--from-failure", "--json")
    assert done.returncode == 0, done.stderr
    engine = connect(office.environment.database_url)
    draft, released = current_draft_of(engine, QUARTER), current_publication(engine, QUARTER)
    engine.dispose()
    assert draft is not None
    assert released is not None
    assert (draft.version_number, released.version_number) == (2, 1)


def test_who_is_told_and_when_changes_no_figure(office: Office) -> None:
    """Sections that no figure depends on do not stop a draft from one source on."""
    office.add_to_council(
        "notify: [performance@council.example]\nschedule: {reminder_working_days: 2}"
    )
    assert late_return(office).success


def test_changed_target_is_refused_before_anything_is_rated(office: Office) -> None:
    """A run from one source on stops where returns come together, and says what to do."""
    targets = office.folder / "register" / "targets.csv"
    targets.write_text(targets.read_text().replace("ADS-02,1200,", "ADS-02,1201,"))
    office.reload()
    done = late_return(office)
    failed = done.get_step_failure_events()
    assert [event.step_key for event in failed] == ["gathered_outturns"]
    said = failed[0].step_failure_data.user_failure_data
    assert said is not None
    assert "The council folder has changed since the KPIs of Q1 2023/24 were read" in str(
        said.description
    )
    context = dg.build_run_status_sensor_context(
        sensor_name="run_failed",
        dagster_instance=office.instance,
        dagster_run=done.dagster_run,
        dagster_event=done.get_run_failure_event(),
    )
    (told,) = step_failures(context.for_run_failure())
    assert (told.sentence, told.asks_for_whole_run) == (said.description, True)


def test_draft_on_request(office: Office) -> None:
    """`run --draft` releases nothing where no role signs, and says how to release it."""
    path = office.folder / "returns" / "2023-24-Q1" / "public_health.csv"
    path.write_bytes(path.read_bytes().replace(b"88.6%", b"80.0%"))
    done = run_command(office, "--draft")
    assert done.returncode == 0, done.stderr
    assert f"Release it with: perf-pipeline release {QUARTER.key} --by NAME" in done.stdout
    engine = connect(office.environment.database_url)
    draft, released = current_draft_of(engine, QUARTER), current_publication(engine, QUARTER)
    engine.dispose()
    assert (draft and draft.version_number, released and released.version_number) == (2, 1)
