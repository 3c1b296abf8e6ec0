"""What a release changed: cell by cell, which figures are revised, and what readers saw when."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from perf_pipeline.errors import RequestError
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES, ColumnKind, column_kinds, conform
from perf_pipeline.warehouse import (
    Origin,
    connect,
    current_draft,
    differences,
    publish,
    read_publication,
    read_table,
)
from perf_pipeline.warehouse.engine import is_sqlite, reading, writing
from perf_pipeline.warehouse.guards import drop_guards
from perf_pipeline.warehouse.life_tables import publication_moves

pytest_plugins = ["perf_pipeline_tests.integration.prepared_databases"]

QUARTER = Quarter(2023, 1)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "publications.md"
FILLERS = {
    ColumnKind.CODE: "x",
    ColumnKind.TEXT: "text",
    ColumnKind.FIGURE: 0.0,
    ColumnKind.COUNT: 1,
    ColumnKind.FLAG: False,
    ColumnKind.DATE: "2023-07-21",
}

Row = Mapping[str, Any]
Tables = dict[str, pd.DataFrame]
Release = Callable[..., str]


@pytest.fixture
def engine(prepared_url: str) -> sa.Engine:
    """A database that is set up and empty, of each kind in turn."""
    return connect(prepared_url)


@pytest.fixture(scope="module")
def other_tables(build_tables: Callable[..., Tables]) -> Tables:
    """What is published besides the rows that a test is about."""
    return build_tables(QUARTER)


@pytest.fixture
def put(engine: sa.Engine, other_tables: Tables) -> Release:
    """Return a function that publishes tables with these rows and returns the publication's id."""

    def put(*, is_released: bool = True, **rows: list[Row]) -> str:
        given = {name: frame(name, each) for name, each in rows.items()}
        return publish(
            engine,
            QUARTER,
            other_tables | given,
            Origin("Sample Council", "0" * 64, "test", "run"),
            expected_draft=current_draft(engine, QUARTER),
            is_released=is_released,
        ).publication_id

    return put


def frame(name: str, rows: list[Row]) -> pd.DataFrame:
    """Return a table's rows, each with what it must have and does not say."""
    model = REPORTING_TABLES[name]
    columns = model.to_schema().columns
    filler = {
        column: None if columns[column].nullable else FILLERS[kind]
        for column, kind in column_kinds(model).items()
    } | {"quarter_key": QUARTER.key}
    return conform(pd.DataFrame([filler | dict(row) for row in rows], dtype="object"), model)


def kpi(kpi_ref: str, value: float | None, **more: Any) -> Row:
    """Return a scorecard row."""
    return {
        "kpi_ref": kpi_ref,
        "outturn_value": value,
        "polarity_code": "higher",
        "rule_kind_code": "floor",
        "period_quarter_key": QUARTER.key,
        "direction_previous_quarter_code": "not_comparable",
        "direction_last_year_code": "not_comparable",
    } | more


def finding(number: int, kpi_ref: str, text: str = "It is 0.") -> Row:
    """Return a row of `data_quality`."""
    return {
        "finding_number": number,
        "check_code": "zero_after_large",
        "kpi_ref": kpi_ref,
        "finding_text": text,
    }


def rejected(row_number: int, kpi_ref: str | None) -> Row:
    """Return a row of `rejected_rows`, known by its place in the file."""
    return {"row_id": f"adults::{row_number}", "row_number": row_number, "kpi_ref": kpi_ref}


def exception(kpi_ref: str, display_order: int) -> Row:
    """Return a row of `exceptions`."""
    return {"kpi_ref": kpi_ref, "display_order": display_order, "rag_code": "red"}


def changed(engine: sa.Engine, before: str = "1", after: str = "2") -> list[tuple[Any, ...]]:
    """Return what differs: table, row, column, KPI, before, after."""
    return [tuple(each.values()) for each in differences(engine, QUARTER, before, after)]


def test_changed_cells_are_listed(engine: sa.Engine, put: Release) -> None:
    """Each cell that differs is listed, figures as shortest decimals, null apart from empty."""
    put(kpi_scorecard=[kpi("A1", 0.1 + 0.2, action_text=""), kpi("A2", 5.0)])
    put(kpi_scorecard=[kpi("A1", 60.0, action_text=None), kpi("A2", 5.0)])
    assert changed(engine) == [
        ("kpi_scorecard", "A1", "outturn_value", "A1", "0.30000000000000004", "60"),
        ("kpi_scorecard", "A1", "action_text", "A1", "", None),
    ]


def test_row_that_is_new_or_gone_is_one_change(engine: sa.Engine, put: Release) -> None:
    """A row that only one of the two has is listed whole."""
    put(exceptions=[exception("A1", 1)])
    put(exceptions=[exception("A2", 1)])
    gone, new = changed(engine)
    assert gone[:4] == ("exceptions", "A1", "(row)", "A1")
    assert (gone[4].partition(" | ")[0], gone[5]) == ("quarter_key: 2023-24-Q1", None)
    assert (*new[:5],) == ("exceptions", "A2", "(row)", "A2", None)


