"""A broken return seen, mended and rerun by clicking, from the red asset to the summary.

One story, since servers take long to start: each test goes on from the one before. Its pictures are
the runbook's.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from perf_pipeline.schemas import REPORTING_TABLES
from perf_pipeline_tests.browser.operated_ui import (
    PARTITION,
    QUARTER,
    OperatedUi,
    operated,
    steps,
)
from perf_pipeline_tests.browser.visitors import Visitor, visiting
from perf_pipeline_tests.integration.deployment.servers import wait_until
from perf_pipeline_tests.integration.workplaces import Workplace, copy_council

FAILED = "adults_services_return"
SENTENCE = (
    "Adults Services' return for Q1 2023/24 (returns/2023-24-Q1/adults_services.xlsx): The "
    "workbook is damaged or cut short"
)
ASK = "Ask: Performance Lead, Adults Services."


class Story:
    """A council whose Adults Services sent a file that broke off, its UI, and who looks at it."""

    def __init__(self, ui: OperatedUi, visitor: Visitor, whole: bytes) -> None:
        self.ui = ui
        self.visitor = visitor
        self.whole = whole

    def launch(self) -> dict[str, Any]:
        """Click through the launch of the quarter's job, and return its run once it has ended."""
        page = self.visitor.page
        self.visitor.open("/locations/perf_pipeline/jobs/quarter")
        page.get_by_role("button", name="Materialize all").click()
        dialog = page.get_by_role("dialog")
        field = dialog.get_by_placeholder("ex: 2023-04-01")
        field.fill(PARTITION)
        field.press("Enter")
        launch = dialog.get_by_role("button", name="Launch 1 run")
        launch.wait_for()
        self.visitor.picture("runbook-launch", height=620)
        launch.click()
        # The click's request goes out while the page is looked at.
        self.visitor.see("Launched run")
        return self.ui.ended_run(1)

    @property
    def file(self) -> Path:
        """The file of Adults Services."""
        return broken_file(self.ui.place)


def broken_file(place: Workplace) -> Path:
    """Return the file that breaks off."""
    return place.council / "returns" / QUARTER / "adults_services.xlsx"


