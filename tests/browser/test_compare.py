from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.ears import Ears
from tests.browser.people import barriers_in_both_themes, focused
from tests.browser.screen import Screen
from tests.render.hostile import PAYLOADS

pytestmark = pytest.mark.browser

LONG = " ".join(f"word{number}" for number in range(60))

CELLS = {
    "load": """\
import os
os.environ["WORKBENCH_HOME"] = "compared"
%load_ext workbench
import workbench as wb
from tests.render.hostile import PAYLOADS

class Broken(wb.OfflineModel):
    async def get_response(self, *args, **kwargs):
        raise ConnectionError("the model is not there")

class Says(wb.OfflineModel):
    def answer(self, asked):
        made = super().answer(asked)
        made.output[0].content[0].text = "\\n".join(PAYLOADS)
        return made

wb.ask("demo", "My name is John")
wb.ask("jane", "My name is Jane")
fast, slow = wb.OfflineModel(delay=0.02), wb.OfflineModel(delay=0.25)""",
    "panel": """\
panel = wb.compare_panel({"demo": "demo", "jane": "jane", "broken": Broken()}, model=fast)
panel""",
    "frame": 'print(panel.frame["reply"].tolist(), len(panel.comparison))',
    "kept": 'print(wb.history("demo-compare-1")["content"].tolist())',
    "slow": 'slower = wb.compare_panel({"fast": fast, "slow": slow, "lame": slow})\nslower',
    "hostile": """\
class Fails(wb.OfflineModel):
    async def get_response(self, *args, **kwargs):
        raise ConnectionError("".join(PAYLOADS[:12]).replace("\\n", " "))

names = [" ".join(PAYLOADS[start::10]) for start in range(10)]
hostile = wb.compare_panel({name: Says() for name in names} | {PAYLOADS[3]: Fails()})
hostile""",
    "closed": "panel.close()\nhostile.close()",
}

RESTART = """async () => {
    await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart();
}"""

TOO_WIDE = """frame => {
    const edge = frame.getBoundingClientRect().right + 1;
    return [...frame.querySelectorAll('*')]
        .filter(each => each.getBoundingClientRect().right > edge && !each.closest('table'))
        .map(each => each.outerHTML.slice(0, 200));
}"""
"""What stands out of a panel; the table scrolls inside."""

Written = Callable[[str, Mapping[str, str]], Screen]


@pytest.fixture(scope="module")
def screen(written: Written) -> Screen:
    """A notebook with panels; its first cell has run."""
    opened = written("compare.ipynb", CELLS)
    opened.run("load")
    return opened


def panel(screen: Screen, cell: str) -> Locator:
    """The live panel in the output of a cell, made where it is not there yet."""
    found = screen.output(cell).locator(".wb-frame")
    if found.count() == 0:
        screen.run(cell)
    expect(found.locator(".wb-compare")).to_be_visible()
    return found


def ask(shown: Locator, prompt: str) -> None:
    """Type a prompt and press Enter."""
    box = shown.get_by_label("Prompt for all columns")
    box.fill(prompt)
    box.press("Enter")
    expect(shown.locator(".wb-prompt").first).to_have_text(prompt)


def over(shown: Locator, summary: str) -> None:
    """Wait for the end of the round, and for what is said then."""
    expect(shown.locator(".wb-round").first.locator(".wb-took")).to_be_visible(timeout=15_000)
    expect(said(shown)).to_have_text(f"All answers are there: {summary}.")


def column(shown: Locator, title: str) -> Locator:
    """The column of that title in the last round."""
    return shown.get_by_role("region", name=title, exact=True).first


def said(shown: Locator) -> Locator:
    """What a screen reader was told last."""
    return shown.locator(".wb-unseen[role=status]")


def test_all_answer_at_once_and_what_differs_is_marked(screen: Screen) -> None:
    shown = panel(screen, "panel")
    ask(shown, "What's my name?")
    expect(column(shown, "demo")).to_contain_text("Your name is John.")
    expect(column(shown, "jane")).to_contain_text("Your name is Jane.")
    expect(column(shown, "demo").locator("mark")).to_have_text(["John"])
    expect(column(shown, "broken")).to_contain_text("ConnectionError: the model is not there")
    table = shown.get_by_role("table", name="What it took")
    expect(table.get_by_role("row", name="items equal")).to_contain_text("yes")
    expect(shown.get_by_role("img", name="Seconds. demo:")).to_be_visible()
    over(shown, "2 done, 1 failed")
    screen.run("frame")
    expect(screen.output("frame")).to_contain_text("'Your name is John.', 'Your name is Jane.'")
    assert barriers_in_both_themes(screen, "compare", "panel") == []


def test_a_winner_is_kept_and_gone_on_with_by_keyboard_alone(screen: Screen) -> None:
    shown = panel(screen, "panel")
    keys = screen.page.keyboard
    shown.get_by_label("Prompt for all columns").focus()
    keys.type("My number is 7")
    keys.press("Enter")
    expect(shown.locator(".wb-prompt").first).to_have_text("My number is 7")
    over(shown, "2 done, 1 failed")
    expect(shown.get_by_text("Round 1: What's my name?")).to_be_visible()
    for _ in range(20):
        keys.press("Tab")
        if focused(screen) == "Continue with demo":
            break
    keys.press("b")  # JupyterLab's key for a new cell, which is not meant here
    keys.press("Enter")
    expect(shown.get_by_label("Name of the new session")).to_be_focused()
    keys.press("Escape")
    expect(shown.get_by_role("button", name="Continue with demo")).to_be_focused()
    keys.press("Enter")
    keys.press("Enter")
    expect(shown).to_contain_text('wb.chat("demo-compare-1") or %%agent --session demo-compare-1')
    expect(said(shown)).to_have_text("Go on with the session demo-compare-1.")
    expect(screen.page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(CELLS))
    screen.run("kept")
    expect(screen.output("kept")).to_contain_text("'My number is 7'")


