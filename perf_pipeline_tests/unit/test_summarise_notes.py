"""Key issues and indicators in development are listed by directorate, in the report's order."""

from collections.abc import Callable

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import reporting
from perf_pipeline.summarise import indicators_in_development, key_issues

FrameBuilder = Callable[..., pd.DataFrame]

QUARTER = Quarter(2023, 1)
CHILDREN = {
    "directorate_code": "CHD",
    "directorate_name": "Childrens Services",
    "display_order": 2,
}


def test_a_directorate_without_issues_says_so(
    build_notes: FrameBuilder, build_directorates: FrameBuilder
) -> None:
    """The sentence is the first report's, with the quarter spelt out."""
    issues = key_issues(build_notes(), build_directorates({}), QUARTER)
    reporting.KeyIssues.validate(issues, lazy=True)
    assert issues["issue_text"].tolist() == ["No issues to highlight for Q1 2023/2024"]
    assert issues["issue_order"].tolist() == [0]


def test_issues_stand_under_their_directorates_in_order(
    build_notes: FrameBuilder, build_directorates: FrameBuilder
) -> None:
    """Directorates follow their place in reports, issues their place within them."""
    notes = build_notes(
        {"directorate_code": "CHD", "issue_order": 2, "issue_text": "Second"},
        {"directorate_code": "CHD", "issue_order": 1, "issue_text": "First"},
        {"issue_text": "Adults'"},
    )
    directorates = build_directorates(CHILDREN, {})
    issues = key_issues(notes, directorates, QUARTER)
    reporting.KeyIssues.validate(issues, lazy=True)
    assert issues["directorate_name"].tolist() == [
        "Adults Services",
        "Childrens Services",
        "Childrens Services",
    ]
    assert issues["issue_text"].tolist() == ["Adults'", "First", "Second"]


def test_another_quarters_issues_are_not_raised_again(
    build_notes: FrameBuilder, build_directorates: FrameBuilder
) -> None:
    """Only the quarter's own notes are printed."""
    issues = key_issues(build_notes({"quarter_key": "2022-23-Q4"}), build_directorates({}), QUARTER)
    assert issues["issue_text"].tolist() == ["No issues to highlight for Q1 2023/2024"]
    assert issues["quarter_key"].tolist() == ["2023-24-Q1"]


def test_indicators_in_development_are_listed_in_order(
    build_developments: FrameBuilder, build_directorates: FrameBuilder
) -> None:
    """Directorates follow their place in reports, indicators their place within them."""
    developing = build_developments(
        {"directorate_code": "CHD", "indicator_text": "Children's"},
        {"indicator_order": 2, "indicator_text": "Second"},
        {"indicator_order": 1, "indicator_text": "First"},
    )
    directorates = build_directorates(CHILDREN, {})
    listed = indicators_in_development(developing, directorates, QUARTER.key)
    reporting.IndicatorsInDevelopment.validate(listed, lazy=True)
    assert listed["indicator_text"].tolist() == ["First", "Second", "Children's"]
    assert listed["directorate_name"].tolist()[-1] == "Childrens Services"


def test_no_indicators_in_development_are_no_rows(
    build_developments: FrameBuilder, build_directorates: FrameBuilder
) -> None:
    """A directorate that develops nothing is not listed."""
    listed = indicators_in_development(build_developments(), build_directorates({}), QUARTER.key)
    reporting.IndicatorsInDevelopment.validate(listed)
    assert listed.empty
