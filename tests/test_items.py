from __future__ import annotations

import enum
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import items as of
from workbench.errors import InvalidItem

CALL = {"type": "function_call", "call_id": "c1", "name": "add", "arguments": '{"a": 2}'}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "5"}

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_what_is_stored_comes_back_as_it_was(item: dict[str, Any]) -> None:
    again = of.decode(of.encode(item))
    assert again == item
    assert repr(again) == repr(item)  # 1 and 1.0 and True are equal, but not the same


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_what_the_sdk_wrote_is_read_as_it_reads_it(item: dict[str, Any]) -> None:
    text = json.dumps(item)
    assert of.decode(text) == json.loads(text)
    assert of.decode(text.encode()) == json.loads(text)


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (b"bytes", "bytes"),
        ({1, 2}, "set"),
        (object(), "object"),
        (uuid.UUID(int=1), "UUID"),
        (datetime(2026, 1, 1, tzinfo=UTC), "datetime"),
        (Colour.RED, "Colour"),
        ({1: "a"}, "key 1"),
        (2**64, "64 bits"),
        (-(2**63) - 1, "64 bits"),
        (10**5000, "64 bits"),
    ],
    ids=(
        "nan -inf bytes set object UUID datetime enum key big-integer big-negative huge-integer"
    ).split(),
)
def test_what_json_can_not_hold_is_refused_with_its_place(value: Any, place: str) -> None:
    with pytest.raises(InvalidItem, match=place) as refused:
        of.encode({"content": [{"text": value}]})
    assert "item['content'][0]['text']" in str(refused.value)
    assert "nothing was written" in str(refused.value)


@pytest.mark.parametrize("item", [None, "text", ["a"], 5, ("a", "b")])
def test_an_item_that_is_no_dict_is_refused(item: Any) -> None:
    with pytest.raises(InvalidItem, match="an item is a dict"):
        of.encode(item)


def test_an_item_nested_without_end_is_refused_both_ways() -> None:
    item: dict[str, Any] = {}
    item["self"] = item
    with pytest.raises(InvalidItem, match="nested too deeply"):
        of.encode(item)
    with pytest.raises(ValueError, match="nested"):
        of.decode('{"a":' * 200_000 + "1" + "}" * 200_000)


def test_nesting_that_the_quick_encoder_refuses_is_kept() -> None:
    item: dict[str, Any] = {"leaf": 1}
    for _ in range(300):
        item = {"a": item}
    assert of.decode(of.encode(item)) == item


def test_a_tuple_is_kept_as_a_list() -> None:
    assert of.decode(of.encode({"content": ("a", "b")})) == {"content": ["a", "b"]}


