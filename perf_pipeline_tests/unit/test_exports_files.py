"""CSV and Parquet exports, as other programs read them."""

import codecs
import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from perf_pipeline.exports import (
    ExportFormat,
    PublicationDetails,
    export_publication,
    restored_text,
)
from perf_pipeline.exports.arrow_files import write_csv_files, write_parquet_files
from perf_pipeline.exports.pages import ExportContent, Page, PageColumn
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES, ColumnKind

TableBuilder = Callable[..., dict[str, pd.DataFrame]]

CREATED = dt.datetime(2023, 7, 21, 6, 10, tzinfo=dt.UTC)
DETAILS = PublicationDetails(Quarter(2023, 1), "3f" * 32, 1, CREATED, "Sample Council", "0.1.0")
COLUMNS = (
    PageColumn("name_code", ColumnKind.CODE, "A code."),
    PageColumn("note_text", ColumnKind.TEXT, "A text."),
    PageColumn("share_pct", ColumnKind.FIGURE, "A figure."),
    PageColumn("row_count", ColumnKind.COUNT, "A count."),
    PageColumn("is_late", ColumnKind.FLAG, "A flag."),
    PageColumn("due_date", ColumnKind.DATE, "A date."),
)
ROW = ("=A", "– “£5”", -5.25, 3, True, "2023-07-21")


def content_of(*rows: tuple[Any, ...]) -> ExportContent:
    """Return the content of an export with one table of these rows."""
    names = [column.name for column in COLUMNS]
    frame = pd.DataFrame(list(rows), columns=names, dtype="object")
    page = Page("sample", "Sample", "A sample.", COLUMNS, frame, ("name_code",))
    return ExportContent("Sample Council, Q1 2023/24", CREATED, (), (page,))


def csv_rows(folder: Path, *rows: tuple[Any, ...]) -> list[list[str]]:
    """Write rows as CSV and return the table as the csv module reads it."""
    write_csv_files(content_of(*rows), folder)
    with (folder / "sample.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, strict=True))


def parquet_table(folder: Path, *rows: tuple[Any, ...]) -> pa.Table:
    """Write rows as Parquet and return the table as pyarrow reads it."""
    write_parquet_files(content_of(*rows), folder)
    return parquet.read_table(folder / "sample.parquet")


def test_csv_holds_headings_and_values(tmp_path: Path) -> None:
    """Text is safe, figures, dates and flags are bare."""
    headings, row = csv_rows(tmp_path, ROW)
    assert headings == [column.name for column in COLUMNS]
    assert row == ["'=A", "– “£5”", "-5.25", "3", "true", "2023-07-21"]


def test_csv_begins_with_a_byte_order_mark(tmp_path: Path) -> None:
    """Excel reads UTF-8 as such only where the file says so."""
    csv_rows(tmp_path, ROW)
    assert (tmp_path / "sample.csv").read_bytes().startswith(codecs.BOM_UTF8)


def test_missing_cells_of_csv_are_empty(tmp_path: Path) -> None:
    """No `nan`, `None` or `NA` stands for what is missing."""
    _, row = csv_rows(tmp_path, ("a", None, float("nan"), pd.NA, False, None))
    assert row == ["a", "", "", "", "false", ""]


def test_csv_tells_empty_text_from_none(tmp_path: Path) -> None:
    """An empty text is quoted, no text is nothing: Arrow and PostgreSQL tell them apart."""
    csv_rows(tmp_path, ("a", "", *ROW[2:]), ("b", None, *ROW[2:]))
    options = arrow_csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False)
    read = arrow_csv.read_csv(tmp_path / "sample.csv", convert_options=options)
    assert read["note_text"].to_pylist() == ["", None]


def test_pandas_reads_the_csv_types(tmp_path: Path) -> None:
    """A data frame of the file has numbers and flags."""
    csv_rows(tmp_path, ROW)
    frame = pd.read_csv(tmp_path / "sample.csv", parse_dates=["due_date"])
    assert list(frame.columns) == [column.name for column in COLUMNS]
    assert frame["share_pct"].tolist() == [-5.25]
    assert frame["is_late"].dtype == bool
    assert frame["due_date"].tolist() == [pd.Timestamp(2023, 7, 21)]