def test_where_a_figure_was_is_no_change(engine: sa.Engine, put: Release) -> None:
    """Another file with the same figures is another version that changes nothing published."""
    first = put(kpi_scorecard=[kpi("A1", 5.0, file_sha256="a" * 64, row_number=2)])
    second = put(kpi_scorecard=[kpi("A1", 5.0, file_sha256="b" * 64, row_number=3)])
    assert first != second
    assert changed(engine) == []


@pytest.mark.parametrize(
    ("table", "before", "after"),
    [
        ("data_quality", [finding(1, "A2")], [finding(1, "A1"), finding(2, "A2")]),
        ("exceptions", [exception("A2", 1)], [exception("A1", 1), exception("A2", 2)]),
        ("rejected_rows", [rejected(2, "A2")], [rejected(2, "A1"), rejected(3, "A2")]),
        ("rejected_rows", [rejected(9, None)], [rejected(9, "A1"), rejected(10, None)]),
    ],
    ids=["findings", "exceptions", "rejected rows", "rejected rows of no KPI"],
)
def test_row_that_only_moves_down_is_no_change(
    engine: sa.Engine, put: Release, table: str, before: list[Row], after: list[Row]
) -> None:
    """One row more in a list names its own KPI and none of those below it."""
    put(**{table: before})
    put(**{table: after})
    assert [each[:4] for each in changed(engine) if each[2] == "(row)"] == [
        (table, changed(engine)[0][1], "(row)", "A1")
    ]
    assert len(changed(engine)) == 1


def test_rows_with_keys_alike_are_all_listed(engine: sa.Engine, put: Release) -> None:
    """A reference of a rejected row is source text, and may look like a numbered key."""
    put(rejected_rows=[rejected(1, "A1")])
    put(
        rejected_rows=[
            rejected(1, "A1"),
            rejected(2, "A1"),
            rejected(3, "A1"),
            rejected(4, "A1 / 2"),
        ]
    )
    assert len(changed(engine)) == 3


def test_findings_of_one_check_and_kpi_are_told_apart(engine: sa.Engine, put: Release) -> None:
    """Of several rows about the same, the one that differs is listed, as a changed cell."""
    put(data_quality=[finding(1, "A1", "One."), finding(2, "A1", "Two.")])
    put(data_quality=[finding(1, "A1", "One."), finding(2, "A1", "Three.")])
    ((table, _, *rest),) = changed(engine)
    assert (table, *rest) == ("data_quality", "finding_text", "A1", "Two.", "Three.")


def test_release_records_what_it_changed(engine: sa.Engine, put: Release) -> None:
    """The view of changes holds what `diff` finds between a release and the one before."""
    put(kpi_scorecard=[kpi("A1", 5.0)])
    put(kpi_scorecard=[kpi("A1", 6.0)])
    recorded = read_table(engine, "publication_changes")
    listed = recorded.drop(columns=["quarter_key", "publication_id", "before_publication_id"])
    assert list(listed.itertuples(index=False, name=None)) == changed(engine)


def test_draft_records_no_change(engine: sa.Engine, put: Release) -> None:
    """What a draft would change is recorded once readers see it."""
    put(kpi_scorecard=[kpi("A1", 5.0)])
    put(is_released=False, kpi_scorecard=[kpi("A1", 6.0)])
    assert read_table(engine, "publication_changes").empty
    assert len(changed(engine, "1", "draft")) == 1


def test_publication_is_named_by_number_draft_or_id(engine: sa.Engine, put: Release) -> None:
    """A version number, `draft` and the beginning of an id name the same publication."""
    put(kpi_scorecard=[kpi("A1", 5.0)])
    second = put(kpi_scorecard=[kpi("A1", 6.0)])
    for name in ("2", "draft", second, second[:6]):
        assert set(read_publication(engine, QUARTER, name)["kpi_scorecard"]["outturn_value"]) == {6}


@pytest.mark.parametrize("name", ["3", "", "draft", "abcde", "f" * 12])
def test_publication_that_is_not_there_is_told(engine: sa.Engine, name: str) -> None:
    """A name of no publication is told, with what would be one."""
    with pytest.raises(RequestError, match=f"Q1 2023/24 has no publication named `{name}`"):
        differences(engine, QUARTER, name, name)


def revised(engine: sa.Engine, column: str = "kpi_ref") -> list[str]:
    """Return the KPIs of which readers are told that the figure is revised."""
    outturns = read_table(engine, "fact_outturn")
    return list(outturns.loc[outturns["is_revised"], column])


@pytest.mark.parametrize(
    ("figures", "is_revised"),
    [
        ([5.0], False),
        ([5.0, 6.0], True),
        ([5.0, 6.0, 6.0], True),
        ([5.0, 6.0, 5.0], True),
        ([None, 5.0], False),
        ([5.0, None], True),
        ([5.0, None, 5.0], False),
    ],
    ids=["first", "restated", "kept since", "back", "came later", "withdrawn", "withdrawn once"],
)
def test_figure_that_readers_saw_otherwise_is_revised(
    engine: sa.Engine, put: Release, figures: list[float | None], *, is_revised: bool
) -> None:
    """A figure is revised where an earlier release of the quarter showed another one."""
    for number, value in enumerate(figures):
        put(kpi_scorecard=[kpi("A1", value), kpi("A2", 7.0, commentary_text=str(number))])
    assert revised(engine) == (["A1"] if is_revised else [])


