"""`perf-pipeline export` as a process, on a database, read back as other programs read it."""

import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from odf.opendocument import load
from odf.table import Table, TableCell, TableRow
from pyarrow import parquet

from perf_pipeline.exports import restored_text
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES, ColumnKind, column_kinds
from perf_pipeline.warehouse import Origin, connect, current_draft, migrate, publish, read_quarter

QUARTER, NEXT_QUARTER = Quarter(2023, 1), Quarter(2023, 2)
WRONG_CALL = 2
FORMULAE = ('=HYPERLINK("http://example.org")', "\uff1d1+1", "\t@SUM(1)")
FORMATS = ("csv", "xlsx", "ods", "parquet")

Frames = dict[str, pd.DataFrame]
TableBuilder = Callable[..., Frames]
Rows = list[dict[str, Any]]


def publish_tables(
    url: str, tables: Frames, quarter: Quarter = QUARTER, *, is_released: bool = True
) -> str:
    """Publish tables, or make a draft of them, and return the publication's id."""
    engine = connect(url)
    migrate(engine)
    made = publish(
        engine,
        quarter,
        tables,
        Origin("Sample Council", "0" * 64, "test", "run"),
        expected_draft=current_draft(engine, quarter),
        is_released=is_released,
    )
    engine.dispose()
    return str(made.publication_id)


@pytest.fixture
def place(
    tmp_path: Path, make_workplace: Callable[[Path, str], Any], build_tables: TableBuilder
) -> Any:
    """A workplace whose database has version 1 in view, a KPI's comment for each formula sign."""
    made = make_workplace(tmp_path, f"sqlite:///{tmp_path / 'warehouse.sqlite'}")
    tables = build_tables(QUARTER)
    tables["kpi_scorecard"] = tables["kpi_scorecard"].assign(commentary_text=list(FORMULAE))
    publish_tables(made.url, tables)
    return made


def exported(place: Any, kind: str, *options: str) -> Path:
    """Export as a process, and return the folder that it names."""
    done = place.call("export", QUARTER.key, "--format", kind, *options)
    assert done.returncode == os.EX_OK, done.stderr
    assert done.stderr == ""
    return place.root / str(done.stdout).partition(":")[0]


