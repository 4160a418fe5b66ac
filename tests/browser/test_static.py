from __future__ import annotations

from pathlib import Path

import nbconvert
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.screen import PICTURES
from tests.notebooks.running import TUTORIALS, code_cells, is_turn, read

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_the_stored_tutorial_reads_as_a_web_page_without_a_kernel(
    tutorial: Path, chromium: Browser, tmp_path: Path
) -> None:
    notebook = read(tutorial)
    html, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    page_file = tmp_path / "tutorial.html"
    page_file.write_text(html, encoding="utf-8")
    page = chromium.new_page(viewport={"width": 1000, "height": 1200})
    page.route("http*://**", lambda route: route.abort())  # as on a train
    page.goto(page_file.as_uri(), wait_until="domcontentloaded")
    turns = [
        output["data"]["text/plain"].splitlines()[-1]
        for cell in code_cells(notebook)
        for output in cell.outputs
        if output.output_type == "display_data" and is_turn(output["data"])
    ]
    own = page.locator(".jp-OutputArea-output:not(:has(.workbench-place)) .workbench-footer")
    expect(own).to_have_text(turns)
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{tutorial.stem}-static.png", full_page=True)
    page.close()
