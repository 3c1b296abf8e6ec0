"""Readers that may not write to a SQLite file, after a publication was killed: docs/bi.md.

A journal that lies beside a file into which a publication had begun to write must be played back
before anything can be read, and that is writing, to the file and to its folder. Whoever
opens the file next and may do both does it.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import make_url

from perf_pipeline.errors import PublicationError
from perf_pipeline.warehouse import connect, migrate
from perf_pipeline_tests.faults.failpoints import COMMIT, die_at
from perf_pipeline_tests.faults.processes import FORKS, QUARTER, PublishContent, start
from perf_pipeline_tests.integration.workplaces import Workplace
from perf_pipeline_tests.unit.test_doctor_folders import somebody_else

pytestmark = FORKS

REFUSED = "attempt to write a readonly database"
BROKEN_OFF = "disk I/O error"
PLAYED_BACK_BY = {
    "doctor": ["doctor"],
    "verify": ["verify"],
    "history": ["history", QUARTER.key],
    "prepare": ["prepare"],
}
"""Commands that open the database, by name."""

Interrupt = Callable[..., Path]


@pytest.fixture
def interrupt(sqlite_url: str, publish_content: PublishContent) -> Interrupt:
    """Return what publishes 1, kills the publication of 2 before its COMMIT, and returns the file.

    `is_spilled`: The publication needs more memory than SQLite takes, two megabytes unless told, so
    that it has begun to write into the file.
    """
    engine = connect(sqlite_url)
    migrate(engine)
    publish_content(engine, 1)

    def publish_and_die(*, is_spilled: bool) -> None:
        if is_spilled:
            event.listen(engine, "connect", _take_little_memory)
        die_at(engine, COMMIT)
        publish_content(engine, 2, expected_draft=1)

    def interrupt(*, is_spilled: bool) -> Path:
        start(partial(publish_and_die, is_spilled=is_spilled)).join()
        file = Path(str(make_url(sqlite_url).database))
        assert journal_of(file).stat().st_size > 0
        return file

    return interrupt


def _take_little_memory(driver_connection: sqlite3.Connection, _: object) -> None:
    driver_connection.execute("PRAGMA cache_size = 1")


def journal_of(file: Path) -> Path:
    """Return where the journal of a SQLite file is."""
    return file.with_name(f"{file.name}-journal")


def read(file: Path, mode: str = "ro") -> int:
    """Return the marker in view, read in a mode of SQLite's."""
    with closing(sqlite3.connect(f"file:{file}?mode={mode}", uri=True)) as database:
        ((marker,),) = database.execute("SELECT kpi_count FROM council_summary").fetchall()
    return int(marker)


def test_read_only_reader_is_refused(interrupt: Interrupt) -> None:
    """A read-only reader gets an error, again and again, and nothing half published."""
    file = interrupt(is_spilled=True)
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError, match=REFUSED):
            read(file)
    assert journal_of(file).exists()


@pytest.mark.parametrize("arguments", PLAYED_BACK_BY.values(), ids=PLAYED_BACK_BY)
def test_command_lets_read_only_readers_in_again(
    interrupt: Interrupt, arguments: list[str], tmp_path: Path
) -> None:
    """Any command that opens the database plays the journal back: the old publication is read."""
    file = interrupt(is_spilled=True)
    Workplace(tmp_path, database_url=f"sqlite:///{file}").call(*arguments)
    assert not journal_of(file).exists()
    assert read(file) == 1


def test_reader_that_may_write_sees_the_old(interrupt: Interrupt) -> None:
    """A reader that opens the file as drivers do unless told plays the journal back itself."""
    file = interrupt(is_spilled=True)
    assert read(file, "rw") == 1
    assert read(file) == 1


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder that every user can look into, to be closed for writing by the test."""
    folder = Path(tempfile.mkdtemp(prefix="perf-pipeline-readers-", dir=Path(os.sep, "var", "tmp")))
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_reader_that_may_write_to_the_file_alone_is_refused(
    interrupt: Interrupt, closed_folder: Path
) -> None:
    """Without the right to the folder the journal stays, and SQLite names another fault."""
    file = interrupt(is_spilled=True)
    for each in (file, journal_of(file)):
        copy = closed_folder / each.name
        shutil.copy(each, copy)
        copy.chmod(0o666)
    closed_folder.chmod(0o555)
    closed = closed_folder / file.name
    with somebody_else():
        for _ in range(2):
            with pytest.raises(sqlite3.OperationalError, match=BROKEN_OFF):
                read(closed, "rw")
        with pytest.raises(PublicationError, match=f"cannot be reached: {BROKEN_OFF}"):
            connect(f"sqlite:///{closed}")
    assert journal_of(closed).exists()
    closed_folder.chmod(0o755)
    assert read(closed, "rw") == 1
    assert not journal_of(closed).exists()


def test_read_only_reader_does_not_mind_an_untouched_file(interrupt: Interrupt) -> None:
    """Before a publication has written into the file, its death holds up no reader."""
    assert read(interrupt(is_spilled=False)) == 1


def test_next_publication_lets_read_only_readers_in_again(
    interrupt: Interrupt, publish_content: PublishContent
) -> None:
    """The next publication plays the journal back, as a run that is tried again does."""
    file = interrupt(is_spilled=True)
    engine: sa.Engine = connect(f"sqlite:///{file}")
    publish_content(engine, 3)
    assert read(file) == 3
