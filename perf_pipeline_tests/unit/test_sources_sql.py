"""SQL queries against a real database: bound, counted by it, without noise, read-only."""

import datetime as dt
import json
import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import SqlEntry
from perf_pipeline.sources import Landing, count_rows, extract

QUARTER = Quarter(2023, 1)
URL = "PERF_PIPELINE_TEST_DATABASE"
QUERY = "SELECT ref, value FROM figures WHERE quarter = :quarter ORDER BY ref"


@pytest.fixture
def council(tmp_path: Path) -> Path:
    """A council folder, awkwardly named, with a case system of two figures in it."""
    folder = tmp_path / "council 100% #1?"
    folder.mkdir()
    with sqlite3.connect(folder / "cases.sqlite") as connection:
        connection.execute("CREATE TABLE figures (ref, quarter, value)")
        rows = [("C1", "2023-24-Q1", 5.1), ("C2", "2023-24-Q1", None), ("C3", "2023-24-Q2", 7)]
        connection.executemany("INSERT INTO figures VALUES (?, ?, ?)", rows)
    connection.close()
    return folder


def sql_entry(**changes: Any) -> SqlEntry:
    """Make a source's entry."""
    settings: dict[str, Any] = {
        "kind": "sql",
        "source_code": "childrens",
        "source_name": "Children's Services",
        "contact_role": "Data manager",
        "url": "sqlite:///{council}/cases.sqlite",
        "query": "figures.sql",
        "columns": {"ref": "kpi_ref", "value": "value"},
    }
    if "url_env" in changes:
        del settings["url"]
    return SqlEntry(**settings | changes)


def read(council: Path, query: str, **changes: Any) -> pd.DataFrame:
    """Extract what a query gives."""
    (council / "figures.sql").write_text(query, encoding="utf-8")
    landing = Landing(council.parent / "landing")
    return extract(sql_entry(**changes), QUARTER, council, landing)


def failure(council: Path, query: str = QUERY, **changes: Any) -> str:
    """Return the message with which a query's result is refused; no password is in it."""
    with pytest.raises(ReturnError) as caught:
        read(council, query, **changes)
    message = str(caught.value)
    assert "secret" not in message
    return message


def landed(council: Path, rows: pd.DataFrame) -> dict[str, Any]:
    """Return the landed document that the rows came from."""
    path = Landing(council.parent / "landing").path(rows["file_sha256"].iloc[0])
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def test_rows_of_the_quarter_are_read(council: Path) -> None:
    """A row's number is its place in the result; the columns are its headings."""
    rows = read(council, QUERY)
    assert list(rows["row_number"]) == [1, 2]
    assert list(rows["row_text"]) == ["ref: C1 | value: 5.1", "ref: C2"]
    assert list(rows["counted_count"]) == [2, 2]
    assert list(rows["row_kind_code"]) == ["data", "data"]


def test_rows_name_database_and_query(council: Path) -> None:
    """The place is the same wherever the council folder is."""
    name = read(council, QUERY)["file_name"].iloc[0]
    assert name == "sqlite:///{council}/cases.sqlite (figures.sql)"


def test_result_is_landed_with_its_query(council: Path) -> None:
    """The landed document says what was asked, with what, and what the database counted."""
    rows = read(council, QUERY)
    document = landed(council, rows)
    assert document["parameters"] == {"quarter": "2023-24-Q1"}
    assert document["columns"] == ["ref", "value"]
    assert document["rows"] == [["C1", "5.1"], ["C2", None]]
    assert document["count"] == 2
    assert len(document["query_sha256"]) == 64
    landing = Landing(council.parent / "landing")
    assert count_rows(sql_entry(), landing, rows["file_sha256"].iloc[0]) == 2


def test_same_result_is_landed_once(council: Path) -> None:
    """Running the query again on the same data gives the same hash."""
    hashes = {read(council, QUERY)["file_sha256"].iloc[0] for _ in range(2)}
    assert len(hashes) == 1


