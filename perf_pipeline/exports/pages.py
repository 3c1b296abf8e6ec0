"""What an export holds, whatever its format: a cover, and pages of one table each."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from perf_pipeline.exports.notes import standing_notes
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import (
    REPORTING_TABLES,
    ColumnKind,
    Table,
    column_kinds,
    conform,
    key_columns,
)

_ILLUSTRATIVE = "is_illustrative"
_CONTACT = (
    "The council's performance team; for one service's figures, the role in the column "
    "contact_role of return_status."
)
_WHERE = (
    "Contents lists every table. Notes explains shorthand and codes. Columns explains every "
    "column. Each table stands in a sheet or file of its own, named as it is."
)
_EMPTY_CELLS = (
    "An empty cell has no value and is not 0. The sheet Columns says what each column holds, the "
    "sheet Notes what codes mean."
)
_DRAFT = "This version was never released: it may still change, and readers do not see it."
_ACRONYMS = {"kpi": "KPI", "rag": "RAG"}


@dataclass(frozen=True)
class PublicationDetails:
    """The publication that is exported, as the view `publications` describes it.

    Nothing here changes while a publication is kept, save that a draft may be released.

    Attributes:
        quarter: Its quarter.
        publication_id: Its id.
        version_number: 1 is the quarter's first.
        created_at: When it was made.
        council_name: The council.
        code_version: What made it.
        is_released: Whether readers ever saw it.
    """

    quarter: Quarter
    publication_id: str
    version_number: int
    created_at: dt.datetime
    council_name: str
    code_version: str
    is_released: bool = True

    @property
    def folder_name(self) -> str:
        """What its exports stand under: `2023-24-Q1-v2`, and `…-draft` before its release."""
        suffix = "" if self.is_released else "-draft"
        return f"{self.quarter.key}-v{self.version_number}{suffix}"

    @property
    def whose(self) -> str:
        """The council and the quarter, in words; every title of an export says so of a draft."""
        suffix = "" if self.is_released else " (draft)"
        return f"{self.council_name}, {self.quarter.label}{suffix}"


@dataclass(frozen=True)
class PageColumn:
    """One column of a page's table."""

    name: str
    kind: ColumnKind
    description: str
    is_nullable: bool = False


@dataclass(frozen=True)
class Page:
    """One table, and what its readers are told before they come to it.

    Attributes:
        name: Name of its file, of its sheet and of the table.
        title: What it is, in a few words.
        description: What it holds.
        columns: Its columns, in order.
        rows: Its rows, with these columns at least.
        keys: Columns that tell its rows apart; none for the pages before the tables.
    """

    name: str
    title: str
    description: str
    columns: tuple[PageColumn, ...]
    rows: pd.DataFrame
    keys: tuple[str, ...] = ()

    @property
    def sheet_name(self) -> str:
        """Name of its sheet: the table's own, or `Contents`, `Notes`, `Columns`."""
        return self.name if self.keys else self.name.capitalize()

    @property
    def introduction(self) -> tuple[str, ...]:
        """Sentences on what the table is and how it is read."""
        size = _size(len(self.rows), len(self.columns), self.keys)
        return (self.description, size, *((_EMPTY_CELLS,) if self.keys else ()))


@dataclass(frozen=True)
class ExportContent:
    """A publication as it is written, in any format.

    Attributes:
        whose: The council and the quarter, in words.
        created_at: When the publication was made.
        cover: Headings and texts of the cover.
        pages: Notes, columns, and each reporting table.
    """

    whose: str
    created_at: dt.datetime
    cover: tuple[tuple[str, str], ...]
    pages: tuple[Page, ...]

    @property
    def title(self) -> str:
        """What the whole is called."""
        return f"{self.whose}: performance tables"

    @property
    def contents(self) -> Page:
        """The page that lists the others, one row each."""
        return _contents_page(self.whose, self.pages)


def export_content(
    tables: Mapping[str, pd.DataFrame], publication: PublicationDetails
) -> ExportContent:
    """Lay out a publication for export.

    Args:
        tables: Every table of `REPORTING_TABLES`, by name, of this one publication.
        publication: Which publication that is.

    Raises:
        KeyError: A table or a column is missing.
    """
    whose = publication.whose
    reporting = [
        _table_page(name, model, tables[name], publication.publication_id, whose)
        for name, model in REPORTING_TABLES.items()
    ]
    pages = (_notes_page(whose), _columns_page(whose, reporting), *reporting)
    cover = tuple(_cover(tables, publication))
    return ExportContent(whose, publication.created_at, cover, pages)


def cover_page(content: ExportContent) -> Page:
    """Return the cover as a page, for formats that know nothing but tables."""
    columns = (
        PageColumn("item_name", ColumnKind.CODE, "What the text is about."),
        PageColumn("item_text", ColumnKind.TEXT, "The text."),
    )
    rows = [("Title", content.title), *content.cover]
    return Page("cover", content.title, "What this publication is.", columns, _frame(columns, rows))


def page_cells(page: Page) -> list[list[Any]]:
    """Return a page's cells, column by column: text, int, float, bool, date, or None for none."""
    return [_cells(page.rows[column.name], column.kind) for column in page.columns]


def _cells(values: pd.Series, kind: ColumnKind) -> list[Any]:
    plain = [
        None if is_missing else value
        for value, is_missing in zip(values.tolist(), values.isna(), strict=True)
    ]
    if kind is ColumnKind.DATE:
        return [None if value is None else dt.date.fromisoformat(value) for value in plain]
    if kind is ColumnKind.FIGURE:
        # -0.0 becomes 0.0: no table tells them apart, and nobody wants to read -0.
        return [None if value is None else float(value) + 0.0 for value in plain]
    return plain


