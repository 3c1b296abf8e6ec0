"""`perf-pipeline export` as a process, on a database, read back as other programs read it."""

import csv
import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from odf.opendocument import load
from odf.table import Table, TableCell, TableRow
from openpyxl.workbook import Workbook
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


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory,
    make_workplace: Callable[[Path, str], Any],
    build_tables: TableBuilder,
) -> Any:
    """Versions 1 and 2 were released, 3 is a draft; so is the one version of the next quarter."""
    root = tmp_path_factory.mktemp("exports")
    made = make_workplace(root, f"sqlite:///{root / 'warehouse.sqlite'}")
    tables = build_tables(QUARTER, 2)
    tables["kpi_scorecard"] = tables["kpi_scorecard"].assign(commentary_text=list(FORMULAE))
    publish_tables(made.url, build_tables(QUARTER, 1))
    publish_tables(made.url, tables)
    publish_tables(made.url, build_tables(QUARTER, 3), is_released=False)
    publish_tables(made.url, build_tables(NEXT_QUARTER), NEXT_QUARTER, is_released=False)
    return made


def exported(place: Any, kind: str, *options: str) -> Path:
    """Export as a process, and return the folder that it names."""
    done = place.call("export", QUARTER.key, "--format", kind, *options)
    assert done.returncode == os.EX_OK, done.stderr
    assert done.stderr == ""
    return place.root / str(done.stdout).partition(":")[0]


@pytest.fixture(scope="module")
def in_view(place: Any) -> dict[str, Path]:
    """What is in view, in each format."""
    return {kind: exported(place, kind) for kind in FORMATS}


@pytest.fixture(scope="module")
def sample(first_quarter_run: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sample quarter that was run, in each format."""
    root = str(tmp_path_factory.mktemp("sample"))
    return {kind: exported(first_quarter_run, kind, "--to", root) for kind in FORMATS}


def csv_rows(folder: Path, table: str) -> Rows:
    """Read a table as the csv module does: all text."""
    with (folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@cache
def excel_workbook(folder: Path) -> Workbook:
    """Read the one workbook of a folder."""
    (path,) = folder.glob("*.xlsx")
    return openpyxl.load_workbook(path)


@cache
def opendocument(folder: Path) -> Any:
    """Read the one workbook of a folder."""
    (path,) = folder.glob("*.ods")
    return load(str(path))


def xlsx_rows(folder: Path, table: str) -> Rows:
    """Read a sheet's marked table as openpyxl does."""
    sheet = excel_workbook(folder)[table]
    (marked,) = sheet.tables.values()
    headings, *rows = ([cell.value for cell in row] for row in sheet[marked.ref])
    return [dict(zip(headings, row, strict=True)) for row in rows]


def ods_rows(folder: Path, table: str) -> Rows:
    """Read what stands below a sheet's headings as odfpy does: numbers by their value."""
    sheets = opendocument(folder).getElementsByType(Table)
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
    first_quarter_run: Any, sample: dict[str, Path], kind: str
) -> None:
    """Every figure of every table is the published one, and what is missing is no 0."""
    assert sample[kind].parts[-2:] == ("2023-24-Q1-v1", kind)
    engine = connect(first_quarter_run.url)
    missing = 0
    for name, frame in read_quarter(engine, QUARTER).items():
        kinds = column_kinds(REPORTING_TABLES[name]).items()
        columns = [column for column, kind in kinds if kind is ColumnKind.FIGURE]
        published = frame[columns].astype("object").where(frame[columns].notna(), None)
        read = [row for row in READERS[kind](sample[kind], name) if row["quarter_key"]]
        assert figures(read, columns) == published.to_numpy().tolist(), name
        missing += int(frame[columns].isna().to_numpy().sum())
    engine.dispose()
    assert missing > 0


