"""What an item may be made to say: nothing that the doctor would take out again."""

from __future__ import annotations

from typing import Any

import pytest

import workbench as wb
from tests.verbs.subjects import assistant, call, output, user
from workbench import loop
from workbench.errors import InvalidValue
from workbench.items import Item


def edited(item: Item, content: Any) -> tuple[Any, Any]:
    """The item as it is then, and what the doctor says."""
    session = wb.MemorySession("demo")
    before = [user("q"), call("c1")] if "output" in item else []
    behind = [output("c1")] if item.get("type") == "function_call" else []
    loop.run(session.add_items([*before, item, *behind, assistant("end")]))
    wb.edit(session, len(before) + 1, content)
    return loop.run(session.get_items())[len(before)], wb.doctor(session)


@pytest.mark.parametrize(
    ("item", "content", "words"),
    [
        (user("a"), [], "is empty"),
        (user("a"), [1], "text, or a dict with a type"),
        (user("a"), [{"text": "x"}], "{'type': 'input_text', 'text': ...}"),
        (assistant("a"), [{"type": 5}], "{'type': 'output_text', 'text': ...}"),
        (output("c1"), [None], "text, or a dict with a type"),
        (output("c1"), [], "is empty"),
        (user("a"), {"type": "message", "content": "x"}, "its role is none of user"),
        (user("a"), {"role": 5, "content": "x"}, "its role is none of user"),
        (user("a"), {"role": "user"}, "a message without content"),
        (user("a"), {"role": "user", "content": 5}, "a message without content"),
        (user("a"), {"role": "user", "content": []}, "is empty"),
        (call("c1"), {"type": "function_call", "call_id": "c1"}, "without name"),
    ],
)
def test_an_item_that_models_refuse_does_not_take_the_place_of_one(
    item: Item, content: Any, words: str
) -> None:
    with pytest.raises(InvalidValue) as caught:
        edited(item, content)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("item", "content", "becomes"),
    [
        (user("a"), ["x"], [{"type": "input_text", "text": "x"}]),
        (user("a"), {"role": "user", "content": ["x"]}, [{"type": "input_text", "text": "x"}]),
        (
            assistant("a"),
            {"type": "message", "role": "assistant", "id": "msg_9", "content": ["x"]},
            [{"type": "output_text", "text": "x", "annotations": []}],
        ),
        (output("c1"), ["x"], [{"type": "input_text", "text": "x"}]),
    ],
)
def test_a_text_in_a_list_becomes_a_part_that_models_take(
    item: Item, content: Any, becomes: Any
) -> None:
    found, findings = edited(item, content)
    assert found.get("content", found.get("output")) == becomes
    assert findings.empty
