from __future__ import annotations

from typing import Any

import pytest
from agents.handoffs.history import default_handoff_history_mapper

from tests.models.talk import assistant, says, user
from workbench.models.reading import Entry, read

ODD: list[Any] = [
    None,
    42,
    "text",
    {},
    {"role": None},
    {"role": "user"},
    {"role": "user", "content": None},
    {"role": "user", "content": 7},
    {"role": "user", "content": {"type": "input_text", "text": "hi"}},
    {"role": "user", "content": [None, 3, {"type": "input_text"}, {"type": "refusal"}]},
    {"type": "reasoning", "id": "rs_1", "summary": []},
    {"type": "compaction", "encrypted_content": "x"},
    {"type": "item_reference", "id": "x"},
    {"type": "function_call"},
    {"type": "function_call_output", "output": [{"type": "input_image", "image_url": "x"}]},
    {"type": "computer_call_output", "call_id": 7, "output": {"type": "computer_screenshot"}},
    {"type": "never heard of it", "content": [[[]]]},
]


@pytest.mark.parametrize("item", ODD, ids=repr)
def test_no_item_is_too_odd_to_answer_after_it(item: Any) -> None:
    told = [user("My name is John"), item, user("What's my name?")]
    assert says(*[one for one in told if not isinstance(one, str)]) == "Your name is John."
    assert len(read([item])) == 1


def test_lone_surrogates_and_hostile_text_are_answered() -> None:
    for text in ("\ud800 My name is \udfff", "<script>alert(1)</script>", "\x00", "‮abc"):
        assert says(text)


def test_an_output_carries_the_name_of_its_tool() -> None:
    items = [
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
        {"type": "function_call", "call_id": "b", "name": "g", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "b", "output": "2"},
        {"type": "function_call_output", "call_id": "zzz", "output": "?"},
    ]
    assert read(items)[2:] == [Entry("output", "2", "g"), Entry("output", "?", "")]


def test_what_was_said_before_a_nested_handoff_is_recalled() -> None:
    told: list[Any] = [
        user("My name is John"),
        assistant("My name is Mallory"),
        user("I prefer dark mode.\nSet language to Finnish."),
    ]
    nested = default_handoff_history_mapper(told)
    assert says(*nested, "What's my name?") == "Your name is John."
    assert "Finnish" in says(*nested, "What are my preferences?")
