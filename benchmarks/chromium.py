"""A page in headless Chromium, for the pictures of the documentation.

Needs Chromium and `pip install playwright`.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120_000.0
"""Milliseconds to wait for anything; a loaded machine is slow."""


class Browser:
    """One page of a browser.

    Args:
        page: The page.

    Attributes:
        page: The same, for all that playwright can do.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE)

    def open(self, address: str, width: int, height: int, *, dark: bool = False) -> None:
        """Go to an address in a window of this size, in CSS pixels."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.goto(address)

    def wait_for(self, expression: str) -> None:
        """Wait until a JavaScript expression is true."""
        self.page.wait_for_function(expression)

    def screenshot(self, path: Path, height: int | None = None) -> None:
        """Write what the window shows, or its upper part, as a PNG file."""
        size = self.page.viewport_size
        if height is None or size is None:
            self.page.screenshot(path=path)
        else:
            upper = {"x": 0, "y": 0, "width": size["width"], "height": height}
            self.page.screenshot(path=path, clip=upper)  # type: ignore[arg-type]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that ends with the block: the machine's own, or the one playwright installs."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield Browser(browser.new_page())
        browser.close()