def test_figure_of_a_draft_is_not_revised(engine: sa.Engine, put: Release) -> None:
    """What readers never saw is no earlier figure."""
    put(kpi_scorecard=[kpi("A1", 5.0)])
    put(is_released=False, kpi_scorecard=[kpi("A1", 6.0)])
    put(kpi_scorecard=[kpi("A1", 5.0), kpi("A2", 1.0)])
    assert revised(engine) == []


def test_kpi_that_was_left_out_meanwhile_is_revised(engine: sa.Engine, put: Release) -> None:
    """A KPI that comes back with another figure than readers saw is revised."""
    put(kpi_scorecard=[kpi("A1", 5.0), kpi("A2", 1.0)])
    put(kpi_scorecard=[kpi("A2", 1.0)])
    put(kpi_scorecard=[kpi("A1", 6.0), kpi("A2", 1.0)])
    assert revised(engine) == ["A1"]


def test_breakdown_is_revised_by_itself(engine: sa.Engine, put: Release) -> None:
    """A restated category is marked, and not the KPI nor its other categories."""
    for value in (5.0, 6.0):
        part = {"kpi_ref": "A1", "breakdown_type_code": "age", "outturn_status_code": "given"}
        put(
            kpi_scorecard=[kpi("A1", 7.0)],
            kpi_breakdowns=[
                part | {"breakdown_category_code": "old", "outturn_value": value},
                part | {"breakdown_category_code": "young", "outturn_value": 1.0},
            ],
        )
    assert revised(engine, "outturn_key") == ["2023-24-Q1:A1:age:old"]


def test_release_of_the_quarter_before_revises_nothing(engine: sa.Engine, put: Release) -> None:
    """Each quarter has its own releases."""
    put(kpi_scorecard=[kpi("A1", 5.0)])
    tables = read_publication(engine, QUARTER, "1")
    following = QUARTER.shift(1)
    moved = {
        name: each.drop(columns="publication_id").replace(QUARTER.key, following.key)
        for name, each in tables.items()
    }
    moved["kpi_scorecard"] = moved["kpi_scorecard"].assign(outturn_value=6.0)
    publish(
        engine,
        following,
        moved,
        Origin("Sample Council", "0" * 64, "test", "run"),
        expected_draft=0,
    )
    assert revised(engine) == []


def queries_of_the_page() -> list[str]:
    """Return the queries of docs/publications.md."""
    return re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def answers(engine: sa.Engine, query: str) -> list[tuple[Any, ...]]:
    """Run a query as the page has it; SQLite has no schemas."""
    text = query.replace("reporting.", "") if is_sqlite(engine) else query
    with reading(engine) as connection:
        return [tuple(row) for row in connection.exec_driver_sql(text)]


@pytest.mark.parametrize(
    ("released", "seen"),
    [
        (["2023-08-01T09:00", "2023-08-10T09:00"], ["5%"]),
        (["2023-07-01T09:00", "2023-08-01T09:00"], ["6%"]),
        (["2023-08-02T23:59:59.999999", "2023-08-03T00:00"], ["5%"]),
        (["2023-08-03T00:00:00.000001", "2023-08-10T09:00"], []),
    ],
    ids=["between", "after both", "at midnight", "before both"],
)
def test_as_published_on_a_date_is_one_query(
    engine: sa.Engine, put: Release, released: list[str], seen: list[str]
) -> None:
    """The page's query gives what readers saw at the end of 2 August 2023, on both databases."""
    for text in ("5%", "6%"):
        put(kpi_scorecard=[kpi("A1", float(text[0]), outturn_text=text)])
    moves = publication_moves.c
    with writing(engine, "test") as connection:
        drop_guards(connection)
        for number, moment in enumerate(released, start=1):
            moved_at = dt.datetime.fromisoformat(f"{moment}+00:00")
            connection.execute(
                sa.update(publication_moves)
                .where(moves.move_number == number)
                .values(moved_at=moved_at)
            )
    _, as_of = queries_of_the_page()
    assert [row[2] for row in answers(engine, as_of)] == seen


def test_what_was_restated_is_one_query(engine: sa.Engine, put: Release) -> None:
    """The page's second query lists each restated figure, from what to what."""
    put(kpi_scorecard=[kpi("A1", 5.0), kpi("A2", None), kpi("A3", 7.0)])
    put(kpi_scorecard=[kpi("A1", 6.5), kpi("A2", 1.0), kpi("A3", 7.0)])
    restated, _ = queries_of_the_page()
    assert [row[:3] for row in answers(engine, restated)] == [("A1", "5", "6.5")]