@pytest.fixture(scope="module")
def story(
    chromium: Browser, screenshots: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    """The story's beginning."""
    root = tmp_path_factory.mktemp("council")
    copy_council(root)
    place = Workplace(root)
    whole = broken_file(place).read_bytes()
    broken_file(place).write_bytes(whole[: len(whole) // 2])
    with operated(place) as ui, visiting(chromium, ui.origin, screenshots) as visitor:
        yield Story(ui, visitor, whole)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A home of its own in which the command line has run the whole quarter at once."""
    root = tmp_path_factory.mktemp("fresh")
    copy_council(root)
    place = Workplace(root)
    assert place.run(QUARTER)["exit_code"] == 0
    return place


def test_launched_run_fails_at_the_broken_return_alone(story: Story) -> None:
    """Launched by clicking, the quarter fails at one return; every other return is read."""
    run = story.launch()
    assert run["status"] == "FAILURE"
    statuses = steps(run)
    assert statuses[FAILED] == "FAILURE"
    assert {status for step, status in statuses.items() if step != FAILED} == {"SUCCESS"}
    assert sum(step.endswith("_return") for step in statuses) == 7
    assert "publication" not in statuses


def test_failed_run_is_in_the_list(story: Story) -> None:
    """The list of runs shows the failed run, its partition and its job."""
    story.visitor.open("/runs")
    story.visitor.see("Failure")
    story.visitor.see(PARTITION)
    story.visitor.picture("runbook-runs", height=240)


def test_failed_asset_is_red_in_the_graph(story: Story) -> None:
    """The asset graph shows the return in red, and says that it failed."""
    story.visitor.open(f"/asset-groups/~/{FAILED}")
    story.visitor.see("2_returns")
    story.visitor.see(FAILED)
    page = story.visitor.page
    failed = page.locator("[data-tooltip='Execution failed']")
    expect(failed).to_have_count(1)
    story.visitor.open(f"/assets/{FAILED}?view=lineage")
    # Names are cut in the middle where the graph is small.
    node = page.locator("foreignObject").filter(has_text=re.compile(r"adults_ser\S*_return$")).last
    node.wait_for()

    def colours() -> list[str]:
        found: list[str] = node.evaluate(
            "each => [each, ...each.querySelectorAll('*')]"
            ".map(one => getComputedStyle(one).backgroundColor)"
        )
        return found

    # The graph asks for the assets' states once it is drawn.
    wait_until(lambda: any(map(is_red, colours())), 60, lambda: str(colours()))
    story.visitor.picture("runbook-graph")


def is_red(colour: str) -> bool:
    """Tell whether a colour of a page is a red, however pale."""
    red, green, blue, *alpha = (float(part) for part in re.findall(r"[0-9.]+", colour))
    return red - max(green, blue) > 10 and alpha != [0]


def test_failure_is_a_sentence_on_the_runs_page(story: Story) -> None:
    """The run's page begins the failure with whose return, what is wrong and whom to ask."""
    (run,) = story.ui.runs()
    story.visitor.open(f"/runs/{run['runId']}?logs=type%3ASTEP_FAILURE")
    message = story.visitor.see(SENTENCE)
    assert ASK in message.inner_text().split("Stack Trace")[0]
    story.visitor.picture("runbook-message", until=story.visitor.see("Stack Trace:"))


def test_from_failure_runs_the_return_and_what_follows(story: Story) -> None:
    """After the file is mended, a click on From failure runs that return and what follows it."""
    story.file.write_bytes(story.whole)
    (failed,) = story.ui.runs()
    page = story.visitor.page
    story.visitor.open(f"/runs/{failed['runId']}?logs=type%3ASTEP_FAILURE")
    button = page.get_by_role("button", name="Re-execute all (*)")
    button.locator("xpath=following::button[1]").click()
    choice = page.get_by_role("menuitem", name="From failure")
    choice.wait_for()
    story.visitor.picture("runbook-from-failure", until=story.visitor.see("Stack Trace:"))
    choice.click()
    page.wait_for_url(lambda url: failed["runId"] not in url)
    rerun = story.ui.ended_run(2)
    assert rerun["status"] == "SUCCESS", story.ui.output
    assert rerun["parentRunId"] == failed["runId"]
    assert steps(rerun) == dict.fromkeys(
        (
            FAILED,
            "adults_services_outturns",
            "gathered_outturns",
            "comparator_outturns",
            "rated_outturns",
            "compared_outturns",
            "reporting_tables",
            "publication",
        ),
        "SUCCESS",
    )
    story.visitor.open(f"/runs/{rerun['runId']}?logs=type%3ASTEP_SUCCESS")
    story.visitor.see("STEP_SUCCESS")
    story.visitor.picture("runbook-rerun")


def test_summary_shows(story: Story, fresh: Workplace) -> None:
    """The summary stands in the UI as a table, row by row what a fresh run prints."""
    story.visitor.open(f"/assets/directorate_summary?view=events&partition={PARTITION}")
    story.visitor.see("KPIs with RAG")
    table = story.visitor.page.locator("table").filter(has_text="KPIs with RAG").last
    shown = [row.inner_text().split("\t") for row in table.locator("tbody tr").all()]
    expected = [
        [
            row["directorate_name"],
            str(row["kpi_count"]),
            str(row["rated_count"]),
            *(row[f"{rag}_text"] or "" for rag in ("red", "amber", "green")),
        ]
        for row in fresh.show(QUARTER, "directorate_summary")
    ]
    assert [[cell.strip() for cell in row] for row in shown] == expected
    story.visitor.picture("runbook-summary")


def test_publication_is_that_of_a_fresh_run(story: Story, fresh: Workplace) -> None:
    """The UI shows the digest that a fresh whole run has; every table is the same bytes."""
    (published,) = fresh.show(QUARTER, "publications")
    story.visitor.open("/assets/publication?view=overview")
    story.visitor.see(published["publication_id"])
    for table in REPORTING_TABLES:
        frame = Path("frames") / table / f"{PARTITION}.parquet"
        made = (story.ui.place.home / frame).read_bytes()
        assert made == (fresh.home / frame).read_bytes(), table
    assert story.ui.place.call("verify").returncode == 0


def test_nothing_was_asked_of_other_servers(story: Story) -> None:
    """In all of this no page asked for anything from elsewhere."""
    assert story.visitor.outside == []
    assert story.visitor.dialogs == []
