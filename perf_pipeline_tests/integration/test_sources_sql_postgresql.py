"""A query against a real PostgreSQL server: its types as text, and one snapshot for both counts."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import SqlEntry
from perf_pipeline.sources import Landing, extract

URL = "PERF_PIPELINE_TEST_DATABASE"
ENTRY = SqlEntry(
    kind="sql",
    source_code="childrens",
    source_name="Children's Services",
    contact_role="Data manager",
    url_env=URL,
    query="figures.sql",
    columns={"ref": "kpi_ref", "value": "value"},
)


@pytest.fixture
def council(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A council folder whose source is an empty PostgreSQL database."""
    monkeypatch.setenv(URL, postgres_url)
    folder = tmp_path / "council"
    folder.mkdir()
    return folder


def read(council: Path, query: str) -> pd.DataFrame:
    """Extract what a query gives."""
    (council / "figures.sql").write_text(query, encoding="utf-8")
    return extract(ENTRY, Quarter(2023, 1), council, Landing(council.parent / "landing"))


def test_types_are_written_as_text(council: Path) -> None:
    """Decimals are exact and floats have 15 digits, without exponents; dates are ISO."""
    values = {
        "1234567890.1234567890::numeric": "1234567890.1234567890",
        "1e-7::numeric": "0.0000001",
        "0.1::float8 + 0.2": "0.3",
        "12::bigint": "12",
        "true": "TRUE",
        "'2023-06-30'::date": "2023-06-30",
        "'2023-06-30 09:15'::timestamp": "2023-06-30T09:15:00",
        "'\\x00ff'::bytea": "00ff",
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    }
    selects = (f"SELECT 'C{n}' AS ref, ({value})::{{}} AS value" for n, value in enumerate(values))
    found = [read(council, select.replace("::{}", ""))["value_text"].iloc[0] for select in selects]
    assert found == list(values.values())


def test_query_that_writes_is_refused(council: Path, postgres_url: str) -> None:
    """The transaction is read-only: a query that changes something fails."""
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SEQUENCE asked")
    engine.dispose()
    with pytest.raises(ReturnError, match="The database refused: cannot execute nextval"):
        read(council, "SELECT 'C1' AS ref, nextval('asked') AS value")


def test_percent_sign_and_order(council: Path) -> None:
    """Percent signs reach the database, and the rows stay in the query's order."""
    rows = read(
        council,
        "SELECT ref, '5%' AS value FROM (VALUES ('C2'), ('C1'), ('D1')) AS kpis (ref) "
        "WHERE ref LIKE 'C%' ORDER BY ref",
    )
    assert list(rows["kpi_ref_text"]) == ["C1", "C2"]
    assert list(rows["counted_count"]) == [2, 2]


def test_rows_and_count_are_of_one_moment(council: Path, postgres_url: str) -> None:
    """A figure that comes in between counting and reading is in neither."""
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE figures AS SELECT 'C1' AS ref, 1 AS value")

    def add_while_counting() -> None:
        counting = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT count(*)%'"
        while True:
            with engine.begin() as connection:
                if connection.exec_driver_sql(counting.replace("%", "%%")).first():
                    connection.exec_driver_sql("INSERT INTO figures VALUES ('C2', 2)")
                    return

    with ThreadPoolExecutor() as pool:
        added = pool.submit(add_while_counting)
        rows = read(council, "SELECT ref, value FROM figures, pg_sleep(0.3)")
        added.result(timeout=10)
    engine.dispose()
    assert list(rows["kpi_ref_text"]) == ["C1"]
    assert list(rows["counted_count"]) == [1]
    assert len(read(council, "SELECT ref, value FROM figures")) == 2
