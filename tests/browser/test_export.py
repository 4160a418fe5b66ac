"""An exported page in a real browser: it shows everything, loads nothing, and runs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

import workbench as wb
from tests.browser.screen import PICTURES
from tests.render.hostile import PAYLOADS
from tests.verbs.files.conversations import make
from workbench import loop

pytestmark = pytest.mark.browser

WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
CODE = "```python\n" + "a_long_name = " * 40 + "1\n```"
ARABIC = "اسمك **جون**.\n\n1. واحد\n2. اثنان"


def write(path: Path) -> None:
    """A conversation in which every role says every payload, also tools and titles."""
    make()
    session: Any = wb.session("demo")
    items: list[dict[str, Any]] = [
        {"role": "user", "content": "ما هو اسمي؟"},
        {"role": "assistant", "content": ARABIC},
        {"role": "assistant", "content": CODE},
        {"role": "user", "content": "w" * 400},
    ]
    for number, payload in enumerate(PAYLOADS):
        items += [{"role": role, "content": payload} for role in ("user", "assistant", "system")]
        call = {"type": "function_call", "call_id": f"c{number}", "name": payload[:60]}
        items += [{**call, "arguments": payload}]
        items += [{"type": "function_call_output", "call_id": f"c{number}", "output": payload}]
        items += [{"type": payload, "content": payload}]
        source = f"data:image/png;base64,AA=={payload}"
        items += [{"role": "user", "content": [{"type": "input_image", "image_url": source}]}]
    items = [each for each in items if "\ud800" not in str(each)]
    loop.run(session.append(items, turn_id="t9"))
    wb.tag("demo", "<img src=x onerror=alert(1)>", title="</title><script>alert(1)</script>")
    wb.export("demo", path, overwrite=True)


def refuse(dialog: Dialog, heard: list[str]) -> None:
    """Note a dialog, and close it: the page waits for that."""
    heard.append(f"dialog {dialog.message}")
    dialog.dismiss()


@pytest.fixture
def told(chromium: Browser, tmp_path: Path) -> Iterator[tuple[Page, list[str]]]:
    """The page, and whatever it asked for or did that it should not."""
    path = tmp_path / "demo.html"
    write(path)
    context = chromium.new_context(viewport={"width": 900, "height": 1200})
    page = context.new_page()
    heard: list[str] = []
    page.on("dialog", lambda each: refuse(each, heard))
    page.on("request", lambda each: heard.append(f"request {each.url}"))
    page.on("requestfailed", lambda each: heard.append(f"{each.failure} {each.url}"))
    page.on("pageerror", lambda each: heard.append(f"error {each}"))
    page.on("console", lambda each: heard.append(f"console {each.text[:200]}"))
    page.on("popup", lambda each: heard.append(f"popup {each.url}"))
    page.goto(path.as_uri())
    yield page, heard
    context.close()


def test_no_payload_runs_loads_or_moves_anything(told: tuple[Page, list[str]]) -> None:
    page, heard = told
    page.evaluate("() => document.querySelectorAll('details').forEach(each => each.open = true)")
    page.mouse.move(450, 600)
    page.wait_for_timeout(300)
    asked = [each for each in heard if "demo.html" not in each and "data:image/png" not in each]
    assert asked == []
    assert page.url.endswith("demo.html")
    assert page.locator("script, iframe, object, embed, form, base, link, svg").count() == 0
    handlers = "() => [...document.querySelectorAll('*')].flatMap(each => [...each.attributes])"
    names = page.evaluate(handlers + ".map(each => each.name)")
    assert not [each for each in names if each.startswith("on")]


def test_the_page_forbids_what_its_text_never_does(told: tuple[Page, list[str]]) -> None:
    page, heard = told
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'document.title = "it ran"';
            document.body.append(script);
            const image = document.createElement('img');
            image.src = 'https://example.invalid/pixel.gif';
            document.body.append(image);
        }"""
    )
    page.wait_for_timeout(300)
    assert page.title() != "it ran"
    refused = " ".join(heard)
    assert "Content Security Policy" in refused
    assert "csp https://example.invalid" in refused


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 900])
def test_it_reads_well_wide_and_narrow_light_and_dark(
    told: tuple[Page, list[str]], scheme: str, width: int
) -> None:
    page, _heard = told
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 1200})
    assert page.evaluate(WIDE) == 0
    code = page.locator("pre:has(code)").first
    assert code.evaluate("each => each.scrollWidth > each.clientWidth")
    colours = page.locator("body").evaluate(
        "each => [getComputedStyle(each).color, getComputedStyle(each).backgroundColor]"
    )
    text, back = (sum(map(int, each.strip("rgb()").split(", "))) for each in colours)
    assert abs(text - back) > 450
    assert (back < text) == (scheme == "dark")
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"export-{scheme}-{width}.png")


def test_tools_and_hidden_items_unfold_and_arabic_reads_from_the_right(
    told: tuple[Page, list[str]],
) -> None:
    page, _heard = told
    sent = page.get_by_text("sent to joe@example.com", exact=True)
    expect(sent).not_to_be_visible()
    page.locator("details.tool summary").first.click()
    expect(sent).to_be_visible()
    expect(page.locator("details.aside summary").first).to_have_text(
        "archived, cancelled turn: 1 item"
    )
    picture = page.locator("img").first
    expect(picture).to_be_visible()
    assert picture.evaluate("each => each.naturalWidth") == 1
    right = page.get_by_text("واحد").evaluate("each => getComputedStyle(each).direction")
    assert right == "rtl"
