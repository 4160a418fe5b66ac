from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from tests.verbs.subjects import (
    KINDS,
    Given,
    assistant,
    call,
    given,
    output,
    reasoning,
    turns,
    user,
)
from workbench import loop
from workbench.errors import InvalidValue
from workbench.items import Item
from workbench.protocols import COMPACTION


@pytest.fixture(params=KINDS)
def any_kind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Given]:
    with given(request.param, tmp_path) as made:
        yield made


def session_of(*items: Item) -> wb.MemorySession:
    session = wb.MemorySession("demo")
    loop.run(session.add_items(list(items)))
    return session


def sent(session: Any) -> list[Any]:
    found: list[Any] = loop.run(session.get_items())
    return found


def hidden(target: Any) -> list[int]:
    frame = wb.history(target)
    return [int(each) for each in frame.loc[frame["hidden"], "order"]]


def test_hidden_items_stay_in_the_history_and_are_not_sent(any_kind: Given) -> None:
    any_kind.add(turns(1, 2, 3))
    items = any_kind.sent()
    before = any_kind.frame().drop(columns="hidden")
    assert wb.hide(any_kind.target, [2, 3], **any_kind.words).items == 2
    assert any_kind.sent() == [items[0], *items[3:]]
    frame = any_kind.frame()
    assert frame["hidden"].tolist() == [False, True, True, False, False, False]
    for column in ("order", "turn", "role", "content", "item"):
        assert frame[column].tolist() == before[column].tolist()
    any_kind.add(turns(4))
    assert any_kind.frame()["turn"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4]
    assert wb.show(any_kind.target, 3, **any_kind.words).items == 1
    assert wb.show(any_kind.target, **any_kind.words).items == 1
    assert any_kind.sent()[:6] == items
    assert not any_kind.frame()["hidden"].any()


def test_hiding_and_showing_again_changes_nothing(any_kind: Given) -> None:
    any_kind.add(turns(1))
    wb.hide(any_kind.target, 1, **any_kind.words)
    assert wb.hide(any_kind.target, 1, **any_kind.words).items == 0
    assert wb.hide(any_kind.target, [1, 2], **any_kind.words).items == 1
    assert wb.show(any_kind.target, **any_kind.words).items == 2
    assert wb.show(any_kind.target, **any_kind.words).items == 0
    assert wb.show(any_kind.target, 1, **any_kind.words).items == 0


def test_the_next_turn_is_not_told_of_what_is_hidden() -> None:
    wb.ask("demo", "My name is John")
    wb.ask("demo", "My number is 5")
    wb.hide("demo", [1, 2])
    assert "John" not in wb.ask("demo", "What's my name?").text
    wb.show("demo", [1, 2])
    assert wb.ask("demo", "What's my name?").text == "Your name is John."
    assert wb.turns("demo")["turn"].tolist() == [1, 2, 3, 4]
    assert wb.doctor("demo").empty


@pytest.mark.parametrize(
    "order",
    [
        [2, 4],
        (2, 4),
        range(2, 5, 2),
        {2, 4},
        np.array([2, 4]),
        pd.Series([2, 4], dtype="Int64"),
        iter([4, 2, 2]),
    ],
)
def test_several_numbers_may_come_in_any_form(order: Any) -> None:
    session = session_of(*turns(1, 2))
    assert wb.hide(session, order).items == 2
    assert hidden(session) == [2, 4]


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (0, "has items 1 to 4, not 0"),
        (5, "has items 1 to 4, not 5"),
        ([1, 9], "not 9"),
        (range(1, 10**15), "not 5"),
        (-1, "not -1"),
        (True, "order is a number"),
        ("1", "not a str"),
        (1.0, "not 1.0"),
        ([1.5], "not a list"),
        ([], "names no item"),
        (range(0), "names no item"),
        (None, "order is a number"),
        ([None], "order is a number"),
    ],
)
def test_what_is_no_item_is_refused_and_nothing_is_hidden(order: Any, words: str) -> None:
    session = session_of(*turns(1, 2))
    with pytest.raises(InvalidValue, match=words):
        wb.hide(session, order)
    assert sent(session) == turns(1, 2)


