"""The one place where the process's environment turns into settings."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from perf_pipeline.engine_names import DASK_IS_MISSING, ENGINE_NAMES
from perf_pipeline.errors import RequestError
from perf_pipeline.notices import NoticeSettings, SentNotices

COUNCIL = "PERF_PIPELINE_COUNCIL"
DATABASE_URL = "PERF_PIPELINE_DATABASE_URL"
HOME = "PERF_PIPELINE_HOME"
CODE_VERSION = "PERF_PIPELINE_CODE_VERSION"
DAGSTER_HOME = "DAGSTER_HOME"
LOCK_WAIT_S = "PERF_PIPELINE_LOCK_WAIT_S"
ENGINE = "PERF_PIPELINE_ENGINE"
WORKERS = "PERF_PIPELINE_WORKERS"
DASK_SCHEDULER = "PERF_PIPELINE_DASK_SCHEDULER"
WORKPLACE = "PERF_PIPELINE_WORKPLACE"
ROWS_PER_CHUNK = "PERF_PIPELINE_ROWS_PER_CHUNK"

_SETTINGS = (ENGINE, WORKERS, ROWS_PER_CHUNK, DASK_SCHEDULER, WORKPLACE, LOCK_WAIT_S)
"""The variables of settings that only runs need; an empty one counts as not set."""

_DEFAULT_COUNTS = {WORKERS: 2, ROWS_PER_CHUNK: 250_000}
_MOST = {WORKERS: 1_000, ROWS_PER_CHUNK: 10_000_000}
_DEFAULT_LOCK_WAIT_S = 300
_LONGEST_LOCK_WAIT_S = 86_400
_SCHEDULER = re.compile(r"((tcp|tls|ws|wss|ucx)://)?[^/\s]+:(?P<port>[0-9]{1,5})")
"""An address as Dask takes it."""

_LAST_PORT = 65_535

_DAGSTER_YAML = """\
# Written by perf-pipeline; yours to change.
telemetry:
  enabled: false
nux:
  enabled: false
# Dagster's own SQLite files, through connections that stay open. Without this section Dagster
# reads and writes the same files, and opens them anew for every event.
storage:
  custom:
    module: perf_pipeline.orchestration.dagster_records
    class: DagsterRecords
    config:
      base_dir:
        env: DAGSTER_HOME
# A run whose machine dies would otherwise stay `started` for ever.
run_monitoring:
  enabled: true
  max_runtime_seconds: 3600
  free_slots_after_run_end_seconds: 60
# A run whose process was killed is run again from what it had not done; one that failed is not.
run_retries:
  enabled: true
  max_retries: 2
  retry_on_asset_or_op_failure: false
# Runs that the daemon starts: one of each quarter at a time. Its own lock decides in the end.
concurrency:
  runs:
    max_concurrent_runs: 2
    tag_concurrency_limits:
      - key: dagster/partition
        value:
          applyLimitPerUniqueValue: true
        limit: 1
