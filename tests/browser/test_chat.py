"""The chat panel in a real JupyterLab: one notebook, whose kernel goes on from test to test."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import nbconvert
import nbformat
import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.chat_cells import CELLS
from tests.browser.ears import Ears
from tests.browser.people import barriers_in_both_themes, focused
from tests.browser.screen import PICTURES, Screen

pytestmark = pytest.mark.browser

NOTEBOOK = "chat.ipynb"
WIDE = "each => each.scrollWidth - each.clientWidth"

SEEN = """() => {
    const look = done => document.querySelector('.wbc-composer .wb-danger') && done(true);
    window.seen = new Promise(done => {
        const watch = new MutationObserver(() => look(done));
        watch.observe(document.body, {childList: true, subtree: true});
    });
}"""
"""A promise that a turn has begun, however short it is."""

KEPT = """text => {
    const { cells } = window.jupyterapp.shell.currentWidget.content.model;
    return JSON.stringify(cells.get(1).outputs.toJSON()).includes(text);
}"""
"""Whether the notebook keeps this text of the first panel."""


@pytest.fixture(scope="module")
def screen(written: Callable[[str, Mapping[str, str]], Screen]) -> Screen:
    """The notebook, its first panel shown."""
    shown = written(NOTEBOOK, CELLS)
    shown.run("load")
    shown.run("panel")
    return shown


@pytest.fixture(scope="module")
def panel(screen: Screen) -> Locator:
    """The first panel."""
    return screen.output("panel").locator(".wbc")


def said(panel: Locator) -> Locator:
    return panel.locator(".wbc-message .wb-plaintext, .wbc-message .wb-markdown")


def button(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("button", name=name, exact=True)


def draft(panel: Locator) -> Locator:
    return panel.get_by_label("Message", exact=True)


def turns(panel: Locator, number: int) -> None:
    """Wait until the panel is idle and has so many turns."""
    expect(panel.locator(".wbc-foot")).to_contain_text(re.compile(f"^{number} turns?,"))
    expect(button(panel, "Stop")).to_have_count(0)


def test_a_message_is_sent_by_keys_alone_and_the_answer_grows(
    screen: Screen, panel: Locator
) -> None:
    draft(panel).focus()
    screen.page.keyboard.type("Remember that one two three four five six seven eight nine ten")
    screen.page.keyboard.press("Shift+Enter")
    screen.page.keyboard.type("for later")
    screen.page.keyboard.press("Enter")
    expect(button(panel, "Stop")).to_be_visible()
    expect(draft(panel)).to_have_value("")
    expect(said(panel).nth(1)).not_to_be_empty()
    expect(panel.locator(".wbc-typing")).to_be_visible()
    screen.picture("chat-growing", "panel")
    turns(panel, 1)
    assert str(said(panel).first.text_content()).endswith("ten\nfor later")
    expect(panel.locator(".wbc-turn")).to_contain_text("tokens (estimated)")
    news = screen.output("panel").get_by_role("status").filter(has_text="Assistant:")
    expect(news).to_have_count(1)
    assert focused(screen) == "Message"


def test_escape_stops_and_the_draft_and_the_history_are_as_before(
    screen: Screen, panel: Locator
) -> None:
    text = "one two three four five six seven eight nine ten eleven twelve thirteen"
    draft(panel).fill(text)
    draft(panel).press("Enter")
    expect(said(panel).nth(3)).not_to_be_empty()
    screen.page.keyboard.press("Escape")
    expect(panel).to_contain_text("Stopped. The history is as it was before.")
    turns(panel, 1)
    expect(draft(panel)).to_have_value(text)
    draft(panel).fill("")


def test_undo_redo_edit_regenerate_and_fork(screen: Screen, panel: Locator) -> None:
    button(panel, "Undo").click()
    turns(panel, 0)
    expect(panel).to_contain_text("Nothing was said yet.")
    button(panel, "Redo").click()
    turns(panel, 1)
    draft(panel).focus()
    screen.page.keyboard.press("ArrowUp")
    expect(panel).to_contain_text("Editing turn 1")
    draft(panel).fill("My name is Mary")
    button(panel, "Send instead").click()
    expect(said(panel)).to_have_text(["My name is Mary", "Nice to meet you, Mary."])
    turns(panel, 1)
    screen.page.evaluate(SEEN)
    button(panel, "Regenerate").click()
    assert screen.page.evaluate("() => window.seen")
    turns(panel, 1)
    expect(said(panel).nth(1)).to_have_text("Nice to meet you, Mary.")
    button(panel, "Fork here").click()
    expect(panel.get_by_label("Session", exact=True)).to_have_value("talk-2")
    panel.get_by_label("Session", exact=True).select_option("talk")
    expect(panel.get_by_label("Session", exact=True)).to_have_value("talk")
    button(panel, "Edit").click()
    screen.page.keyboard.press("Escape")
    expect(panel).not_to_contain_text("Editing turn")


def test_a_turn_of_a_cell_shows_when_the_reader_comes_back(screen: Screen, panel: Locator) -> None:
    screen.run("elsewhere")
    button(panel, "Refresh").click()
    turns(panel, 2)
    expect(said(panel).nth(2)).to_have_text("My dog is called Rex")
    screen.run("python")
    expect(screen.output("python")).to_contain_text("StoredSession ['done', 'done', 'done']")


def test_errors_are_said_in_words_and_the_panel_goes_on(screen: Screen, panel: Locator) -> None:
    panel.get_by_label("Model", exact=True).select_option("gpt-5.2")
    draft(panel).fill("Hello")
    button(panel, "Send").click()
    problem = screen.output("panel").get_by_role("alert")
    expect(problem).to_contain_text("OPENAI_API_KEY")
    expect(draft(panel)).to_have_value("Hello")
    problem.get_by_role("button").click()
    panel.get_by_label("Model", exact=True).select_option("offline")
    panel.get_by_label("Agent", exact=True).select_option("none")
    draft(panel).press("Enter")
    turns(panel, 3)
    panel.get_by_label("Session", exact=True).select_option("New session …")
    panel.get_by_label("Name of the new session").fill("fresh")
    screen.page.keyboard.press("Enter")
    turns(panel, 0)
    panel.get_by_label("Session", exact=True).select_option("talk")
    turns(panel, 3)


def test_markdown_code_tools_pictures_and_right_to_left(screen: Screen) -> None:
    screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    screen.run("rich")
    screen.run("rich-panel")
    panel = screen.output("rich-panel").locator(".wbc")
    ears = Ears(screen.page, screen.page.url.partition("/lab")[0])
    expect(panel.locator(".hljs-keyword").first).to_have_text("def")
    button(panel, "Copy the code").click()
    copied = screen.page.evaluate("navigator.clipboard.readText()")
    assert copied == "def add(a: int, b: int) -> int:\n    return a + b  # the sum\n"
    link = panel.get_by_role("link", name="link")
    expect(link).to_have_attribute("rel", re.compile("noopener"))
    expect(panel.locator("img")).to_have_count(1)
    load = panel.get_by_role("button", name="Load the image “far” from far.example")
    expect(load).to_be_visible()
    expect(button(panel, "Load the image from far.example")).to_be_visible()
    right = panel.get_by_text("مرحبا").evaluate("each => getComputedStyle(each).direction")
    assert right == "rtl"
    assert barriers_in_both_themes(screen, "chat-rich", "rich-panel") == []
    assert ears.heard == []
    panel.locator(".wbc-box").evaluate("each => { each.scrollTop = 0; }")
    panel.locator("summary", has_text="weather").click()
    expect(panel.locator(".wbc-part pre").last).to_contain_text('"degrees": -12')
    expect(panel.locator("summary", has_text="Reasoning")).to_be_visible()
    screen.picture("chat-tools", "rich-panel")


def test_a_tool_is_approved_by_a_button(screen: Screen) -> None:
    screen.run("approve")
    panel = screen.output("approve").locator(".wbc")
    draft(panel).fill("Use send_mail with to joe@example.com")
    draft(panel).press("Enter")
    expect(panel.get_by_role("group", name="Approve send_mail?")).to_be_visible()
    assert barriers_in_both_themes(screen, "chat-approve", "approve") == []
    button(panel, "Approve").click()
    expect(panel.locator(".wbc-waiting")).to_have_count(0)
    panel.locator("summary", has_text="send_mail").click()
    expect(panel.locator(".wbc-part pre").last).to_have_text("sent to joe@example.com")
    draft(panel).fill("Use send_mail with to ann@example.com")
    draft(panel).press("Enter")
    button(panel, "Reject").click()
    expect(panel.locator(".wbc-waiting")).to_have_count(0)
    expect(panel.locator(".wbc-turn").last).to_contain_text("tokens")


def test_one_looks_under_a_compaction_and_it_fits_a_narrow_page(screen: Screen) -> None:
    screen.run("compacted")
    screen.run("compacted-panel")
    panel = screen.output("compacted-panel").locator(".wbc")
    look = button(panel, "Look under it")
    look.focus()
    screen.page.keyboard.press("Enter")
    expect(panel.locator(".wbc-beneath")).to_contain_text("My number 0 is 0")
    screen.page.set_viewport_size({"width": 560, "height": 900})  # 320 for the panel
    screen.command("application:toggle-left-area")
    assert panel.evaluate(WIDE) == 0
    assert panel.locator(".wbc-box").evaluate(WIDE) == 0
    screen.picture("chat-narrow", "compacted-panel")
    screen.command("application:toggle-left-area")
    screen.page.set_viewport_size({"width": 1280, "height": 900})


def test_of_ten_thousand_items_only_what_is_seen_is_in_the_page(screen: Screen) -> None:
    screen.run("many")
    screen.run("many-panel")
    panel = screen.output("many-panel").locator(".wbc")
    rows = panel.locator(".wbc-row")
    expect(rows.last).to_contain_text("message 9999")
    box = panel.locator(".wbc-box")
    for part, place in ((0, 0), (0.5, None)):
        box.evaluate("(each, part) => { each.scrollTop = part * each.scrollHeight; }", part)
        expect(rows.filter(has_text="message").first).to_be_visible()
        if place is not None:
            expect(rows.first).to_contain_text(f"message {place}")
    assert rows.count() < 60


def test_no_payload_runs_loads_or_opens_anything(screen: Screen) -> None:
    screen.page.keyboard.press("Escape")
    ears = Ears(screen.page, screen.page.url.partition("/lab")[0])
    screen.run("hostile")
    screen.run("hostile-panel")
    panel = screen.output("hostile-panel").locator(".wbc")
    box = panel.locator(".wbc-box")
    expect(panel.locator(".wbc-message").first).to_be_visible()
    rows: int = panel.locator(".wbc-row").last.evaluate("each => Number(each.ariaSetSize)")
    seen = 0
    top = "each => { each.scrollTop = 0; }"
    box.evaluate(top)
    while True:
        expect(panel.locator(".wbc-row", has_text=re.compile("^…$"))).to_have_count(0)
        panel.evaluate("each => each.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert ears.active(".wbc-box") == []
        seen = panel.locator(".wbc-row").last.evaluate("each => Number(each.ariaPosInSet)")
        if seen >= rows:
            break
        box.evaluate("each => { each.scrollTop += each.clientHeight + 400; }")
    assert not ears.pwned()
    assert ears.heard == []


def test_after_a_restart_the_saved_notebook_reads_well(
    screen: Screen, panel: Locator, folder: Path, chromium: Browser, tmp_path: Path
) -> None:
    draft(panel).focus()
    screen.cell("load").locator(".cm-content").click()  # what is kept is renewed on leaving
    screen.page.wait_for_function(KEPT, arg="Mary")
    screen.command("docmanager:save")
    screen.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    hint = screen.output("panel").get_by_text("The kernel was restarted or has ended")
    expect(hint).to_be_visible()
    expect(said(panel).first).to_have_text("My name is Mary")
    notebook = nbformat.read(folder / NOTEBOOK, as_version=4)
    html, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    saved = tmp_path / "saved.html"
    saved.write_text(html, "utf-8")
    page = chromium.new_page()
    page.route("http*://**", lambda route: route.abort())
    page.goto(saved.as_uri(), wait_until="domcontentloaded")
    place = page.locator(".workbench-place").first
    expect(place).to_contain_text("Nice to meet you, Mary.")
    expect(place).to_contain_text("tokens (estimated)")
    assert "rich" in html
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "chat-static.png")
    page.close()
