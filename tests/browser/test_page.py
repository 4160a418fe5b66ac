"""``workbench app``: the panels as a page of their own, which asks nothing of the network."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.lab import free_port, own_environment
from tests.browser.screen import PICTURES

pytestmark = pytest.mark.browser

SECONDS = 60


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address that the running command has printed."""
    log = tmp_path / "log"
    command = [sys.executable, "-m", "workbench", "app", "--no-browser", "--port", str(free_port())]
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, cwd=tmp_path, env=own_environment(tmp_path), stdout=out, stderr=out
        )
    try:
        yield printed(server, log)
    finally:
        server.terminate()
        server.wait(20)


def printed(server: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and server.poll() is None:
        found = re.search(r"http://\S+token=\S+", log.read_text("utf-8", "replace"))
        if found:
            return found.group()
        time.sleep(0.2)
    raise AssertionError(log.read_text("utf-8", "replace"))


def test_a_page_without_code_talks_and_keeps_its_conversations_in_the_folder(
    address: str, chromium: Browser, tmp_path: Path
) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.get_by_role("button", name="New session").click(timeout=SECONDS * 1000)
    page.get_by_label("Name", exact=True).fill("first")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name="first")).to_be_visible()
    box = page.locator(".wb-app-child textarea")
    box.fill("My name is John", timeout=20_000)
    box.press("Enter")
    expect(page.locator(".wb-app-child")).to_contain_text(
        "Nice to meet you, John", timeout=SECONDS * 1000
    )
    assert "load_ext" not in page.content()
    own = ("http://localhost", "ws://localhost", "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []
    assert (tmp_path / ".workbench" / "workbench.db").is_file()
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "page.png")
    page.close()


def test_without_the_token_there_is_nothing_to_see(address: str, chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto(address.split("?")[0])
    expect(page.locator("#password_input")).to_be_visible()
    expect(page.locator(".wb-app")).to_have_count(0)
    page.close()