@pytest.mark.parametrize(
    ("figure", "written"),
    [(0.1 + 0.2, "0.30000000000000004"), (-0.0, "0"), (76.0, "76"), (1e-7, "1e-7")],
    ids=["all digits", "no minus nought", "whole", "small"],
)
def test_figures_are_their_shortest_decimals(tmp_path: Path, figure: float, written: str) -> None:
    """A figure in CSV is the decimal that the pipeline means by it."""
    _, row = csv_rows(tmp_path, ("a", "b", figure, *ROW[3:]))
    assert row[2] == written


@settings(deadline=None)
@given(
    text=st.text(),
    figure=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    count=st.none() | st.integers(0, 2**62),
    day=st.none() | st.dates().map(str),
)
def test_csv_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    text: str,
    figure: float | None,
    count: int | None,
    day: str | None,
) -> None:
    """What the csv module reads is, undone, what was published."""
    folder = tmp_path_factory.mktemp("csv")
    _, row = csv_rows(folder, (text, text, figure, count, True, day))
    assert [restored_text(cell) for cell in row[:2]] == [text, text]
    assert row[2:] == [
        "" if figure is None else row[2],
        "" if count is None else str(count),
        "true",
        day or "",
    ]
    assert figure is None or float(row[2]) == figure


@settings(deadline=None)
@given(
    text=st.none() | st.text(),
    figure=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    day=st.none() | st.dates(),
)
def test_parquet_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    text: str | None,
    figure: float | None,
    day: dt.date | None,
) -> None:
    """Parquet holds every value as it is, formula signs and all."""
    folder = tmp_path_factory.mktemp("parquet")
    given_day = None if day is None else str(day)
    (row,) = parquet_table(folder, ("=A", text, figure, None, False, given_day)).to_pylist()
    assert list(row.values()) == ["=A", text, figure, None, False, day]


def test_parquet_columns_are_typed_and_described(tmp_path: Path) -> None:
    """Types and descriptions stand in the file's own schema."""
    schema = parquet_table(tmp_path, ROW).schema
    assert [str(kind) for kind in schema.types] == [
        "string",
        "string",
        "double",
        "int64",
        "bool",
        "date32[day]",
    ]
    assert schema.field("share_pct").metadata[b"description"] == b"A figure."
    assert schema.metadata[b"description"] == b"A sample."
    assert schema.metadata[b"keys"] == b"name_code"


@pytest.mark.parametrize("export_format", ["csv", "parquet"])
def test_every_table_has_a_file(
    tmp_path: Path, build_tables: TableBuilder, export_format: str
) -> None:
    """Cover, contents, notes, columns and each reporting table are files of their own."""
    exported = export_publication(build_tables(), DETAILS, ExportFormat(export_format), tmp_path)
    assert exported.folder == tmp_path / "2023-24-Q1-v1" / export_format
    names = {path.stem for path in exported.folder.iterdir()}
    assert names == {"cover", "contents", "notes", "columns", *REPORTING_TABLES}


@pytest.mark.parametrize("export_format", list(ExportFormat))
def test_same_publication_gives_the_same_bytes(
    tmp_path: Path, build_tables: TableBuilder, export_format: ExportFormat
) -> None:
    """Two exports of a publication do not differ in one byte, in any format."""
    one, two = (
        export_publication(build_tables(), DETAILS, export_format, tmp_path / name).folder
        for name in ("one", "two")
    )
    written = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in (one, two)]
    assert written[0] == written[1]
    assert not export_publication(build_tables(), DETAILS, export_format, tmp_path / "one").is_new


def test_tables_do_not_depend_on_when_they_were_published(
    tmp_path: Path, build_tables: TableBuilder
) -> None:
    """The tables' own files are the content's alone, wherever and whenever it was published."""
    later = PublicationDetails(
        DETAILS.quarter, DETAILS.publication_id, 7, CREATED.replace(year=2026), "Sample Council", ""
    )
    for export_format in (ExportFormat.CSV, ExportFormat.PARQUET):
        one = export_publication(build_tables(), DETAILS, export_format, tmp_path).folder
        two = export_publication(build_tables(), later, export_format, tmp_path).folder
        for name in REPORTING_TABLES:
            file = f"{name}.{export_format}"
            assert (one / file).read_bytes() == (two / file).read_bytes()


def test_nothing_says_nan(tmp_path: Path, build_tables: TableBuilder) -> None:
    """No file of an export with many gaps holds the word `nan`."""
    folder = export_publication(build_tables(), DETAILS, ExportFormat.CSV, tmp_path).folder
    for path in folder.iterdir():
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [cell.lower() for row in csv.reader(file) for cell in row]
        assert not {"nan", "none", "<na>", "nat", "null"} & set(cells), path.name