def csv_rows(folder: Path, table: str) -> Rows:
    """Read a table as the csv module does: all text."""
    with (folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def xlsx_rows(folder: Path, table: str) -> Rows:
    """Read a sheet's marked table as openpyxl does."""
    (path,) = folder.iterdir()
    sheet = openpyxl.load_workbook(path)[table]
    (marked,) = sheet.tables.values()
    headings, *rows = ([cell.value for cell in row] for row in sheet[marked.ref])
    return [dict(zip(headings, row, strict=True)) for row in rows]


def ods_rows(folder: Path, table: str) -> Rows:
    """Read what stands below a sheet's headings as odfpy does: numbers by their value."""
    (path,) = folder.iterdir()
    sheets = load(str(path)).getElementsByType(Table)
    (sheet,) = (each for each in sheets if each.getAttribute("name") == table)
    rows = [row.getElementsByType(TableCell) for row in sheet.getElementsByType(TableRow)]
    headings, *cells = [[_ods_value(cell) for cell in row] for row in rows if len(row) > 1]
    return [dict(zip(headings, row, strict=True)) for row in cells]


def _ods_value(cell: Any) -> Any:
    match cell.getAttribute("valuetype"):
        case "float":
            return float(cell.getAttribute("value"))
        case "boolean":
            return cell.getAttribute("booleanvalue") == "true"
        case "date":
            return cell.getAttribute("datevalue")
        case "string":
            return str(cell)
        case _:
            return None


def parquet_rows(folder: Path, table: str) -> Rows:
    """Read a table as pyarrow does."""
    rows: Rows = parquet.read_table(folder / f"{table}.parquet").to_pylist()
    return rows


READERS: dict[str, Callable[[Path, str], Rows]] = {
    "csv": csv_rows,
    "xlsx": xlsx_rows,
    "ods": ods_rows,
    "parquet": parquet_rows,
}


def figures(rows: Rows, columns: list[str]) -> list[list[float | None]]:
    """Return figures as numbers, None for an empty cell."""
    return [
        [None if row[name] in {None, ""} else float(row[name]) for name in columns] for row in rows
    ]


@pytest.mark.parametrize("kind", FORMATS)
def test_sample_quarter_comes_back_from_a_file(
    first_quarter_run: Any, tmp_path: Path, kind: str
) -> None:
    """Every figure of every table is the published one, and what is missing is no 0."""
    folder = exported(first_quarter_run, kind, "--to", str(tmp_path))
    assert folder == tmp_path / "2023-24-Q1-v1" / kind
    engine = connect(first_quarter_run.url)
    missing = 0
    for name, frame in read_quarter(engine, QUARTER).items():
        kinds = column_kinds(REPORTING_TABLES[name]).items()
        columns = [column for column, kind in kinds if kind is ColumnKind.FIGURE]
        published = frame[columns].astype("object").where(frame[columns].notna(), None)
        read = [row for row in READERS[kind](folder, name) if row["quarter_key"]]
        assert figures(read, columns) == published.to_numpy().tolist(), name
        missing += int(frame[columns].isna().to_numpy().sum())
    engine.dispose()
    assert missing > 0


def test_pandas_reads_the_files_for_programs(first_quarter_run: Any, tmp_path: Path) -> None:
    """A data frame of the CSV and of the Parquet file has the published counts."""
    options = {"csv": pd.read_csv, "parquet": pd.read_parquet}
    for kind, read in options.items():
        folder = exported(first_quarter_run, kind, "--to", str(tmp_path))
        frame = read(folder / f"directorate_summary.{kind}")
        assert frame["kpi_count"].sum() == 101


@pytest.mark.parametrize("kind", FORMATS)
def test_comment_is_no_formula(place: Any, kind: str) -> None:
    """Text from a source is safe in what spreadsheets open, and unchanged in Parquet."""
    rows = READERS[kind](exported(place, kind), "kpi_scorecard")
    texts = [row["commentary_text"] for row in rows]
    if kind == "parquet":
        assert texts == list(FORMULAE)
        return
    assert all(text.startswith("'") for text in texts[:2])
    read = FORMULAE if kind == "csv" else [text.replace("\t", " ") for text in FORMULAE]
    assert [restored_text(text) for text in texts] == list(read)


@pytest.mark.parametrize("kind", FORMATS)
def test_missing_figure_is_empty(place: Any, kind: str) -> None:
    """A KPI without a figure has an empty cell, beside figures with all their digits."""
    rows = READERS[kind](exported(place, kind), "kpi_scorecard")
    assert figures(rows, ["outturn_value"]) == [[71.42857142857143], [0.1 + 0.2], [None]]


def test_export_is_of_what_is_in_view(place: Any, build_tables: TableBuilder) -> None:
    """A draft changes nothing of the default; it is exported by name, and says that it is one."""
    publish_tables(place.url, build_tables(QUARTER, 2), is_released=False)
    in_view, draft = exported(place, "csv"), exported(place, "csv", "--publication", "draft")
    assert in_view == place.root / "exports" / "2023-24-Q1-v1" / "csv"
    assert draft == place.root / "exports" / "2023-24-Q1-v2-draft" / "csv"
    counts = [csv_rows(each, "council_summary")[0]["kpi_count"] for each in (in_view, draft)]
    assert counts == ["1", "2"]
    covers = [
        {row["item_name"]: row["item_text"] for row in csv_rows(each, "cover")}
        for each in (in_view, draft)
    ]
    assert "Draft" not in covers[0]
    assert covers[1]["Draft"].startswith("This version was never released")
    assert covers[1]["Title"] == "Sample Council, Q1 2023/24 (draft): performance tables"


def test_older_version_is_exported_by_number_or_id(place: Any, build_tables: TableBuilder) -> None:
    """What was in view can be exported for good, and is no draft."""
    newer = publish_tables(place.url, build_tables(QUARTER, 2))
    older, by_id = (exported(place, "csv", "--publication", name) for name in ("1", newer[:8]))
    assert older == place.root / "exports" / "2023-24-Q1-v1" / "csv"
    assert by_id == exported(place, "csv") == place.root / "exports" / "2023-24-Q1-v2" / "csv"
    assert csv_rows(older, "council_summary")[0]["kpi_count"] == "1"


def test_export_that_is_there_is_left_alone(place: Any) -> None:
    """The same again is done at once; a changed file is named and kept."""
    folder = exported(place, "csv")
    again = place.call("export", QUARTER.key, "--format", "csv")
    assert (again.returncode, again.stdout.strip().endswith("there already")) == (os.EX_OK, True)
    (folder / "cover.csv").write_text("mine")
    changed = place.call("export", QUARTER.key, "--format", "csv")
    assert changed.returncode == 1
    assert "cover.csv differ" in changed.stderr
    assert "--to" in changed.stderr
    assert (folder / "cover.csv").read_text() == "mine"
    assert os.listdir(folder.parent) == ["csv"]


MISTAKES = {
    "no publication": (["2023-24-Q2", "--format", "csv"], "perf-pipeline run 2023-24-Q2"),
    "no such version": (
        ["2023-24-Q1", "--format", "csv", "--publication", "9"],
        "perf-pipeline history 2023-24-Q1",
    ),
    "no such format": (["2023-24-Q1", "--format", "pdf"], "'csv', 'xlsx', 'ods', 'parquet'"),
    "no quarter": (["2023-Q1", "--format", "csv"], "2023-24-Q1"),
    "file in the way": (["2023-24-Q1", "--format", "csv", "--to", "warehouse.sqlite"], "is a file"),
}


@pytest.mark.parametrize(("arguments", "words"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_in_the_call(place: Any, arguments: list[str], words: str) -> None:
    """What cannot be exported is a sentence with what to do, and nothing is written."""
    done = place.call("export", *arguments)
    assert done.returncode == WRONG_CALL
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert not (place.root / "exports").exists()


def test_waiting_draft_is_named(place: Any, build_tables: TableBuilder) -> None:
    """Where nothing is in view yet, the message names how to export the draft."""
    publish_tables(place.url, build_tables(NEXT_QUARTER), NEXT_QUARTER, is_released=False)
    done = place.call("export", NEXT_QUARTER.key, "--format", "csv")
    assert done.returncode == WRONG_CALL
    assert "--publication draft" in done.stderr
