from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.ears import Ears
from tests.browser.people import barriers_in_both_themes, focused
from tests.browser.screen import Screen

pytestmark = pytest.mark.browser

CELLS = {
    "load": """\
import os
os.environ["WORKBENCH_HOME"] = "desk"
%load_ext workbench
import workbench as wb
from tests.render.hostile import PAYLOADS
for name in ("tea", "coffee"):
    wb.ask(name, f"I prefer {name}")
wb.tag("tea", "drinks", "hot", title="About tea")
wb.session("elsewhere", store="sqlite:///elsewhere.db")
wb.ask("hostile", "\\n\\n".join(PAYLOADS))
for payload in PAYLOADS:
    try:
        wb.session(payload)
        wb.tag(payload, payload, title=payload)
    except wb.errors.WorkbenchError:
        pass""",
    "app": 'desk = wb.app("tea")\ndesk',
    "tabs": "print(desk.chosen, desk.child('inspect'))",
}

Written = Callable[[str, Mapping[str, str]], Screen]


@pytest.fixture(scope="module")
def screen(written: Written) -> Screen:
    screen = written("app.ipynb", CELLS)
    screen.run("load")
    screen.run("app")
    return screen


@pytest.fixture
def app(screen: Screen) -> Locator:
    found = screen.output("app").locator(".wb-app")
    expect(found).to_be_visible(timeout=20_000)
    return found


def names(app: Locator) -> Locator:
    return app.locator(".wb-app-names button")


def search(app: Locator) -> Locator:
    return app.get_by_role("searchbox")


def choose(app: Locator, name: str) -> None:
    search(app).fill(name)
    names(app).filter(has_text=name).first.click()
    search(app).fill("")


def test_turning_to_another_session_in_the_chat_turns_the_app(app: Locator) -> None:
    choose(app, "tea")
    picker = app.get_by_label("Session", exact=True).locator("visible=true")
    expect(picker).to_have_value("tea")
    picker.select_option("coffee")
    expect(app.get_by_role("heading")).to_have_text("coffee")
    expect(picker).to_have_value("coffee")
    choose(app, "tea")
    expect(picker).to_have_value("tea")


def test_sessions_are_found_by_name_tag_and_what_was_said(app: Locator) -> None:
    search(app).fill("about tea")
    expect(names(app)).to_have_count(1)
    expect(names(app)).to_contain_text("About tea")
    search(app).fill("prefer coffee")
    expect(names(app)).to_have_count(0)
    hit = app.locator(".wb-app-found button").first
    expect(hit.locator("mark").first).to_have_text("prefer")
    hit.click()
    expect(app.get_by_role("heading")).to_have_text("coffee")
    search(app).fill("")
    app.get_by_label("Tag", exact=True).select_option("hot")
    expect(names(app)).to_have_count(1)
    app.get_by_label("Tag", exact=True).select_option("")
    app.get_by_label("Store", exact=True).select_option("sqlite:///elsewhere.db")
    expect(names(app)).to_have_count(1)
    app.get_by_label("Store", exact=True).select_option("")


def test_everything_is_done_by_keyboard_alone(screen: Screen, app: Locator) -> None:
    keys = screen.page.keyboard
    app.get_by_role("button", name="New session").focus()
    keys.press("Enter")
    expect(app.get_by_role("form", name="New session").get_by_label("Name")).to_be_focused()
    keys.type("water")
    keys.press("Enter")
    expect(app.get_by_role("heading")).to_have_text("water")
    search(app).focus()
    keys.type("coffee")
    expect(names(app)).to_have_count(1)
    while "coffee" not in focused(screen):
        keys.press("Tab")
    keys.press("Enter")
    expect(app.get_by_role("heading")).to_have_text("coffee")
    app.get_by_role("tab", name="Chat").focus()
    keys.press("End")
    expect(app.get_by_role("tab", name="Inspect")).to_have_attribute("aria-selected", "true")
    expect(app.get_by_role("tab", name="Inspect")).to_be_focused()
    keys.press("Home")
    search(app).fill("")


