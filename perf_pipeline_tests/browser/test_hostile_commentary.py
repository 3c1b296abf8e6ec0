"""Hostile text of a return through the UI and the exports: shown everywhere, believed nowhere."""

import csv
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

import openpyxl
import pytest
from odf import opendocument, teletype
from odf.table import TableCell
from odf.text import A
from playwright.sync_api import Browser
from pytest_httpserver import HTTPServer

from perf_pipeline.exports import restored_text
from perf_pipeline_tests.browser import hostile_returns as hostile
from perf_pipeline_tests.browser.operated_ui import PARTITION, RUNS, WAIT_S
from perf_pipeline_tests.browser.visitors import Visitor, visiting
from perf_pipeline_tests.integration.deployment.servers import PROJECT, Webserver, wait_until
from perf_pipeline_tests.integration.workplaces import Workplace, copy_council

MARK = "hostile"
REFUSED = "is not a number. Send a number or leave the cell empty."
CHECK = "/assets/public_health_outturns?view=checks&checkDetail=no_rejected_rows"
FINDINGS = "/assets/data_quality?view=checks&checkDetail=other_quarter_named"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A home in which one quarter's run has failed on hostile text, and another is published."""
    root = tmp_path_factory.mktemp("hostile")
    copy_council(root)
    made = Workplace(root)
    hostile.make_hostile(made.council)
    assert made.run(hostile.UNREADABLE)["exit_code"] == 1
    # Published, with rows that were rejected.
    assert made.run(hostile.QUARTER)["exit_code"] == 3
    return made


@pytest.fixture(scope="module")
def webserver(place: Workplace) -> Iterator[Webserver]:
    """The UI on that home."""
    server = Webserver(PROJECT / "workspace.yaml", place.root, place.environment)
    try:
        wait_until(server.answers, WAIT_S, lambda: server.output)
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module")
def visitor(chromium: Browser, webserver: Webserver, screenshots: Path) -> Iterator[Visitor]:
    """Somebody who looks at it; whatever a page tries late is still found by the test after."""
    origin = f"http://127.0.0.1:{webserver.port}"
    with visiting(chromium, origin, screenshots) as someone:
        yield someone


@pytest.fixture(scope="module")
def runs(webserver: Webserver) -> dict[str, str]:
    """The runs' ids by status."""
    found = webserver.ask(RUNS)["runsOrError"]["results"]
    return {run["status"]: run["runId"] for run in found}


def assert_not_taken_in(visitor: Visitor) -> None:
    """Assert that nothing ran, opened or asked elsewhere, and nothing was made of the text."""
    assert visitor.elements_made_of(MARK) == []
    # What a page would load or run late, it has begun by now.
    visitor.page.wait_for_load_state("networkidle")
    assert (visitor.scripts, visitor.dialogs, visitor.outside) == ([], [], [])


def assert_shown(visitor: Visitor, *texts: str) -> None:
    """Assert that the page shows texts as they are, and that no more came of them."""
    for text in texts:
        visitor.see(text)
    assert_not_taken_in(visitor)


def test_failure_message_in_the_log(visitor: Visitor, runs: dict[str, str]) -> None:
    """A failed run's log quotes hostile headings as text, cut short and in full."""
    visitor.open(f"/runs/{runs['FAILURE']}?logs=type%3ASTEP_FAILURE")
    assert_shown(visitor, hostile.SCRIPT, hostile.PICTURE)
    visitor.page.get_by_text("View full message").first.click()
    dialog = visitor.page.get_by_role("dialog")
    dialog.get_by_text(hostile.JAVASCRIPT).first.wait_for()
    shown = dialog.inner_text()
    assert [text for text in hostile.QUOTED if text.replace("`", "'") not in shown] == []
    assert_not_taken_in(visitor)


def test_failed_runs_last_event(visitor: Visitor, runs: dict[str, str]) -> None:
    """What the run as a whole says of its failure is text too."""
    visitor.open(f"/runs/{runs['FAILURE']}?logs=type%3ARUN_FAILURE")
    assert_shown(visitor, hostile.SCRIPT, hostile.PICTURE)


def test_check_of_rejected_rows(visitor: Visitor) -> None:
    """The table of rejected rows shows each hostile figure and reference, as text."""
    visitor.open(CHECK)
    assert_shown(visitor, *hostile.REPEATED, REFUSED)


