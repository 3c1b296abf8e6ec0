"""Texts of notices: what a person reads, and what a source's text can never do in them."""

import datetime as dt
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.notices import ReturnsNotice
from perf_pipeline.notices.messages import (
    Notice,
    StepFailure,
    failure_notice,
    missing_notice,
    plain,
)
from perf_pipeline.notices.webhooks import slack_payload, teams_payload
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import CsvEntry, SqlEntry

QUARTER = Quarter(2023, 1)
SENTENCE = (
    "Housing's return for Q1 2023/24 (returns/2023-24-Q1/housing.csv): The heading `Value` is "
    "missing. Send it again, then rerun housing_return. Ask: Performance Lead, Housing."
)
HOSTILE = "<b>x</b> [click](https://evil.example) <!channel> *bold* =1+1\r\nBcc: a@b.example"


def housing(name: str = "Housing") -> CsvEntry:
    """Return a source that sends a file."""
    return CsvEntry(
        source_code="housing",
        source_name=name,
        contact_role="Performance Lead, Housing",
        kind="csv",
        location="returns/{quarter}/housing.csv",
        columns={"Ref": "kpi_ref", "Value": "value"},
    )


def children() -> SqlEntry:
    """Return a source that is asked."""
    return SqlEntry(
        source_code="children",
        source_name="Children",
        contact_role="Data Manager",
        kind="sql",
        query="children.sql",
        url="sqlite:///x",
        columns={"ref": "kpi_ref", "value": "value"},
    )


def failed(*failures: StepFailure, ui_url: str | None = "https://ui.example/") -> Notice:
    """Return the notice of a run that failed so."""
    return failure_notice("Testshire Council", [QUARTER], failures, "run-1", ui_url)


def test_failure_says_whose_where_what_and_whom_to_ask() -> None:
    """The first line says what failed, then comes our error's sentence, the step and the link."""
    notice = failed(StepFailure("housing_return", SENTENCE))
    assert notice.subject == "Q1 2023/24 failed at housing_return: Testshire Council"
    assert notice.text == (
        "Testshire Council: Q1 2023/24 failed at housing_return. What readers see has not "
        f"changed.\n\n{SENTENCE}\n\n"
        "Next: do what is said above, then open the run and choose Re-execute, From failure. "
        "docs/runbook.md goes through it step by step.\n"
        "Run: run-1\n\nhttps://ui.example/runs/run-1\n"
    )


def test_next_step_fits_an_error_that_asks_for_a_whole_run() -> None:
    """Where a rerun from failure would fail again, nobody is sent there."""
    notice = failed(StepFailure("accepted_outturns", SENTENCE, asks_for_whole_run=True))
    assert "Next: run the whole quarter" in notice.text
    assert "choose Re-execute" not in notice.text


def test_failure_of_several_steps_names_each() -> None:
    """Two broken returns are both in the subject and both explained."""
    notice = failed(StepFailure("a_return", "A."), StepFailure("b_return", "B."))
    assert "a_return, b_return" in notice.subject
    assert {"A.", "B."} <= set(notice.lines)


def test_error_of_another_library_is_not_quoted() -> None:
    """What is not our sentence may hold anything, and stays on the run's page."""
    notice = failed(StepFailure("publication", None))
    assert "publication failed with an error that is not ours" in notice.text


def test_run_whose_process_ended_is_told_without_a_step() -> None:
    """A killed run has no failed step, and no link where no address is set."""
    notice = failed(ui_url=None)
    assert notice.subject == "Q1 2023/24 failed: Testshire Council"
    assert "Its process ended before a step could say why" in notice.text
    assert notice.text.endswith("Run: run-1\n")


def test_run_that_is_run_again_asks_for_nothing() -> None:
    """Where Dagster runs it again by itself nobody is sent to do the same."""
    notice = failure_notice("Testshire Council", [QUARTER], [], "run-1", None, is_run_again=True)
    assert notice.subject == "Q1 2023/24 failed and is run again: Testshire Council"
    assert "Next: nothing has to be done. It is run again by itself" in notice.text
    assert "Re-execute" not in notice.text


@pytest.mark.parametrize(
    ("quarters", "label"),
    [([], "A run"), ([QUARTER], "Q1 2023/24"), ([QUARTER, QUARTER.shift(2)], "to Q3 2023/24")],
    ids=["none", "one", "several"],
)
def test_failure_names_the_runs_quarters(quarters: list[Quarter], label: str) -> None:
    """A run of several quarters is named by the first and the last."""
    notice = failure_notice("Testshire Council", quarters, [], "run-1", None)
    assert f"{label} failed" in notice.subject


