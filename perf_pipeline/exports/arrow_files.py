"""Exports for programs: CSV and Parquet files, one a table, through Arrow."""

import codecs
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet as arrow_parquet

from perf_pipeline.exports.pages import ExportContent, Page, PageColumn, cover_page, page_cells
from perf_pipeline.exports.safety import safe_text
from perf_pipeline.exports.texts import content_with_texts
from perf_pipeline.schemas import ColumnKind

_TYPES = {
    ColumnKind.CODE: pa.string(),
    ColumnKind.TEXT: pa.string(),
    ColumnKind.FIGURE: pa.float64(),
    ColumnKind.COUNT: pa.int64(),
    ColumnKind.FLAG: pa.bool_(),
    ColumnKind.DATE: pa.date32(),
}


def write_csv_files(content: ExportContent, folder: Path) -> None:
    """Write one CSV file a page, safe for spreadsheets.

    UTF-8 with a byte order mark, so that Excel reads £ and dashes. Text is in quotation marks and
    nothing else is, so that an empty text and no text differ: `""` and nothing at all.
    """
    for page in _pages(content_with_texts(content, safe_text)):
        with (folder / f"{page.name}.csv").open("wb") as file:
            file.write(codecs.BOM_UTF8)
            arrow_csv.write_csv(arrow_table(page), file)


def write_parquet_files(content: ExportContent, folder: Path) -> None:
    """Write one Parquet file a page: text as it is, columns typed, descriptions in the schema."""
    for page in _pages(content):
        arrow_parquet.write_table(arrow_table(page), folder / f"{page.name}.parquet")


def arrow_table(page: Page) -> pa.Table:
    """Return a page's table with its columns' types; descriptions stand in the metadata."""
    arrays = [
        pa.array(cells, _TYPES[column.kind])
        for column, cells in zip(page.columns, page_cells(page), strict=True)
    ]
    about = {"title": page.title, "description": page.description, "keys": " ".join(page.keys)}
    schema = pa.schema([_field(column) for column in page.columns], metadata=about)
    return pa.table(arrays, schema=schema)


def _field(column: PageColumn) -> pa.Field:
    about = {"description": column.description, "kind": str(column.kind)}
    return pa.field(column.name, _TYPES[column.kind], metadata=about)


def _pages(content: ExportContent) -> Iterator[Page]:
    yield cover_page(content)
    yield content.contents
    yield from content.pages
