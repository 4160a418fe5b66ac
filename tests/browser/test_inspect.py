"""``wb.inspect`` in JupyterLab: every tab and button, by hand and by keyboard, in both themes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import nbconvert
import nbformat
import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.ears import Ears
from tests.browser.people import barriers_in_both_themes, focused
from tests.browser.screen import PICTURES, Screen

pytestmark = pytest.mark.browser

NAME = "inspect.ipynb"
CELLS = {
    "load": """\
import os
os.environ["WORKBENCH_HOME"] = "inspected"
%load_ext workbench
import asyncio
import workbench as wb
from workbench import loop

for number in range(8):
    wb.ask("long", f"My number is {number}", stream=False)

async def slowly(items):
    await asyncio.sleep(60)
    return "A summary"

wb.session("slow", max_messages=30, summary_model=slowly)
loop.run(wb.session("slow").add_items([{"role": "user", "content": str(n)} for n in range(30)]))
ill = wb.session("ill")
loop.run(ill.add_items([{"type": "function_call_output", "call_id": "c1", "output": "3"}]))""",
    "panel": 'wb.inspect("long")',
    "state": """\
import json
from ipywidgets import Widget
print(json.dumps(Widget.get_manager_state(drop_defaults=False)))""",
    "more": 'wb.ask("long", "Something new", stream=False).text',
    "forget": 'from workbench.workspace import workspace\nworkspace().secrets.forget("long")',
    "ill": 'wb.inspect("ill")',
    "alone": 'wb.inspect(wb.MemorySession("alone"))',
    "slow": 'wb.inspect("slow")',
    "nested": 'import ipywidgets\nipywidgets.VBox([wb.inspect("ill")])',
    "hostile": """\
from tests.render.hostile import PAYLOADS

texts = [each for each in PAYLOADS if "\\ud800" not in each]
hostile = wb.session("hostile")
loop.run(hostile.add_items([{"role": "user", "content": each} for each in texts]))
loop.run(hostile.add_items([{"type": each, "call_id": each} for each in texts]))
loop.run(hostile.add_items([{"role": "assistant", "content": each} for each in texts[:3]]))
wb.compact("hostile", keep_last=120, summary_model=lambda items: " ".join(texts)[:400])
ill = [{"type": "function_call_output", "call_id": each, "output": each} for each in texts]
loop.run(hostile.add_items(ill))
for text in texts[:40]:
    wb.tag("hostile", "".join(text.replace(",", " ").split())[:64] or "none", title=text[:150])
