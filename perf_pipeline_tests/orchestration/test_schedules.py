"""The schedules over many days, on a real instance and a real database."""

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._grpc.impl import get_external_schedule_execution
from dagster._utils.schedules import schedule_execution_time_iterator
from pytest_httpserver import HTTPServer

from perf_pipeline.orchestration.automation.schedules import QUARTER_DUE, RETURNS_REMINDER
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import Publication, connect
from perf_pipeline_tests.orchestration.operated import LONDON, Office, open_office, six

DAY = dt.timedelta(days=1)
FIRST = Quarter(2023, 1)
FIRST_DUE = dt.date(2023, 7, 24)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office of the test's own."""
    opened = open_office(tmp_path)
    with opened.instance:
        yield opened


@pytest.fixture
def draft(office: Office, publish_marker: Callable[..., Publication]) -> Callable[[Quarter], None]:
    """Return what makes a draft of a quarter, as a run would."""

    def make(quarter: Quarter) -> None:
        engine = connect(office.environment.database_url)
        publish_marker(engine, 1, quarter)
        engine.dispose()

    return make


def ticks(office: Office, days: list[dt.date], name: str = QUARTER_DUE) -> dict[dt.date, str]:
    """Tick on each day and return the keys of the runs asked for by day."""
    repository = office.repository
    found = {day: office.schedule_tick(repository, name, six(day)) for day in days}
    return {d: str(r.run_key) for d, r in found.items() if isinstance(r, dg.RunRequest)}


def days_from(day: dt.date, count: int) -> list[dt.date]:
    """Return so many days from one on."""
    return [day + DAY * number for number in range(count)]


def test_every_quarter_of_a_leap_year_is_proposed_once(
    office: Office, draft: Callable[[Quarter], None]
) -> None:
    """Ticked daily round each working day, each quarter is run on it and once."""
    draft(FIRST)
    due_days = [(2023, 10, 23), (2024, 1, 23), (2024, 4, 23), (2024, 7, 22)]
    leap_day = days_from(dt.date(2024, 2, 28), 3)
    near = [day for each in due_days for day in days_from(dt.date(*each) - DAY * 2, 5)]
    found = ticks(office, sorted([*near, *leap_day]))
    assert found == {
        dt.date(2023, 10, 23): "2023-24-Q2",
        dt.date(2024, 1, 23): "2023-24-Q3",
        dt.date(2024, 4, 23): "2023-24-Q4",
        dt.date(2024, 7, 22): "2024-25-Q1",
    }


def test_request_is_the_whole_quarter_with_its_tags(office: Office) -> None:
    """The run has the quarter's partition and key, everything in it, and is no draft-only run."""
    request = office.schedule_tick(office.repository, QUARTER_DUE, six(FIRST_DUE))
    assert isinstance(request, dg.RunRequest)
    assert (request.run_key, request.partition_key) == ("2023-24-Q1", "2023-04-01")
    assert request.asset_selection is None
    assert request.tags["quarter"] == "2023-24-Q1"
    assert "perf_pipeline/draft_only" not in request.tags


def test_run_that_failed_is_not_proposed_again(office: Office) -> None:
    """A quarter that was run and has no draft is the engineer's, who was told."""
    assert ticks(office, [*days_from(FIRST_DUE - DAY, 4), dt.date(2023, 9, 30)]) == {
        FIRST_DUE: "2023-24-Q1"
    }


@pytest.mark.parametrize("length", [1, 5, 40], ids=lambda days: f"{days} days")
def test_outage_over_the_due_day_proposes_once_afterwards(office: Office, length: int) -> None:
    """A daemon that comes up days later finds the quarter due by asking the database."""
    before = days_from(FIRST_DUE - DAY * 3, 3)
    after = days_from(FIRST_DUE + DAY * length, 5)
    assert ticks(office, [*before, *after]) == {after[0]: "2023-24-Q1"}


def test_ticks_caught_up_at_once_propose_once(office: Office) -> None:
    """Missed ticks that the daemon evaluates one after another ask for one run."""
    assert list(ticks(office, days_from(FIRST_DUE, 5)).values()) == ["2023-24-Q1"]


