"""Every panel as the HTML that nbconvert, and a site that sanitises, show."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import nbconvert
import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert.preprocessors.sanitize import SanitizeHTML
from playwright.sync_api import Browser, expect

from tests.browser.notebooks import write_notebook
from tests.browser.screen import PICTURES
from tests.notebook_kernel import environment

pytestmark = pytest.mark.browser

CELLS = {
    "load": """\
import os
os.environ["WORKBENCH_HOME"] = "elsewhere"
%load_ext workbench
import workbench as wb
wb.ask("tea", "My name is John and I prefer tea", stream=False);
wb.ask("other", "My name is Jane", stream=False);""",
    "chat": "%session chat tea",
    "grid": "%session grid tea",
    "compare": "%session compare tea other",
    "inspect": "%session inspect tea",
    "app": "%session app tea",
}
PANELS = list(CELLS)[1:]

SAID = {"chat": "I prefer tea", "grid": "I prefer tea", "app": "I prefer tea"}
"""What the static form has to tell, beside the name of the session."""


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """The notebook as ``nbconvert --execute`` has run it."""
    folder = tmp_path_factory.mktemp("executed")
    write_notebook(folder / "elsewhere.ipynb", CELLS)
    notebook = nbformat.read(folder / "elsewhere.ipynb", as_version=4)
    client = NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(folder)}}, kernel_name="python3"
    )
    client.execute(env=environment(folder))
    return notebook


def test_every_panel_reads_as_a_web_page_with_no_kernel_and_no_network(
    executed: nbformat.NotebookNode, chromium: Browser, tmp_path: Path
) -> None:
    exporter = nbconvert.HTMLExporter()
    html, _resources = exporter.from_notebook_node(executed)
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    page = chromium.new_page(viewport={"width": 1000, "height": 1200})
    page.route("http*://**", lambda route: route.abort())
    page.goto((tmp_path / "page.html").as_uri(), wait_until="domcontentloaded")
    cells = page.locator(".jp-CodeCell")
    for place, name in enumerate(PANELS, start=1):
        output = cells.nth(place).locator(".workbench-place")
        expect(output).to_be_visible()
        expect(output).to_contain_text("tea")
        expect(output).to_contain_text(SAID.get(name, ""))
        PICTURES.mkdir(exist_ok=True)
        output.screenshot(path=PICTURES / f"static-{name}.png")
    page.close()


def test_what_a_site_leaves_of_the_html_still_reads_well(
    executed: nbformat.NotebookNode,
) -> None:
    """Such as GitHub: no style, no class, no script."""
    sanitize = SanitizeHTML(attributes={}, strip=True)
    left, _resources = sanitize.preprocess(copy.deepcopy(executed), {})
    for cell in left.cells[1:]:
        (html,) = [each.data["text/html"] for each in cell.outputs if "data" in each]
        text = " ".join(re.sub(r"<[^>]+>", " ", html).split())
        assert "tea" in text
        assert SAID.get(cell.id, "") in text
        assert "style=" not in html
        assert "class=" not in html
        for noise in ("function(", "color:", "px;"):
            assert noise not in text, cell.id
