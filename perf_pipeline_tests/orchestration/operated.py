"""A council, database and Dagster instance of a test's own, and ticks as the daemon makes them."""

import datetime as dt
import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
from dagster._core.storage.tags import RUN_KEY_TAG, SCHEDULE_NAME_TAG, SENSOR_NAME_TAG

from perf_pipeline.council import Council, read_council
from perf_pipeline.definitions import build_definitions
from perf_pipeline.orchestration.automation.sensors import returns_arrived_sensor
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.partitions import PARTITION_TAG
from perf_pipeline.warehouse import connect, migrate

PROJECT = Path(__file__).resolve().parents[2]
LONDON = ZoneInfo("Europe/London")


@dataclass
class Office:
    """A workplace in which the database is set up and nothing has run."""

    root: Path
    environment: Environment
    instance: dg.DagsterInstance
    cursor: str | None = None
    queued_as: dg.DagsterRunStatus = dg.DagsterRunStatus.SUCCESS
    """How far the runs that ticks ask for are at once."""

    @property
    def folder(self) -> Path:
        """The council folder."""
        return self.environment.council

    @cached_property
    def council(self) -> Council:
        """The council as its folder was when it was loaded."""
        return read_council(self.folder)

    @cached_property
    def repository(self) -> dg.RepositoryDefinition:
        """What the code location loads."""
        return build_definitions(self.council, self.environment).get_repository_def()

    def reload(self) -> None:
        """Load the code location anew."""
        self.__dict__.pop("council", None)
        self.__dict__.pop("repository", None)

    def set_up(self, **settings: str) -> None:
        """Set the environment's settings of notices."""
        notices = replace(self.environment.notices, **settings)
        self.environment = replace(self.environment, notices=notices)
        self.reload()

    def add_to_council(self, text: str) -> None:
        """Add a section to council.yaml."""
        with (self.folder / "council.yaml").open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")
        self.reload()

    def schedule_tick(
        self, repository: dg.RepositoryDefinition, name: str, moment: dt.datetime
    ) -> dg.RunRequest | str:
        """Evaluate a schedule, queue what it asks for, and return that or why there is nothing."""
        schedule = repository.get_schedule_def(name)
        context = dg.build_schedule_context(
            instance=self.instance,
            scheduled_execution_time=moment,
            repository_def=repository,
        )
        data = schedule.evaluate_tick(context)
        requests = list(data.run_requests or [])
        for request in requests:
            self._queue(request, SCHEDULE_NAME_TAG, name)
        (first,) = requests or [None]
        return first or str(data.skip_message)

    def sensor_tick(self, today: dt.date) -> list[dg.RunRequest]:
        """Evaluate the sensor, queue what it asks for and no run has yet, and return those."""
        sensor = returns_arrived_sensor(self.council, self.environment, lambda: today)
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, repository_def=self.repository
        )
        data = sensor.evaluate_tick(context)
        new = [each for each in data.run_requests or [] if not self._is_known(each)]
        for request in new:
            self._queue(request, SENSOR_NAME_TAG, sensor.name)
        self.cursor = data.cursor
        return new

    def _is_known(self, request: dg.RunRequest) -> bool:
        found = self.instance.get_runs(dg.RunsFilter(tags={RUN_KEY_TAG: str(request.run_key)}))
        return bool(found)

    def _queue(self, request: dg.RunRequest, tag: str, name: str) -> None:
        tags = {**request.tags, tag: name, RUN_KEY_TAG: str(request.run_key)}
        tags[PARTITION_TAG] = str(request.partition_key)
        self.instance.add_run(dg.DagsterRun("quarter", tags=tags, status=self.queued_as))


def open_office(root: Path) -> Office:
    """Make an office with the sample council in a folder."""
    shutil.copytree(PROJECT / "data", root / "data")
    shutil.copytree(PROJECT / "sql" / "sources", root / "sql" / "sources")
    (root / "home" / "dagster").mkdir(parents=True)
    opened = office_in(root)
    engine = connect(opened.environment.database_url)
    migrate(engine)
    engine.dispose()
    return opened


def office_in(root: Path) -> Office:
    """Open the office that a folder holds, or a copy of one."""
    home = root / "home"
    url = f"sqlite:///{home / 'perf_pipeline.sqlite'}"
    environment = Environment(root / "data", home, url, home / "dagster")
    instance = dg.DagsterInstance.local_temp(str(environment.dagster_home))
    return Office(root, environment, instance)


def six(day: dt.date) -> dt.datetime:
    """Return six o'clock of a day in London."""
    return dt.datetime.combine(day, dt.time(6), LONDON)