def test_a_call_and_its_output_are_never_parted() -> None:
    items = [user("q"), call("c1"), call("c2"), output("c2"), output("c1"), assistant("a")]
    session = session_of(*items)
    told = str(wb.hide(session, 2))
    assert "Items 2 and 5 of session 'demo': hidden from the model." in told
    assert "1 item (5) came along" in told
    assert sent(session) == [items[0], items[2], items[3], items[5]]
    assert wb.show(session, 5).items == 2
    assert sent(session) == items
    assert wb.hide(session, 4).items == 2
    assert hidden(session) == [3, 4]


@pytest.mark.parametrize("order", [2, 3, 4, 5, 6])
def test_reasoning_and_what_came_of_it_go_together(order: int) -> None:
    items = [
        *(user("q"), reasoning("rs_1"), call("c1"), call("c2"), output("c1"), output("c2")),
        *(reasoning("rs_2"), assistant("a", "msg_1"), user("r"), assistant("b", "msg_2")),
    ]
    session = session_of(*items)
    wb.hide(session, order)
    assert hidden(session) == [2, 3, 4, 5, 6]
    wb.hide(session, 8)
    assert sent(session) == [items[0], *items[8:]]
    assert wb.doctor(session).empty
    assert wb.show(session, order).items == 5


def test_a_call_that_waits_for_an_approval_can_not_be_hidden() -> None:
    session = session_of(user("q"), call("c1"))
    with pytest.raises(InvalidValue, match=r"item 2 .* waits for its output; approve or reject"):
        wb.hide(session, [1, 2])
    assert len(sent(session)) == 2
    assert wb.hide(session, 1).items == 1


def test_hidden_items_are_not_summarised_and_keep_their_places() -> None:
    for number in range(1, 9):
        wb.ask("demo", f"My number is {number}")
    wb.hide("demo", [3, 4])
    done = wb.compact("demo", keep_last=4)
    assert "2" not in [word for item in done.summarised for word in str(item).split()]
    frame = wb.history("demo")
    assert frame.loc[frame["hidden"], "content"].tolist() == [
        "My number is 2",
        "Noted: your number is 2.",
    ]
    assert "number is 2" not in str(loop.run(wb.session("demo").get_items()))
    wb.undo_compaction("demo")
    wb.show("demo")
    told = wb.history("demo")["content"].tolist()[::2]
    assert told == [f"My number is {number}" for number in range(1, 9)]


def test_a_summary_can_be_hidden_and_shown() -> None:
    for number in range(1, 7):
        wb.ask("demo", f"My number is {number}")
    wb.compact("demo", keep_last=4)
    wb.hide("demo", 1)
    session = wb.session("demo")
    assert not [
        row for row in loop.run(session.rows()) if (row.turn_id or "").startswith(COMPACTION)
    ]
    wb.show("demo", 1)
    assert "summary" in wb.history("demo")["content"].iloc[0]
    assert wb.undo_compaction("demo") == 8


def test_what_it_takes_to_undo_is_short_enough_to_be_called() -> None:
    session = wb.MemorySession("demo")
    loop.run(session.add_items([user(f"u{number}") for number in range(1, 101)]))
    told = str(wb.hide(session, range(2, 90)))
    assert told.endswith("wb.show(session, range(2, 90)) takes it back.")
    assert str(wb.show(session)).endswith("wb.hide(session, range(2, 90)) takes it back.")
    assert "wb.show(session, [...])" in str(wb.hide(session, range(1, 101, 2)))


def test_what_it_takes_to_undo_is_said() -> None:
    wb.ask("demo", "Hi")
    wb.ask("demo", "Ho")
    assert str(wb.hide("demo", 2)).endswith("wb.show('demo', 2) takes it back.")
    assert str(wb.show("demo", 2)).endswith("wb.hide('demo', 2) takes it back.")
    assert "wb.show('demo', [1, 2, 3])" in str(wb.hide("demo", range(1, 4)))
    assert "Items 1 to 3 of session 'demo'" in str(wb.show("demo"))
