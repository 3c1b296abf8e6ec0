"""Small numbers in the database: kept for the council, hidden in every release and difference."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from perf_pipeline.errors import PublicationError
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import (
    REPORTING_TABLES,
    WITHHELD_TABLES,
    ColumnKind,
    column_kinds,
    conform,
)
from perf_pipeline.warehouse import (
    Origin,
    connect,
    current_draft,
    differences,
    publish,
    read_table,
    verify,
)
from perf_pipeline.warehouse.engine import reading, writing
from perf_pipeline.warehouse.tables import withheld_tables

pytest_plugins = ["perf_pipeline_tests.integration.prepared_databases"]

QUARTER = Quarter(2023, 1)
FILLERS = {
    ColumnKind.CODE: "x",
    ColumnKind.TEXT: "text",
    ColumnKind.COUNT: 1,
    ColumnKind.FLAG: False,
}
HELD = {"kpi_ref": "A1", "outturn_status_code": "given", "outturn_value": 3.0}

Row = Mapping[str, Any]
Tables = dict[str, pd.DataFrame]
Put = Callable[..., str]


@pytest.fixture
def engine(prepared_url: str) -> sa.Engine:
    """A database that is set up and empty, of each kind in turn."""
    return connect(prepared_url)


@pytest.fixture
def put(engine: sa.Engine, build_tables: Callable[..., Tables]) -> Put:
    """Return a function that publishes these rows of a table, and returns the publication's id."""

    def put(
        name: str,
        *rows: Row,
        is_released: bool = True,
        withheld: Row | None = None,
        quarter: str = QUARTER.key,
    ) -> str:
        model = WITHHELD_TABLES["withheld_figures"]
        held = (
            {}
            if withheld is None
            else {"withheld_figures": frame(model, withheld, quarter=quarter)}
        )
        made = publish(
            engine,
            QUARTER,
            build_tables(QUARTER) | {name: frame(REPORTING_TABLES[name], *rows)},
            Origin("Sample Council", "0" * 64, "test", "run"),
            expected_draft=current_draft(engine, QUARTER),
            is_released=is_released,
            withheld=held,
        )
        return made.publication_id

    return put


def frame(model: Any, *rows: Row, quarter: str = QUARTER.key) -> pd.DataFrame:
    """Return a table's rows, each with what it must have and does not say."""
    columns = model.to_schema().columns
    filler = {
        column: None if columns[column].nullable else FILLERS.get(kind)
        for column, kind in column_kinds(model).items()
    } | {"quarter_key": quarter}
    return conform(pd.DataFrame([filler | dict(row) for row in rows], dtype="object"), model)


def part(category: str, value: float | None, cell: str) -> Row:
    """Return a row of a breakdown; without a value it is suppressed."""
    return {
        "kpi_ref": "A1",
        "breakdown_type_code": "sex",
        "breakdown_category_code": category,
        "outturn_status_code": "suppressed" if value is None else "given",
        "outturn_value": value,
        "numerator_value": value,
        "denominator_value": value,
        "outturn_text": cell,
        "raw_value_text": cell,
    }


def bad(row_id: str, content: str) -> Row:
    """Return a rejected row."""
    return {"row_id": row_id, "row_text": content, "reason_text": content}


FIGURES = ["outturn_value", "numerator_value", "denominator_value", "outturn_text"]


@pytest.mark.parametrize("is_first", [True, False], ids=["shown-later", "suppressed-later"])
def test_history_hides_what_any_release_suppresses(
    engine: sa.Engine,
    put: Put,
    is_first: bool,  # noqa: FBT001 - a case
) -> None:
    """A figure that one release shows and another suppresses is shown in no history."""
    releases = [
        [part("female", None, "[c]"), part("male", 40.0, "40")],
        [part("female", 6.0, "6"), part("male", 40.0, "40")],
    ]
    for rows in releases if is_first else releases[::-1]:
        put("kpi_breakdowns", *rows)
    history = read_table(engine, "kpi_breakdowns_history").set_index("breakdown_category_code")
    hidden, shown = history.loc["female"], history.loc["male"]
    assert list(hidden["outturn_status_code"]) == ["suppressed", "suppressed"]
    assert list(hidden["outturn_text"]) == list(hidden["raw_value_text"]) == ["[c]", "[c]"]
    assert hidden[FIGURES[:3]].isna().all(axis=None)
    assert list(shown["outturn_value"]) == [40.0, 40.0]


def test_draft_hides_nothing(engine: sa.Engine, put: Put) -> None:
    """What readers never saw suppressed is in the history as they saw it."""
    put("kpi_breakdowns", part("female", 6.0, "6"))
    put("kpi_breakdowns", part("female", None, "[c]"), is_released=False)
    assert list(read_table(engine, "kpi_breakdowns_history")["outturn_value"]) == [6.0]


def test_history_hides_rejected_rows_that_any_release_withholds(
    engine: sa.Engine, put: Put
) -> None:
    """Their text is hidden in every release, and that of other rows is not."""
    put("rejected_rows", bad("one", "Female: 3"), bad("two", "Total: 9"))
    put("rejected_rows", bad("one", "[c]"), bad("two", "Total: 9"))
    history = read_table(engine, "rejected_rows_history").set_index("row_id")
    for column in ("row_text", "reason_text"):
        assert list(history.loc["one", column]) == ["[c]", "[c]"]
        assert list(history.loc["two", column]) == ["Total: 9", "Total: 9"]


