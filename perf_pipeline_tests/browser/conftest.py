"""The browser, and where its pictures go."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from perf_pipeline_tests.browser.visitors import start_chromium

SCREENSHOTS_VARIABLE = "PERF_PIPELINE_SCREENSHOTS"


# For a module alone: while Playwright drives, no other test of the process can run an event loop.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = start_chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pictures are written to: the environment's, or a temporary one."""
    given = os.environ.get(SCREENSHOTS_VARIABLE)
    folder = Path(given) if given else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