def test_copies_go_on_where_the_switch_says_so(screen: Screen) -> None:
    shown = panel(screen, "panel")
    shown.get_by_role("switch", name="Go on in each column").check()
    ask(shown, "What's my number?")
    expect(column(shown, "demo")).to_contain_text("Your number is 7.")
    shown.get_by_role("switch", name="Go on in each column").uncheck()
    shown.get_by_label("Repeat").fill("2")
    ask(shown, "What's my number?")
    expect(column(shown, "demo")).to_contain_text("Run 2: done")
    expect(column(shown, "demo")).not_to_contain_text("Your number is 7.")
    shown.get_by_label("Repeat").fill("1")
    shown.get_by_label("Repeat").fill("99")
    shown.get_by_label("Prompt for all columns").fill("Hi")
    shown.get_by_label("Prompt for all columns").press("Enter")
    expect(shown.get_by_role("alert")).to_contain_text("repeat is a number from 1 to 10")
    shown.get_by_role("button", name="Close this message").click()
    expect(shown.get_by_label("Prompt for all columns")).to_have_value("Hi")
    shown.get_by_label("Repeat").fill("1")


def test_columns_are_added_by_a_known_name_and_taken_away(screen: Screen) -> None:
    shown = panel(screen, "panel")
    adding = shown.get_by_label("Add a column")
    adding.focus()
    expect(shown.locator("datalist option[value=offline]")).to_be_attached()
    adding.fill("nobody")
    adding.press("Enter")
    expect(shown.get_by_role("alert")).to_contain_text("there is no session 'nobody'")
    shown.get_by_role("button", name="Close this message").click()
    adding.fill("offline")
    shown.get_by_role("button", name="Add", exact=True).click()
    expect(shown.get_by_role("list", name="Compared")).to_contain_text("offline")
    shown.get_by_role("button", name="Remove broken").click()
    expect(said(shown)).to_have_text("broken is no longer compared.")
    ask(shown, "Hi")
    over(shown, "3 done")
    expect(column(shown, "offline")).to_contain_text("done")


def test_one_is_stopped_or_all_while_they_stream(screen: Screen) -> None:
    shown = panel(screen, "slow")
    ask(shown, f"Remember that {LONG}")
    expect(column(shown, "lame").locator(".wb-reply")).to_contain_text("Noted: word0")
    expect(column(shown, "lame")).to_contain_text("answers")
    shown.get_by_role("button", name="Stop lame").click()
    expect(column(shown, "lame")).to_contain_text("stopped")
    expect(column(shown, "fast")).to_contain_text("done")
    expect(column(shown, "slow")).to_contain_text("answers")
    screen.picture("compare-streaming", "slow")
    shown.get_by_role("button", name="Stop all").click()
    expect(column(shown, "slow")).to_contain_text("stopped")
    over(shown, "1 done, 2 stopped")
    expect(shown.get_by_role("button", name="Stop all")).to_be_disabled()


def test_it_fits_a_page_of_320_pixels(screen: Screen) -> None:
    shown = panel(screen, "panel")
    wide = screen.page.viewport_size
    assert wide is not None
    screen.command("application:toggle-left-area")
    screen.page.set_viewport_size({"width": 320, "height": 800})
    columns = shown.locator(".wb-round").first.locator(".wb-column")
    boxes = [each.bounding_box() for each in columns.all()]
    assert len({box["x"] for box in boxes if box}) == 1
    assert shown.evaluate(TOO_WIDE) == []
    screen.picture("compare-narrow", "panel")
    screen.page.set_viewport_size(wide)
    screen.command("application:toggle-left-area")


def test_hostile_names_and_replies_do_nothing(screen: Screen, address: str) -> None:
    ears = Ears(screen.page, address)
    shown = panel(screen, "hostile")
    ask(shown, "\n".join(PAYLOADS))
    over(shown, "10 done, 1 failed")
    expect(shown.locator(".wb-reply").first).to_contain_text("onerror=alert(1)")
    expect(shown.locator(".wb-failed")).to_contain_text("<script>alert(1)</script>")
    shown.get_by_label("Add a column").fill(PAYLOADS[0])
    shown.get_by_label("Add a column").press("Enter")
    expect(shown.get_by_role("alert")).to_contain_text("there is no session")
    assert not ears.pwned()
    assert ears.active() == []
    assert ears.heard == []


def test_a_restart_leaves_a_hint_and_what_is_saved_reads_without_the_kernel(
    screen: Screen,
) -> None:
    shown = panel(screen, "panel")
    shown.get_by_label("Prompt for all columns").focus()
    screen.cell("load").click()  # the reader leaves: what the notebook keeps is renewed
    screen.run("closed")
    saved = screen.output("panel").locator(".workbench-comparison")
    expect(saved.get_by_role("cell", name="Hello").first).to_be_visible()
    screen.command("docmanager:save")
    screen.page.evaluate(RESTART)
    slower = screen.output("slow").locator(".wb-frame")
    expect(slower).to_contain_text("The kernel was restarted or has ended.")
    expect(slower).to_contain_text("Noted: word0")
    screen.reload()
    expect(saved.get_by_role("cell", name="Hello").first).to_be_visible(timeout=30_000)
    screen.picture("compare-saved", "panel")