"""


@dataclass(frozen=True)
class EngineSettings:
    """On what disaggregated returns are worked through, and where.

    Attributes:
        name: `local`, this process; `processes`, worker processes of this machine; `dask`.
        worker_count: Worker processes, of `processes` and of a Dask cluster of this machine's.
        dask_scheduler: Address of a Dask scheduler; none for a cluster of this machine's own.
        workplace: Folder or fsspec address of the data between steps, which all workers reach.
        rows_per_chunk: Rows that are worked on at once, at the most.
    """

    name: str
    worker_count: int
    dask_scheduler: str | None
    workplace: str
    rows_per_chunk: int

    @classmethod
    def read(cls, variables: Mapping[str, str], home: Path) -> "EngineSettings":
        """Read them from environment variables that have no faults."""
        return cls(
            name=variables.get(ENGINE) or ENGINE_NAMES[0],
            worker_count=_count(variables, WORKERS),
            dask_scheduler=variables.get(DASK_SCHEDULER) or None,
            workplace=variables.get(WORKPLACE) or str(home / "disaggregated"),
            rows_per_chunk=_count(variables, ROWS_PER_CHUNK),
        )


@dataclass(frozen=True)
class Environment:
    """Where things are; every folder is absolute.

    Attributes:
        council: The council folder.
        home: Landed returns, frames between steps, Dagster's own records, the SQLite database.
        database_url: SQLAlchemy URL of the database that is published to. Never shown: it may
            hold a password.
        dagster_home: Dagster's instance folder.
        notices: By what notices leave.
        settings: The variables of settings of runs, as they were written. Not shown: an address
            may hold a password.
    """

    council: Path
    home: Path
    database_url: str
    dagster_home: Path
    notices: NoticeSettings = field(default_factory=NoticeSettings)
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def setting_faults(self) -> list[str]:
        """What to write instead, of each setting of runs that is not what it may be."""
        return [
            *_engine_faults(self.settings),
            *_count_faults(self.settings),
            *_scheduler_faults(self.settings),
            *_lock_wait_faults(self.settings),
        ]

    def require_settings(self) -> None:
        """Let no run begin whose settings are not what they may be.

        Raises:
            RequestError: It names every one that is not, and what to write instead.
        """
        faults = self.setting_faults
        if len(faults) == 1:
            raise RequestError(faults[0])
        if faults:
            head = f"The settings have {len(faults)} mistakes:"
            raise RequestError("\n".join([head, *(f"  {fault}" for fault in faults)]))

    @property
    def lock_wait_s(self) -> float:
        """Seconds that a run waits for another run of the same quarter to end.

        Ask only where the settings have no faults.
        """
        return float(self.settings.get(LOCK_WAIT_S) or _DEFAULT_LOCK_WAIT_S)

    @property
    def engine(self) -> EngineSettings:
        """On what disaggregated returns are worked through.

        Ask only where the settings have no faults.
        """
        return EngineSettings.read(self.settings, self.home)

    @classmethod
    def read(cls) -> "Environment":
        """Read the environment variables; docs/configuration.md lists them."""
        home = Path(os.environ.get(HOME, ".perf-pipeline")).resolve()
        return cls(
            council=Path(os.environ.get(COUNCIL, "data")).resolve(),
            home=home,
            database_url=os.environ.get(DATABASE_URL)
            or f"sqlite:///{home / 'perf_pipeline.sqlite'}",
            dagster_home=Path(os.environ.get(DAGSTER_HOME) or home / "dagster").resolve(),
            notices=NoticeSettings.read(os.environ),
            settings={name: os.environ.get(name, "") for name in _SETTINGS},
        )

    @property
    def sent_notices(self) -> SentNotices:
        """Which notices were sent, kept in the home folder."""
        return SentNotices(self.home / "notices")

    @cached_property
    def code_version(self) -> str:
        """The code's version: as stated, else the package's and the checkout's commit."""
        return os.environ.get(CODE_VERSION) or f"{version('perf-pipeline')}{_commit()}"

    def prepare(self) -> None:
        """Make the folders, and let this process and its children see the same settings.

        Raises:
            RequestError: A folder cannot be made or written.
        """
        try:
            self._make_folders()
        except OSError as error:
            raise RequestError(
                f"{error.filename} cannot be made or written: {error.strerror}. Let {HOME} and "
                f"{DAGSTER_HOME} name folders that this user may write; `perf-pipeline doctor` "
                "says more."
            ) from error
        os.environ.update(
            {
                COUNCIL: str(self.council),
                HOME: str(self.home),
                DATABASE_URL: self.database_url,
                DAGSTER_HOME: str(self.dagster_home),
            }
        )

    def _make_folders(self) -> None:
        for folder in (self.home, self.dagster_home):
            # Returns hold data about people: nobody else on the machine reads them.
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        dagster_yaml = self.dagster_home / "dagster.yaml"
        if not dagster_yaml.exists():
            dagster_yaml.write_text(_DAGSTER_YAML, encoding="utf-8")


def _engine_faults(variables: Mapping[str, str]) -> Iterator[str]:
    name = variables.get(ENGINE) or ENGINE_NAMES[0]
    if name not in ENGINE_NAMES:
        yield f"{_found(ENGINE, name)} Write one of {', '.join(ENGINE_NAMES)}."
    if name == "dask" and find_spec("distributed") is None:
        yield DASK_IS_MISSING


def _count_faults(variables: Mapping[str, str]) -> Iterator[str]:
    for name, usual in _DEFAULT_COUNTS.items():
        text = variables.get(name) or str(usual)
        if not text.isdecimal() or not 1 <= _number(text) <= _MOST[name]:
            remedy = f"Write a whole number from 1 to {_MOST[name]:,}, such as {usual}."
            yield f"{_found(name, text)} {remedy}"


def _scheduler_faults(variables: Mapping[str, str]) -> Iterator[str]:
    address = variables.get(DASK_SCHEDULER)
    if not address:
        return
    parts = _SCHEDULER.fullmatch(address)
    if parts is None or not 1 <= int(parts["port"]) <= _LAST_PORT:
        yield (
            f"{_found(DASK_SCHEDULER, address)} Write an address such as tcp://host:8786, "
            f"whose last number, the port, is from 1 to {_LAST_PORT}."
        )


def _lock_wait_faults(variables: Mapping[str, str]) -> Iterator[str]:
    text = variables.get(LOCK_WAIT_S) or str(_DEFAULT_LOCK_WAIT_S)
    if not text.replace(".", "", 1).isdecimal() or float(text) > _LONGEST_LOCK_WAIT_S:
        remedy = f"Write a number of seconds from 0 to {_LONGEST_LOCK_WAIT_S:,}, such as "
        yield f"{_found(LOCK_WAIT_S, text)} {remedy}{_DEFAULT_LOCK_WAIT_S}."


def _found(name: str, text: str) -> str:
    from perf_pipeline.council.wording import quoted  # noqa: PLC0415 - its package loads pandas

    return f"{name} is {quoted(text)}."


def _count(variables: Mapping[str, str], name: str) -> int:
    return int(_number(variables.get(name) or str(_DEFAULT_COUNTS[name])))


def _number(digits: str) -> float:
    """Return what digits say: `int` refuses thousands of them, where this returns infinity."""
    return float(digits)


def _commit() -> str:
    """Return `+` and the checkout's commit, or nothing outside a checkout."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - no part of the command comes from outside
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"+{found.stdout.strip()}"