def test_difference_says_that_a_figure_was_suppressed_and_not_which(
    engine: sa.Engine, put: Put
) -> None:
    """Neither `diff` nor the record of a release gives it back."""
    put("kpi_breakdowns", part("female", 6.0, "6"), part("male", 40.0, "40"))
    put("kpi_breakdowns", part("female", None, "[c]"), part("male", 41.0, "41"))
    found = differences(engine, QUARTER, "1", "2")
    of_row = {
        (each["row_key"], each["column_name"]): (each["before_text"], each["after_text"])
        for each in found
    }
    suppressed = {key: texts for key, texts in of_row.items() if "female" in str(key[0])}
    assert list(suppressed.values()) == [("given", "suppressed")]
    assert ("40", "41") in of_row.values()
    recorded = read_table(engine, "publication_changes")
    assert len(recorded) == len(found)
    assert "6" not in {*recorded["before_text"], *recorded["after_text"]}


def test_changes_hide_what_a_later_release_suppresses(engine: sa.Engine, put: Put) -> None:
    """Neither a cell that changed nor a whole row that was new gives it back."""
    male = part("male", 40.0, "40")
    put("kpi_breakdowns", male)
    put("kpi_breakdowns", male, part("female", 61.0, "61"))
    put("kpi_breakdowns", male, part("female", 71.0, "71"))
    before = read_table(engine, "publication_changes").to_csv()
    assert "61" in before
    put("kpi_breakdowns", part("male", 41.0, "41"), part("female", None, "[c]"))
    changes = read_table(engine, "publication_changes")
    of_female = changes[changes["row_key"].str.contains("female", regex=False)]
    texts = {*of_female["before_text"].dropna(), *of_female["after_text"].dropna()}
    assert texts == {"[c]", "given", "suppressed"}
    assert set(of_female["column_name"]) >= {"(row)", "outturn_value"}
    assert "41" in set(changes["after_text"])


def test_changes_hide_rejected_rows_that_a_later_release_withholds(
    engine: sa.Engine, put: Put
) -> None:
    """A row that was rejected anew is listed, and not what it held."""
    put("rejected_rows", bad("one", "Total: 9"))
    put("rejected_rows", bad("one", "Total: 8"), bad("two", "Female: 3"))
    assert "Female: 3" in read_table(engine, "publication_changes").to_csv()
    put("rejected_rows", bad("one", "Total: 8"), bad("two", "[c]"))
    shown = read_table(engine, "publication_changes")
    assert "(row)" in set(shown["column_name"])
    assert "Female: 3" not in shown.to_csv()


def test_difference_does_not_quote_a_withheld_row(engine: sa.Engine, put: Put) -> None:
    """A rejected row whose text is withheld in one publication is quoted from neither."""
    put("rejected_rows", bad("one", "Female: 3"))
    put("rejected_rows", bad("one", "[c]"))
    assert differences(engine, QUARTER, "1", "2") == []


def test_withheld_figure_is_kept_with_its_draft(engine: sa.Engine, put: Put) -> None:
    """It stands under the draft that withholds it, and is never changed."""
    publication = put("kpi_breakdowns", part("female", None, "[c]"), withheld=HELD)
    assert kept(engine) == [(publication, 1, 3.0)]
    table = withheld_tables["withheld_figures"]
    with pytest.raises(DBAPIError, match="never changed"), writing(engine, "test") as connection:
        connection.execute(sa.update(table).values(outturn_value=4.0))


def test_mended_figure_that_stays_hidden_is_kept(engine: sa.Engine, put: Put) -> None:
    """It makes another draft of the same publication, which names the mended figure."""
    rows = [part("female", None, "[c]")]
    given = [HELD, HELD, HELD | {"outturn_value": 4.0}, None]
    made = [put("kpi_breakdowns", *rows, withheld=each) for each in given]
    assert len(set(made)) == 1
    assert kept(engine) == [(made[0], 1, 3.0), (made[0], 2, 4.0)]
    assert current_draft(engine, QUARTER) == 3
    assert list(read_table(engine, "publication_releases")["move_number"]) == [1]
    assert verify(engine).faults == ()


def kept(engine: sa.Engine) -> list[tuple[str, int, float]]:
    """Return each withheld figure with the publication and draft that withhold it."""
    table = withheld_tables["withheld_figures"].c
    query = sa.select(table.publication_id, table.draft_number, table.outturn_value)
    with reading(engine) as connection:
        return [
            (row.publication_id, row.draft_number, float(row.outturn_value))
            for row in connection.execute(query.order_by(table.draft_number))
        ]


def test_withheld_figure_of_another_quarter_is_refused(engine: sa.Engine, put: Put) -> None:
    """What is withheld is checked as what is published is."""
    with pytest.raises(PublicationError, match="withheld_figures: rows of 2023-24-Q2"):
        put("kpi_breakdowns", part("female", None, "[c]"), withheld=HELD, quarter="2023-24-Q2")
    assert read_table(engine, "publications").empty
