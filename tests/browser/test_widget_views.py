"""Every panel as a widget view, which is all that VS Code and Colab show of a widget.

The front end is Notebook 7, told that it needs the widget named in the output: it then shows the
view and not the HTML, and runs the panel's own ``render`` as any manager of widgets does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.classic import run_in_notebook_7
from tests.browser.screen import PICTURES
from tests.browser.test_panels_elsewhere import CELLS, PANELS, USES
from workbench.widgets.front_end import VARIABLE

pytestmark = pytest.mark.browser

TOLD = f'import os\nos.environ["{VARIABLE}"] = "1"\n'


@pytest.fixture(scope="module")
def views(folder: Path, address: str, chromium: Browser) -> Iterator[Page]:
    cells = {**CELLS, "load": TOLD + CELLS["load"]}
    with run_in_notebook_7(folder / "views.ipynb", cells, address, chromium) as page:
        yield page


@pytest.mark.parametrize("name", PANELS)
def test_every_panel_lives_and_can_be_used_as_a_widget_view(name: str, views: Page) -> None:
    cell = views.locator(".jp-CodeCell").nth(list(CELLS).index(name))
    cell.scroll_into_view_if_needed()
    panel = cell.locator(".workbench-panel > .wb-frame").first  # the app has more within
    expect(panel).to_have_attribute("data-life", "live", timeout=60_000)
    expect(cell.locator(".workbench-place")).to_have_count(0)
    USES[name](panel)
    PICTURES.mkdir(exist_ok=True)
    views.screenshot(path=PICTURES / f"view-{name}.png")