wb.inspect("hostile")""",
}
KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="
OTHER = "n7mB1f0PUbPb0Q5oHq3uUEBqkW1d0S9L7sJvYx2tR4c="
RESTART = "() => { window.jupyterapp.commands.execute('kernelmenu:restart'); }"
WIDE = "each => each.scrollWidth - each.clientWidth"
FORM = '<form class="wb-act"'
HELD = """(root) => [root.outerHTML, ...[...root.querySelectorAll('input')].map(e => e.value)]
    .join(' ')"""
"""All that the page holds of a panel, what is in its fields too."""


@pytest.fixture(scope="module")
def notebook(written: Callable[[str, Mapping[str, str]], Screen]) -> Screen:
    """The notebook, with a panel on a conversation of sixteen items."""
    screen = written(NAME, CELLS)
    screen.run("load")
    screen.run("panel")
    return screen


def panel_of(notebook: Screen, cell: str) -> Locator:
    """The live panel of a cell."""
    return notebook.output(cell).locator(".workbench-panel")


@pytest.fixture(scope="module")
def hostile(notebook: Screen) -> Locator:
    """The panel on a conversation that says every payload."""
    notebook.run("hostile")
    return panel_of(notebook, "hostile")


@pytest.fixture(scope="module")
def panel(notebook: Screen) -> Locator:
    """The panel on the long conversation."""
    return panel_of(notebook, "panel")


def opened(panel: Locator, tab: str) -> Locator:
    """A tab, once it has loaded what it shows."""
    panel.get_by_role("tab", name=tab).click()
    expect(panel.locator(".wb-loaded[data-loading=false]")).to_be_visible()
    return panel.get_by_role("tabpanel")


def press(shown: Locator, *names: str) -> None:
    """Press these buttons, one after the other."""
    for name in names:
        shown.get_by_role("button", name=name, exact=True).click()


def typed(shown: Locator, **keys: str) -> None:
    """Type into the fields of these labels."""
    for label, key in keys.items():
        shown.get_by_label(label.replace("_", " "), exact=True).locator("visible=true").fill(key)


def test_the_context_is_drawn_told_as_a_table_and_measured_by_another_model(
    notebook: Screen, panel: Locator
) -> None:
    shown = opened(panel, "Context")
    expect(shown.locator(".wb-lead")).to_contain_text("16 items")
    rows = shown.get_by_role("region", name="Tokens by role").locator("tbody tr")
    expect(rows).to_have_text([re.compile("instructions1"), re.compile("user8"), re.compile("ass")])
    assert shown.get_by_role("img", name="By item").locator("div").count() == 17
    shown.get_by_label("Model").select_option("gpt-4o")
    expect(shown.get_by_role("meter")).to_have_attribute("aria-valuemax", "128000")
    shown.get_by_text("What is sent, in order").click()
    expect(shown.get_by_text("My number is 7", exact=True)).to_be_visible()
    assert barriers_in_both_themes(notebook, "inspect-context", "panel") == []


def test_a_change_elsewhere_is_shown_when_the_reader_comes_back_or_refreshes(
    notebook: Screen, panel: Locator
) -> None:
    shown = opened(panel, "Context")
    notebook.run("more")
    press(shown, "Refresh")
    expect(shown.locator(".wb-lead")).to_contain_text("18 items")
    notebook.cell("more").locator(".cm-content").click()
    notebook.run("more")
    shown.get_by_label("Model").focus()
    expect(shown.locator(".wb-lead")).to_contain_text("20 items")


def test_compacting_dry_for_real_by_itself_and_back(notebook: Screen, panel: Locator) -> None:
    shown = opened(panel, "Compaction")
    shown.get_by_label("Compact above (max_messages), as a number").fill("12")
    shown.get_by_label("Compact above (max_messages), as a number").press("Tab")
    expect(shown.get_by_label("Compact above (max_messages)", exact=True)).to_have_value("12")
    expect(shown.get_by_label("Newest that stay (keep_last)", exact=True)).to_have_value("6")
    press(shown, "Dry run")
    before, after = (shown.get_by_role("region", name=each) for each in ("Before", "After"))
    expect(before.locator(".wb-taken")).to_have_count(14)
    expect(after.locator("li")).to_have_count(7)
    expect(after.locator(".wb-summary")).to_contain_text("First message: My number is 0")
    assert barriers_in_both_themes(notebook, "inspect-compaction", "panel") == []
    press(shown, "Compact now")
    expect(shown.locator(".wb-hint")).to_contain_text("Compacted 14 items into one summary")
    press(shown, "Look under it")
    expect(shown.locator(".wb-under li")).to_have_count(14)
    press(shown, "Switch on, with these limits")
    expect(shown.locator(".wb-lead")).to_contain_text("Compacted by itself above 12 messages")
    press(shown, "Switch off")
    expect(shown.locator(".wb-lead")).to_contain_text("Not compacted by itself")
    notebook.picture("inspect-compactions", "panel")
    press(shown, "Undo the last one", "Yes")
    expect(shown.locator(".wb-hint")).to_contain_text("14 items came back")
    expect(shown.get_by_text("Nothing was compacted.")).to_be_visible()


def test_a_slow_summary_is_stopped_and_nothing_was_done(notebook: Screen) -> None:
    notebook.run("slow")
    shown = opened(panel_of(notebook, "slow"), "Compaction")
    press(shown, "Compact now")
    expect(shown.get_by_role("progressbar", name="Compacting…")).to_be_visible()
    press(shown, "Stop")
    expect(shown.locator(".wb-hint")).to_have_text("Stopped: Compacting.")
    expect(shown.get_by_text("Nothing was compacted.")).to_be_visible()


def test_a_generated_key_encrypts_and_is_nowhere_afterwards(
    notebook: Screen, panel: Locator, folder: Path
) -> None:
    shown = opened(panel, "Encryption")
    shown.get_by_text("Encrypt", exact=True).click()
    press(shown, "Generate")
    key = shown.locator(".wb-secret").inner_text()
    assert barriers_in_both_themes(notebook, "inspect-encryption", "panel") == []
    press(shown, "Encrypt all items")
    expect(shown.get_by_role("alert")).to_contain_text("Copy the generated key first")
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press(shown, "Copy")
    expect(shown.get_by_text("Copied.")).to_be_visible()
    assert notebook.page.evaluate("() => navigator.clipboard.readText()") == key
    shown.get_by_label("I have kept it").check()
    press(shown, "Encrypt all items")
    expect(shown.locator(".wb-lead")).to_have_text("Encrypted")
    expect(shown.locator(".wb-samples code").first).to_contain_text('{"wb1":')
    read = shown.locator(".wb-samples td.wb-said")
    expect(read).to_have_text([re.compile("number|Something new")] * 3)
    notebook.picture("inspect-encrypted", "panel")
    nowhere(notebook, panel, folder, key)


def test_wrong_and_weak_keys_are_told_and_the_right_ones_work(
    notebook: Screen, panel: Locator, folder: Path
) -> None:
    shown = opened(panel, "Encryption")
    alert = shown.get_by_role("alert")
    if "Plain" in shown.locator(".wb-lead").inner_text():  # run by itself
        shown.get_by_text("Encrypt", exact=True).click()
        typed(shown, New_key=KEY, The_same_again=KEY)
        press(shown, "Encrypt all items")
    shown.get_by_text("Change the key", exact=True).click()
    typed(shown, New_key="a" * 32, The_same_again="a" * 32)
    press(shown, "Encrypt with the new key")
    expect(alert).to_contain_text("too few different characters")
    typed(shown, New_key=OTHER, The_same_again=KEY)
    press(shown, "Encrypt with the new key")
    expect(alert).to_contain_text("The two keys are not the same")
    typed(shown, New_key=OTHER, The_same_again=OTHER)
    shown.get_by_label("The same again").press("Enter")
    expect(shown.locator(".wb-hint")).to_contain_text("encrypted with the new key")
    nowhere(notebook, panel, folder, OTHER)
    nowhere(notebook, panel, folder, KEY)
    notebook.run("forget")
    press(shown, "Refresh")
    expect(shown.locator(".wb-samples td.wb-said")).to_have_text(["needs its key"] * 3)
    typed(shown, Key=KEY)
    press(shown, "Use this key")
    expect(alert).to_contain_text("was encrypted with key")
    typed(shown, Key=OTHER)
    press(shown, "Use this key")
    expect(shown.locator(".wb-hint")).to_contain_text("The key fits")
    expect(shown.locator(".wb-samples")).not_to_contain_text("needs its key")
    shown.get_by_text("Decrypt", exact=True).click()
    press(shown, "Make all items plain")
    expect(shown.locator(".wb-lead")).to_contain_text("Plain")


def nowhere(notebook: Screen, panel: Locator, folder: Path, key: str) -> None:
    """``key`` is not in the page, the state of the widgets, the notebook, or a file of ours."""
    assert key not in panel.evaluate(HELD)
    notebook.run("state")
    assert key not in notebook.output("state").inner_text()
    notebook.command("docmanager:save")
    for path in folder.rglob("*"):
        assert not path.is_file() or key.encode() not in path.read_bytes(), path


def test_the_doctor_finds_repairs_when_told_twice_and_is_content(notebook: Screen) -> None:
    notebook.run("ill")
    shown = opened(panel_of(notebook, "ill"), "Doctor")
    expect(shown.get_by_role("region", name="Findings").locator("tbody tr")).to_have_count(1)
    assert barriers_in_both_themes(notebook, "inspect-doctor", "ill") == []
    press(shown, "Repair", "No")
    expect(shown.get_by_role("button", name="Repair", exact=True)).to_be_focused()
    press(shown, "Repair", "Yes")
    expect(shown.locator(".wb-healthy")).to_be_visible()
    expect(shown.get_by_role("region", name="What was done").locator("tbody tr")).to_have_count(1)


def test_a_title_and_tags_are_noted(notebook: Screen, panel: Locator) -> None:
    shown = opened(panel, "About")
    shown.get_by_label("Title").fill("Numbers")
    shown.get_by_label("Tags, with commas between them").fill("red, blue")
    press(shown, "Note")
    expect(shown.locator(".wb-facts")).to_contain_text("red, blue")
    assert barriers_in_both_themes(notebook, "inspect-about", "panel") == []


def test_what_needs_a_name_is_disabled_for_an_object_and_a_nested_panel_lives(
    notebook: Screen,
) -> None:
    notebook.run("alone")
    alone = panel_of(notebook, "alone")
    shown = opened(alone, "Compaction")
    expect(shown.get_by_role("button", name="Switch on, with these limits")).to_be_disabled()
    expect(shown.get_by_text("is remembered by a name")).to_be_visible()
    expect(opened(alone, "Encryption")).to_contain_text("wb.encrypt(session, key)")
    expect(opened(alone, "About")).to_contain_text("MemorySession")
    notebook.run("nested")
    expect(opened(panel_of(notebook, "nested"), "Doctor")).to_contain_text("Healthy")


def test_everything_is_reached_by_keyboard_alone(notebook: Screen, panel: Locator) -> None:
    opened(panel, "Context")
    keyboard = notebook.page.keyboard
    panel.get_by_role("tab", name="Context").focus()
    keyboard.press("ArrowRight")
    expect(panel.get_by_role("tab", name="Compaction")).to_be_focused()
    expect(panel.get_by_role("button", name="Dry run")).to_be_visible()
    reached = []
    for _each in range(8):
        keyboard.press("Tab")
        reached.append(focused(notebook))
    assert reached == [
        "Refresh",
        "Compact above (max_messages)",
        "Compact above (max_messages), as a number",
        "Newest that stay (keep_last)",
        "Newest that stay (keep_last), as a number",
        "Dry run",
        "Compact now",
        "Switch on, with these limits",
    ]
    outline = "() => getComputedStyle(document.activeElement).outlineStyle"
    assert notebook.page.evaluate(outline) != "none"
    keyboard.press("Shift+Tab")
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    expect(panel.get_by_role("region", name="After")).to_be_visible()
    assert focused(notebook) == "Dry run"


def test_a_narrow_page_scrolls_only_inside_its_tables(
    notebook: Screen, panel: Locator, hostile: Locator
) -> None:
    for cell, root in (("panel", panel), ("hostile", hostile)):
        root.evaluate("each => { each.style.width = '300px'; }")
        for tab in ("Context", "Compaction", "Encryption", "Doctor", "About"):
            opened(root, tab)
            assert root.locator(".wb-frame").evaluate(WIDE) == 0, tab
            notebook.picture(f"inspect-narrow-{cell}-{tab.lower()}", cell)
        root.evaluate("each => { each.style.width = ''; }")


def test_no_hostile_text_does_anything(notebook: Screen, hostile: Locator, address: str) -> None:
    ears = Ears(notebook.page, address)
    root = hostile
    shown = opened(root, "Context")
    shown.get_by_text("What is sent, in order").click()
    press(shown, "Show 100 more")
    shown = opened(root, "Compaction")
    press(shown, "Look under it", "Dry run")
    expect(shown.get_by_role("region", name="After")).to_be_visible()
    expect(shown.locator(".wb-under li").first).to_be_visible()
    for tab in ("Context", "Compaction", "Encryption", "Doctor", "About"):
        expect(opened(root, tab)).to_contain_text("<script")
        assert [each for each in ears.active() if not each.startswith(FORM)] == []
    assert ears.heard == []
    assert not ears.pwned()


def test_without_a_kernel_the_saved_notebook_reads_well_and_a_restart_is_told(
    notebook: Screen, panel: Locator, folder: Path, chromium: Browser, tmp_path: Path
) -> None:
    notebook.command("docmanager:save")
    saved = nbformat.read(folder / NAME, as_version=4)
    html, _ = nbconvert.HTMLExporter().from_notebook_node(saved)
    page = chromium.new_page(viewport={"width": 1000, "height": 1200})
    page.route("http*://**", lambda route: route.abort())
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    page.goto((tmp_path / "page.html").as_uri(), wait_until="domcontentloaded")
    static = page.locator(".workbench-inspect").first
    for text in ("Inspected: long", "assistant", "Nothing was compacted.", "Healthy"):
        expect(static).to_contain_text(text)
    static.screenshot(path=PICTURES / "inspect-static.png")
    page.close()
    notebook.page.evaluate(RESTART)
    notebook.page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(panel.locator(".wb-hint").first).to_contain_text("kernel was restarted")
    expect(panel.get_by_role("tab", name="Context")).to_be_visible()
