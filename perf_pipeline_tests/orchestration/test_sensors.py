"""The sensor of returns over many ticks, on a real instance, real files and a real database."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from perf_pipeline.orchestration.automation.sensors import RETURNS_ARRIVED, RUN_FAILED
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import Publication, connect
from perf_pipeline_tests.orchestration.operated import Office, open_office

TODAY = dt.date(2023, 10, 10)
"""A day on which Q1 and Q2 of 2023/24 are watched."""

FIRST, SECOND = Quarter(2023, 1), Quarter(2023, 2)
PUBLIC_HEALTH = "public_health.csv"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose sensor has seen the returns that are there, and handed them on."""
    opened = open_office(tmp_path)
    with opened.instance:
        opened.sensor_tick(TODAY)
        opened.sensor_tick(TODAY)
        yield opened


@pytest.fixture
def draft(office: Office, publish_marker: Callable[..., Publication]) -> Callable[[Quarter], None]:
    """Return what makes a draft of a quarter, as a run would."""

    def make(quarter: Quarter) -> None:
        engine = connect(office.environment.database_url)
        publish_marker(engine, 1, quarter)
        engine.dispose()

    return make


def path_of(office: Office, quarter: Quarter = FIRST, name: str = PUBLIC_HEALTH) -> Path:
    """Return where a return is."""
    return office.folder / "returns" / quarter.key / name


def change(path: Path, text: bytes = b"\r\n") -> None:
    """Add to a file."""
    path.write_bytes(path.read_bytes() + text)


def names(request: dg.RunRequest) -> set[str]:
    """Return the assets that a run makes."""
    return {key.to_user_string() for key in request.asset_selection or ()}


def test_files_that_are_there_are_read_in_one_by_one(tmp_path: Path) -> None:
    """Switched on, the second tick has a run for each file of the watched quarters, and no more."""
    opened = open_office(tmp_path)
    with opened.instance:
        assert opened.sensor_tick(TODAY) == []
        found = opened.sensor_tick(TODAY)
        assert opened.sensor_tick(TODAY) == []
    sources = [(r.tags["quarter"], r.tags["perf_pipeline/source"]) for r in found]
    assert len(sources) == len(set(sources)) == 12
    assert {quarter for quarter, _ in sources} == {"2023-24-Q1", "2023-24-Q2"}
    assert not [source for _, source in sources if source == "childrens_services"]


def test_change_without_a_draft_reads_in_the_source_alone(office: Office) -> None:
    """Before the quarter has a draft the return and its rows are made, and nothing is published."""
    change(path_of(office))
    assert office.sensor_tick(TODAY) == []
    (request,) = office.sensor_tick(TODAY)
    assert names(request) == {"kpis_in_force", "public_health_return", "public_health_outturns"}
    assert request.partition_key == "2023-04-01"
    assert request.tags["perf_pipeline/draft_only"] == "true"
    assert office.sensor_tick(TODAY) == []


def test_register_that_was_read_is_not_read_anew(office: Office) -> None:
    """The other returns were checked against it: only a whole run reads it again."""
    job = office.repository.get_job("quarter")
    selected = [dg.AssetKey("kpis_in_force")]
    done = job.execute_in_process(
        instance=office.instance, partition_key="2023-04-01", asset_selection=selected
    )
    assert done.success
    change(path_of(office))
    office.sensor_tick(TODAY)
    (request,) = office.sensor_tick(TODAY)
    assert names(request) == {"public_health_return", "public_health_outturns"}


@pytest.mark.parametrize(
    "status", [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED], ids=lambda s: s.value
)
def test_return_waits_while_a_run_works_on_its_quarter(
    office: Office, draft: Callable[[Quarter], None], status: dg.DagsterRunStatus
) -> None:
    """A run that may have read the old file is waited for; its draft is then followed by ours."""
    tags = {"dagster/partition": "2023-04-01"}
    run = office.instance.add_run(dg.DagsterRun("quarter", tags=tags, status=status))
    change(path_of(office))
    assert [office.sensor_tick(TODAY) for _ in range(3)] == [[], [], []]
    draft(FIRST)
    office.instance.report_run_canceled(run)
    (request,) = office.sensor_tick(TODAY)
    assert "publication" in names(request)