def test_check_of_rejected_rows_in_the_log(visitor: Visitor, runs: dict[str, str]) -> None:
    """The same table in the run's log, cut short and in full."""
    visitor.open(f"/runs/{runs['SUCCESS']}?logs=step%3Apublic_health_outturns")
    visitor.see("no_rejected_rows")
    assert_not_taken_in(visitor)
    visitor.page.get_by_text("View full message").last.click()
    dialog = visitor.page.get_by_role("dialog")
    dialog.get_by_text(hostile.SCRIPT).first.wait_for()
    shown = dialog.inner_text()
    assert [text for text in hostile.REPEATED if text not in shown] == []
    assert_not_taken_in(visitor)


def test_check_of_titles(visitor: Visitor) -> None:
    """A hostile title is quoted in the findings as text."""
    visitor.open(FINDINGS)
    assert_shown(visitor, hostile.TITLE[:70])


@pytest.mark.parametrize(
    "asset", ["public_health_return", "public_health_outturns", "rejected_rows", "publication"]
)
@pytest.mark.parametrize("view", ["overview", "events"])
def test_assets_made_of_hostile_text(visitor: Visitor, asset: str, view: str) -> None:
    """The pages of the assets that hold the text show their quarter, and nothing was made of it."""
    visitor.open(f"/assets/{asset}?view={view}&partition={PARTITION}")
    assert_shown(visitor, "Q1 2023/24")


def exported(place: Workplace, file_format: str) -> list[Path]:
    """Export the quarter in a format, and return the files."""
    folder = place.root / file_format
    done = place.call("export", hostile.QUARTER, "--format", file_format, "--to", str(folder))
    assert done.returncode == 0, done.stderr
    return list(folder.rglob(f"*.{file_format}"))


def assert_all_there(cells: Iterable[str]) -> None:
    """Assert that every hostile text is there, and that no cell begins as a formula does."""
    found = set(cells)
    assert [cell for cell in found if cell.startswith(("=", "+", "@", "\t", "\r"))] == []
    assert set(hostile.COMMENTARIES.values()) <= {restored_text(cell) for cell in found}


def test_exported_workbook(place: Workplace) -> None:
    """In a workbook every hostile text is text, the formulas too, and no cell is a link to it."""
    cells = [
        cell
        for path in exported(place, "xlsx")
        for sheet in openpyxl.load_workbook(path)
        for row in sheet.iter_rows()
        for cell in row
    ]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert [c for c in cells if c.hyperlink and MARK in str(c.hyperlink.target)] == []
    assert_all_there(cell.value for cell in cells if cell.data_type == "s")


def test_exported_csv(place: Workplace) -> None:
    """In CSV no cell of text begins as a formula does."""
    cells = []
    for path in exported(place, "csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells += [cell for row in csv.reader(file) for cell in row]
    assert_all_there(cells)


def test_exported_ods(place: Workplace) -> None:
    """In an OpenDocument workbook no cell has a formula or a link, and the text is there."""
    (path,) = exported(place, "ods")
    book = opendocument.load(path)
    cells = book.getElementsByType(TableCell)
    assert [cell for cell in cells if cell.getAttribute("formula")] == []
    assert [a for a in book.getElementsByType(A) if MARK in str(a.getAttribute("href"))] == []
    assert_all_there(teletype.extractText(cell) for cell in cells)


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    """Where other servers listen: the browser knows no name, not even this machine's."""
    return ("127.0.0.1", 0)


@pytest.fixture
def believing(httpserver: HTTPServer, chromium: Browser, screenshots: Path) -> Iterator[Visitor]:
    """Somebody who looks at a page of another server, which each test writes itself."""
    with visiting(chromium, httpserver.url_for("").rstrip("/"), screenshots) as someone:
        yield someone


def test_page_that_believes_is_found_out(httpserver: HTTPServer, believing: Visitor) -> None:
    """On a page that takes the same text for HTML, every one of the measures sees it."""
    html = f"<p>{hostile.SCRIPT}</p>{hostile.PICTURE}{hostile.ANCHOR}"
    httpserver.expect_request("/believing").respond_with_data(html, content_type="text/html")
    believing.open("/believing")
    believing.page.get_by_text("run", exact=True).click()
    believing.page.wait_for_function("() => document.images[0].complete")
    assert believing.dialogs == ["1"]
    assert len(believing.scripts) >= 2
    assert believing.outside == [f"http://{hostile.HOST}/a"]
    assert len(believing.elements_made_of(MARK)) == 3


def test_page_that_escapes_is_not(httpserver: HTTPServer, believing: Visitor) -> None:
    """On a page that escapes it, none of them does."""
    html = f"<p>{escape(hostile.SCRIPT)}</p><p>{escape(hostile.PICTURE)}</p>"
    httpserver.expect_request("/escaping").respond_with_data(html, content_type="text/html")
    believing.open("/escaping")
    assert_shown(believing, hostile.SCRIPT, hostile.PICTURE)
