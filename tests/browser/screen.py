"""A notebook on the screen: what a person does with it, and what that person sees."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page

from tests.notebooks.running import ROOT

PICTURES = ROOT / ".screenshots"

READY = """() => {
    const panel = window.jupyterapp?.shell?.currentWidget;
    return panel?.isRevealed && panel.sessionContext?.session?.kernel?.status === 'idle';
}"""

CELLS = """() => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    return notebook.widgets.map(cell => cell.model.id);
}"""

RUN = """async ([name, wait]) => {
    const { commands, shell } = window.jupyterapp;
    const notebook = shell.currentWidget.content;
    notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.id === name);
    const done = commands.execute('notebook:run-cell');
    if (wait) await done;
}"""

ERRORS = "application/vnd.jupyter.error", "application/vnd.jupyter.stderr"


class Screen:
    """One notebook, opened in JupyterLab in one page; cells are named by their ids."""

    def __init__(self, page: Page, address: str, notebook: str) -> None:
        self.page = page
        page.goto(f"{address}/lab/tree/{notebook}?reset")
        page.wait_for_function(READY, timeout=60_000)
        self._places = {name: place for place, name in enumerate(page.evaluate(CELLS))}

    def reload(self) -> None:
        """Load the page anew, with this notebook alone in it."""
        self.page.goto(self.page.url.split("?")[0] + "?reset")
        self.page.wait_for_function(READY, timeout=60_000)

    def run(self, name: str, *, wait: bool = True) -> None:
        """Run a cell; with ``wait`` return when it has ended."""
        self.page.evaluate(RUN, [name, wait])

    def run_all(self) -> None:
        """Run all cells, and return when the last one has ended."""
        self.command("notebook:run-all-cells")

    def command(self, name: str, **arguments: Any) -> None:
        """Do what the menu entry or the key of that command does."""
        call = "async ([name, given]) => { await window.jupyterapp.commands.execute(name, given); }"
        self.page.evaluate(call, [name, arguments])

    def cell(self, name: str) -> Locator:
        """The cell with that id."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(self._places[name])

    def output(self, name: str) -> Locator:
        """What a cell has put out."""
        return self.cell(name).locator(".jp-OutputArea-output")

    def errors(self) -> Locator:
        """All outputs that are errors or were written to stderr."""
        types = ", ".join(f'.jp-OutputArea-output[data-mime-type="{kind}"]' for kind in ERRORS)
        return self.page.locator(types)

    def theme(self, name: str) -> None:
        """Change to that theme."""
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_selector(f'body[data-jp-theme-name="{name}"]', state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def picture(self, name: str, cell: str | None = None) -> None:
        """Save what is on the screen in .screenshots/, scrolled to ``cell``."""
        if cell is not None:
            self.cell(cell).scroll_into_view_if_needed()
        PICTURES.mkdir(exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png")
