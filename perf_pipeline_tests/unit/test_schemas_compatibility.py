"""Which changes of columns break readers, and which of them a changelog announces."""

import json
from dataclasses import replace

import pytest

from perf_pipeline.schemas.compatibility import (
    breaking_changes,
    released_tables,
    released_text,
    unannounced,
)
from perf_pipeline.schemas.views import View, ViewColumn

CODE = ViewColumn("area_code", "code", "varchar(20)", "Area.", 20)
FIGURE = ViewColumn("area_value", "figure", "numeric", "Its figure.", is_nullable=True)
COUNT = ViewColumn("row_count", "count", "bigint", "Rows.")
AREAS = View("areas", "Areas.", ("area_code",), (CODE, FIGURE, COUNT))
HISTORY = replace(AREAS, name="areas_history")
RELEASED = released_tables([AREAS])


def with_columns(*columns: ViewColumn) -> list[View]:
    """Return the view with these columns instead of its own."""
    return [replace(AREAS, columns=columns)]


def test_the_same_columns_break_nothing() -> None:
    """What is as it was is kept."""
    assert breaking_changes(RELEASED, [AREAS]) == {}


@pytest.mark.parametrize(
    "views",
    [
        [*with_columns(CODE, FIGURE, COUNT), View("others", "New.", ("area_code",), (CODE,))],
        with_columns(CODE, FIGURE, COUNT, ViewColumn("new_code", "code", "varchar(5)", "New.", 5)),
        with_columns(COUNT, FIGURE, CODE),
        with_columns(replace(CODE, width=30), FIGURE, COUNT),
        with_columns(CODE, replace(FIGURE, is_nullable=False), COUNT),
        with_columns(replace(CODE, description="Otherwise said."), FIGURE, COUNT),
    ],
    ids=["new table", "new column", "other order", "wider", "never null", "other words"],
)
def test_what_adds_or_tightens_breaks_nothing(views: list[View]) -> None:
    """Readers that name their columns go on as before."""
    assert breaking_changes(RELEASED, views) == {}


@pytest.mark.parametrize(
    ("views", "expected"),
    [
        ([], {"areas.*": "is gone"}),
        ([replace(AREAS, name="regions")], {"areas.*": "is gone"}),
        (with_columns(CODE, FIGURE), {"areas.row_count": "is gone"}),
        (
            with_columns(CODE, FIGURE, replace(COUNT, name="line_count")),
            {"areas.row_count": "is gone"},
        ),
        (
            with_columns(replace(CODE, width=19), FIGURE, COUNT),
            {"areas.area_code": "holds 19 characters and held 20"},
        ),
        (
            with_columns(CODE, replace(FIGURE, kind="count"), COUNT),
            {"areas.area_value": "is of kind count and was of kind figure"},
        ),
        (
            with_columns(CODE, FIGURE, replace(COUNT, is_nullable=True)),
            {"areas.row_count": "can be null and could not"},
        ),
        (
            [replace(AREAS, keys=("area_code", "row_count"))],
            {"areas.*": "has a row for each area_code, row_count and had one for each area_code"},
        ),
    ],
    ids=["table gone", "table renamed", "gone", "renamed", "narrower", "other kind", "null", "key"],
)
def test_what_readers_rely_on_breaks(views: list[View], expected: dict[str, str]) -> None:
    """Each way of taking something away is found, and named by table and column."""
    assert breaking_changes(RELEASED, views) == expected


def test_every_break_is_found_at_once() -> None:
    """One change does not hide another."""
    changed = with_columns(replace(CODE, width=5), replace(FIGURE, kind="text"))
    assert list(breaking_changes(RELEASED, changed)) == [
        "areas.area_code",
        "areas.area_value",
        "areas.row_count",
    ]


def test_a_break_that_nobody_announces_says_what_to_write() -> None:
    """The sentence names the column, what happened to it, and both remedies."""
    (sentence,) = unannounced({"areas.row_count": "is gone"}, "# Changelog\n")
    assert sentence == (
        "areas.row_count is gone. Undo it, or announce `areas.row_count` in CHANGELOG.md under "
        "Unreleased, Changed or Removed."
    )


@pytest.mark.parametrize(
    "changelog",
    [
        "## Unreleased\n\n### Removed\n\n- `areas.row_count`, which nobody read.\n",
        "## [Unreleased]\n\n### Changed\n\n- `areas.row_count` is now `areas.line_count`.\n",
        "## Unreleased\n\n### Added\n\n- More.\n\n### Removed\n\n- `areas.row_count`.\n\n## 1.0\n",
    ],
    ids=["removed", "changed", "after other news"],
)
def test_an_announced_break_passes(changelog: str) -> None:
    """A column in backticks, under Changed or Removed of Unreleased, is announced."""
    assert unannounced({"areas.row_count": "is gone"}, changelog) == []


@pytest.mark.parametrize(
    "changelog",
    [
        "## Unreleased\n\n### Added\n\n- `areas.row_count` can be read.\n",
        "## Unreleased\n\n### Removed\n\n- areas.row_count\n",
        "## Unreleased\n\n### Removed\n\n- `row_count`\n",
        "## Unreleased\n\n### Removed\n\n- `areas.row_counts`\n",
        "## Unreleased\n\n- `areas.row_count`\n",
        "## Unreleased\n\n## 1.0\n\n### Removed\n\n- `areas.row_count`\n",
        "## 2.0\n\n### Changed\n\n- `areas.row_count`: see ## Unreleased\n",
    ],
    ids=["added", "no backticks", "no table", "another", "no heading", "last release", "mention"],
)
def test_what_is_said_elsewhere_announces_nothing(changelog: str) -> None:
    """Praise of a new column, or the news of an old release, is no announcement."""
    assert unannounced({"areas.row_count": "is gone"}, changelog)


def test_a_whole_table_is_announced_with_a_star() -> None:
    """A table that is named because one of its columns changed may still not go."""
    changelog = "## Unreleased\n\n### Removed\n\n- `areas.row_count`\n"
    assert unannounced({"areas.*": "is gone"}, changelog)
    assert not unannounced({"areas.*": "is gone"}, changelog.replace("row_count", "*"))


def test_announcing_a_table_announces_its_history() -> None:
    """A history has its table's columns, so one line is enough for both."""
    broken = breaking_changes(
        released_tables([AREAS, HISTORY]),
        [replace(view, columns=(CODE, FIGURE)) for view in (AREAS, HISTORY)],
    )
    assert list(broken) == ["areas.row_count", "areas_history.row_count"]
    assert not unannounced(broken, "## Unreleased\n\n### Removed\n\n- `areas.row_count`\n")


def test_promises_are_kept_as_json() -> None:
    """What is written can be read back, and has a line for each column."""
    text = released_text([AREAS, HISTORY])
    assert json.loads(text) == released_tables([AREAS, HISTORY])
    assert text.count('"kind"') == text.count("\n      ")
    assert text == released_text([AREAS, HISTORY])
