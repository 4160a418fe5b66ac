from __future__ import annotations

from typing import Any

import pytest

from workbench.verbs.compare.told import digests

CALL = {"type": "function_call", "name": "add", "arguments": '{"a": 1}', "call_id": "c1"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "2"}
SAID: dict[str, Any] = {"role": "user", "content": "Hi"}
IMAGE = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}


def same(one: list[Any], other: list[Any]) -> bool:
    return digests(one) == digests(other)


def test_ids_and_forms_that_services_give_make_no_difference() -> None:
    reply = {"role": "assistant", "content": "Hello"}
    parts = [{"type": "output_text", "text": "Hello", "annotations": []}]
    assert same(
        [reply],
        [{**reply, "type": "message", "id": "msg_1", "status": "completed", "content": parts}],
    )
    renamed = [{**CALL, "call_id": "other", "id": "fc_9"}, {**OUTPUT, "call_id": "other"}]
    assert same([CALL, OUTPUT], renamed)


@pytest.mark.parametrize(
    "other",
    [
        {**SAID, "content": "hi"},
        {**SAID, "role": "system"},
        {**SAID, "phase": "commentary"},
        {"role": "user", "content": [{"type": "input_text", "text": "Hi"}, IMAGE]},
        {"type": "reasoning", "summary": [], "encrypted_content": "x"},
    ],
)
def test_what_is_said_makes_one(other: dict[str, Any]) -> None:
    assert not same([SAID], [other])


def test_another_image_tool_or_order_makes_one() -> None:
    one = {"role": "user", "content": [IMAGE]}
    assert not same([one], [{"role": "user", "content": [{**IMAGE, "image_url": "data:,"}]}])
    assert not same([CALL], [{**CALL, "name": "sub"}])
    assert not same([CALL], [{**CALL, "arguments": "{}"}])
    assert not same([SAID, CALL], [CALL, SAID])
    assert not same([CALL, {**CALL, "call_id": "c2"}, OUTPUT], [CALL, CALL, OUTPUT])
    assert not same([SAID], [SAID, SAID])


@pytest.mark.parametrize("odd", [{}, {"content": 5}, {"content": [None, 3]}, {"type": ["x"]}])
def test_odd_items_are_told_without_an_error(odd: dict[str, Any]) -> None:
    assert same([odd], [odd])
