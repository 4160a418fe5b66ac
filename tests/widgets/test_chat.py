from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.render.hostile import PAYLOADS, problems
from workbench.errors import InvalidValue
from workbench.frames.reading import Read
from workbench.items import Item
from workbench.protocols import COMPACTION
from workbench.widgets.chat.asked import Choice, Files, identity, number, said
from workbench.widgets.chat.entries import MESSAGE, content, entries, row
from workbench.widgets.chat.past import shared
from workbench.widgets.chat.running import Running, without_known
from workbench.widgets.chat.static import forms

CALL: Item = {"type": "function_call", "call_id": "c", "name": "weather", "arguments": "{}"}
OUTPUT: Item = {"type": "function_call_output", "call_id": "c", "output": "cold"}


def user(text: str) -> Item:
    return {"role": "user", "content": text}


def assistant(text: str) -> Item:
    return {"role": "assistant", "content": text}


def reads(*items: Item, turn_id: str | None = None) -> list[Read]:
    return [Read(each, each, turn_id=turn_id) for each in items]


def test_an_output_stands_with_its_call_and_empty_reasoning_is_not_there() -> None:
    sealed: Item = {"type": "reasoning", "summary": [], "encrypted_content": "x"}
    found = entries(reads(user("Hi"), sealed, CALL, OUTPUT, assistant("Cold.")))
    assert [(row(each)["kind"], each.order, each.turn) for each in found] == [
        ("message", 1, 1),
        ("tool", 3, 1),
        ("message", 5, 1),
    ]
    assert (row(found[1])["title"], row(found[1])["output"]) == ("weather", "cold")


def test_a_summary_names_its_compaction_and_hidden_items_say_so() -> None:
    summary = Read({}, assistant("Summary"), turn_id=f"{COMPACTION}abc")
    hidden = Read({}, user("secret"), hidden=True)
    rows = list(map(row, entries([summary, hidden])))
    assert [(each["compaction"], each["hidden"]) for each in rows] == [("abc", False), (None, True)]


def test_a_long_text_is_cut_and_says_how_much_is_left() -> None:
    entry = entries(reads(user("w" * (MESSAGE + 7))))[0]
    assert (len(row(entry)["text"]), row(entry)["cut"]) == (MESSAGE, 7)
    assert (len(row(entry, whole=True)["text"]), row(entry, whole=True)["cut"]) == (MESSAGE + 7, 0)


def test_a_picture_from_elsewhere_is_an_address_that_the_page_asks_about() -> None:
    part = {"type": "input_image", "image_url": "https://far.example/x.png"}
    assert content([{"role": "user", "content": [part]}])["pictures"] == [part["image_url"]]
    odd = {"type": "input_image", "image_url": "javascript:alert(1)"}
    assert content([{"role": "user", "content": [odd]}])["pictures"] == []


def test_what_is_the_same_at_the_front_is_kept() -> None:
    before = entries(reads(user("a"), assistant("b"), CALL))
    after = entries(reads(user("a"), assistant("b"), CALL, OUTPUT, assistant("c")))
    assert shared(before, after) == 2
    assert shared(after, after) == 4


class Page:
    """What a page has after the events it was told."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.texts: list[str] = []

    def tell(self, event: str, **told: Any) -> None:
        if event == "begin":
            self.rows = told["rows"]
        elif event == "row":
            self.rows += [{}] if told["n"] == len(self.rows) else []
            self.rows[told["n"]] |= told["row"]
            self.texts.append(told["row"].get("text", ""))
        elif event == "more":
            self.rows[told["n"]]["text"] += told["text"]
            self.texts.append(told["text"])


async def test_text_travels_once_and_the_end_of_a_turn_only_names_it() -> None:
    page = Page()
    running = Running([user("Hi")], page.tell)
    running.begin()
    running.take(("item", CALL))
    running.take(("item", OUTPUT))
    for word in ("It ", "is ", "cold."):
        running.take(("text", word))
    await asyncio.sleep(0)
    running.take(("item", assistant("It is cold.")))
    running.close()
    assert page.rows == running.rows
    assert [each["kind"] for each in page.rows] == ["message", "tool", "message"]
    assert "".join(page.texts) == "{}It is cold."
    items = [user("Hi"), CALL, OUTPUT, assistant("It is cold.")]
    told = without_known([row(each) for each in entries(reads(*items))], running.rows)
    assert [each["as"] for each in told] == [0, 1, 2]
    assert not any("text" in each for each in told)


async def test_what_ended_otherwise_than_it_was_streamed_is_told_again() -> None:
    page = Page()
    running = Running([], page.tell)
    running.take(("text", "It is"))
    running.take(("item", assistant("It is cold.")))
    assert page.rows[0]["text"] == "It is cold."
    other = [row(each) for each in entries(reads(assistant("Something else")))]
    assert without_known(other, running.rows)[0]["text"] == "Something else"


@pytest.mark.parametrize("given", [None, 7, "", "  ", "x" * 2_000_001, ["a"]])
def test_a_message_that_is_none_is_refused(given: Any) -> None:
    with pytest.raises(InvalidValue):
        said(given)


@pytest.mark.parametrize("given", [None, -1, True, 1.5, "1"])
def test_a_place_that_is_no_number_is_refused(given: Any) -> None:
    with pytest.raises(InvalidValue):
        number(given)


def test_names_choices_and_files_of_a_page_are_looked_at() -> None:
    for bad in (None, "", "x" * 301):
        with pytest.raises(InvalidValue):
            identity(bad)
    with pytest.raises(InvalidValue):
        Choice.of("a", 3)
    assert Files.of([{"name": "a.txt", "data": "aGk="}]) == [("a.txt", b"hi")]
    large = {"name": "a", "data": "AAAA" * 2_000_001}
    refused: list[Any] = [
        "x",
        [1],
        [{"name": "a"}],
        [{"name": "a", "data": "?"}],
        [large, large],
        [{}] * 11,
    ]
    for given in refused:
        with pytest.raises(InvalidValue):
            Files.of(given)


def test_the_static_forms_say_who_said_what_and_how_much_is_left_out() -> None:
    found = entries(reads(user("Hi"), CALL, OUTPUT, assistant("**Cold.**")))
    shown = forms("demo", found, {}, left=3)
    assert shown["text/plain"].startswith("Chat: demo (3 earlier entries are not shown)")
    assert "[tool] weather({}) -> cold" in shown["text/plain"]
    assert "<strong>Cold.</strong>" in shown["text/html"]
    assert "<details" in shown["text/html"]
    assert "nothing was said yet" in forms("demo", [], {}, left=0)["text/markdown"]


def test_the_static_forms_disarm_every_payload() -> None:
    items = [each(payload) for payload in PAYLOADS for each in (user, assistant)]
    shown = forms(PAYLOADS[0], entries(reads(*items)), {}, left=0)
    assert problems(shown["text/html"]) == []
