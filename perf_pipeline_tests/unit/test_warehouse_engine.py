"""The way into a database: which addresses are taken, and what is said of the others."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from perf_pipeline.errors import PublicationError
from perf_pipeline.warehouse.engine import connect, describe, reading, shown_url, writing


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("publications", "cannot be read. Write it like"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("mysql://user@host/base", "A mysql database cannot hold publications"),
    ],
    ids=["no_url", "no_file", "memory", "other_database"],
)
def test_address_that_cannot_serve_is_refused(url: str, said: str) -> None:
    """An address that names no SQLite file and no PostgreSQL database gets a sentence."""
    with pytest.raises(PublicationError, match=said):
        connect(url)


@pytest.mark.parametrize(
    "scheme", ["postgresql", "postgresql+psycopg2", "postgres"], ids=["bare", "driver", "short"]
)
def test_server_that_does_not_answer_is_named_without_the_password(scheme: str) -> None:
    """An unreachable PostgreSQL gets a sentence that names host and database, and no secret."""
    with pytest.raises(PublicationError) as caught:
        connect(f"{scheme}://reader:s3cret@127.0.0.1:1/council?sslpassword=hidden")
    said = str(caught.value)
    assert said.startswith("The PostgreSQL database council on 127.0.0.1 cannot be reached: ")
    assert "s3cret" not in said
    assert "hidden" not in said


def test_missing_folder_is_named(tmp_path: Path) -> None:
    """A SQLite file in a folder that does not exist gets a sentence that says so."""
    with pytest.raises(PublicationError, match=r"The folder .*nowhere does not exist: create it"):
        connect(f"sqlite:///{tmp_path}/nowhere/file.sqlite")


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A file of something else gets a sentence, and is left as it was."""
    file = tmp_path / "report.sqlite"
    file.write_text("Quarterly report\n" * 100)
    with pytest.raises(PublicationError, match="file is not a database"):
        connect(f"sqlite:///{file}")
    assert file.read_text() == "Quarterly report\n" * 100


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://a:b@host:5/base?password=c", "postgresql://a:***@host:5/base"),
        ("postgresql:///base?host=/run/pg", "postgresql:///base?host=%2Frun%2Fpg"),
        ("sqlite:////folder/file.sqlite", "sqlite:////folder/file.sqlite"),
        ("secret", "an address that cannot be read"),
    ],
    ids=["password", "socket", "sqlite", "no_url"],
)
def test_shown_address_holds_no_password(url: str, shown: str) -> None:
    """The address as shown to people has no password, wherever it stood."""
    assert shown_url(url) == shown


def test_sqlite_database_is_described_by_its_file(sqlite_url: str) -> None:
    """Sentences name a SQLite database by its file."""
    assert describe(connect(sqlite_url)) == f"SQLite database {sqlite_url[10:]}"


def test_write_ahead_log_is_turned_off(tmp_path: Path) -> None:
    """A file that something else put into WAL mode goes back to a rollback journal."""
    file = tmp_path / "wal.sqlite"
    other = sqlite3.connect(file)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("CREATE TABLE t (n)")
    other.close()
    with connect(f"sqlite:///{file}").connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"


@pytest.mark.parametrize(("pragma", "value"), [("foreign_keys", 1), ("synchronous", 2)])
def test_sqlite_keeps_its_promises(sqlite_url: str, pragma: str, value: int) -> None:
    """References are enforced, and a commit is on the disk before it is told."""
    with connect(sqlite_url).connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_reader_sees_one_moment(sqlite_url: str) -> None:
    """What is committed while a reader reads is not seen by it."""
    engine = connect(sqlite_url, lock_wait_s=0.05)
    with writing(engine, "test") as writer:
        writer.exec_driver_sql("CREATE TABLE t (n)")
    with reading(engine) as reader:
        assert reader.exec_driver_sql("SELECT count(*) FROM t").scalar() == 0
        with pytest.raises(OperationalError, match="locked"), writing(engine, "test") as writer:
            writer.exec_driver_sql("INSERT INTO t VALUES (1)")
        assert reader.exec_driver_sql("SELECT count(*) FROM t").scalar() == 0


def test_second_writer_waits_before_its_first_statement(sqlite_url: str) -> None:
    """A writer takes the lock as it begins, so that two never read the same and both write."""
    engine = connect(sqlite_url, lock_wait_s=0.05)
    with (
        writing(engine, "first"),
        pytest.raises(OperationalError, match="locked"),
        writing(engine, "second"),
    ):
        pytest.fail("the second writer got in")


def make_table_twice(engine: sa.Engine) -> None:
    """Make a table, then fail to make it again, in one transaction."""
    with writing(engine, "test") as writer:
        writer.exec_driver_sql("CREATE TABLE t (n)")
        writer.exec_driver_sql("CREATE TABLE t (n)")


def test_writer_that_fails_leaves_nothing(sqlite_url: str) -> None:
    """An error inside a writer's transaction rolls all of it back, tables included."""
    engine = connect(sqlite_url)
    with pytest.raises(OperationalError, match="already exists"):
        make_table_twice(engine)
    assert sa.inspect(engine).get_table_names() == []


def test_query_that_fails_is_a_sentence(sqlite_url: str) -> None:
    """A reader's failing query is told as the database's, without the statement."""
    with (
        pytest.raises(PublicationError, match=r"cannot be read: no such table: t\.$"),
        reading(connect(sqlite_url)) as reader,
    ):
        reader.exec_driver_sql("SELECT * FROM t")


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:se@cret@127.0.0.1/d", "postgresql://u:secret@127.0.0.1:5x/d"],
    ids=["at sign in the password", "port that is none"],
)
def test_mistaken_address_shows_nothing_of_the_password(url: str) -> None:
    """An address that is read wrongly is refused in a sentence without any part of it."""
    with pytest.raises(PublicationError) as caught:
        connect(url)
    assert "cret" not in str(caught.value) + shown_url(url)
