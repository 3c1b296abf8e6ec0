"""What is told when a run fails or returns are missing: plain text for the person who must act.

Text that came from a source is shown as it is and never as a link, a mention or a header.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import Source

_LONGEST_SUBJECT = 150
_LONGEST_LINE = 1_000
_MOST_FAILURES = 20
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of control and direction marks, halves of characters and breaks of lines."""

_IN_VIEW = " What readers see has not changed."
"""Said of one quarter: of several, those that did not fail may have been published."""

_STEP_BY_STEP = "docs/runbook.md goes through it step by step."
_FROM_FAILURE = (
    "Next: do what is said above, then open the run and choose Re-execute, From failure."
)
_WHOLE_RUN = (
    "Next: run the whole quarter, since a rerun from failure would fail again: Jobs, quarter, "
    "Materialize all. It releases as every run does; `perf-pipeline run QUARTER --draft` makes a "
    "draft alone."
)
_RUN_AGAIN = (
    "Next: nothing has to be done. It is run again by itself, from what it had not done; if that "
    "fails too, the last attempt is told with what to do."
)
_AFTER_MISSING = (
    "Next: ask for them. A return that comes late is taken in when it comes; until then its KPIs "
    "are published as not returned."
)


class ReturnsNotice(StrEnum):
    """What is said about returns that have not come."""

    REMINDER = "reminder"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Notice:
    """One message, whatever it is sent by.

    Attributes:
        key: The notice's name, under which it is sent once.
        subject: One line.
        lines: The message; each is one line, the empty ones between paragraphs.
        link: Address of the run's page, which is ours; None where nobody knows it.
    """

    key: str
    subject: str
    lines: tuple[str, ...]
    link: str | None = None

    @property
    def text(self) -> str:
        """The message as plain text, with the link as its last line."""
        return "\n".join([*self.lines, *(["", self.link] if self.link else [])]) + "\n"


@dataclass(frozen=True)
class StepFailure:
    """A step that failed.

    Attributes:
        step: Its name, which is its asset's or that of several assets made together.
        sentence: What our own errors say; None of an error that is not ours.
        asks_for_whole_run: A rerun from failure would fail again.
    """

    step: str
    sentence: str | None
    asks_for_whole_run: bool = False


def failure_notice(
    council_name: str,
    quarters: Sequence[Quarter],
    failures: Sequence[StepFailure],
    run_id: str,
    ui_url: str | None,
    *,
    is_run_again: bool = False,
) -> Notice:
    """Tell that a run failed: where, what our error says, what to do, and where the run is.

    Args:
        council_name: The council.
        quarters: The run's quarters, the first one first.
        failures: The steps that failed, first the first; none where the run's process ended.
        run_id: The run's id.
        ui_url: Address of the Dagster UI.
        is_run_again: Dagster runs it again by itself.
    """
    labels = [quarter.label for quarter in quarters]
    when = " to ".join(dict.fromkeys([*labels[:1], *labels[-1:]])) or "A run"
    steps = ", ".join(failure.step for failure in failures[:_MOST_FAILURES])
    where = f" at {steps}" if steps else ""
    again = " and is run again" if is_run_again else ""
    said = [line for each in failures[:_MOST_FAILURES] for line in (_sentence(each), "")]
    if not failures:
        said = ["Its process ended before a step could say why; the run's page shows the log.", ""]
    return Notice(
        key=f"failure-{run_id}",
        subject=plain(f"{when} failed{where}{again}: {council_name}", _LONGEST_SUBJECT),
        lines=(
            plain(f"{council_name}: {when} failed{where}.{_IN_VIEW if labels[1:] == [] else ''}"),
            "",
            *said,
            _RUN_AGAIN if is_run_again else f"{_next_step(failures)} {_STEP_BY_STEP}",
            f"Run: {run_id}",
        ),
        link=run_link(ui_url, run_id),
    )


def _next_step(failures: Sequence[StepFailure]) -> str:
    return _WHOLE_RUN if any(each.asks_for_whole_run for each in failures) else _FROM_FAILURE


def missing_notice(
    council_name: str,
    kind: ReturnsNotice,
    quarter: Quarter,
    deadline: dt.date,
    missing: Sequence[Source],
    not_listed: Sequence[Source],
    unknown: Sequence[Source] = (),
) -> Notice:
    """Tell which returns have not come, before the deadline or after it.

    Args:
        council_name: The council.
        kind: Before or after.
        quarter: Quarter of the returns.
        deadline: Their last day.
        missing: Sources whose file is not there.
        not_listed: Sources that are asked and send no file.
        unknown: Sources of whose file nobody can tell whether it is there.
    """
    count = f"{len(missing)} return{'s' if len(missing) != 1 else ''}"
    is_late = kind is ReturnsNotice.OVERDUE
    state = "overdue" if is_late else "to come"
    day = f"{deadline.day} {deadline:%B %Y}"
    return Notice(
        key=f"{kind}-{quarter.key}",
        subject=plain(f"{quarter.label}: {count} {state}, {council_name}", _LONGEST_SUBJECT),
        lines=(
            plain(f"{council_name}: {count} for {quarter.label} {state}; due by {day}."),
            "",
            *(plain(f"- {each.source_name}. Ask: {each.contact_role}.") for each in missing),
            "",
            _AFTER_MISSING,
            *_also("Not looked for, since they send no file", not_listed),
            *_also("Not known, since their place cannot be looked at", unknown),
        ),
    )


def _also(said: str, sources: Sequence[Source]) -> list[str]:
    return [plain(f"{said}: {names(sources)}.")] if sources else []


def run_link(ui_url: str | None, run_id: str) -> str | None:
    """Return the address of a run's page."""
    return None if ui_url is None else f"{ui_url.rstrip('/')}/runs/{run_id}"


def plain(text: str, longest: int = _LONGEST_LINE) -> str:
    """Return a text on one line: without control or direction marks, its addresses no links."""
    shown = "".join(" " if unicodedata.category(char) in _HIDDEN else char for char in text)
    one_line = " ".join(re.sub(r"://(?=\S)", ":// ", shown).split())
    return one_line if len(one_line) <= longest else f"{one_line[: longest - 1]}…"


def _sentence(failure: StepFailure) -> str:
    unknown = f"{failure.step} failed with an error that is not ours; the run's page shows it."
    return plain(failure.sentence or unknown)


def names(sources: Iterable[Source]) -> str:
    """List sources as people call them."""
    return ", ".join(source.source_name for source in sources)
