from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.ears import Ears
from tests.browser.grids import CELLS, ROWS
from tests.browser.people import barriers_in_both_themes, focused
from tests.browser.screen import Screen
from tests.render.hostile import PAYLOADS

pytestmark = pytest.mark.browser

OVERFLOW = "each => each.scrollWidth - each.clientWidth"


@pytest.fixture(scope="module")
def screen(written: Callable[[str, Mapping[str, str]], Screen]) -> Screen:
    """The notebook, its first cell run."""
    shown = written("grid.ipynb", CELLS)
    shown.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown.run("load")
    return shown


def panel(screen: Screen, cell: str = "load") -> Locator:
    return screen.output(cell).locator(".wb-frame").first


def column(grid: Locator, number: int) -> Locator:
    """The cells that are seen in a column, counted from 1: the ticks."""
    return grid.locator(f'[role="gridcell"][aria-colindex="{number}"]')


def count_line(grid: Locator) -> Locator:
    return grid.locator(".wb-counted")


def says(screen: Screen, cell: str, text: str) -> None:
    screen.run(cell)
    expect(screen.output(cell).last).to_have_text(re.compile(re.escape(text)))


def head(grid: Locator, name: str) -> Locator:
    return grid.get_by_role("columnheader").filter(has_text=re.compile(f"^{name}"))


def unfold(grid: Locator, name: str) -> None:
    tools = grid.get_by_role("group", name="Filters and columns")
    tools.get_by_role("button", name=name, exact=True).click()


def test_the_first_rows_are_there_and_only_those_that_are_seen(screen: Screen) -> None:
    grid = panel(screen)
    expect(count_line(grid)).to_have_text("36 rows")
    table = grid.get_by_role("grid", name="History of 'demo'")
    expect(table).to_have_attribute("aria-rowcount", "37")
    expect(grid.get_by_role("row")).to_have_count(18)
    expect(column(grid, 6).first).to_have_text("I prefer dark mode in the evening")
    arabic = column(grid, 6).filter(has_text="ما هو اسمي؟")
    assert arabic.evaluate("each => getComputedStyle(each).direction") == "rtl"


def test_a_click_on_a_name_sorts_and_again_the_other_way_and_then_no_more(screen: Screen) -> None:
    grid = panel(screen)
    order = head(grid, "order")
    order.get_by_role("button").click()
    expect(order).to_have_attribute("aria-sort", "ascending")
    order.get_by_role("button").click()
    expect(order).to_have_attribute("aria-sort", "descending")
    expect(column(grid, 2).first).to_have_text("36")
    expect(grid.get_by_role("status").last).to_have_text("36 rows, sorted by order, descending")
    says(screen, "shown", "[36, 35, 34,")
    order.get_by_role("button").click()
    expect(order).to_have_attribute("aria-sort", "none")
    expect(column(grid, 2).first).to_have_text("1")


def test_filters_search_and_column_choice(screen: Screen) -> None:
    grid = panel(screen)
    unfold(grid, "role")
    grid.get_by_role("checkbox", name="user 33").check()
    expect(count_line(grid)).to_have_text("33 of 36 rows")
    expect(grid.get_by_role("button", name="role: user")).to_be_visible()
    grid.get_by_role("checkbox", name="tool 1").check()
    expect(count_line(grid)).to_have_text("34 of 36 rows")
    grid.get_by_role("button", name="All", exact=True).click()
    expect(count_line(grid)).to_have_text("36 rows")
    unfold(grid, "turn")
    grid.get_by_label("turn to").fill("2")
    expect(count_line(grid)).to_have_text("3 of 36 rows")
    says(screen, "shown", "[1, 2, 3]")
    grid.get_by_label("turn to").fill("")
    search = grid.get_by_role("searchbox")
    search.fill("DARK mode")
    expect(count_line(grid)).to_have_text("2 of 36 rows")
    expect(column(grid, 6).locator("mark")).to_have_text(["dark", "mode", "dark", "mode"])
    screen.picture("grid-search", "load")
    search.press("Escape")
    expect(count_line(grid)).to_have_text("36 rows")
    unfold(grid, "Columns")
    grid.get_by_role("checkbox", name="item", exact=True).check()
    expect(column(grid, 9).first).to_contain_text('{"role": "user"')
    grid.get_by_role("checkbox", name="item", exact=True).uncheck()
    expect(column(grid, 9)).to_have_count(0)
    screen.page.keyboard.press("Escape")
    assert focused(screen) == "Columns"


