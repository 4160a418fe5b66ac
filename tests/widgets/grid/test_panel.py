from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from tests.render.hostile import PAYLOADS, problems
from tests.widgets.grid.frames import many_texts, odd_frame
from workbench import loop
from workbench.errors import InvalidValue
from workbench.widgets.grid import Grid
from workbench.widgets.grid.static import ROWS

FRAME = odd_frame(120)


class Page:
    """What a page does with a grid: asks, and hears what is told on the way."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.grid = Grid(frame)
        self.events: list[dict[str, Any]] = []
        self.grid.send = lambda message, buffers=None: self.events.append(message)
        self.told: list[dict[str, Any]] = []
        self.columns = [each[0] for each in self.ask("hello")["columns"]]

    def ask(self, verb: str, **given: Any) -> Any:
        answer: Callable[..., Any] = getattr(self.grid, f"on_{verb}")
        self.told = []
        found = loop.run(answer(lambda **news: self.told.append(news), **given))
        json.dumps(found)
        return found

    def look(self, sort: str | None = None, **given: Any) -> Any:
        place = None if sort is None else self.columns.index(sort)
        return self.ask("look", sort=place, count=20, **given)

    def first(self) -> Any:
        """The first rows that were told, and whether the total was."""
        return next(each for each in self.told if "rows" in each)


@pytest.fixture
def page() -> Page:
    return Page(FRAME)


def test_the_greeting_has_the_columns_and_the_first_rows_cut_short(page: Page) -> None:
    greeting = page.ask("hello")
    assert (greeting["all"], greeting["total"], greeting["selected"]) == (120, 120, 0)
    kinds = {name: kind for name, kind, _dtype, _filter in greeting["columns"]}
    assert kinds["item"] == "item"
    assert [kinds[each] for each in ("order", "content", "hidden", "created_at")] == [
        *("number", "text", "flag", "time")
    ]
    filters = [name for name, _kind, _dtype, way in greeting["columns"] if way]
    assert filters == ["turn", "role", "type"]
    shown = [page.columns[each] for each in greeting["shown"]]
    assert shown == ["order", "turn", "role", "type", "content", "created_at"]
    assert len(greeting["rows"]["cells"][0]) == 20
    assert greeting["rows"]["cells"][0][:3] == ["1", "2", "3"]


def test_sorted_and_filtered_rows_come_back_as_a_dataframe(page: Page) -> None:
    filters = [{"column": page.columns.index("role"), "values": ["user", None]}]
    seen = page.look("turn", descending=True, filters=filters)
    kept = FRAME[(FRAME["role"] == "user").fillna(True)]
    expected = kept.sort_values("turn", ascending=False, kind="stable")
    assert seen["total"] == len(expected)
    assert_frame_equal(page.grid.shown, expected)
    told = page.first()
    assert told["rows"]["cells"][0] == [str(each) for each in expected["order"][:20]]
    rows = page.ask("rows", start=10, count=5)["rows"]
    assert rows["cells"][0] == [str(each) for each in expected["order"][10:15]]


def test_a_range_keeps_its_ends_and_leaves_out_what_is_missing(page: Page) -> None:
    page.look(filters=[{"column": page.columns.index("turn"), "low": 5, "high": 9}])
    assert_frame_equal(page.grid.shown, FRAME[FRAME["turn"].between(5, 9).fillna(False)])


def test_a_search_tells_its_first_rows_before_it_has_seen_all() -> None:
    page = Page(many_texts(200_000))
    seen = page.ask("look", search="hay", count=20)
    assert page.first()["total"] is None
    assert len(page.first()["rows"]["picked"]) == 20
    assert page.told[-1] == {"done": 200_000, "of": 200_000}
    assert seen["total"] == len(page.grid.shown) > 100_000


def test_a_match_far_behind_is_what_the_cell_shows() -> None:
    page = Page(pd.DataFrame({"content": ["x " * 5_000 + "needle"]}))
    assert len(page.ask("hello")["rows"]["cells"][0][0]) == 200
    page.look(search="NEEDLE")
    (cell,) = page.first()["rows"]["cells"][0]
    assert cell.startswith("…x")
    assert cell.endswith("needle")


def test_a_newer_look_ends_the_older_and_counts(page: Page) -> None:
    older = page.grid._looks.begin(page.grid._looks.shown.query)
    page.look(search="dark")
    assert older.stop.is_set()
    none = page.grid._looks.run(older, 20, lambda *_: None, lambda *_: None)
    assert none is None
    assert 0 < len(page.grid.shown) < 120
    assert page.events[-1]["event"] == "looked"


def test_a_search_that_is_stopped_leaves_what_was_shown() -> None:
    page = Page(many_texts(400_000))
    page.look(filters=[{"column": 0, "values": ["user"]}])

    async def stop_at_the_first_rows() -> None:
        def tell(**_news: Any) -> None:
            look = page.grid._looks._under_way
            assert look is not None
            home.call_soon_threadsafe(asking.cancel)
            assert look.stop.wait(30)

        home = asyncio.get_running_loop()
        asking = asyncio.ensure_future(page.grid.on_look(tell, search="hay", count=20))
        with pytest.raises(asyncio.CancelledError):
            await asking

    loop.run(stop_at_the_first_rows())
    assert len(page.grid.shown) == 200_000
    assert page.ask("rows", start=199_999, count=9)["rows"]["picked"] == "0"


def test_the_selection_has_the_rows_as_they_are_in_their_own_order(page: Page) -> None:
    page.look("order", descending=True)
    assert page.ask("select", mode="only", start=0, end=3)["count"] == 3
    answer = page.ask("select", mode="toggle", start=2, end=5, first=0, count=6)
    assert answer == {"count": 4, "picked": "110110"}
    assert_frame_equal(page.grid.selected, FRAME.iloc[[115, 116, 118, 119]])
    page.look(search="nowhere at all")
    assert len(page.grid.selected) == 4
    assert page.ask("select", mode="none")["count"] == 0
    assert_frame_equal(page.grid.selected, FRAME.iloc[:0])


def test_select_all_takes_what_the_filters_left(page: Page) -> None:
    total = page.look(search="dark")["total"]
    page.ask("select", mode="only", start=0, end=total)
    assert_frame_equal(page.grid.selected, page.grid.shown)


def test_the_detail_has_all_of_a_row_and_its_item_as_json(page: Page) -> None:
    page.look("order", descending=True)
    detail = page.ask("detail", at=0)
    fields = {page.columns[place]: text for place, text, _more in detail["fields"]}
    assert json.loads(fields["item"]) == FRAME["item"][119]
    assert fields["order"] == "120"
    assert page.ask("copy", at=0, column=page.columns.index("item"))["text"] == fields["item"]


def test_a_very_long_value_is_cut_in_the_detail_and_whole_in_a_copy() -> None:
    page = Page(pd.DataFrame({"a": ["x" * 250_000]}))
    assert page.ask("detail", at=0)["fields"] == [[0, "x" * 100_000, 150_000]]
    assert page.ask("copy", at=0, column=0)["text"] == "x" * 250_000


def test_a_sheet_has_the_selected_rows_in_the_order_they_are_shown() -> None:
    texts = ["=1+1", "-2", "a\tb", 'say "x"\nagain', " @x", "plain"]
    page = Page(pd.DataFrame({"content": texts, "n": [-1, 2, 3, 4, 5, 6]}))
    page.look("n", descending=True)
    page.ask("sheet", form="csv")
    text = "".join(each["part"] for each in page.told)
    rows = ["content,n", "plain,6", "' @x,5", '"say ""x""\nagain",4', "a\tb,3", "'-2,2", "'=1+1,-1"]
    assert text.split("\r\n") == [*rows, ""]
    page.ask("select", mode="only", start=3, end=5)
    page.ask("sheet", form="tsv")
    assert page.told[1]["part"] == '"a\tb"\t3\r\n\'-2\t2\r\n'


def test_values_are_offered_with_their_counts_and_found_by_their_text() -> None:
    page = Page(pd.DataFrame({"session": [f"s{n % 300}" for n in range(900)] + [None]}))
    offered = page.ask("values", column=0)
    assert (len(offered["values"]), offered["more"]) == (201, 100)
    assert offered["values"][-1] == [None, None, 1]
    assert page.ask("values", column=0, like="S299")["values"] == [["s299", "s299", 3]]


def test_another_choice_of_columns_is_kept_for_rows_copies_and_the_saved_form(page: Page) -> None:
    item = page.columns.index("item")
    rows = page.ask("columns", shown=[item, 0], start=0, count=3)["rows"]
    assert rows["shown"] == [item, 0]
    assert page.grid.forms()["text/markdown"].splitlines()[2] == "| item | order |"


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("look", {"sort": 99}),
        ("look", {"sort": True}),
        ("look", {"sort": "role"}),
        ("look", {"search": ["x"]}),
        ("look", {"search": "x" * 2_000}),
        ("look", {"filters": [{"column": 4, "values": ["x"]}]}),
        ("look", {"filters": [{"column": 2, "values": [1]}]}),
        ("look", {"filters": [{"column": 2, "low": 1}]}),
        ("look", {"filters": [{"column": 1, "low": float("nan")}]}),
        ("look", {"filters": [None]}),
        ("look", {"count": 10**9}),
        ("rows", {"start": -1, "count": 1}),
        ("rows", {"start": 0, "count": 10**9}),
        ("columns", {"shown": []}),
        ("columns", {"shown": [0, 99]}),
        ("select", {"mode": "all"}),
        ("select", {"mode": "only", "start": 0, "end": 10**9}),
        ("detail", {"at": 120}),
        ("values", {"column": 4}),
        ("sheet", {"form": "xlsx"}),
    ],
)
def test_what_a_page_may_not_ask_is_refused_in_words(
    page: Page, verb: str, given: dict[str, Any]
) -> None:
    with pytest.raises(InvalidValue):
        page.ask(verb, **{"count": 1, **given} if verb in ("look", "rows") else given)
    assert page.ask("hello")["total"] == 120


def test_the_saved_form_has_counts_and_first_rows_and_nothing_alive() -> None:
    texts = [each.encode("utf-16", "replace").decode("utf-16") for each in PAYLOADS]
    frame = pd.DataFrame({texts[0]: texts, "content": texts})
    forms = Grid(frame, title=texts[1]).forms()
    assert problems(forms["text/html"]) == []
    assert f"{len(texts)} rows; the first {ROWS}:" in forms["text/plain"]
    assert len(forms["text/plain"].splitlines()) == 2 + ROWS


@pytest.mark.parametrize("frame", [FRAME.iloc[:0], pd.DataFrame(), pd.DataFrame(index=[3, 4])])
def test_frames_without_rows_or_columns_are_shown(frame: pd.DataFrame) -> None:
    page = Page(frame)
    assert page.look(search="x")["total"] == 0
    assert "0 of" in page.grid.forms()["text/plain"] or not len(frame)
    assert_frame_equal(page.grid.selected, frame.iloc[:0])


def test_no_text_of_the_frame_is_in_the_state_of_the_widget(page: Page) -> None:
    state = json.dumps(page.grid.get_state(), default=str)
    assert "evening" not in state
    assert page.grid.title in state
