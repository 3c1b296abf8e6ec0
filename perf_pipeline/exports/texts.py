"""The one way in which every text of an export is changed, and nothing else of it."""

from collections.abc import Callable
from dataclasses import replace

from perf_pipeline.exports.pages import ExportContent, Page
from perf_pipeline.schemas import ColumnKind

TextChange = Callable[[str], str]


def text_columns(page: Page) -> list[str]:
    """Return the names of a page's columns that hold text."""
    kinds = {ColumnKind.CODE, ColumnKind.TEXT}
    return [column.name for column in page.columns if column.kind in kinds]


def page_with_texts(page: Page, change: TextChange) -> Page:
    """Return a page with every text of it changed; numbers, dates, flags and gaps stay."""
    changed = {
        name: page.rows[name].astype("object").map(change, na_action="ignore")
        for name in text_columns(page)
    }
    return replace(
        page,
        title=change(page.title),
        description=change(page.description),
        rows=page.rows.assign(**changed),
    )


def content_with_texts(content: ExportContent, change: TextChange) -> ExportContent:
    """Return an export's content with every text of it changed."""
    return replace(
        content,
        whose=change(content.whose),
        cover=tuple((heading, change(text)) for heading, text in content.cover),
        pages=tuple(page_with_texts(page, change) for page in content.pages),
    )
