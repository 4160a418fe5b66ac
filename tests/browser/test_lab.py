from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.screen import Screen
from tests.browser.talk import HOSTILE

pytestmark = pytest.mark.browser

COLOURS = """element => {
    const channels = colour => colour.match(/[\\d.]+/g).map(Number);
    let opacity = 1, ground = null;
    for (let e = element; e && !ground; e = e.parentElement) {
        const style = getComputedStyle(e);
        opacity *= Number(style.opacity);
        const found = channels(style.backgroundColor);
        if (found.length === 3) ground = found;
    }
    return [channels(getComputedStyle(element).color), ground, opacity];
}"""


def luminance(colour: list[float]) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(screen: Screen, selector: str) -> float:
    """Contrast of the first such text with what is behind it, from 1 to 21 (WCAG 2.2)."""
    text, ground, opacity = screen.page.locator(selector).first.evaluate(COLOURS)
    seen = [opacity * t + (1 - opacity) * g for t, g in zip(text, ground, strict=False)]
    pair = sorted(luminance([channel / 255 for channel in each[:3]]) for each in (seen, ground))
    return (pair[1] + 0.05) / (pair[0] + 0.05)


def test_the_magic_cell_of_the_tutorial_shows_the_answer(tutorial: Screen) -> None:
    tutorial.command("notebook:clear-all-cell-outputs")
    tutorial.run("load")
    tutorial.run("name")
    answer = tutorial.output("name").locator(".workbench-turn")
    expect(answer).to_contain_text("Nice to meet you, John.")
    expect(answer).to_contain_text("offline · sqlite:///.workbench/workbench.db")
    tutorial.picture("magic-cell", "name")


def test_the_whole_tutorial_runs_without_an_error_and_can_be_read_light_and_dark(
    tutorial: Screen,
) -> None:
    tutorial.run_all()
    assert tutorial.errors().all_text_contents() == []
    expect(tutorial.output("trip-info")).to_contain_text("guide")
    for name, theme in (("light", "JupyterLab Light"), ("dark", "JupyterLab Dark")):
        tutorial.theme(theme)
        tutorial.picture(f"tutorial-{name}", "use-tool")
        assert contrast(tutorial, ".workbench-reply p") > 7
        assert contrast(tutorial, ".workbench-footer small") > 4.5
    tutorial.theme("JupyterLab Light")


def test_a_cell_that_runs_again_replaces_its_turn_and_says_so(tutorial: Screen) -> None:
    tutorial.run("load")
    tutorial.run("again")
    tutorial.run("again")
    expect(tutorial.output("again").first).to_contain_text("Replaced this cell's last turn")
    expect(tutorial.output("again").locator(".workbench-turn")).to_have_count(1)
    tutorial.run("again-turns")
    expect(tutorial.output("again-turns")).to_contain_text("replaced")


def test_the_answer_grows_word_by_word_in_one_place_and_ends_with_a_footer(talk: Screen) -> None:
    talk.run("slow", wait=False)
    reply = talk.output("slow").locator(".workbench-reply")
    expect(reply).to_contain_text("▍")
    expect(reply).to_contain_text("three")
    expect(reply).not_to_contain_text("fourteen", timeout=100)
    expect(reply).to_contain_text("fourteen")
    expect(talk.output("slow").locator(".workbench-footer")).to_contain_text("tokens (estimated)")
    expect(talk.output("slow").locator(".workbench-turn")).to_have_count(1)
    expect(reply).not_to_contain_text("▍")


def test_the_stop_button_ends_a_turn_within_a_second_and_the_history_stays_whole(
    talk: Screen,
) -> None:
    talk.run("stopped", wait=False)
    expect(talk.output("stopped").locator(".workbench-reply")).to_contain_text("three")
    stop = talk.page.locator('.jp-NotebookPanel-toolbar [data-command="notebook:interrupt-kernel"]')
    begun = time.monotonic()
    stop.click()
    expect(talk.output("stopped").last).to_contain_text("KeyboardInterrupt")
    assert time.monotonic() - begun < 2  # a second for the turn, another for a busy machine
    expect(talk.output("stopped").last).not_to_contain_text("running.py")
    talk.picture("stopped", "stopped")
    talk.run("after")
    expect(talk.output("after")).to_contain_text(["Nice to meet you, John."])
    talk.run("left")
    expect(talk.output("left")).to_have_text(re.compile(r"^\['My name is John', 'Nice to [^']*'\]"))


def test_a_hostile_reply_is_text_and_runs_nothing(talk: Screen) -> None:
    talk.run("hostile")
    talk.run("hostile-frame")
    for cell in ("hostile", "hostile-frame"):
        shown = talk.output(cell).last
        expect(shown).to_contain_text(HOSTILE[:20])
        assert shown.locator("script, img").count() == 0
    assert talk.page.evaluate("window.pwned") is None


def test_a_mistyped_option_is_one_line_with_the_nearest_name(talk: Screen) -> None:
    talk.run("mistake")
    expect(talk.output("mistake")).to_have_text(
        re.compile(r"^UsageError: [^\n]*--session[^\n]*\n?$")
    )


def test_a_tool_that_raises_is_a_real_exception_that_shows_the_line_of_the_tool(
    talk: Screen,
) -> None:
    talk.run("broken")
    talk.run("failing")
    error = talk.output("failing").last
    expect(error).to_contain_text("TurnFailed")
    expect(error).to_contain_text("return 1 / by")
    expect(error).to_contain_text("ZeroDivisionError")
    talk.picture("failing", "failing")


def test_tab_completes_options_and_names_of_sessions(talk: Screen) -> None:
    talk.run("slow")
    typing = talk.cell("typing").locator(".cm-content")
    typing.click()
    talk.page.keyboard.type("%%agent --se")
    talk.page.keyboard.press("Tab")
    offered = talk.page.locator(".jp-Completer-item .jp-Completer-match")
    expect(offered).to_have_text(["--session"])
    talk.page.keyboard.press("Enter")
    expect(typing).to_have_text("%%agent --session")
    talk.page.keyboard.type(" ")
    talk.page.keyboard.press("Tab")
    expect(offered.filter(has_text=re.compile("^slow$"))).to_be_visible()
    talk.picture("completion")
    talk.page.keyboard.press("Escape")
