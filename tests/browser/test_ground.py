"""What holds for every panel, shown on the app: where it stands, and what it survives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.screen import Screen

pytestmark = pytest.mark.browser

CELLS = {
    "load": """\
import os, time
os.environ["WORKBENCH_HOME"] = "ground"
%load_ext workbench
import workbench as wb
for number in range(30):
    wb.session(f"number {number}")
wb.ask("tea", "I prefer tea")""",
    "app": 'desk = wb.app("tea")\ndesk',
    "again": "desk",
    "box": "import ipywidgets\nipywidgets.VBox([desk])",
    "busy": "time.sleep(4)",
}

Written = Callable[[str, Mapping[str, str]], Screen]
SOON = 20_000


@pytest.fixture(scope="module")
def screen(written: Written) -> Screen:
    screen = written("ground.ipynb", CELLS)
    screen.run("load")
    screen.run("app")
    return screen


def panel(screen: Screen, cell: str = "app") -> Locator:
    """The live panel in the output of a cell."""
    return screen.output(cell).locator(".wb-frame:has(> .wb-app)")


def is_live(screen: Screen, cell: str = "app") -> Locator:
    found = panel(screen, cell)
    expect(found).to_have_attribute("data-life", "live", timeout=SOON)
    return found


def search(screen: Screen, cell: str = "app") -> Locator:
    return panel(screen, cell).get_by_role("searchbox")


def saved(screen: Screen, cell: str = "app") -> str:
    """The HTML that the notebook keeps of a cell's output."""
    return str(
        screen.page.evaluate(
            """place => window.jupyterapp.shell.currentWidget.content.widgets[place]
                .model.outputs.get(0).data['text/html']""",
            list(CELLS).index(cell),
        )
    )


def test_the_live_panel_takes_the_place_of_what_the_notebook_keeps(screen: Screen) -> None:
    found = is_live(screen)
    expect(found.locator(".wb-app-names button").first).to_be_visible()
    assert "31 sessions" in saved(screen)
    assert "<table>" in saved(screen)
    expect(screen.output("app").locator("table")).to_have_count(0)


def test_leaving_renews_what_is_kept_and_the_panel_keeps_draft_and_place(screen: Screen) -> None:
    is_live(screen)
    panel(screen).get_by_role("button", name="New session").click()
    panel(screen).get_by_label("Name", exact=True).fill("brand new")
    panel(screen).get_by_role("button", name="Make it").click()
    expect(panel(screen).get_by_role("heading")).to_have_text("brand new")
    panel(screen).get_by_role("button", name="New session").click()
    panel(screen).get_by_label("Name", exact=True).fill("a draft")
    listed = panel(screen).locator(".wb-app-names")
    listed.evaluate("each => { each.style.maxHeight = '200px'; each.scrollTop = 150; }")
    screen.cell("busy").locator(".cm-content").click()
    screen.page.wait_for_function(
        """place => window.jupyterapp.shell.currentWidget.content.widgets[place]
            .model.outputs.get(0).data['text/html'].includes('32 sessions')""",
        arg=list(CELLS).index("app"),
    )
    is_live(screen)
    expect(panel(screen)).to_have_count(1)
    expect(panel(screen).get_by_label("Name", exact=True)).to_have_value("a draft")
    assert listed.evaluate("each => each.scrollTop") == 150
    panel(screen).get_by_role("button", name="Cancel").click()


def test_two_views_and_one_in_a_box_are_live_each_for_itself(screen: Screen) -> None:
    screen.run("again")
    screen.run("box")
    for cell in ("app", "again", "box"):
        is_live(screen, cell)
    search(screen, "again").fill("tea")
    expect(panel(screen, "again").locator(".wb-app-names button")).to_have_count(1)
    expect(panel(screen, "box").locator(".wb-app-names button")).not_to_have_count(1)
    screen.command("notebook:clear-all-cell-outputs")
    screen.run("app")


def test_while_a_cell_runs_a_new_view_says_what_is_waited_for(screen: Screen) -> None:
    screen.run("app")
    is_live(screen)
    screen.run("busy", wait=False)
    search(screen).fill("tea")
    expect(panel(screen).locator(".wb-app-names button")).to_have_count(1, timeout=SOON)
    search(screen).fill("")


def test_a_lost_connection_comes_back_and_the_panel_goes_on(screen: Screen) -> None:
    is_live(screen)
    screen.page.evaluate(
        """async () => {
            const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
            await kernel.reconnect();
        }"""
    )
    is_live(screen)
    search(screen).fill("number 17")
    expect(panel(screen).locator(".wb-app-names button")).to_have_count(1, timeout=SOON)
    search(screen).fill("")


def reload(screen: Screen) -> None:
    """Open the page anew, with this notebook alone in it."""
    screen.command("docmanager:save")
    screen.reload()


def test_a_page_that_is_loaded_again_finds_the_panel_alive(screen: Screen) -> None:
    is_live(screen)
    reload(screen)
    is_live(screen)
    search(screen).fill("tea")
    expect(panel(screen).locator(".wb-app-names button")).to_have_count(1, timeout=SOON)
    search(screen).fill("")


def test_a_restarted_kernel_leaves_what_can_be_read_and_a_hint(screen: Screen) -> None:
    is_live(screen)
    screen.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    expect(panel(screen).locator(".wb-hint").first).to_contain_text(
        "The kernel was restarted", timeout=SOON
    )
    expect(panel(screen).locator(".wb-app-names button").first).to_be_visible()
    reload(screen)
    output = screen.output("app")
    expect(output.locator("table")).to_be_visible(timeout=SOON)
    expect(output).to_contain_text("I prefer tea")
    expect(output.locator(".wb-frame")).to_have_count(0)


def test_a_saved_notebook_reads_well_with_no_kernel(
    screen: Screen, chromium: Browser, address: str, folder: Path
) -> None:
    screen.command("docmanager:save")
    text = (folder / "ground.ipynb").read_text()
    (folder / "reopened.ipynb").write_text(text.replace('"name": "python3"', '"name": "gone"'))
    page = chromium.new_page(viewport={"width": 1000, "height": 900})
    page.goto(f"{address}/lab/tree/reopened.ipynb?reset")
    output = page.locator(".jp-OutputArea-output", has_text="32 sessions")
    expect(output.locator("table")).to_be_visible(timeout=60_000)
    expect(output).to_contain_text("I prefer tea")
    page.close()
