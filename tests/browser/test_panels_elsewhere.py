"""Every panel in Notebook 7, and as the HTML that nbconvert, and a site that sanitises, show."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path

import nbconvert
import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert.preprocessors.sanitize import SanitizeHTML
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.classic import run_in_notebook_7
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


@pytest.fixture(scope="module")
def classic(folder: Path, address: str, chromium: Browser) -> Iterator[Page]:
    """The notebook in Notebook 7, all of its cells run."""
    with run_in_notebook_7(folder / "elsewhere.ipynb", CELLS, address, chromium) as page:
        yield page


@pytest.mark.parametrize("name", PANELS)
def test_every_panel_lives_and_can_be_used_in_notebook_7(name: str, classic: Page) -> None:
    cell = classic.locator(".jp-CodeCell").nth(list(CELLS).index(name))
    cell.scroll_into_view_if_needed()
    panel = cell.locator(".workbench-place > div > .wb-frame")
    expect(panel).to_have_attribute("data-life", "live", timeout=60_000)
    USES[name](panel)
    PICTURES.mkdir(exist_ok=True)
    classic.screenshot(path=PICTURES / f"notebook7-{name}.png")


def _chat(panel: Locator) -> None:
    box = panel.get_by_label("Message", exact=True)
    box.fill("What's my name?")
    box.press("Enter")
    expect(panel).to_contain_text("Your name is John.")


def _grid(panel: Locator) -> None:
    panel.get_by_role("searchbox").fill("prefer")
    expect(panel.locator("mark").first).to_have_text("prefer")


def _compare(panel: Locator) -> None:
    box = panel.get_by_label("Prompt for all columns")
    box.fill("What's my name?")
    box.press("Enter")
    expect(panel).to_contain_text("Your name is Jane.")


def _inspect(panel: Locator) -> None:
    panel.get_by_role("tab", name="Doctor").click()
    expect(panel).to_contain_text("nothing is wrong with this conversation")


def _app(panel: Locator) -> None:
    panel.get_by_role("searchbox").first.fill("other")
    names = panel.locator(".wb-app-names button")
    expect(names).to_have_count(1)  # the list follows what is typed, and a click could overtake it
    names.click()
    expect(panel.get_by_role("heading", name="other")).to_be_visible()


USES = {"chat": _chat, "grid": _grid, "compare": _compare, "inspect": _inspect, "app": _app}
"""Something that only a live panel does."""