def test_only_of_one_quarter_it_is_known_that_nothing_changed() -> None:
    """Of a run of several quarters, some may have been published before it failed."""
    one = failure_notice("Testshire Council", [QUARTER], [], "run-1", None)
    several = failure_notice("Testshire Council", [QUARTER, QUARTER.shift(1)], [], "run-1", None)
    said = "What readers see has not changed."
    assert (said in one.text, said in several.text) == (True, False)


def test_source_that_nobody_can_tell_of_is_named() -> None:
    """A share that is away is neither missing nor forgotten."""
    day = dt.date(2023, 7, 14)
    notice = missing_notice(
        "Council", ReturnsNotice.OVERDUE, QUARTER, day, [housing()], [], [housing("Repairs")]
    )
    assert "Not known, since their place cannot be looked at: Repairs.\n" in notice.text


def test_slack_is_given_the_whole_text() -> None:
    """Many long failures are several parts, none cut, each within what Slack takes."""
    failures = [StepFailure(f"step_{n}", f"{n} " + "x" * 900) for n in range(9)]
    notice = failed(*failures)
    *texts, _ = slack_payload(notice)["blocks"]
    parts = [block["text"]["text"] for block in texts]
    assert "\n".join(parts) == "\n".join([notice.subject, "", *notice.lines])
    assert max(map(len, parts)) < 3_000


def test_missing_returns_name_whom_to_ask() -> None:
    """Each missing return stands with its role; what sends no file is said to be unknown."""
    notice = missing_notice(
        "Testshire Council",
        ReturnsNotice.OVERDUE,
        QUARTER,
        dt.date(2023, 7, 14),
        [housing()],
        [children()],
    )
    assert notice.key == "overdue-2023-24-Q1"
    assert notice.subject == "Q1 2023/24: 1 return overdue, Testshire Council"
    assert "Testshire Council: 1 return for Q1 2023/24 overdue; due by 14 July 2023." in notice.text
    assert "- Housing. Ask: Performance Lead, Housing.\n" in notice.text
    assert "Not looked for, since they send no file: Children." in notice.text


def test_reminder_says_what_is_to_come() -> None:
    """Before the deadline returns are to come, and every source may be a file."""
    day = dt.date(2023, 7, 14)
    sources = [housing(), housing("Repairs")]
    notice = missing_notice("Council", ReturnsNotice.REMINDER, QUARTER, day, sources, [])
    assert notice.subject == "Q1 2023/24: 2 returns to come, Council"
    assert "Not looked for" not in notice.text


@given(text=st.text())
def test_plain_text_is_one_printable_line(text: str) -> None:
    """No text breaks a line, hides a direction mark, is longer than allowed or makes a link."""
    shown = plain(text, 100)
    assert len(shown) <= 100
    assert len(shown.splitlines()) <= 1
    assert not re.search(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", shown)
    assert not re.search(r"://\S", shown)


def test_sources_text_stays_text() -> None:
    """Mark-up is shown as it was written; an address is shown with a space, and is no link."""
    notice = failed(StepFailure("housing_return", HOSTILE))
    assert notice.lines[2] == (
        "<b>x</b> [click](https:// evil.example) <!channel> *bold* =1+1 Bcc: a@b.example"
    )


def test_teams_gets_text_runs_only() -> None:
    """Of an Adaptive Card, text blocks know Markdown and text runs do not."""
    card = teams_payload(failed(StepFailure("housing_return", HOSTILE)))["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    body = card["content"]["body"]
    assert {block["type"] for block in body} == {"RichTextBlock"}
    assert {run["type"] for block in body for run in block["inlines"]} == {"TextRun"}
    assert card["content"]["actions"] == [
        {
            "type": "Action.OpenUrl",
            "title": "Open the run",
            "url": "https://ui.example/runs/run-1",
        }
    ]


def test_slack_gets_plain_text_and_one_link() -> None:
    """Source text is in plain-text blocks and, escaped, in no other; the link is ours."""
    payload = slack_payload(failed(StepFailure("<!channel>", HOSTILE)))
    text, link = payload["blocks"]
    assert (text["text"]["type"], text["text"]["emoji"]) == ("plain_text", False)
    assert link["text"] == {
        "type": "mrkdwn",
        "text": "<https://ui.example/runs/run-1|Open the run>",
    }
    assert "&lt;!channel&gt;" in payload["text"]
    assert "<" not in payload["text"]


@pytest.mark.parametrize("payload", [slack_payload, teams_payload], ids=["slack", "teams"])
def test_payload_without_link_is_json(payload: object) -> None:
    """Where no address of the UI is set, no link is sent."""
    assert callable(payload)
    assert "Open the run" not in json.dumps(payload(failed(ui_url=None)))


def test_long_notice_fits_into_slacks_block() -> None:
    """Slack refuses a text block of more than 3000 characters."""
    payload = slack_payload(failed(*[StepFailure("x_return", "y" * 900)] * 10))
    assert len(payload["blocks"][0]["text"]["text"]) <= 3000
