"""The star schema on SQLite and PostgreSQL: keys, references, counts, a trend without gaps.

Published are Q1 2023/24, in its second version, and Q3, nothing in between; Q4 is a draft.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import (
    REPORTING_TABLES,
    STAR_TABLES,
    ColumnKind,
    Table,
    column_kinds,
    conform,
    key_columns,
)
from perf_pipeline.schemas.views import STAR_REFERENCES
from perf_pipeline.warehouse import Origin, connect, current_draft, publish, read_table
from perf_pipeline.warehouse.engine import reading
from perf_pipeline.warehouse.tables import dictionary_rows

pytest_plugins = ["perf_pipeline_tests.integration.prepared_databases"]

Builder = Callable[..., dict[str, pd.DataFrame]]
Rows = dict[str, list[dict[str, Any]]]

FIRST, UNPUBLISHED, LAST, DRAFT = (Quarter(2023, number) for number in (1, 2, 3, 4))
FILLERS = {
    ColumnKind.CODE: "x",
    ColumnKind.TEXT: "x",
    ColumnKind.FIGURE: 0.0,
    ColumnKind.COUNT: 1,
    ColumnKind.FLAG: False,
    ColumnKind.DATE: "2023-07-21",
}
DTYPES = {"code": "str", "date": "str", "figure": "float64", "count": "Int64", "flag": "bool"}
SCHEME = [
    {"rag_code": "green", "display_order": 1, "colour_code": "#00703c"},
    {"rag_code": "red", "display_order": 2, "colour_code": "#b10e1e"},
]
JUDGED = {
    "polarity_code": "higher",
    "rule_kind_code": "floor",
    "direction_previous_quarter_code": "declined",
    "direction_last_year_code": "improved",
}
SHA256 = "f" * 64


def frame(model: type[Table], quarter: Quarter, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows of a schema, each with what it must have and does not say."""
    columns = model.to_schema().columns
    filler = {
        name: None if columns[name].nullable else FILLERS[kind]
        for name, kind in column_kinds(model).items()
    }
    shared = filler | {name: quarter.key for name in filler if name.endswith("quarter_key")}
    return conform(pd.DataFrame([shared | row for row in rows], dtype="object"), model)


def kpi(kpi_ref: str, service: str, value: float | None, rag: str | None) -> dict[str, Any]:
    """Return a scorecard row; the service `care` is the directorate `adults`'s, and so on."""
    directorate = {"care": "adults", "schools": "children"}[service]
    place = {"service_code": service, "directorate_code": directorate}
    reason = {"not_rated_reason_code": None if rag else "no_target"}
    figures = {"outturn_value": value, "target_value": 80.0, "rag_code": rag}
    return JUDGED | place | reason | figures | {"kpi_ref": kpi_ref, "kpi_name": f"{kpi_ref} then"}


def quarter_rows(scorecard: list[dict[str, Any]]) -> Rows:
    """Return the rows of a quarter with two directorates, each of one service."""
    return {
        "directorate_summary": [{"directorate_code": c} for c in ("adults", "children")],
        "service_summary": [
            {"service_code": "care", "directorate_code": "adults"},
            {"service_code": "schools", "directorate_code": "children"},
        ],
        "rag_scheme": SCHEME,
        "kpi_scorecard": scorecard,
    }


def first_rows() -> Rows:
    """Return Q1: a green KPI with breakdowns and benchmarks, a red one, one without a figure."""
    where = {"file_sha256": SHA256, "sheet_name": "Q1", "row_number": 7}
    parts = [("age", "0-17", 60.5), ("age", "18+", None), ("sex", "f", 71.25)]
    names = ("breakdown_type_code", "breakdown_category_code", "outturn_value")
    part = {"kpi_ref": "A1", "outturn_status_code": "given", **where}
    against = {"kpi_ref": "A1", "benchmark_value": 70.5, "difference_unit_code": "points"}
    return quarter_rows(
        [
            kpi("A1", "care", 71.42857142857143, "green") | where | {"numerator_value": 5.0},
            kpi("A2", "schools", 12.5, "red"),
            kpi("A3", "schools", None, None),
        ]
    ) | {
        "kpi_breakdowns": [part | dict(zip(names, each, strict=True)) for each in parts],
        "kpi_benchmarks": [
            against | {"benchmark_type_code": "national", "position_code": "better"},
            against | {"benchmark_type_code": "regional", "benchmark_value": 1.0},
        ],
    }


