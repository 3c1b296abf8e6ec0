"""Dagster's own records in SQLite, the files as Dagster has them, through connections kept open.

Dagster opens a database anew for every event and every question, and SQLite waits for the disk at
every commit. Kept open, a statement is compiled once; with a write-ahead log no commit has to wait.
What a process has committed outlives that process. A power cut may take the last moments of the
records; that they stay consistent is what SQLite documents of a write-ahead log with
`synchronous=NORMAL`, but for versions with a defect of that log, which the doctor names. Nothing
here knows what is recorded. See docs/adr/0016-what-a-run-pays-for.md.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from dagster._core.event_api import EventHandlerFn
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    SqliteEventLogStorage,
    SqliteEventLogStorageWatchdog,
)
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from watchdog.events import FileSystemEvent
from watchdog.observers import Observer

_MOST_KEPT = 8
"""Files that are kept open: the index, and the runs last looked at."""


class _KeptEngines:
    """An engine for each database file, with its connections; the least used are given up."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._engines: OrderedDict[str, Engine] = OrderedDict()

    def of(self, url: str) -> Engine:
        with self._lock:
            if url not in self._engines:
                self._engines[url] = _opened(url)
            self._engines.move_to_end(url)
            if len(self._engines) > _MOST_KEPT:
                self._engines.popitem(last=False)[1].dispose()
            return self._engines[url]

    def close(self) -> None:
        with self._lock:
            while self._engines:
                self._engines.popitem()[1].dispose()


def _opened(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})

    @event.listens_for(engine, "connect")
    def need_not_wait(connection: Any, _: object) -> None:
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


class _LogWatch(SqliteEventLogStorageWatchdog):
    """Sees a run's events as they come: in the write-ahead log, while connections stay open.

    Dagster's own looks at the database file alone, which changes when the last connection closes.
    """

    @property
    def patterns(self) -> list[str]:
        return [self._log_path, f"{self._log_path}-wal"]

    def on_modified(self, event: FileSystemEvent) -> None:  # noqa: ARG002 - either of the two files
        self._process_log()


class _EventLog(SqliteEventLogStorage):
    _obs: Any  # Dagster declares it as none.

    def __init__(self, base_dir: str) -> None:
        self._kept = _KeptEngines()
        self._known_tables: set[str] = set()
        super().__init__(base_dir)

    def has_table(self, table_name: str) -> bool:
        # Asked for every check's result; a table that is there stays there.
        if table_name not in self._known_tables and super().has_table(table_name):
            self._known_tables.add(table_name)
        return table_name in self._known_tables

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._kept.of(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def watch(self, run_id: str, cursor: str | None, callback: EventHandlerFn) -> None:
        if not self._obs:
            self._obs = Observer()
            self._obs.start()
        watch = _LogWatch(self, run_id, callback, cursor)
        seen = self._obs.schedule(watch, self._base_dir, recursive=True)
        self._watchers[run_id][callback] = (watch, seen)

    def wipe(self) -> None:
        self._kept.close()
        super().wipe()

    def dispose(self) -> None:
        super().dispose()
        self._kept.close()


class _Runs(SqliteRunStorage):
    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._kept = _KeptEngines()
        super().__init__(conn_string, inst_data)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with self._kept.of(self._conn_string).begin() as connection:
            yield connection

    def dispose(self) -> None:
        super().dispose()
        self._kept.close()


class DagsterRecords(DagsterSqliteStorage):
    """Dagster's SQLite storage with its connections kept; dagster.yaml names it as `custom`."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Open the records.

        Args:
            base_dir: Dagster's folder.
            inst_data: What dagster.yaml says of this class.
        """
        # In place of the parent's own, which would open every file as well.
        opened_later: Any = super(DagsterSqliteStorage, self).__init__
        opened_later()
        self.base_dir = base_dir
        self._inst_data = inst_data
        self._run_storage = _Runs.from_local(str(Path(base_dir, "history")))
        self._event_log_storage = _EventLog(str(Path(base_dir, "history", "runs")))
        self._schedule_storage = SqliteScheduleStorage.from_local(str(Path(base_dir, "schedules")))

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "DagsterRecords":
        """Return the records that dagster.yaml says."""
        return cls.from_local(inst_data=inst_data, **config_value)
