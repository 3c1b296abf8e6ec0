"""Which faults say that they may pass: a network's and a database's, never a mistake."""

import errno
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from pytest_httpserver import HTTPServer
from sqlalchemy.exc import DBAPIError

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import CsvEntry, SqlEntry
from perf_pipeline.sources import Landing, Patience, extract, may_pass

QUARTER = Quarter(2023, 1)
PATIENCE = Patience(tries=2, first_wait_seconds=0.001, longest_wait_seconds=0.01)
FACTS = {
    "source_code": "housing",
    "source_name": "Housing",
    "contact_role": "Performance officer",
    "columns": {"Ref": "kpi_ref", "Value": "value"},
}


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    """Bind the test server to this machine only, to any free port."""
    return ("127.0.0.1", 0)


def refused(folder: Path, entry: CsvEntry | SqlEntry) -> ReturnError:
    """Return the error with which a return is refused."""
    with pytest.raises(ReturnError) as raised:
        extract(entry, QUARTER, folder, Landing(folder / "landing"), PATIENCE)
    return raised.value


@pytest.mark.parametrize(
    ("fault", "passes"),
    [
        (ConnectionResetError("reset"), True),
        (TimeoutError("slow"), True),
        (OSError(errno.ESTALE, "stale"), True),
        (OSError(errno.EIO, "share away"), True),
        (PermissionError(errno.EACCES, "denied"), False),
        (OSError(errno.ENOSPC, "full"), False),
        (ValueError("a defect"), False),
        (None, False),
    ],
    ids=["reset", "timeout", "stale", "share", "denied", "disk full", "defect", "nothing"],
)
def test_operating_system_faults(fault: Exception | None, *, passes: bool) -> None:
    """A connection or a network share may come back; a right or space does not by itself."""
    assert may_pass(fault) is passes


def driver_fault(url: str, statement: str, folder: Path) -> DBAPIError:
    """Return what SQLAlchemy raises for a statement while another connection writes."""
    path = folder / "busy.sqlite"
    with sqlite3.connect(path, isolation_level=None) as writer:
        writer.execute("CREATE TABLE figures (value)")
        writer.execute("BEGIN EXCLUSIVE")
        engine = sa.create_engine(url.format(path=path), connect_args={"timeout": 0})
        with pytest.raises(DBAPIError) as raised, engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()
        writer.execute("ROLLBACK")
    writer.close()
    return raised.value


@pytest.mark.parametrize(
    ("url", "statement", "passes"),
    [
        ("sqlite:///{path}", "SELECT * FROM figures", True),
        ("sqlite:///{path}.other", "SELECT * FROM missing", False),
        ("sqlite:///{path}/nowhere/x", "SELECT 1", False),
    ],
    ids=["busy", "no such table", "no such folder"],
)
def test_sqlite_faults(url: str, statement: str, tmp_path: Path, *, passes: bool) -> None:
    """A busy file is worth another try; a wrong statement or place is not."""
    assert may_pass(driver_fault(url, statement, tmp_path)) is passes


def test_postgres_faults(postgres_server: sa.URL) -> None:
    """A statement that took too long is refused for good; a server that ends us may come back."""
    engine = sa.create_engine(postgres_server, poolclass=sa.NullPool)
    with engine.connect() as connection, pytest.raises(DBAPIError) as wrong:
        connection.exec_driver_sql("SELECT * FROM missing")
    with engine.connect() as connection, pytest.raises(DBAPIError) as ended:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    assert not may_pass(wrong.value)
    assert may_pass(ended.value)


@pytest.mark.parametrize(("status", "passes"), [(503, True), (403, False)], ids=["busy", "refused"])
def test_services_faults(
    httpserver: HTTPServer, tmp_path: Path, status: int, *, passes: bool
) -> None:
    """A service that is busy to the last try says that it may pass; one that refuses does not."""
    httpserver.expect_request("/kpis.csv").respond_with_data("", status=status)
    location = httpserver.url_for("/kpis.csv") + "?{quarter}"
    entry = CsvEntry.model_validate(FACTS | {"kind": "csv", "location": location})
    assert refused(tmp_path, entry).is_transient is passes


def test_database_source_that_is_away(tmp_path: Path) -> None:
    """A source's database that cannot be reached says that it may pass."""
    (tmp_path / "query.sql").write_text("SELECT 1 AS Ref, 2 AS Value")
    url = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    entry = SqlEntry.model_validate(FACTS | {"kind": "sql", "query": "query.sql", "url": url})
    assert refused(tmp_path, entry).is_transient


def test_mistake_in_a_return_never_passes(tmp_path: Path) -> None:
    """A return with the wrong headings does not get better by itself."""
    (tmp_path / "2023-24-Q1.csv").write_text("Reference,Figure\nA,1\n")
    entry = CsvEntry.model_validate(FACTS | {"kind": "csv", "location": "{quarter}.csv"})
    assert not refused(tmp_path, entry).is_transient
