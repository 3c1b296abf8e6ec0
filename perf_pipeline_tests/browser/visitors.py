"""A person at a browser: Debian's Chromium, in which nothing that leaves the machine gets out.

The browser is the machine's own; Playwright only drives it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, Playwright, Route, WebSocket

WIDTH, HEIGHT = 1200, 800
_LEFT = 240
WAIT_MS = 60_000
_SETTLED_MS = 400

_MADE_OF_TEXT = """
mark => [...document.querySelectorAll("img, a, script, iframe, object, embed, form, svg, link")]
  .map(each => each.outerHTML).filter(written => written.includes(mark))
"""


def start_chromium(playwright: Playwright) -> Browser:
    """Start the machine's Chromium, which finds no host but this machine."""
    path = shutil.which("chromium")
    assert path, "The tests drive Debian's Chromium: apt-get install chromium"
    return playwright.chromium.launch(
        executable_path=path,
        # As root, as in CI, Chromium starts only without its sandbox.
        args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
    )


class Visitor:
    """One person's window on one server, and what the pages in it tried.

    Attributes:
        origin: The server's address.
        page: The window.
        outside: Addresses of other servers that a page asked for; none of them was reached.
        scripts: What scripts told that came from text: whatever calls `hostile_ran`.
        dialogs: Texts of the dialogs that opened.
    """

    def __init__(self, browser: Browser, origin: str, screenshots: Path) -> None:
        self.origin = origin
        self.outside: list[str] = []
        self.scripts: list[str] = []
        self.dialogs: list[str] = []
        self._screenshots = screenshots
        self._context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            timezone_id="Europe/London",
            # A worker's requests would pass by the guard.
            service_workers="block",
        )
        self._context.set_default_timeout(WAIT_MS)
        self._context.route("**/*", self._guard)
        self._context.expose_function("hostile_ran", self._note_script)
        self._context.on("page", self._watch)
        self.page: Page = self._context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("websocket", self._note_websocket)
        page.on("dialog", self._refuse)

    def _guard(self, route: Route) -> None:
        if self._is_own(route.request.url):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def _note_websocket(self, socket: WebSocket) -> None:
        if not self._is_own(socket.url):
            self.outside.append(socket.url)

    def _note_script(self, what: str) -> None:
        self.scripts.append(what)

    def _is_own(self, url: str) -> bool:
        return urlsplit(url).netloc == urlsplit(self.origin).netloc

    def _refuse(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def open(self, path: str) -> None:
        """Open a page and wait until it has loaded what it shows."""
        self.page.goto(self.origin + path)
        self.page.wait_for_load_state("networkidle")

    def see(self, text: str) -> Locator:
        """Wait until a text stands on the page, and return where."""
        found = self.page.get_by_text(text).filter(visible=True).first
        found.wait_for()
        return found

    def elements_made_of(self, mark: str) -> list[str]:
        """Return the page's pictures, links, scripts and frames in which a mark stands."""
        found: list[str] = self.page.evaluate(_MADE_OF_TEXT, mark)
        return found

    def picture(self, name: str, *, until: Locator | None = None, height: int = HEIGHT) -> None:
        """Take a picture of the window, without the navigation on its left.

        Args:
            name: Name of the file, without its ending.
            until: What the picture ends above, so that no path of this machine is on it.
            height: Pixels of the window from its top, where the rest of it is empty.
        """
        # Pages move their parts into place for some moments after their text is there.
        self.page.wait_for_timeout(_SETTLED_MS)
        box = None if until is None else until.bounding_box()
        bottom = height if box is None else box["y"]
        clip: Any = {"x": _LEFT, "y": 0, "width": WIDTH - _LEFT, "height": bottom}
        self.page.screenshot(path=self._screenshots / f"{name}.png", clip=clip)

    def leave(self) -> None:
        """Close the window."""
        self._context.close()


@contextmanager
def visiting(browser: Browser, origin: str, screenshots: Path) -> Iterator[Visitor]:
    """Open a window on a server, and close it at the end."""
    visitor = Visitor(browser, origin, screenshots)
    try:
        yield visitor
    finally:
        visitor.leave()
