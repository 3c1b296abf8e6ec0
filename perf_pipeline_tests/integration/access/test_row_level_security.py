"""Readers of one directorate see nothing of another, once psql has run row_level_security.sql."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import (
    REPORTING_TABLES,
    ColumnKind,
    column_kinds,
    conform,
    key_columns,
)
from perf_pipeline.warehouse import Origin, Publication, current_draft, publish, verify
from perf_pipeline.warehouse.tables import reporting_views

QUARTER = Quarter(2023, 1)
DIRECTORATES = ("adults", "children")
NOT_ALLOWED = "42501"

COUNCIL_WIDE = {
    "council_summary",
    "priority_summary",
    "theme_summary",
    "rag_scheme",
    "organisation_changes",
}
"""Tables whose rows are about no directorate."""

FOR_ALL = {
    *COUNCIL_WIDE,
    *(f"{name}_history" for name in COUNCIL_WIDE),
    "dim_quarter",
    "publications",
    "publication_releases",
    "sign_offs",
    "data_dictionary",
}
"""Views that every reader sees whole."""

Warehouse = Any
WarehouseMaker = Callable[[], Warehouse]


def code(column: Any, index: int, whose: str) -> str:
    """Return a code that names whose row it is, or one that the schema allows."""
    for check in column.checks:
        if "allowed_values" in check.statistics:
            allowed = list(check.statistics["allowed_values"])
            return str(allowed[index % len(allowed)])
        if "pattern" in check.statistics:
            return QUARTER.key
    return whose


def row(name: str, index: int, version: int) -> dict[str, Any]:
    """Return a table's row, every code and text of which names the directorate that it is of."""
    model = REPORTING_TABLES[name]
    whose = f"part {index}" if name in COUNCIL_WIDE else DIRECTORATES[index]
    columns, values = model.to_schema().columns, {}
    for column, kind in column_kinds(model).items():
        if kind is ColumnKind.CODE:
            values[column] = code(columns[column], index, whose)
        elif kind is ColumnKind.TEXT:
            values[column] = f"{whose} said {version}"
        elif kind is ColumnKind.DATE:
            values[column] = "2023-07-21"
        elif kind is ColumnKind.FLAG:
            values[column] = False
        else:
            is_key = column in key_columns(model)
            values[column] = index + 1 if is_key else 10 * version + index
    return values


def tables_of(version: int) -> dict[str, pd.DataFrame]:
    """Return tables in which each directorate has a row of each kind, and shares a source."""
    rows = {
        name: [row(name, index, version) for index in range(1 if name == "council_summary" else 2)]
        for name in REPORTING_TABLES
    }
    looks = {"colour_code": "#b10e1e", "symbol_text": "x"}
    rows["rag_scheme"] = [each | looks for each in rows["rag_scheme"]]
    no_dataset = {"dataset_sha256": None}
    rows["disaggregated_returns"] = [each | no_dataset for each in rows["disaggregated_returns"]]
    rows["kpi_scorecard"] += [
        each | {"kpi_ref": f"{each['kpi_ref']}-2", "source_code": "shared", "owner_name": "shared"}
        for each in rows["kpi_scorecard"]
    ]
    for name in ("return_status", "owner_summary"):
        shared = {"source_code": "shared", "owner_name": "shared"}
        rows[name].append(
            {column: shared.get(column, value) for column, value in rows[name][0].items()}
        )
    adults, children = rows["rejected_rows"]
    rows["rejected_rows"] += [
        children | {"row_id": "no KPI", "kpi_ref": None},
        children | {"row_id": "unknown KPI", "kpi_ref": "CHD-99"},
        adults | {"row_id": "shared", "kpi_ref": None, "source_code": "shared"},
    ]
    found = rows["data_quality"][1] | {"directorate_code": None}
    rows["data_quality"] += [
        found | {"finding_number": 3, "kpi_ref": None},
        found | {"finding_number": 4, "source_code": None},
    ]
    return {
        name: conform(pd.DataFrame(rows[name], dtype="object"), model)
        for name, model in REPORTING_TABLES.items()
    }


def publish_version(login: Any, version: int) -> Publication:
    """Publish a version of the tables."""
    return publish(
        login.engine,
        QUARTER,
        tables_of(version),
        Origin("Sample Council", "0" * 64, "test", f"run-{version}"),
        expected_draft=current_draft(login.engine, QUARTER),
    )