def test_quarter_drafted_by_hand_is_not_proposed(
    office: Office, draft: Callable[[Quarter], None]
) -> None:
    """The database knows the draft, whoever made it."""
    draft(FIRST)
    assert ticks(office, days_from(FIRST_DUE, 3)) == {}


def test_clock_set_back_proposes_nothing_again(
    office: Office, draft: Callable[[Quarter], None]
) -> None:
    """Ticks of an earlier quarter, after a later one was run, ask for nothing."""
    draft(FIRST.shift(1))
    assert ticks(office, [dt.date(2024, 1, 23), *days_from(FIRST_DUE, 3)]) == {
        dt.date(2024, 1, 23): "2023-24-Q3"
    }


def test_skipped_quarters_are_named(office: Office) -> None:
    """A tick with nothing due says what comes next and what nobody has run."""
    repository = office.repository
    office.schedule_tick(repository, QUARTER_DUE, six(dt.date(2023, 10, 23)))
    said = office.schedule_tick(repository, QUARTER_DUE, six(dt.date(2023, 10, 24)))
    assert said == (
        "No quarter is due; Q3 2023/24 is on 2024-01-23. Never run, and not proposed: "
        "Q1 2023/24. Run them by hand if they are wanted."
    )


def test_database_that_was_never_set_up_fails_the_tick(tmp_path: Path) -> None:
    """The tick is red with our sentence, and asks again the day after."""
    opened = open_office(tmp_path)
    (opened.environment.home / "perf_pipeline.sqlite").unlink()
    with opened.instance, pytest.raises(dg.DagsterError) as caught:
        opened.schedule_tick(opened.repository, QUARTER_DUE, six(FIRST_DUE))
    assert "never set up. Do it first: perf-pipeline prepare" in str(caught.value.__cause__)


@pytest.mark.parametrize("name", [QUARTER_DUE, RETURNS_REMINDER])
def test_schedules_are_stopped_until_switched_on(office: Office, name: str) -> None:
    """Nothing runs because something was installed; days and times are London's."""
    schedule = office.repository.get_schedule_def(name)
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert schedule.execution_timezone == "Europe/London"
    assert schedule.cron_schedule == "0 6 * * *"


@pytest.mark.parametrize("clock", ["06:00", "01:30"])
@pytest.mark.parametrize("day", [dt.date(2024, 3, 31), dt.date(2024, 10, 27)])
def test_there_is_one_tick_a_day_when_clocks_change(
    office: Office, day: dt.date, clock: str
) -> None:
    """At whatever hour, each day in London has one tick, the 23- and the 25-hour day too."""
    office.add_to_council(f"schedule: {{run_time: {clock}}}")
    cron = office.repository.get_schedule_def(QUARTER_DUE).cron_schedule
    start = dt.datetime.combine(day - DAY * 2, dt.time(12), LONDON)
    moments = schedule_execution_time_iterator(start.timestamp(), str(cron), "Europe/London")
    days = [next(moments).astimezone(LONDON).date() for _ in range(4)]
    assert days == days_from(day - DAY, 4)


@pytest.fixture
def auckland() -> Iterator[None]:
    """A machine whose own time zone is half a day ahead of London's."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Pacific/Auckland"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("auckland")
def test_day_is_londons_on_any_machine(office: Office) -> None:
    """A tick at half past midnight in London is of that day, given in UTC or not."""
    midnight = dt.datetime.combine(FIRST_DUE, dt.time(0, 30), LONDON)
    repository = office.repository
    early = (midnight - dt.timedelta(hours=1)).astimezone(dt.UTC)
    said = office.schedule_tick(repository, QUARTER_DUE, early)
    assert said == "No quarter is due; Q1 2023/24 is on 2023-07-24."
    found = office.schedule_tick(repository, QUARTER_DUE, midnight.astimezone(dt.UTC))
    assert isinstance(found, dg.RunRequest)


def told(receiver: HTTPServer) -> list[str]:
    """Return the first lines of the notices that the receiver has taken."""
    return [
        request.get_json()["text"] for request, answer in receiver.log if answer.status_code < 300
    ]


@pytest.fixture
def receiver(office: Office, httpserver: HTTPServer) -> HTTPServer:
    """A Slack channel that the office's notices go to."""
    office.set_up(webhook_url=httpserver.url_for("/hook"), webhook_kind="slack")
    return httpserver