def test_period_is_bound(council: Path) -> None:
    """First and last day of the quarter are bound as ISO dates, once or often."""
    query = "SELECT :period_start || '/' || :period_end AS ref, :period_end AS value"
    row = read(council, query).iloc[0]
    assert list(row[["kpi_ref_text", "value_text"]]) == ["2023-04-01/2023-06-30", "2023-06-30"]


def test_query_without_parameters(council: Path) -> None:
    """A query need not bind anything."""
    assert landed(council, read(council, "SELECT 'C1' AS ref, 1 AS value"))["parameters"] == {}


@pytest.mark.parametrize(
    "query",
    [
        f"-- for :someone, at 10 :30\n{QUERY};\n-- the end",
        f"/* as of :date;\n two lines */ {QUERY} ; ",
        'SELECT ref, value, \' :no -- /* "\' AS "a:b" FROM figures WHERE quarter = :quarter',
        "WITH q AS (SELECT * FROM figures WHERE quarter = :quarter) SELECT ref, value FROM q",
        f"\ufeff{QUERY}",
    ],
    ids=["line-comment", "block-comment", "literals", "with", "byte-order-mark"],
)
def test_query_file_as_people_write_it(council: Path, query: str) -> None:
    """Comments, semicolons at the end and colons in literals are no harm."""
    rows = read(council, query)
    assert (len(rows), rows["counted_count"].iloc[0]) == (2, 2)


def test_literal_is_passed_on_as_it_is(council: Path) -> None:
    """What stands in quotation marks reaches the database unchanged."""
    query = "SELECT 'C1' AS ref, 'at 10 :30 -- don''t' AS value"
    assert read(council, query)["value_text"].iloc[0] == "at 10 :30 -- don't"


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("9007199254740993", "9007199254740993"),
        ("0.1 + 0.2", "0.3"),
        ("100.0 * 5 / 7", "71.4285714285714"),
        ("-100.0 * 2 / 3", "-66.6666666666667"),
        ("85.0", "85"),
        ("0.00000125", "0.00000125"),
        ("12345678901234567890123", "1.23456789012346e+22"),
        ("1e300 * 10", "1e+301"),
        ("' 75 % '", "75 %"),
        ("''", None),
        ("x'00ff'", "00ff"),
    ],
)
def test_value_is_written_as_text(council: Path, expression: str, text: str | None) -> None:
    """Whole numbers have all their digits, floats the 15 that they hold."""
    found = read(council, f"SELECT 'C1' AS ref, {expression} AS value")["value_text"].iloc[0]
    assert (None if pd.isna(found) else found) == text


def test_query_without_rows_is_not_returned(council: Path) -> None:
    """A case system without figures for the quarter has not returned."""
    assert read(council, "SELECT ref, value FROM figures WHERE quarter = 'none'").empty


def test_empty_row_is_counted_as_the_database_does(council: Path) -> None:
    """A row of nulls is a note: the database counts it as a row."""
    rows = read(council, "SELECT ref, value FROM figures UNION ALL SELECT NULL, NULL")
    assert list(rows["row_kind_code"]) == ["data", "data", "data", "note"]
    assert rows["counted_count"].iloc[0] == 4


