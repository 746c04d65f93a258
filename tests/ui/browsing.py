"""What the tests in a real browser share: where Chromium is, sizes, and pages that are watched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
DESKTOP, PHONE = (1280, 900), (390, 844)
WAIT = 60_000  # milliseconds; a loaded machine draws the canvas slowly
MARKS = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not find_spec("playwright"), reason="playwright is not installed"),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: install Debian's"),
]
_ON_CANVAS = "/photograph.png"


class Watch:
    """Pages of one app, and what went wrong on them: other hosts asked, scripts that failed."""

    def __init__(self, app: str, browser: Browser, console: bool) -> None:
        self._app, self._browser, self._console, self._contexts = app, browser, console, []
        self.strangers: list[str] = []
        self.failures: list[str] = []

    def open(self, size: tuple[int, int], query: str = "", theme: str = "light") -> Page:
        """Open the app; `query` may be a whole address. The photograph is on the canvas."""
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            accept_downloads=True,
            permissions=["clipboard-read", "clipboard-write", "camera"],
        )
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.on("request", self._note_stranger)
        page.on("pageerror", lambda error: self.failures.append(str(error)))
        page.on("console", self._note_console)
        address = f"{self._app}/?__theme={theme}&{query.removeprefix('?')}"
        with page.expect_event("requestfinished", lambda one: one.url.endswith(_ON_CANVAS)):
            page.goto(query if query.startswith("http") else address)
        page.wait_for_selector("#canvas canvas", state="attached")  # a link may lead elsewhere
        page.wait_for_function("/hole/.test(document.querySelector('#ratio')?.innerText || '')")
        return page

    def close(self) -> None:
        """Close all pages."""
        for context in self._contexts:
            context.close()

    def _note_stranger(self, request) -> None:
        if not request.url.startswith((self._app, "data:", "blob:")):
            self.strangers.append(request.url)

    def _note_console(self, message) -> None:
        if self._console and message.type == "error":
            self.failures.append(message.text)


@contextmanager
def watched(app: str, browser: Browser, *, console: bool = False) -> Iterator[Watch]:
    """Give what opens pages; in the end nothing must have gone wrong on them.

    Args:
        console: whether errors in the console count too; Gradio's editor logs some of its own.
    """
    watch = Watch(app, browser, console)
    try:
        yield watch
    finally:
        watch.close()
    assert watch.strangers == [], watch.strangers
    assert watch.failures == [], watch.failures


def width(page: Page) -> int:
    """Return how wide the page is: more than the window means sideways scrolling."""
    return page.evaluate("document.documentElement.scrollWidth")


def set_dark(page: Page) -> None:
    """Change a light page into a dark one, as Gradio's parameter `__theme` does."""
    page.evaluate("document.body.classList.add('dark')")


def has_text(page: Page, place: str, text: str) -> None:
    """Wait until a place shows a text."""
    page.wait_for_function(
        "([place, text]) => document.querySelector(place)?.innerText.includes(text)",
        arg=[place, text],
    )


def tick(page: Page, *names: str) -> None:
    """Tick these models and no others."""
    for box in page.locator(".ib-models input").all():
        if box.is_visible():
            box.set_checked(box.get_attribute("name") in names)