def test_a_session_is_forked_tagged_and_deleted_after_a_question(app: Locator) -> None:
    choose(app, "coffee")
    app.get_by_role("button", name="Fork", exact=True).click()
    app.get_by_label("Name of the fork").fill("espresso")
    app.get_by_role("button", name="Make the fork").click()
    expect(app.get_by_role("heading")).to_have_text("espresso")
    app.get_by_role("button", name="Title and tags").click()
    app.get_by_label("Title", exact=True).fill("Short and strong")
    app.get_by_label("Tags, with commas").fill("strong, short")
    app.get_by_role("button", name="Save").click()
    expect(app.get_by_role("heading")).to_have_text("Short and strong")
    expect(app.locator(".wb-app-title .wb-app-tag")).to_have_text(["strong", "short"])
    app.get_by_role("button", name="Delete").click()
    app.get_by_role("button", name="No").click()
    app.get_by_role("button", name="Delete").click()
    app.get_by_role("button", name="Yes").click()
    expect(app.get_by_text("Choose a session.")).to_be_visible()
    search(app).fill("espresso")
    expect(names(app)).to_have_count(0)
    search(app).fill("")


def test_a_mistake_is_said_in_words_and_the_panel_goes_on(screen: Screen, app: Locator) -> None:
    app.get_by_role("button", name="New session").click()
    app.get_by_label("Name", exact=True).fill("tea")
    app.get_by_role("button", name="Make it").click()
    problem = screen.output("app").get_by_role("alert")
    expect(problem).to_contain_text("there is a session 'tea' already")
    problem.get_by_role("button", name="Close this message").click()
    app.get_by_role("button", name="Cancel").click()
    choose(app, "About tea")
    expect(app.get_by_role("heading")).to_have_text("About tea")


def test_a_tab_stays_as_it_was_left_and_is_made_when_first_opened(
    screen: Screen, app: Locator
) -> None:
    choose(app, "About tea")
    app.get_by_role("tab", name="Inspect").click()
    child = app.locator(".wb-app-child .wb-frame:visible")
    expect(child).to_have_attribute("data-life", "live", timeout=20_000)
    child.get_by_role("tab").nth(1).click()
    choose(app, "coffee")
    expect(child).to_have_count(1)
    expect(child.get_by_role("tab").nth(0)).to_have_attribute("aria-selected", "true")
    choose(app, "About tea")
    expect(child.get_by_role("tab").nth(1)).to_have_attribute("aria-selected", "true")
    screen.run("tabs")
    expect(screen.output("tabs")).to_contain_text("tea <Inspect")
    app.get_by_role("tab", name="Chat").click()


def test_people_find_their_way_in_both_themes_and_at_320_pixels(
    screen: Screen, app: Locator
) -> None:
    choose(app, "About tea")
    assert barriers_in_both_themes(screen, "app", "app", ".wb-app") == []
    app.evaluate("each => { each.closest('.workbench-panel').style.width = '320px'; }")
    expect(names(app).first).to_be_hidden()
    app.get_by_role("button", name="Sessions").click()
    expect(names(app).first).to_be_visible()
    assert app.evaluate("each => each.scrollWidth - each.clientWidth") <= 0
    screen.picture("app-narrow-list", "app")
    names(app).filter(has_text="About tea").click()
    expect(names(app).first).to_be_hidden()
    assert app.evaluate("each => each.scrollWidth - each.clientWidth") <= 0
    screen.picture("app-narrow", "app")
    app.evaluate("each => { each.closest('.workbench-panel').style.width = ''; }")


def test_hostile_names_titles_tags_and_messages_do_nothing(
    screen: Screen, app: Locator, address: str
) -> None:
    ears = Ears(screen.page, address)
    search(app).fill("alert")
    expect(names(app).first).to_contain_text("alert")
    expect(app.locator(".wb-app-found button").first).to_contain_text("alert")
    for place in range(min(3, names(app).count())):
        names(app).nth(place).click()
        expect(app.get_by_role("heading")).to_contain_text("alert")
    search(app).fill("")
    assert ears.active(".wb-app") == [] or all("form" in each for each in ears.active(".wb-app"))
    assert not ears.pwned()
    assert ears.heard == []
