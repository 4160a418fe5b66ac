"""A notebook in Notebook 7."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.notebooks import write_notebook
from tests.browser.screen import READY


@contextmanager
def run_in_notebook_7(
    file: Path, cells: Mapping[str, str], address: str, chromium: Browser
) -> Iterator[Page]:
    """Write a notebook of these cells, open it, and run all of them."""
    write_notebook(file, cells)
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    page.goto(f"{address}/notebooks/{file.name}")
    page.wait_for_function(READY, timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    yield page
    page.close()