def last_rows() -> Rows:
    """Return Q3: A1 in another directorate by another name, A2 without a figure, A3 ended."""
    return quarter_rows(
        [
            kpi("A1", "schools", 0.1 + 0.2, "red") | {"kpi_name": "A1 now"},
            kpi("A2", "schools", None, None),
            kpi("A4", "care", 0.0, "green"),
        ]
    )


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shared_engine(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    """A database of each kind in turn that the tests of this module read together."""
    with request.getfixturevalue(f"copy_prepared_{request.param}")() as url:
        yield connect(url)


@pytest.fixture(scope="module")
def make_known(build_tables: Builder) -> Callable[..., str]:
    """Return a function that publishes rows, and gives the publication's id."""

    def make_known(
        engine: sa.Engine, quarter: Quarter, rows: Rows, *, is_released: bool = True
    ) -> str:
        tables = build_tables(quarter)
        tables |= {
            name: frame(REPORTING_TABLES[name], quarter, of) for name, of in rows.items() if of
        }
        origin = Origin("Sample Council", "0" * 64, "test", "run")
        before = current_draft(engine, quarter)
        published = publish(
            engine, quarter, tables, origin, expected_draft=before, is_released=is_released
        )
        return published.publication_id

    return make_known


@pytest.fixture(scope="module")
def ids(shared_engine: sa.Engine, make_known: Callable[..., str]) -> dict[Quarter, str]:
    """The publications in view, by quarter."""
    replaced = [kpi("A1", "care", 1.0, "red"), kpi("A9", "care", 9.0, "red")]
    make_known(shared_engine, FIRST, quarter_rows(replaced))
    draft = quarter_rows([kpi("A1", "care", 4.0, "red")])
    make_known(shared_engine, DRAFT, draft, is_released=False)
    known = {FIRST: first_rows(), LAST: last_rows()}
    return {quarter: make_known(shared_engine, quarter, rows) for quarter, rows in known.items()}


@pytest.fixture(scope="module")
def star(shared_engine: sa.Engine, ids: dict[Quarter, str]) -> dict[str, pd.DataFrame]:
    """Every view of the star schema, read as the pipeline reads."""
    assert set(ids) == {FIRST, LAST}
    return {name: read_table(shared_engine, name) for name in STAR_TABLES}


@pytest.fixture
def engine(prepared_url: str) -> sa.Engine:
    """A database of the test's own that is set up and empty, of each kind in turn."""
    return connect(prepared_url)


def one(table: pd.DataFrame, **cells: str) -> dict[str, Any]:
    """Return the only row with these cells, nulls as None."""
    found = table[(table[list(cells)] == pd.Series(cells)).all(axis="columns")]
    assert len(found) == 1
    row: dict[str, Any] = found.astype("object").where(found.notna(), None).iloc[0].to_dict()
    return row


def test_nothing_published_shows_nothing(engine: sa.Engine) -> None:
    """Before the first release every view of the star schema is empty."""
    assert all(read_table(engine, name).empty for name in STAR_TABLES)


def test_rows_are_told_apart_by_their_key_and_belong_to_a_publication(
    star: dict[str, pd.DataFrame], ids: dict[Quarter, str]
) -> None:
    """No key comes twice; what is published is of the publication in view, drafts are not shown."""
    for name, table in star.items():
        assert not table.duplicated(key_columns(STAR_TABLES[name])).any(), name
        published = {quarter.key: ids.get(quarter) for quarter in (FIRST, UNPUBLISHED, LAST)}
        expected = table["quarter_key"].map(published).astype("str")
        pd.testing.assert_series_equal(table["publication_id"], expected, check_names=False)


def test_every_reference_leads_to_a_row(star: dict[str, pd.DataFrame]) -> None:
    """A fact, a trend or a dimension names only rows that its dimensions have."""
    for table, references in STAR_REFERENCES.items():
        for column, target in references.items():
            assert set(star[table][column]) <= set(star[target][column]), (table, column)


def test_facts_are_the_scorecard_and_the_breakdowns(
    star: dict[str, pd.DataFrame], shared_engine: sa.Engine
) -> None:
    """There is one fact for each of their rows, with its figure to the last digit."""
    facts = star["fact_outturn"]
    whole, parts = (read_table(shared_engine, name) for name in ("kpi_scorecard", "kpi_breakdowns"))
    assert (len(whole), len(parts), len(facts)) == (6, 3, 9)
    cells = ["quarter_key", "kpi_ref", "outturn_value"]
    both = pd.concat([whole, parts])[cells].sort_values(cells, ignore_index=True)
    pd.testing.assert_frame_equal(facts[cells].sort_values(cells, ignore_index=True), both)


def test_a_fact_has_all_that_is_known_of_the_kpi(star: dict[str, pd.DataFrame]) -> None:
    """Rating, its place in the council's scheme, directions, national benchmark and provenance."""
    fact = one(star["fact_outturn"], outturn_key=f"{FIRST}:A1:all:all")
    expected = {
        "quarter_key": FIRST.key,
        "kpi_key": f"{FIRST}:A1",
        "service_key": f"{FIRST}:care",
        "directorate_key": f"{FIRST}:adults",
        "outturn_value": 71.42857142857143,
        "target_value": 80.0,
        "rag_code": "green",
        "rag_order": 1,
        "not_rated_reason_code": None,
        "direction_previous_quarter_code": "declined",
        "direction_last_year_code": "improved",
        "national_benchmark_value": 70.5,
        "national_position_code": "better",
        "provenance_id": f"{SHA256}:Q1:7",
    }
    assert {name: fact[name] for name in expected} == expected


def test_a_fact_without_a_figure_says_why(star: dict[str, pd.DataFrame]) -> None:
    """What is missing is null, and so is where it would be from."""
    fact = one(star["fact_outturn"], outturn_key=f"{FIRST}:A3:all:all")
    assert fact["not_rated_reason_code"] == "no_target"
    missing = ("outturn_value", "rag_code", "rag_order", "national_benchmark_value")
    assert [fact[name] for name in (*missing, "provenance_id")] == [None] * 5


def test_the_fact_of_a_category_is_not_rated(star: dict[str, pd.DataFrame]) -> None:
    """It has its own figure and provenance, and its KPI's dimensions."""
    fact = one(star["fact_outturn"], outturn_key=f"{FIRST}:A1:age:0-17")
    assert fact["outturn_value"] == 60.5
    assert fact["provenance_id"] == f"{SHA256}:Q1:7"
    assert fact["service_key"] == f"{FIRST}:care"
    judged = [name for name in fact if name.startswith(("target", "variance", "rag", "not_rated"))]
    judged += [name for name in fact if name.startswith(("direction_", "national"))]
    assert {fact[name] for name in judged} == {None}


def test_a_figure_that_readers_saw_otherwise_is_revised(star: dict[str, pd.DataFrame]) -> None:
    """Only Q1 was released twice: A1 had another figure in it, the others had none or no place."""
    facts = star["fact_outturn"]
    assert list(facts.loc[facts["is_revised"], "outturn_key"]) == [f"{FIRST}:A1:all:all"]


def test_a_kpi_is_described_as_it_was(star: dict[str, pd.DataFrame]) -> None:
    """One that moved and was renamed has its place and name of each quarter."""
    then, now = (one(star["dim_kpi"], kpi_key=f"{quarter}:A1") for quarter in (FIRST, LAST))
    assert (then["kpi_name"], then["directorate_key"]) == ("A1 then", f"{FIRST}:adults")
    assert (now["kpi_name"], now["directorate_key"]) == ("A1 now", f"{LAST}:children")


def test_the_trend_has_no_gap(star: dict[str, pd.DataFrame]) -> None:
    """Each KPI that was ever published has each quarter, from the first to the last published."""
    trend = star["kpi_trend"]
    quarters = [quarter.key for quarter in (FIRST, UNPUBLISHED, LAST)]
    found = {ref: sorted(rows["quarter_key"]) for ref, rows in trend.groupby("kpi_ref")}
    assert found == dict.fromkeys(("A1", "A2", "A3", "A4"), quarters)
    assert sorted(trend["sort_key"].unique()) == [20231, 20232, 20233]


def test_the_trend_tells_what_is_missing_from_what_is_0(star: dict[str, pd.DataFrame]) -> None:
    """Not published, not live, not returned and 0 are four different things."""
    names = ["publication_id", "has_outturn", "outturn_value", "not_rated_reason_code"]

    def cells(quarter: Quarter, kpi_ref: str) -> list[Any]:
        row = one(star["kpi_trend"], quarter_key=quarter.key, kpi_ref=kpi_ref)
        return [row[names[0]] is not None, *(row[name] for name in names[1:])]

    assert cells(UNPUBLISHED, "A1") == [False, False, None, None]
    assert cells(FIRST, "A4") == [True, False, None, None]
    assert cells(LAST, "A2") == [True, False, None, "no_target"]
    assert cells(LAST, "A4") == [True, True, 0.0, None]


def test_the_trend_names_a_kpi_as_it_is_now(star: dict[str, pd.DataFrame]) -> None:
    """A line has one name, the latest, in every quarter."""
    names = star["kpi_trend"].groupby("kpi_ref")["kpi_name"].unique()
    assert [list(each) for each in names[["A1", "A3"]]] == [["A1 now"], ["A3 then"]]


def test_columns_are_read_by_their_kinds(star: dict[str, pd.DataFrame]) -> None:
    """Figures are floats, counts whole numbers, and flags real booleans, on both databases."""
    for name, model in STAR_TABLES.items():
        kinds = column_kinds(model)
        types = {column: str(star[name][column].dtype) for column in kinds}
        assert types == {column: DTYPES[kind] for column, kind in kinds.items()}, name


def test_views_hold_what_their_schemas_allow(star: dict[str, pd.DataFrame]) -> None:
    """Nulls stand only where the schemas have them, and codes are those of their lists."""
    for name, model in STAR_TABLES.items():
        model.validate(star[name].drop(columns="publication_id"), lazy=True)


def test_published_quarters_are_marked(star: dict[str, pd.DataFrame]) -> None:
    """A quarter between two published ones is there, and not marked; a draft's is not there."""
    marks = star["dim_quarter"].set_index("quarter_key")["is_published"]
    assert marks.to_dict() == {FIRST.key: True, UNPUBLISHED.key: False, LAST.key: True}


def test_the_calendar_is_that_of_quarters(
    engine: sa.Engine, make_known: Callable[..., str]
) -> None:
    """From 2000/01 to 2099/00, every quarter has the labels and dates that the code gives it."""
    quarters = [Quarter(2000, 1).shift(later) for later in range(400)]
    for quarter in (quarters[0], quarters[-1]):
        make_known(engine, quarter, {})
    columns = list(column_kinds(STAR_TABLES["dim_quarter"]))[:-1]
    found = read_table(engine, "dim_quarter")[columns].astype("object").to_numpy().tolist()
    assert found == [
        [
            quarter.key,
            quarter.label,
            quarter.label.split()[1],
            quarter.number,
            quarter.year * 10 + quarter.number,
            quarter.start_date.isoformat(),
            quarter.end_date.isoformat(),
        ]
        for quarter in quarters
    ]


def test_the_longest_codes_make_whole_keys(
    engine: sa.Engine, make_known: Callable[..., str]
) -> None:
    """Keys are wide enough for the widest codes: none is cut off, every reference still leads."""
    kpi_ref, service, directorate, part = "K" * 24, "S" * 30, "D" * 20, "P" * 30
    place = {"directorate_code": directorate, "service_code": service}
    sheet = "s" * 64
    where = {"file_sha256": SHA256, "sheet_name": sheet, "row_number": 999_999_999_999_999}
    category = {"breakdown_type_code": part, "breakdown_category_code": part}
    rows: Rows = {
        "directorate_summary": [{"directorate_code": directorate}],
        "service_summary": [place],
        "kpi_scorecard": [kpi("A1", "care", 1.0, None) | place | {"kpi_ref": kpi_ref}],
        "kpi_breakdowns": [category | where | {"kpi_ref": kpi_ref, "outturn_status_code": "given"}],
    }
    make_known(engine, FIRST, rows)
    facts = read_table(engine, "fact_outturn")
    fact = one(facts, breakdown_type_code=part)
    assert fact["outturn_key"] == f"{FIRST}:{kpi_ref}:{part}:{part}"
    assert fact["provenance_id"] == f"{SHA256}:{sheet}:999999999999999"
    for column, target in STAR_REFERENCES["fact_outturn"].items():
        assert set(facts[column]) <= set(read_table(engine, target)[column])


def test_types_on_postgresql_are_those_documented(prepared_postgres_url: str) -> None:
    """Each column of each view has, in the catalogue, the type that the data dictionary names."""
    engine = connect(prepared_postgres_url)
    catalogue = sa.text(
        "SELECT table_name, column_name, data_type, character_maximum_length"
        " FROM information_schema.columns WHERE table_schema = 'reporting'"
    )
    with reading(engine) as connection:
        found = {
            (row.table_name, row.column_name): row.data_type.replace("character varying", "varchar")
            + (f"({row.character_maximum_length})" if row.character_maximum_length else "")
            for row in connection.execute(catalogue)
        }
    documented = {
        (row["table_name"], row["column_name"]): row["type_text"] for row in dictionary_rows()
    }
    assert found == documented
