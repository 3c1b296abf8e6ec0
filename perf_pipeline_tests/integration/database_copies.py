"""Copies of a database that was filled once, of either kind: filling takes longer than tests do."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from perf_pipeline.warehouse import connect

Copy = Callable[[], AbstractContextManager[str]]
"""What gives the address of a copy of a database for as long as it is needed."""


@contextmanager
def postgres_copied(server: sa.URL, template: str) -> Iterator[str]:
    """Copy a database of a PostgreSQL server for as long as it is needed."""
    name = f"test_{uuid.uuid4().hex}"
    administrator = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
    yield server.set(database=name).render_as_string(hide_password=False)
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def sqlite_copied(template: Path, folder: Path) -> Iterator[str]:
    """Copy a SQLite file into a folder for as long as it is needed."""
    copied = folder / f"{uuid.uuid4().hex}.sqlite"
    shutil.copyfile(template, copied)
    yield f"sqlite:///{copied}"
    copied.unlink()


@contextmanager
def filled_once(
    kind: str, request: pytest.FixtureRequest, fill: Callable[[sa.Engine], object]
) -> Iterator[Copy]:
    """Fill a database of a kind, and give what copies it.

    Args:
        kind: `sqlite` or `postgres`.
        request: Of a fixture of a session or a module.
        fill: Puts into an empty database what the copies are to hold.
    """
    if kind == "sqlite":
        factory: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
        folder = factory.mktemp("filled")
        path = folder / "filled.sqlite"
        fill(connect(f"sqlite:///{path}"))
        yield lambda: sqlite_copied(path, folder)
        return
    server: sa.URL = request.getfixturevalue("postgres_server")
    with postgres_copied(server, "template0") as url:
        fill(connect(url))
        yield lambda: postgres_copied(server, str(sa.make_url(url).database))