@pytest.mark.parametrize("data", ["", "{", "[]", '"text"', "null", "5", b"\xff\xfe", "{'a': 1}"])
def test_a_row_that_is_no_json_object_is_an_error_and_not_a_guess(data: str | bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        of.decode(data)


def test_not_a_number_from_another_program_can_be_read() -> None:
    assert of.decode('{"score": Infinity, "half": "\\ud800"}') == {
        "score": float("inf"),
        "half": "\ud800",
    }


@pytest.mark.parametrize(
    ("item", "kind", "role"),
    [
        ({"role": "user", "content": "hi"}, "message", "user"),
        ({"type": "message", "role": "developer", "content": "hi"}, "message", "developer"),
        (CALL, "function_call", "assistant"),
        (OUTPUT, "function_call_output", "tool"),
        ({"type": "tool_search_output"}, "tool_search_output", "tool"),
        ({"type": "reasoning"}, "reasoning", "assistant"),
        ({"type": "mcp_list_tools"}, "mcp_list_tools", "assistant"),
        ({"type": "compaction"}, "compaction", None),
        ({"type": "item_reference", "id": "x"}, "item_reference", None),
        ({"type": "from the future"}, "from the future", None),
        ({"role": None}, "message", None),
        ({}, "unknown", None),
    ],
)
def test_an_item_says_what_it_is_and_who_it_is_from(
    item: dict[str, Any], kind: str, role: str | None
) -> None:
    assert of.kind(item) == kind
    assert of.role(item) == role


def part(kind: str, **more: Any) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": kind, **more}]}


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"role": "user", "content": "hi"}, "hi"),
        (part("output_text", text="hi"), "hi"),
        (part("refusal", refusal="no"), "no"),
        (part("input_image", image_url="data:image/png;base64,AAAA"), "[image]"),
        (part("input_file", filename="a.pdf", file_data="AAAA"), "[file a.pdf]"),
        (part("input_file"), "[file]"),
        (part("input_audio", input_audio={}), "[audio]"),
        ({"role": "user", "content": ["a", {"type": "input_text", "text": "b"}, None]}, "a\nb"),
        ({"role": "user", "content": None}, ""),
        (CALL, 'add({"a": 2})'),
        (OUTPUT, "5"),
        ({**OUTPUT, "output": [{"type": "input_text", "text": "a"}]}, "a"),
        ({"type": "computer_call_output", "output": {"type": "computer_screenshot"}}, "[image]"),
        ({"type": "shell_call_output", "output": [{"stdout": "a\n", "stderr": "b"}]}, "a\nb"),
        ({"type": "program_output", "result": "r"}, "r"),
        ({"type": "reasoning", "summary": [{"type": "summary_text", "text": "so"}]}, "so"),
        ({"type": "compaction", "encrypted_content": "gAAA"}, "[compacted history]"),
        ({"type": "web_search_call", "action": {"query": "ü"}}, 'web_search_call({"query": "ü"})'),
        ({"type": "mcp_approval_request", "name": "rm", "arguments": "{}"}, "rm({})"),
        ({"type": "image_generation_call", "result": "iVBOR"}, "image_generation_call()"),
    ],
)
def test_the_text_of_an_item_is_what_a_person_would_read(item: dict[str, Any], text: str) -> None:
    assert of.text(item) == text


def test_a_hosted_call_carries_its_own_output() -> None:
    assert of.output_text({"type": "mcp_call", "output": "three"}) == "three"
    assert of.output_text({"type": "image_generation_call", "result": "iVBOR"}) == "[image]"
    logs = [{"type": "logs", "logs": "1\n2\n"}]
    assert of.output_text({"type": "code_interpreter_call", "outputs": logs}) == "1\n2"
    assert of.output_text(CALL) == ""


@pytest.mark.parametrize(
    ("item", "arguments"),
    [
        (CALL, '{"a": 2}'),
        ({"type": "custom_tool_call", "name": "sql", "input": "select 1"}, "select 1"),
        ({"type": "apply_patch_call", "operation": {"path": "a"}}, '{"path": "a"}'),
        ({"type": "code_interpreter_call", "code": "1 + 1"}, "1 + 1"),
        ({"type": "file_search_call", "queries": ["a"]}, '["a"]'),
        ({"type": "function_call", "arguments": {("a", "b"): 1}}, "[dict]"),
        ({"type": "function_call"}, None),
        (OUTPUT, None),
    ],
)
def test_every_kind_of_call_shows_what_it_asks(item: dict[str, Any], arguments: str | None) -> None:
    assert of.call_arguments(item) == arguments


def test_calls_wait_until_their_output_comes() -> None:
    other = {**CALL, "call_id": "c2"}
    assert of.open_calls([CALL, other]) == ["c1", "c2"]
    assert of.open_calls([CALL, other, OUTPUT]) == ["c2"]
    assert of.open_calls([OUTPUT, CALL]) == ["c1"]
    assert of.open_calls([{"type": "web_search_call", "id": "ws"}, {}]) == []


@pytest.mark.parametrize("key", ["call_id", "id"])
def test_a_local_shell_output_answers_its_call_by_either_name(key: str) -> None:
    shell = {"type": "local_shell_call", "id": "ls_1", "call_id": "c9", "action": {}}
    answer = {"type": "local_shell_call_output", key: "c9", "output": "ok"}
    assert of.open_calls([shell, answer]) == []


def test_what_a_user_says_is_stored_as_the_sdk_stores_it() -> None:
    assert of.user_message("hi") == {"role": "user", "content": "hi"}
    assert of.is_user_message(of.user_message("hi"))
    assert not of.is_user_message({"role": "assistant", "content": "hi"})
    assert not of.is_user_message(CALL)