def test_rows_without_any_figure_are_refused(council: Path) -> None:
    """A result of notes only holds no figures."""
    assert "It holds no rows of figures." in failure(council, "SELECT NULL AS ref, NULL AS value")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (
            "SELECT ref, quarter FROM figures",
            "`value` is missing from the query's columns. Headings found: `ref`, `quarter`.",
        ),
        (
            "SELECT ref, value, value FROM figures",
            "The same heading stands in two columns: `value`",
        ),
        ("SELECT ref, value FROM nowhere", "The database refused: no such table: nowhere."),
        (
            "SELECT ref, value FROM figures WHERE ref = :ref AND value = :v",
            "parameters that it is not given: `ref`, `v`",
        ),
        ("INSERT INTO figures VALUES (1, 2, 3)", "The database refused: "),
        ("SELECT 1 AS ref; DROP TABLE figures", "The database refused: "),
        ("-- nothing\n;", "The query file holds no query."),
        (
            (
                "WITH RECURSIVE n AS (SELECT 1 AS ref UNION ALL SELECT ref + 1 FROM n "
                "LIMIT 50001) SELECT ref, 1 AS value FROM n"
            ),
            "The query gives 50,001 rows; at most 50,000 are read.",
        ),
    ],
    ids=["heading", "twice", "table", "parameter", "insert", "two-statements", "empty", "too-many"],
)
def test_query_that_does_not_fit(council: Path, query: str, found: str) -> None:
    """What is wrong with the query is in the message."""
    assert found in failure(council, query)


def test_database_is_opened_for_reading_only(council: Path) -> None:
    """Neither the query nor a slip in the location changes or makes a database."""
    failure(council, "DELETE FROM figures RETURNING ref, value")
    assert len(read(council, QUERY)) == 2
    assert "The database file is not there." in failure(
        council, url="sqlite:///{council}/case.sqlite"
    )
    assert not (council / "case.sqlite").exists()


def test_file_that_is_no_database(council: Path) -> None:
    """A file of another kind is refused by the database."""
    (council / "cases.sqlite").write_bytes(b"not a database" * 100)
    assert "The database refused: file is not a database." in failure(council)


def test_query_file_that_is_not_there(council: Path) -> None:
    """A missing query file is named."""
    landing = Landing(council.parent / "landing")
    with pytest.raises(ReturnError) as caught:
        extract(sql_entry(query="none.sql"), QUARTER, council, landing)
    assert "The query file cannot be read: No such file or directory." in str(caught.value)
    assert "mend `query` in sources.yaml, then rerun" in str(caught.value)


def test_url_from_the_environment(council: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL with a password stays in the environment, and is shown without it."""
    monkeypatch.setenv(URL, "sqlite:///{council}/cases.sqlite?secret=1")
    rows = read(council, QUERY, url_env=URL)
    assert list(rows["file_name"].str.contains("secret")) == [False, False]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (None, f"The environment variable {URL}, which holds the database's URL, is not set."),
        ("", f"The environment variable {URL}, which holds the database's URL, is not set."),
        ("user:secret@host", f"What the environment variable {URL} holds is not a database URL."),
        ("postgresql://u:secret@host:no/db", f"What the environment variable {URL} holds is not"),
        ("nosuch://u:secret@host/db", "The database refused: Can't load plugin"),
        ("mssql+mssqlpython://u:secret@host/db", "Install perf-pipeline[mssql], and begin the"),
        ("oracle://u:secret@host/db", "Install the driver of oracle"),
        ("postgresql+psycopg://u:secret@127.0.0.1:9/db", "The database refused: connection failed"),
    ],
    ids=["unset", "empty", "no-url", "port", "dialect", "mssql", "driver", "refused"],
)
def test_database_that_cannot_be_reached(
    council: Path, monkeypatch: pytest.MonkeyPatch, url: str | None, found: str
) -> None:
    """It is a failure and no missing return, and the message holds no password."""
    monkeypatch.delenv(URL, raising=False)
    if url is not None:
        monkeypatch.setenv(URL, url)
    message = failure(council, url_env=URL)
    assert found in message
    assert message.startswith("Children's Services' return for Q1 2023/24 (")


def test_url_in_sources_yaml_that_is_none(council: Path) -> None:
    """A URL that cannot be read is named by where it stands."""
    assert "What `url` in sources.yaml holds is not a database URL" in failure(council, url="x")


def test_dates_are_iso(council: Path) -> None:
    """Dates, which SQLite keeps as text, stay as they are."""
    day = dt.date(2023, 6, 30).isoformat()
    row = read(council, "SELECT 'C1' AS ref, date(:period_end) AS value").iloc[0]
    assert row["value_text"] == day