def test_change_with_a_draft_makes_all_that_follows(
    office: Office, draft: Callable[[Quarter], None]
) -> None:
    """Once the quarter has a draft, a new one is made from that source on, and only a draft."""
    draft(FIRST)
    change(path_of(office))
    office.sensor_tick(TODAY)
    (request,) = office.sensor_tick(TODAY)
    made = names(request)
    assert {"public_health_return", "accepted_outturns", "kpi_scorecard", "publication"} <= made
    assert not {"adults_services_return", "kpis_in_force", "earlier_outturns"} & made
    assert request.tags["perf_pipeline/draft_only"] == "true"


def test_half_written_file_waits(office: Office) -> None:
    """A file that grows at each tick starts nothing until it has stopped."""
    for part in (b"a", b"b", b"c"):
        change(path_of(office), part)
        assert office.sensor_tick(TODAY) == []
    assert len(office.sensor_tick(TODAY)) == 1


def test_two_sources_at_once_are_two_runs(office: Office) -> None:
    """One service's broken return must not hold the other's."""
    change(path_of(office))
    change(path_of(office, SECOND, "climate_and_place.csv"))
    office.sensor_tick(TODAY)
    found = office.sensor_tick(TODAY)
    assert [(r.tags["quarter"], r.tags["perf_pipeline/source"]) for r in found] == [
        ("2023-24-Q2", "climate_and_place"),
        ("2023-24-Q1", "public_health"),
    ]


def test_tick_that_is_repeated_starts_no_second_run(office: Office) -> None:
    """A daemon that dies before it has kept the cursor does not start the same run again."""
    change(path_of(office))
    office.sensor_tick(TODAY)
    before = office.cursor
    assert len(office.sensor_tick(TODAY)) == 1
    office.cursor = before
    assert office.sensor_tick(TODAY) == []


def test_content_sent_back_starts_a_run_again(office: Office) -> None:
    """A correction that is taken back is a change too."""
    path = path_of(office)
    first = path.read_bytes()
    for content in (first + b"\r\n", first):
        path.write_bytes(content)
        office.sensor_tick(TODAY)
        assert len(office.sensor_tick(TODAY)) == 1


def test_file_that_vanishes_starts_nothing(office: Office) -> None:
    """A return that is taken away is kept as it was landed; nothing runs."""
    path_of(office).unlink()
    assert [office.sensor_tick(TODAY), office.sensor_tick(TODAY)] == [[], []]


def test_closed_quarter_is_not_watched(office: Office) -> None:
    """Half a year later a change in Q1 is nobody's; a quarter's last day is not its end."""
    change(path_of(office))
    later = dt.date(2024, 1, 1)
    assert [office.sensor_tick(later), office.sensor_tick(later)] == [[], []]


def test_what_a_run_has_read_already_is_no_news(tmp_path: Path) -> None:
    """A return that somebody ran by hand before the sensor was switched on is not run again."""
    opened = open_office(tmp_path)
    with opened.instance:
        job = opened.repository.get_job("quarter")
        done = job.execute_in_process(
            instance=opened.instance,
            partition_key="2023-04-01",
            asset_selection=[dg.AssetKey("public_health_return")],
        )
        assert done.success
        opened.sensor_tick(TODAY)
        found = opened.sensor_tick(TODAY)
        quarters = [
            request.tags["quarter"]
            for request in found
            if request.tags["perf_pipeline/source"] == "public_health"
        ]
        assert quarters == ["2023-24-Q2"]


@pytest.mark.parametrize("name", [RETURNS_ARRIVED, RUN_FAILED])
def test_sensors_are_stopped_until_switched_on(office: Office, name: str) -> None:
    """Nothing is watched because something was installed."""
    sensor = office.repository.get_sensor_def(name)
    assert sensor.default_status is dg.DefaultSensorStatus.STOPPED
    assert sensor.minimum_interval_seconds == 60