def test_the_selection_by_mouse_is_a_dataframe_of_the_rows_as_they_are(screen: Screen) -> None:
    grid = panel(screen)
    content = column(grid, 6)
    content.nth(1).click()
    content.nth(3).click(modifiers=["Shift"])
    expect(count_line(grid)).to_have_text("36 rows, 3 selected")
    content.nth(5).click(modifiers=["Control"])
    content.nth(2).click(modifiers=["Control"])
    column(grid, 1).nth(6).click()
    expect(grid.locator('[aria-selected="true"]')).to_have_count(4)
    says(screen, "selected", "DataFrame [2, 4, 6, 7]")
    says(screen, "dtypes", "True")
    grid.get_by_role("button", name="Select all", exact=True).click()
    expect(count_line(grid)).to_have_text("36 rows, 36 selected")
    grid.get_by_role("button", name="Select none").first.click()
    expect(count_line(grid)).to_have_text("36 rows")


def test_copy_and_download_are_of_the_selection_and_hold_no_formula(
    screen: Screen, tmp_path: Path
) -> None:
    grid = panel(screen)
    column(grid, 6).nth(2).click()
    grid.get_by_role("button", name="Copy selected").click()
    expect(grid.get_by_role("status").last).to_have_text("1 rows copied")
    copied = screen.page.evaluate("() => navigator.clipboard.readText()")
    lines = copied.splitlines()
    assert lines[0].split("\t")[:3] == ["order", "turn", "role"]
    assert "\t'=SUM(A1:A9) rain\t" in lines[1]
    grid.get_by_role("button", name="Select none").first.click()
    with screen.page.expect_download() as download:
        grid.get_by_role("button", name="Download all as CSV").click()
    assert download.value.suggested_filename == "History-of-demo.csv"
    download.value.save_as(tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 37
    assert rows[6][4].endswith("the end of the dark mode")


def test_everything_by_keyboard_alone(screen: Screen) -> None:
    grid, page = panel(screen), screen.page
    grid.get_by_role("searchbox").focus()
    active = grid.locator('[role="grid"] :focus')
    while not active.count():
        page.keyboard.press("Tab")
    page.keyboard.press("Control+Home")
    expect(column(grid, 1).first).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(head(grid, "order")).to_have_attribute("aria-sort", "ascending")
    expect(head(grid, "order").get_by_role("button")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    expect(head(grid, "order")).to_have_attribute("aria-sort", "none")
    page.keyboard.press("Control+End")
    expect(grid.locator('[aria-rowindex="37"] [role="gridcell"]').last).to_be_focused()
    page.keyboard.press("PageUp")
    page.keyboard.press("Home")
    expect(grid.locator('[aria-rowindex="23"] [role="gridcell"]').first).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(count_line(grid)).to_have_text("36 rows, 3 selected")
    says(screen, "selected", "[22, 23, 24]")
    grid.locator('[aria-rowindex="25"] [role="gridcell"]').first.focus()
    page.keyboard.press("Control+a")
    expect(count_line(grid)).to_have_text("36 rows, 36 selected")
    page.keyboard.press("Enter")
    expect(grid.get_by_role("heading", name="Row 24")).to_be_focused()
    page.keyboard.press("Escape")
    expect(grid.locator('[aria-rowindex="25"] [role="gridcell"]').first).to_be_focused()
    grid.get_by_role("button", name="Select none").first.click()


def test_the_detail_of_a_row_has_the_whole_text_and_the_raw_item(screen: Screen) -> None:
    grid = panel(screen)
    grid.get_by_role("grid").evaluate("each => { each.scrollTop = 0; }")
    column(grid, 2).filter(has_text=re.compile("^6$")).dblclick()
    detail = grid.get_by_role("region", name="Row 6")
    expect(detail.locator("dd").filter(has_text="the end of the dark mode")).to_have_count(2)
    expect(detail.locator(".wb-raw")).to_contain_text('"role": "assistant"')
    detail.get_by_role("button", name="Copy item").click()
    expect(grid.get_by_role("status").last).to_have_text("Copied")
    copied = screen.page.evaluate("() => navigator.clipboard.readText()")
    assert copied.startswith('{\n  "role": "assistant"')
    detail.get_by_role("button", name="Next").click()
    expect(grid.get_by_role("heading", name="Row 7")).to_be_visible()
    screen.picture("grid-detail", "load")


def test_no_barriers_in_either_theme_and_narrow_pages_do_not_scroll_sideways(
    screen: Screen,
) -> None:
    grid = panel(screen)
    unfold(grid, "role")
    assert barriers_in_both_themes(screen, "grid", "load") == []
    screen.page.set_viewport_size({"width": 320, "height": 900})
    screen.command("application:toggle-left-area")
    for part in (".wb-grid", ".wb-detail"):
        assert grid.locator(part).evaluate(OVERFLOW) <= 0
    screen.picture("grid-narrow", "load")
    screen.command("application:toggle-left-area")
    screen.page.set_viewport_size({"width": 1280, "height": 900})
    grid.get_by_role("button", name="Close").click()
    unfold(grid, "role")


def test_a_frame_with_more_rows_than_pixels_scrolls_to_each_of_them(screen: Screen) -> None:
    screen.run("long")
    grid = panel(screen, "long")
    expect(count_line(grid)).to_have_text(f"{ROWS:,} rows")
    table = grid.get_by_role("grid")
    table.evaluate("each => { each.scrollTop = each.scrollHeight; }")
    last = grid.locator(f'[aria-rowindex="{ROWS + 1}"]')
    expect(last.get_by_role("gridcell")).to_have_text(["", "0", "750000"])
    table.evaluate("each => { each.scrollTop = each.scrollHeight / 2; }")
    middle = grid.locator("[aria-rowindex]").nth(10)
    expect(middle).to_have_attribute("aria-rowindex", re.compile(r"^(749|750)\d\d\d$"))
    table.hover()
    third = grid.locator(f'[aria-rowindex="{middle.get_attribute("aria-rowindex")}"]')
    before = third.evaluate("each => each.getBoundingClientRect().top")
    screen.page.mouse.wheel(0, 28 * 3)
    lower = "([each, before]) => each.getBoundingClientRect().top === before - 28 * 3"
    screen.page.wait_for_function(lower, arg=[third.element_handle(), before])
    assert grid.get_by_role("row").count() < 25
    head(grid, "number").get_by_role("button").click()
    grid.get_by_role("button", name="Select all", exact=True).click()
    expect(count_line(grid)).to_contain_text(f"{ROWS:,} selected")
    says(screen, "long-selected", f"{ROWS} [0, 1, 2]")
    screen.picture("grid-long", "long")


def test_what_a_search_finds_is_marked(screen: Screen) -> None:
    screen.run("search")
    grid = panel(screen, "search")
    expect(grid.locator("mark").first).to_have_text("dark mode")
    expect(grid).not_to_contain_text("**")


def test_hostile_texts_stay_texts_wherever_they_stand(screen: Screen, address: str) -> None:
    ears = Ears(screen.page, address)
    screen.run("hostile")
    grid = panel(screen, "hostile")
    expect(count_line(grid)).to_have_text(f"{len(PAYLOADS)} rows")
    unfold(grid, "role")
    expect(grid.locator(".wb-values label")).to_have_count(len(PAYLOADS))
    column(grid, 3).first.dblclick()
    expect(grid.get_by_role("region", name="Row 1", exact=True)).to_be_visible()
    for _each in PAYLOADS[1:]:
        grid.get_by_role("button", name="Next").click()
    expect(grid.get_by_role("region", name=f"Row {len(PAYLOADS)}")).to_contain_text("onclick")
    grid.get_by_role("searchbox").fill("<script>")
    expect(grid.locator("mark").first).to_have_text("<script>")
    unfold(grid, "Columns")
    screen.picture("grid-hostile", "hostile")
    assert ears.active() == []
    assert ears.heard == []
    assert not ears.pwned()


def test_a_grid_works_inside_another_widget_and_shows_an_index(screen: Screen) -> None:
    screen.run("small")
    grid = panel(screen, "small")
    expect(grid.get_by_role("columnheader")).to_have_text(["", "index", "a"])
    expect(column(grid, 2)).to_have_text(["x", "y"])


def test_without_its_kernel_the_page_stays_and_a_reopened_notebook_reads_well(
    screen: Screen,
) -> None:
    grid = panel(screen)
    column(grid, 6).nth(2).click()
    expect(count_line(grid)).to_have_text("36 rows, 1 selected")
    screen.cell("selected").click()
    screen.page.wait_for_function(
        "() => JSON.stringify(window.jupyterapp.shell.currentWidget.content.model.toJSON())"
        ".includes('36 rows, 1 selected')"
    )
    screen.command("docmanager:save")
    screen.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    expect(grid.locator(".wb-hint")).to_contain_text("run the cell again")
    expect(grid.get_by_role("grid")).to_contain_text("Question 2")
    head(grid, "order").get_by_role("button").click()
    expect(grid.get_by_role("alert")).to_contain_text("kernel that this panel belongs to is gone")
    screen.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    screen.page.reload()
    output = screen.output("load").last
    expect(output).to_contain_text("36 rows, 1 selected; the first 10:", timeout=60_000)
    expect(output.locator("table")).to_contain_text("I prefer dark mode in the evening")
    screen.picture("grid-static", "load")