def withhold(office: Office, *names: str) -> None:
    """Take returns of the first quarter away."""
    for name in names:
        (office.folder / "returns" / "2023-24-Q1" / name).unlink()


def test_missing_returns_are_told_before_and_after_the_deadline_once(
    office: Office, receiver: HTTPServer
) -> None:
    """Over all days of the quarter there is one reminder and one notice that they are overdue."""
    receiver.expect_request("/hook").respond_with_data("ok")
    withhold(office, "public_health.csv", "resources_and_corporate.ods")
    assert (
        ticks(office, [*days_from(dt.date(2023, 7, 17), 9), dt.date(2023, 9, 30)], RETURNS_REMINDER)
        == {}
    )
    assert told(receiver) == [
        "Q1 2023/24: 2 returns to come, Somerset Council",
        "Q1 2023/24: 2 returns overdue, Somerset Council",
    ]
    body = receiver.log[1][0].get_json()["blocks"][0]["text"]["text"]
    assert "- Public Health. Ask: Intelligence Officer, Public Health." in body
    assert "due by 21 July 2023" in body
    assert "Not looked for, since they send no file: Children's Services." in body


def test_nothing_is_told_when_every_return_is_there(office: Office, receiver: HTTPServer) -> None:
    """No notice says that nothing is missing; the tick does."""
    said = office.schedule_tick(office.repository, RETURNS_REMINDER, six(dt.date(2023, 7, 19)))
    assert said == "No return for Q1 2023/24 is known to be missing."
    assert receiver.log == []


def test_notice_that_was_not_taken_is_sent_the_day_after(
    office: Office, receiver: HTTPServer
) -> None:
    """A channel that refuses fails no tick and is asked again at the next."""
    withhold(office, "public_health.csv")
    receiver.expect_ordered_request("/hook").respond_with_data("no", 403)
    receiver.expect_ordered_request("/hook").respond_with_data("ok")
    ticks(office, days_from(dt.date(2023, 7, 18), 3), RETURNS_REMINDER)
    assert told(receiver) == ["Q1 2023/24: 1 return to come, Somerset Council"]
    assert len(receiver.log) == 2


def test_share_that_is_away_is_no_missing_return(office: Office, receiver: HTTPServer) -> None:
    """Where nobody can tell whether a file is there, it is not said to be missing."""
    withhold(office, "public_health.csv")
    (office.folder / "returns" / "2023-24-Q1" / "public_health.csv").mkdir()
    said = office.schedule_tick(office.repository, RETURNS_REMINDER, six(dt.date(2023, 7, 19)))
    assert said == "No return for Q1 2023/24 is known to be missing."
    assert receiver.log == []


@pytest.mark.parametrize(
    ("log_key", "count"),
    [([], 0), (["__repository__", RETURNS_REMINDER, "17"], 1)],
    ids=["previewed", "ticked"],
)
def test_only_the_daemon_makes_it_tell(
    office: Office, receiver: HTTPServer, log_key: list[str], count: int
) -> None:
    """Previewed in the UI the reminder says what it would tell, and neither sends nor notes it."""
    receiver.expect_request("/hook").respond_with_data("ok")
    withhold(office, "public_health.csv")
    data = get_external_schedule_execution(
        office.repository,
        office.instance.get_ref(),
        RETURNS_REMINDER,
        six(dt.date(2023, 7, 19)).timestamp(),
        "Europe/London",
        log_key,
    )
    said = str(getattr(data, "skip_message", data))
    assert ("A preview sends nothing." in said) == (count == 0)
    assert "Public Health" in said
    assert len(told(receiver)) == count
    assert (office.environment.home / "notices").exists() == bool(count)