def _cover(
    tables: Mapping[str, pd.DataFrame], publication: PublicationDetails
) -> Iterator[tuple[str, str]]:
    quarter, created = publication.quarter, publication.created_at.astimezone(dt.UTC)
    days = f"{_day(quarter.start_date)} to {_day(quarter.end_date)}"
    yield "Council", publication.council_name
    yield "Quarter", f"{quarter.label} ({quarter.key}), {days}"
    yield "Version", str(publication.version_number)
    if not publication.is_released:
        yield "Draft", _DRAFT
    yield "Publication", publication.publication_id
    yield "Created", f"{_day(created)}, {created:%H:%M} UTC, by code {publication.code_version}"
    illustrative = _illustrative(tables)
    if illustrative:
        yield "Illustrative data", illustrative
    yield "Where things are", _WHERE
    yield "Missing figures", "Missing is never 0: a cell without a value is empty."
    yield "Contact", _CONTACT


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def _illustrative(tables: Mapping[str, pd.DataFrame]) -> str:
    flagged = {
        name: frame[_ILLUSTRATIVE]
        for name, frame in tables.items()
        if name in REPORTING_TABLES and _ILLUSTRATIVE in frame.columns
    }
    counts = [
        f"{flags.sum()} of {len(flags)} rows of {name}"
        for name, flags in flagged.items()
        if flags.any()
    ]
    if not counts:
        return ""
    return (
        f"{' and '.join(counts)} are illustrative sample data and no published figures; "
        f"the column {_ILLUSTRATIVE} says which."
    )


def _table_page(
    name: str, model: type[Table], frame: pd.DataFrame, publication_id: str, whose: str
) -> Page:
    columns = (*_model_columns(model), _PUBLICATION_COLUMN)
    rows = conform(frame, model).assign(**{_PUBLICATION_COLUMN.name: publication_id})
    description = " ".join(str(model.__doc__).split())
    keys = tuple(key_columns(model))
    return Page(name, f"{_words(name)}: {whose}", description, columns, rows, keys)


_PUBLICATION_COLUMN = PageColumn(
    "publication_id", ColumnKind.CODE, "Publication that the row belongs to."
)


def _model_columns(model: type[Table]) -> Iterator[PageColumn]:
    declared = model.to_schema().columns
    for name, kind in column_kinds(model).items():
        yield PageColumn(name, kind, declared[name].description, declared[name].nullable)


def _size(row_count: int, column_count: int, keys: Sequence[str]) -> str:
    if row_count == 0:
        return f"One table with {column_count} columns and no rows: this publication has none."
    rows = "1 row" if row_count == 1 else f"{row_count} rows"
    each = f"; one row for each {' and '.join(keys)}" if keys else ""
    return f"One table with {rows} and {column_count} columns{each}."


def _words(name: str) -> str:
    words = " ".join(_ACRONYMS.get(word, word) for word in name.split("_"))
    return words[0].upper() + words[1:]


def _front_page(
    name: str, whose: str, description: str, columns: tuple[PageColumn, ...], rows: Sequence[Any]
) -> Page:
    title = f"{_words(name)}: {whose}"
    return Page(name, title, description, columns, _frame(columns, rows))


def _frame(columns: tuple[PageColumn, ...], rows: Sequence[Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=[column.name for column in columns], dtype="object")


def _contents_page(whose: str, pages: Sequence[Page]) -> Page:
    columns = (
        PageColumn("table_name", ColumnKind.CODE, "Name of the table, its sheet and its file."),
        PageColumn("table_title", ColumnKind.CODE, "What it is."),
        PageColumn("row_count", ColumnKind.COUNT, "Its rows."),
        PageColumn("description_text", ColumnKind.TEXT, "What it holds."),
    )
    rows = [
        (page.sheet_name, page.title.partition(":")[0], len(page.rows), page.description)
        for page in pages
    ]
    return _front_page("contents", whose, "Every table of this publication.", columns, rows)


def _notes_page(whose: str) -> Page:
    columns = (
        PageColumn("note_subject", ColumnKind.CODE, "What the note is about."),
        PageColumn("note_code", ColumnKind.CODE, "The code or shorthand that it explains."),
        PageColumn("note_text", ColumnKind.TEXT, "The note."),
    )
    sentence = "What shorthand, codes and signs in these tables mean."
    return _front_page("notes", whose, sentence, columns, list(standing_notes()))


def _columns_page(whose: str, pages: Sequence[Page]) -> Page:
    columns = (
        PageColumn("table_name", ColumnKind.CODE, "Table."),
        PageColumn("column_order", ColumnKind.COUNT, "Place in the table, 1 first."),
        PageColumn("column_name", ColumnKind.CODE, "Column."),
        PageColumn("kind_code", ColumnKind.CODE, "What it holds: code, text, figure, count, …"),
        PageColumn("is_nullable", ColumnKind.FLAG, "True where a cell may be empty."),
        PageColumn("description_text", ColumnKind.TEXT, "What it means."),
    )
    rows = [
        (page.name, order, column.name, str(column.kind), column.is_nullable, column.description)
        for page in pages
        for order, column in enumerate(page.columns, start=1)
    ]
    return _front_page("columns", whose, "Every column of every table.", columns, rows)
