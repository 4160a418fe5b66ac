"""One JupyterLab and one Chromium for the tests of this folder, in a folder of their own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import lab
from tests.browser.notebooks import write_notebook
from tests.browser.screen import Screen
from tests.browser.talk import write_talk
from tests.notebooks.running import ROOT

TUTORIAL = "01-first-conversation.ipynb"
TALK = "talk.ipynb"

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def chromium_path() -> str:
    """The system's Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "no chromium on PATH: python -m tests --setup installs what the tests need"
    return program


expect.set_options(timeout=30_000)  # milliseconds: a busy machine takes its time, and is not wrong

OpenNotebook = Callable[[str], Screen]


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that JupyterLab shows."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="package")
def address(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running JupyterLab, in a folder with the tutorial and a notebook of the tests' own."""
    home = tmp_path_factory.mktemp("home")
    shutil.copy(ROOT / "notebooks" / TUTORIAL, folder)
    write_talk(folder / TALK)
    with lab.running(folder, home) as running:
        yield running


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def opened(address: str, chromium: Browser) -> OpenNotebook:
    """Opens a notebook; its kernel and its page go on for the tests that come after."""
    screens: dict[str, Screen] = {}

    def open_notebook(name: str) -> Screen:
        if name not in screens:
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            screens[name] = Screen(page, address, name)
        return screens[name]

    return open_notebook


@pytest.fixture(scope="package")
def written(folder: Path, opened: OpenNotebook) -> Callable[[str, Mapping[str, str]], Screen]:
    """Writes a notebook of these cells beside the others, and opens it."""

    def write_and_open(name: str, cells: Mapping[str, str]) -> Screen:
        if not (folder / name).exists():
            write_notebook(folder / name, cells)
        return opened(name)

    return write_and_open


@pytest.fixture(scope="package")
def tutorial(opened: OpenNotebook) -> Screen:
    """The first tutorial."""
    return opened(TUTORIAL)


@pytest.fixture(scope="package")
def talk(opened: OpenNotebook) -> Screen:
    """The notebook of `tests.browser.talk`, its first cell run."""
    screen = opened(TALK)
    screen.run("load")
    return screen


@pytest.fixture(autouse=True)
def picture_of_a_failure(request: pytest.FixtureRequest) -> Iterator[None]:
    """What was on the screen when a test failed lies in .screenshots/."""
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed > failed:
        for screen in getattr(request.node, "funcargs", {}).values():
            if isinstance(screen, Screen):
                screen.picture(f"failed-{request.node.name}")
