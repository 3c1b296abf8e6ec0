"""What an export says about the publication that it holds."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from perf_pipeline.exports import PublicationDetails
from perf_pipeline.exports.notes import (
    NOT_COMPARABLE_REASONS,
    NOT_RATED_REASONS,
    OUTTURN_STATUSES,
    SHORTHAND,
)
from perf_pipeline.exports.pages import Page, export_content
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import NotComparableReason, NotRatedReason, OutturnStatus
from perf_pipeline.schemas import REPORTING_TABLES, column_kinds

TableBuilder = Callable[..., dict[str, pd.DataFrame]]

DETAILS = PublicationDetails(
    quarter=Quarter(2023, 1),
    publication_id="3f" * 32,
    version_number=2,
    created_at=dt.datetime(2023, 7, 21, 7, 10, tzinfo=dt.timezone(dt.timedelta(hours=1))),
    council_name="Sample Council",
    code_version="0.1.0",
)


@pytest.fixture
def tables(build_tables: TableBuilder) -> dict[str, pd.DataFrame]:
    """Tables of one publication."""
    return build_tables()


@pytest.fixture
def pages(tables: dict[str, pd.DataFrame]) -> dict[str, Page]:
    """Every page but the cover, by name."""
    content = export_content(tables, DETAILS)
    return {page.name: page for page in (content.contents, *content.pages)}


def test_cover_says_what_the_publication_is(tables: dict[str, pd.DataFrame]) -> None:
    """Council, quarter, version, id and moment of a publication stand on its cover."""
    content = export_content(tables, DETAILS)
    cover = dict(content.cover)
    assert content.title == "Sample Council, Q1 2023/24: performance tables"
    assert cover["Council"] == "Sample Council"
    assert cover["Quarter"] == "Q1 2023/24 (2023-24-Q1), 1 April 2023 to 30 June 2023"
    assert cover["Version"] == "2"
    assert cover["Publication"] == DETAILS.publication_id
    assert cover["Created"] == "21 July 2023, 06:10 UTC, by code 0.1.0"
    assert cover["Contact"]


def test_cover_counts_illustrative_rows(tables: dict[str, pd.DataFrame]) -> None:
    """Where rows are flagged as illustrative, the cover says how many of which table."""
    cover = dict(export_content(tables, DETAILS).cover)
    assert cover["Illustrative data"].startswith("1 of 3 rows of kpi_scorecard are illustrative")


def test_cover_is_silent_where_nothing_is_illustrative(tables: dict[str, pd.DataFrame]) -> None:
    """Without illustrative rows there is no such line."""
    real = tables["kpi_scorecard"].assign(is_illustrative=False)
    content = export_content(tables | {"kpi_scorecard": real}, DETAILS)
    assert "Illustrative data" not in dict(content.cover)


def test_draft_says_so_everywhere(tables: dict[str, pd.DataFrame]) -> None:
    """Every title, the cover and the folder of what was never released say that it is a draft."""
    draft = replace(DETAILS, is_released=False)
    content = export_content(tables, draft)
    assert draft.folder_name == "2023-24-Q1-v2-draft"
    assert "never released" in dict(content.cover)["Draft"]
    titles = [content.title, *(page.title for page in (content.contents, *content.pages))]
    assert all("Q1 2023/24 (draft)" in title for title in titles)
    assert "Draft" not in dict(export_content(tables, DETAILS).cover)


def test_every_table_has_a_page_with_the_schema_s_columns(pages: dict[str, Page]) -> None:
    """Each reporting table is there, with its columns in order and the publication's id last."""
    for name, model in REPORTING_TABLES.items():
        columns = [column.name for column in pages[name].columns]
        assert columns == [*column_kinds(model), "publication_id"]


def test_contents_lists_every_other_page(pages: dict[str, Page]) -> None:
    """Contents has a row for each page that follows it, with its number of rows."""
    rows = pages["contents"].rows
    assert list(rows["table_name"]) == ["Notes", "Columns", *REPORTING_TABLES]
    counts = dict(zip(rows["table_name"], rows["row_count"], strict=True))
    assert counts["kpi_scorecard"] == 3
    assert counts["exceptions"] == 0


def test_columns_describes_every_column(pages: dict[str, Page]) -> None:
    """Each column of each reporting table has a description."""
    rows = pages["columns"].rows
    assert len(rows) == sum(len(pages[name].columns) for name in REPORTING_TABLES)
    assert rows["description_text"].str.len().gt(0).all()


@pytest.mark.parametrize(
    ("codes", "notes"),
    [
        (NotRatedReason, NOT_RATED_REASONS),
        (OutturnStatus, OUTTURN_STATUSES),
        (NotComparableReason, NOT_COMPARABLE_REASONS),
    ],
    ids=["no rating", "status", "no direction"],
)
def test_every_code_has_a_note(codes: type, notes: dict[str, str]) -> None:
    """No code that a table may hold is left unexplained."""
    assert set(notes) == set(codes)


def test_notes_explain_shorthand(pages: dict[str, Page]) -> None:
    """The Analysis Function's shorthand stands in the notes."""
    assert set(SHORTHAND) == {"[p]", "[r]", "[c]", "[x]", "[z]"}
    assert set(SHORTHAND) <= set(pages["notes"].rows["note_code"])


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("kpi_scorecard", "One table with 3 rows and "),
        ("council_summary", "One table with 1 row and "),
        ("exceptions", "no rows: this publication has none."),
    ],
)
def test_introduction_says_how_large_a_table_is(
    pages: dict[str, Page], name: str, sentence: str
) -> None:
    """A reader hears how many rows a table has before coming to it."""
    assert sentence in pages[name].introduction[1]


def test_folder_is_named_by_quarter_and_version() -> None:
    """Exports of a publication stand together."""
    assert DETAILS.folder_name == "2023-24-Q1-v2"