@pytest.mark.parametrize(("kind", "read"), [("csv", pd.read_csv), ("parquet", pd.read_parquet)])
def test_pandas_reads_the_files_for_programs(
    sample: dict[str, Path], kind: str, read: Callable[[Path], pd.DataFrame]
) -> None:
    """A data frame of the CSV and of the Parquet file has the published counts."""
    frame = read(sample[kind] / f"directorate_summary.{kind}")
    assert frame["kpi_count"].sum() == 101


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_comment_is_no_formula(in_view: dict[str, Path], kind: str) -> None:
    """Text from a source is safe in what spreadsheets open, and can be restored."""
    texts = [row["commentary_text"] for row in READERS[kind](in_view[kind], "kpi_scorecard")]
    is_workbook = kind != "csv"
    expected = [text.replace("\t", " ") if is_workbook else text for text in FORMULAE]
    assert all(text.startswith("'") for text in texts)
    assert [restored_text(text) for text in texts] == expected


def test_parquet_holds_text_as_it_is(in_view: dict[str, Path]) -> None:
    """Programs get what the source wrote."""
    rows = parquet_rows(in_view["parquet"], "kpi_scorecard")
    assert [row["commentary_text"] for row in rows] == list(FORMULAE)


@pytest.mark.parametrize("kind", FORMATS)
def test_missing_figure_is_empty(in_view: dict[str, Path], kind: str) -> None:
    """A KPI without a figure has an empty cell, beside figures with all their digits."""
    rows = READERS[kind](in_view[kind], "kpi_scorecard")
    assert figures(rows, ["outturn_value"]) == [[71.42857142857143], [0.1 + 0.2], [None]]


def cover(folder: Path) -> dict[str, str]:
    """Return what the cover says."""
    return {row["item_name"]: row["item_text"] for row in csv_rows(folder, "cover")}


def test_export_is_of_what_is_in_view(place: Any, in_view: dict[str, Path]) -> None:
    """Neither an older version nor a draft is taken unless it is named."""
    assert in_view["csv"] == place.root / "exports" / "2023-24-Q1-v2" / "csv"
    assert csv_rows(in_view["csv"], "council_summary")[0]["kpi_count"] == "2"
    assert cover(in_view["csv"])["Version"] == "2"


def test_older_version_is_exported_by_number(place: Any) -> None:
    """What was in view once can be exported for good, and is no draft."""
    folder = exported(place, "csv", "--publication", "1")
    assert folder == place.root / "exports" / "2023-24-Q1-v1" / "csv"
    assert csv_rows(folder, "council_summary")[0]["kpi_count"] == "1"
    assert "Draft" not in cover(folder)


def test_draft_is_exported_by_name_and_says_so(place: Any) -> None:
    """What readers do not see yet cannot be taken for a publication."""
    folder = exported(place, "csv", "--publication", "draft")
    assert folder == place.root / "exports" / "2023-24-Q1-v3-draft" / "csv"
    assert cover(folder)["Draft"].startswith("This version was never released")
    assert cover(folder)["Title"] == "Sample Council, Q1 2023/24 (draft): performance tables"


def test_export_that_is_there_is_left_alone(place: Any, tmp_path: Path) -> None:
    """The same again is done at once; a changed file is named and kept."""
    call = ("export", QUARTER.key, "--format", "csv", "--to", str(tmp_path))
    first, again = place.call(*call), place.call(*call)
    assert (first.returncode, again.returncode) == (os.EX_OK, os.EX_OK)
    assert again.stdout == first.stdout.rstrip() + ", there already\n"
    file = tmp_path / "2023-24-Q1-v2" / "csv" / "cover.csv"
    file.write_text("mine")
    changed = place.call(*call)
    assert changed.returncode == 1
    assert re.search(r"cover\.csv differ.* --to", changed.stderr)
    assert file.read_text() == "mine"
    assert [path.name for path in file.parent.parent.iterdir()] == ["csv"]


MISTAKES = {
    "no publication": (["2023-24-Q3"], "perf-pipeline run 2023-24-Q3"),
    "waiting draft": ([NEXT_QUARTER.key], "--publication draft"),
    "no such version": ([QUARTER.key, "--publication", "9"], "perf-pipeline history 2023-24-Q1"),
    "file in the way": ([QUARTER.key, "--to", "warehouse.sqlite"], "is a file"),
}


@pytest.mark.parametrize(("arguments", "words"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_in_the_call(place: Any, arguments: list[str], words: str) -> None:
    """What cannot be exported is a sentence with what to do."""
    done = place.call("export", *arguments, "--format", "csv")
    assert done.returncode == WRONG_CALL
    assert words in " ".join(done.stderr.replace("│", " ").split())