@dataclass(frozen=True)
class Readers:
    """A warehouse with policies, in which versions 1 and 2 are published, and its readers."""

    warehouse: Warehouse
    writer: Any
    adults: Any
    children: Any
    all: Any
    unlisted: Any


@pytest.fixture(scope="module")
def readers(make_warehouse: WarehouseMaker) -> Readers:
    """Readers of one directorate each, of all, and of none."""
    warehouse = make_warehouse()
    warehouse.set_up()
    assert warehouse.psql("row_level_security.sql").stderr == ""
    assert warehouse.psql("row_level_security.sql").stderr == ""
    assert warehouse.psql("roles.sql").stderr == ""
    writer = warehouse.add_login("run", "writer", acts_as_group=True)
    publish_version(writer, 1)
    publish_version(writer, 2)
    team = warehouse.add_login("adults_team", "reader")
    readers = Readers(
        warehouse,
        writer,
        warehouse.add_login("adults_analyst", "reader", "adults_team"),
        warehouse.add_login("children_analyst", "reader"),
        warehouse.add_login("central", "reader"),
        warehouse.add_login("newcomer", "reader"),
    )
    list_reader(warehouse, team, "adults")
    list_reader(warehouse, readers.children, "children")
    list_reader(warehouse, readers.all, "*")
    return readers


def list_reader(warehouse: Warehouse, login: Any, directorate: str) -> None:
    """Let a role read a directorate."""
    statement = sa.text("INSERT INTO core.reader_directorates VALUES (:role, :directorate)")
    with warehouse.admin.engine.begin() as connection:
        connection.execute(statement, {"role": login.role, "directorate": directorate})


def directorates_in(login: Any, view: str) -> set[str]:
    """Return the directorates that any cell of a view names."""
    found = login.read(view).astype(str)
    return {
        name
        for name in DIRECTORATES
        if any(found[column].str.contains(name).any() for column in found.columns)
    }


LIMITED = [name for name in reporting_views if name not in FOR_ALL]


@pytest.mark.parametrize("view", LIMITED)
def test_reader_sees_just_the_directorate(readers: Readers, view: str) -> None:
    """No cell of any view, star, history and changes among them, tells of another directorate."""
    assert directorates_in(readers.adults, view) == {"adults"}
    assert directorates_in(readers.children, view) == {"children"}


@pytest.mark.parametrize("view", LIMITED)
def test_reader_of_all_sees_all(readers: Readers, view: str) -> None:
    """`*` stands for every directorate: such a reader sees what the writer sees."""
    assert directorates_in(readers.all, view) == set(DIRECTORATES)
    assert len(readers.all.read(view)) == len(readers.writer.read(view))


@pytest.mark.parametrize("view", LIMITED)
def test_reader_who_is_not_listed_sees_no_directorate(readers: Readers, view: str) -> None:
    """To be a reader is not enough to see a directorate's rows."""
    assert directorates_in(readers.unlisted, view) == set()


@pytest.mark.parametrize("view", sorted(FOR_ALL))
def test_rows_of_no_directorate_are_for_all(readers: Readers, view: str) -> None:
    """The council's own rows are the same for everybody."""
    whole = readers.writer.read(view)
    pd.testing.assert_frame_equal(readers.unlisted.read(view), whole)
    pd.testing.assert_frame_equal(readers.adults.read(view), whole)


def test_sums_differ_by_reader(readers: Readers) -> None:
    """Each sees the sums of the own directorate."""
    counts = {
        name: sorted(getattr(readers, name).read("directorate_summary")["kpi_count"])
        for name in ("adults", "children", "all")
    }
    assert counts == {"adults": [20], "children": [21], "all": [20, 21]}


@pytest.mark.parametrize("view", ["return_status", "owner_summary", "rejected_rows"])
def test_what_two_directorates_share_is_for_readers_of_both(readers: Readers, view: str) -> None:
    """A source or an owner of two directorates' KPIs is shown to who may read both."""
    both = readers.warehouse.add_login(f"both_{view}", "reader")
    for name in DIRECTORATES:
        list_reader(readers.warehouse, both, name)

    def sees(login: Any) -> bool:
        return bool((login.read(view).astype(str) == "shared").to_numpy().any())

    assert [sees(login) for login in (readers.adults, readers.children, both)] == [
        False,
        False,
        True,
    ]


