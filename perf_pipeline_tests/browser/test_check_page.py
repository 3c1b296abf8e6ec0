"""A service officer checks a return in a real browser: drops it, reads what was found, mends it."""

import base64
import io
import re
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from perf_pipeline_tests.browser.visitors import WAIT_MS, Visitor, visiting
from perf_pipeline_tests.integration.workplaces import COMMAND, Workplace, copy_council

QUARTER = "2023-24-Q1"
FILE_NAME = "adults_services.xlsx"
SHOWS_ERROR = "C13"
"""The cell that the broken workbook has `#DIV/0!` in: the figure of ADS-04."""

_AS_DROPPED = """
([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
  const dropped = new DataTransfer();
  dropped.items.add(new File([bytes], name));
  return dropped;
}
"""


@dataclass
class Served:
    """The page as `perf-pipeline serve-check` serves it.

    Attributes:
        process: The server.
        origin: Its address, as it printed it.
        scratch: Where it may write for a while.
    """

    process: subprocess.Popen[str]
    origin: str
    scratch: Path

    @property
    def left_over(self) -> list[Path]:
        """What it has written and not removed."""
        return list(self.scratch.iterdir())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page of the sample council, which no quarter was run of."""
    root = tmp_path_factory.mktemp("served")
    copy_council(root)
    (root / "scratch").mkdir()
    place = Workplace(root, extra={"TMPDIR": str(root / "scratch")})
    process = subprocess.Popen(
        [str(COMMAND), "serve-check", "--port", "0"],
        cwd=root,
        env=place.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    printed = process.stdout.readline()
    (origin,) = re.findall(r"http://127\.0\.0\.1:\d+", printed)
    yield Served(process, origin, root / "scratch")
    process.kill()
    process.communicate()


@pytest.fixture
def visitor(chromium: Browser, served: Served, screenshots: Path) -> Iterator[Visitor]:
    """A person at the page, which asks nothing of anybody else."""
    with visiting(chromium, served.origin, screenshots) as visitor:
        visitor.open("/")
        yield visitor
        assert visitor.outside == []
        assert visitor.page.context.cookies() == []
    assert served.left_over == []


@pytest.fixture
def plain(chromium: Browser, served: Served) -> Iterator[Page]:
    """A person at the page in a browser that runs no script."""
    context = chromium.new_context(java_script_enabled=False)
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto(served.origin)
    yield page
    context.close()
    assert served.left_over == []


@pytest.fixture(scope="module")
def broken(served: Served) -> bytes:
    """The sample's workbook of Adults Services with `#DIV/0!` in a figure's cell."""
    sample = served.scratch.parent / "data" / "returns" / QUARTER / FILE_NAME
    book = openpyxl.load_workbook(sample)
    book["Return"][SHOWS_ERROR] = "#DIV/0!"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """A workbook of a few hundred kilobytes that would unpack to 300 MB."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/workbook.xml", "<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", bytes(300_000_000))
    return written.getvalue()


@pytest.fixture
def huge(tmp_path: Path) -> Path:
    """A file of 200 MB."""
    path = tmp_path / FILE_NAME
    with path.open("wb") as file:
        file.truncate(200_000_000)
    return path


def drop(page: Page, name: str, content: bytes) -> None:
    """Drop a file on the page, as the mouse does."""
    dropped = page.evaluate_handle(_AS_DROPPED, [name, base64.b64encode(content).decode()])
    page.dispatch_event("#drop", "dragover", {"dataTransfer": dropped})
    page.dispatch_event("#drop", "drop", {"dataTransfer": dropped})


def check(page: Page) -> None:
    """Choose the quarter and ask for the check."""
    page.get_by_label("Quarter that the return is for").select_option(QUARTER)
    page.get_by_role("button", name="Check").click()
    page.wait_for_load_state("networkidle")


def choose(page: Page, name: str, content: bytes) -> None:
    """Choose a file as the browser's own dialog does."""
    page.get_by_label("The return:").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with a page's accessibility."""
    return [each["id"] for each in Axe().run(page).response["violations"]]


def test_broken_workbook_is_dropped_and_its_findings_read(visitor: Visitor, broken: bytes) -> None:
    """The page says which cell is wrong, what to do, and what each KPI would be rated."""
    page = visitor.page
    assert violations(page) == []
    drop(page, FILE_NAME, broken)
    assert page.locator("#drop-message").inner_text() == f"Chosen: {FILE_NAME}"
    check(page)
    assert page.locator("h1").inner_text() == "Adults Services, Q1 2023/24: 1 row would be rejected"
    finding = page.get_by_role("row").filter(has_text="#DIV/0!")
    assert finding.get_by_role("rowheader").inner_text() == SHOWS_ERROR
    assert "Mend the formula, or write N/A" in finding.inner_text()
    rating = page.get_by_role("row").filter(has_text="ADS-04").last
    assert "its row was rejected" in rating.inner_text()
    assert violations(page) == []
    page.get_by_role("link", name="Check another file").click()
    visitor.see("Or drop the file here.")


def test_zip_bomb_is_refused_in_words(visitor: Visitor, bomb: bytes) -> None:
    """The reader's sentence stands on the page, which is as accessible as the others."""
    assert len(bomb) < 1_000_000
    drop(visitor.page, FILE_NAME, bomb)
    check(visitor.page)
    visitor.see("too large or too tightly packed to be a return")
    assert violations(visitor.page) == []


def test_file_of_200_mb_is_refused_before_it_is_sent(visitor: Visitor, huge: Path) -> None:
    """The page's script says so, and the file is no longer chosen."""
    visitor.page.get_by_label("The return:").set_input_files(huge)
    visitor.see("is larger than 20 MB, and no return is so large.")
    assert visitor.page.get_by_label("The return:").input_value() == ""


def test_file_of_200_mb_is_refused_in_words_without_scripts(plain: Page, huge: Path) -> None:
    """The server's answer arrives, though the browser was still sending."""
    plain.get_by_label("The return:").set_input_files(huge)
    check(plain)
    assert plain.locator("h1").inner_text() == "The return could not be checked"
    assert "The file is larger than 20 MB" in plain.locator("main").inner_text()


def test_form_works_without_scripts(plain: Page, broken: bytes) -> None:
    """Choosing the file and pressing the button is enough."""
    choose(plain, FILE_NAME, broken)
    check(plain)
    assert plain.get_by_role("rowheader", name=SHOWS_ERROR).is_visible()


def test_two_files_are_not_taken_for_one(visitor: Visitor) -> None:
    """Which of them is meant is not guessed."""
    dropped = visitor.page.evaluate_handle(
        "() => { const each = new DataTransfer(); for (const name of ['a.csv', 'b.csv']) "
        "{ each.items.add(new File(['x'], name)); } return each; }"
    )
    visitor.page.dispatch_event("#drop", "drop", {"dataTransfer": dropped})
    visitor.see("Drop one file at a time.")


def test_stopping_the_page_ends_it(served: Served) -> None:
    """Ctrl+C ends it without a complaint, and it has said nothing of what was sent."""
    served.process.send_signal(signal.SIGINT)
    printed, complained = served.process.communicate(timeout=60)
    assert served.process.returncode == 0
    assert printed + complained == ""
