"""Databases that are set up and empty, of a test's own: copies of one that was migrated once.

A module gets these fixtures by `pytest_plugins`.
"""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from perf_pipeline.warehouse import migrate
from perf_pipeline_tests.integration.database_copies import Copy, filled_once


@pytest.fixture(scope="session")
def copy_prepared_sqlite(request: pytest.FixtureRequest) -> Iterator[Copy]:
    """What copies a SQLite database that is set up and empty."""
    with filled_once("sqlite", request, migrate) as copy:
        yield copy


@pytest.fixture(scope="session")
def copy_prepared_postgres(request: pytest.FixtureRequest) -> Iterator[Copy]:
    """What copies a PostgreSQL database that is set up and empty."""
    with filled_once("postgres", request, migrate) as copy:
        yield copy


@pytest.fixture
def prepared_postgres_url(copy_prepared_postgres: Copy) -> Iterator[str]:
    """Address of a PostgreSQL database of the test's own that is set up and empty."""
    with copy_prepared_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def prepared_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a database of the test's own that is set up and empty, of each kind in turn."""
    copy: Copy = request.getfixturevalue(f"copy_prepared_{request.param}")
    with copy() as url:
        yield url


@pytest.fixture
def allow_connections(prepared_postgres_url: str, postgres_server: sa.URL) -> Callable[[str], None]:
    """Return a function that lets the test's database take connections, or refuse them."""
    server = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    name = sa.make_url(prepared_postgres_url).database

    def allow_connections(answer: str) -> None:
        with server.connect() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {answer}")

    return allow_connections
