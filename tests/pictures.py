"""``python -m tests.pictures``: the README's pictures, taken of the real thing in Chromium.

A notebook is written, opened in a JupyterLab of its own, and run with the offline model; each panel
is used as a person would before its picture is taken. The pictures lie in ``notebooks/pictures/``.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Locator, expect, sync_playwright

from tests.browser import lab
from tests.browser.conftest import FLAGS, chromium_path
from tests.browser.notebooks import write_notebook
from tests.browser.screen import Screen
from tests.notebooks.running import NOTEBOOKS

PICTURES = NOTEBOOKS / "pictures"
SCALE = 1.5
"""Pixels of a picture for each of the page: sharp on most screens, and still small."""

PREPARE = '''\
%load_ext workbench
import workbench as wb
from agents import Agent, function_tool

@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}, 21 degrees"

guide = Agent(name="Guide", instructions="You help travellers.", tools=[get_weather])
wb.ask("trip", "My name is John and I like museums", agent=guide, stream=False)
wb.ask("trip", "I prefer trains to planes", agent=guide, stream=False)
wb.ask("trip", "What are my preferences?", agent=guide, stream=False)
wb.ask("trip", "Use get_weather for Helsinki", agent=guide, stream=False)
wb.ask("trip-jane", "My name is Jane", store="sqlite:///team.db", stream=False)
wb.ask("ideas", "I prefer dark mode in the evening", stream=False)
wb.tag("trip", "travel", title="Helsinki in May")
wb.tag("ideas", "draft");'''

FIRST = {
    "load": "%load_ext workbench",
    "name": "%%agent --session demo\nMy name is John and I prefer dark mode",
    "whats-my-name": "%%agent --session demo\nWhat's my name?",
    "history": 'import workbench as wb\n\nwb.history("demo")[["turn", "role", "content", "model"]]',
}

CELLS = {
    "prepare": PREPARE,
    "chat": "%session chat trip",
    "grid": "%session grid trip",
    "compare": "%session compare trip trip-jane",
    "inspect": "%session inspect trip",
    "app": "%session app trip",
}


def main() -> int:
    """Take all pictures; returns 0."""
    PICTURES.mkdir(exist_ok=True)
    with opened(FIRST, height=700) as screen:
        for name in FIRST:
            screen.run(name)
        save("notebook", screen.page.screenshot())
    with opened(CELLS, height=1200) as screen:
        screen.run("prepare")
        for name, use in USES.items():
            screen.run(name)
            panel = screen.output(name).locator(".workbench-place")
            use(panel)
            save(name, panel.screenshot())
    return 0


@contextmanager
def opened(cells: Mapping[str, str], *, height: int) -> Iterator[Screen]:
    """A notebook of these cells, in a JupyterLab of its own."""
    with (
        TemporaryDirectory() as folder,
        TemporaryDirectory() as home,
        sync_playwright() as playwright,
    ):
        write_notebook(Path(folder) / "conversations.ipynb", cells)
        with lab.running(Path(folder), Path(home)) as address:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
            page = browser.new_page(
                viewport={"width": 1100, "height": height}, device_scale_factor=SCALE
            )
            screen = Screen(page, address, "conversations.ipynb")
            screen.command("application:toggle-left-area")
            yield screen
            browser.close()


def chat(panel: Locator) -> None:
    """Ask something, and wait for the answer."""
    box = panel.get_by_label("Message", exact=True)
    box.fill("What's my name?")
    box.press("Enter")
    expect(panel).to_contain_text("Your name is John.")
    expect(panel.locator(".wbc-foot")).to_contain_text("context")


def grid(panel: Locator) -> None:
    """Search."""
    panel.get_by_role("searchbox").fill("helsinki")
    expect(panel.locator("mark").first).to_be_visible()


def compare(panel: Locator) -> None:
    """Ask both the same."""
    box = panel.get_by_label("Prompt for all columns")
    box.fill("What's my name?")
    box.press("Enter")
    expect(panel.locator(".wb-round").first.locator(".wb-took")).to_be_visible()


def inspect(panel: Locator) -> None:
    """Hold the next turn against the window of a model."""
    panel.get_by_label("Model", exact=True).select_option("gpt-4o")
    expect(panel.get_by_role("meter")).to_be_visible()


def app(panel: Locator) -> None:
    """Wait for the chosen conversation."""
    expect(panel.locator(".wb-app")).to_be_visible()
    expect(panel.locator(".wbc-foot")).to_contain_text("context")


USES: dict[str, Callable[[Locator], None]] = {
    "chat": chat,
    "grid": grid,
    "compare": compare,
    "inspect": inspect,
    "app": app,
}
"""The panels, and what is done with each before its picture is taken."""


def save(name: str, png: bytes) -> None:
    """Write a picture with 256 colours, which is what a page of text needs."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)
    print(f"{name}.png: {(PICTURES / f'{name}.png').stat().st_size // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())