def test_row_of_an_unknown_kpi_is_its_sources(readers: Readers) -> None:
    """A rejected row whose KPI is missing or unknown is seen by who reads its source's KPIs."""
    seen = {
        name: set(getattr(readers, name).read("rejected_rows")["row_id"])
        for name in ("adults", "children")
    }
    assert seen == {"adults": {"adults"}, "children": {"children", "no KPI", "unknown KPI"}}


def test_error_tells_nothing_of_another_directorate(readers: Readers) -> None:
    """A condition that fails on a row, and quotes it, is not evaluated on rows of others."""
    trick = "SELECT * FROM reporting.kpi_scorecard WHERE CAST(commentary_text AS integer) = 0"
    _, words = readers.children.refusal(trick)
    assert "children said 2" in words
    assert "adults" not in words


def test_group_role_sees_no_more(readers: Readers) -> None:
    """To act as the group of all readers shows the group's rows, of which there are none."""
    with readers.adults.engine.connect() as connection:
        connection.exec_driver_sql(f"SET ROLE {readers.warehouse.role('reader')}")
        count = connection.exec_driver_sql("SELECT count(*) FROM reporting.kpi_scorecard")
        assert count.scalar_one() == 0


@pytest.mark.parametrize("login", ["adults", "writer"])
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM core.reader_directorates",
        "INSERT INTO core.reader_directorates VALUES ('{role}', '*')",
        "ALTER TABLE core.kpi_scorecard_versions NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY by_directorate ON core.kpi_scorecard_versions",
    ],
)
def test_list_and_policies_are_the_owners(readers: Readers, login: str, statement: str) -> None:
    """Neither reader nor writer decides who reads what."""
    who = getattr(readers, login)
    assert who.refusal(statement.format(role=who.role))[0] == NOT_ALLOWED


def test_every_table_of_a_directorate_has_a_forced_policy(readers: Readers) -> None:
    """Only the tables of the council as a whole are without one."""
    query = sa.text(
        "SELECT relname FROM pg_class WHERE relnamespace = 'core'::regnamespace"
        " AND relkind = 'r' AND relrowsecurity AND relforcerowsecurity"
    )
    with readers.writer.engine.connect() as connection:
        guarded = set(connection.execute(query).scalars())
    expected = {f"{name}_versions" for name in REPORTING_TABLES.keys() - COUNCIL_WIDE}
    assert guarded == {*expected, "publication_change_entries"}


def test_writer_still_publishes(readers: Readers) -> None:
    """A writer reads back all that it wrote, and `verify` finds every publication whole."""
    assert verify(readers.writer.engine).publication_count == 2
    assert verify(readers.writer.engine).faults == ()


def test_owner_still_reads_all(readers: Readers) -> None:
    """The policies bind the owner, who is listed for every directorate."""
    owner = readers.warehouse.add_login("owning", "owner", acts_as_group=True)
    assert verify(owner.engine).faults == ()
    assert directorates_in(owner, "kpi_scorecard_history") == set(DIRECTORATES)


def test_views_of_a_superuser_are_refused(make_warehouse: WarehouseMaker) -> None:
    """Where a view's owner would not be bound, the file says so and changes nothing."""
    warehouse = make_warehouse()
    warehouse.set_up()
    warehouse.execute(f"ALTER VIEW reporting.dim_kpi OWNER TO {warehouse.admin.role}")
    done = warehouse.psql("row_level_security.sql")
    assert done.returncode != 0
    assert "belong to a role that policies do not bind: run roles.sql" in done.stderr


def test_temporary_table_does_not_stand_before_the_catalogue(readers: Readers) -> None:
    """A reader who may make temporary tables cannot tell the policies that it is the owner."""
    warehouse, login = readers.warehouse, readers.unlisted
    warehouse.execute(f"GRANT TEMPORARY ON DATABASE {warehouse.name} TO {login.role}")
    with login.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("CREATE TEMPORARY TABLE pg_roles (rolname name, oid oid)")
        connection.execute(
            sa.text("INSERT INTO pg_roles SELECT :owner, current_user::regrole"),
            {"owner": warehouse.role("owner")},
        )
        shown = connection.exec_driver_sql("SELECT count(*) FROM reporting.kpi_scorecard")
        assert shown.scalar_one() == 0
