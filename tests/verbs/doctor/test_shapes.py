from __future__ import annotations

from typing import Any

import pytest

from tests.verbs.doctor.charts import chart, names, repaired, rest
from tests.verbs.subjects import assistant, call, output, reasoning, user
from workbench.items import Item
from workbench.verbs.content import PLACEHOLDER_ID

PART = {"type": "output_text", "text": "a", "annotations": []}


@pytest.mark.parametrize(
    "item",
    [
        {"foo": 1},
        {"role": "tool", "tool_call_id": "c", "content": "x"},
        {"role": "user"},
        {"role": "user", "content": None},
        {"role": "user", "content": 5},
        {"type": "message", "content": "x"},
        {"type": "function_call", "call_id": "c1", "name": "add"},
        {"type": "function_call_output", "call_id": "c1"},
    ],
)
def test_what_is_no_item_goes(item: Item) -> None:
    made = repaired(chart(user("q"), item, assistant("a")))
    assert names(made)[0] == ("no item", 2)
    assert rest(made) == [user("q"), assistant("a")]


@pytest.mark.parametrize(
    "item",
    [
        user("a"),
        {"type": "message", "role": "user", "content": "a"},
        {"type": "message", "role": "user", "content": "a", "id": "msg_1", "status": "completed"},
        {"role": "user", "content": [{"type": "input_text", "text": "a"}]},
        {"role": "system", "content": "a"},
        {"role": "developer", "content": "a"},
        assistant("a"),
        assistant("a", "msg_1"),
        assistant("a", PLACEHOLDER_ID),
        {"role": "assistant", "content": "a", "phase": "commentary", "type": "message"},
        {"role": "assistant", "content": [{"type": "input_text", "text": "a"}]},
    ],
)
def test_a_message_that_all_models_take_is_left_alone(item: Item) -> None:
    assert names(repaired(chart(user("q"), item, assistant("b")))) == []


@pytest.mark.parametrize(
    ("item", "becomes"),
    [
        (
            {"type": "message", "role": "assistant", "content": [PART], "status": "completed"},
            {**assistant("a", PLACEHOLDER_ID)},
        ),
        ({"role": "assistant", "content": [PART]}, {**assistant("a", PLACEHOLDER_ID)}),
        ({"id": "msg_1", "role": "assistant", "content": [PART]}, {**assistant("a", "msg_1")}),
        (
            {"id": "msg_1", "type": "message", "role": "assistant", "content": "a"},
            {"type": "message", "role": "assistant", "content": "a"},
        ),
        (
            {"id": "msg_1", "role": "user", "content": "a"},
            {"type": "message", "id": "msg_1", "role": "user", "content": "a"},
        ),
    ],
)
def test_a_form_that_the_chat_completions_model_refuses_is_mended(
    item: Item, becomes: Item
) -> None:
    from agents.exceptions import UserError
    from agents.models.chatcmpl_converter import Converter

    given: Any = [user("q"), item, user("r"), assistant("b")]
    with pytest.raises((UserError, TypeError)):
        Converter.items_to_messages(given)
    made = repaired(chart(*given))
    assert names(made) == [("unfit message", 2)]
    found: Any = rest(made)
    assert found[1] == becomes
    assert Converter.items_to_messages(found)[1]["role"] == item["role"]


# Ids


@pytest.mark.parametrize("identity", ["", 5, "m" * 65, "rs_1", "fc_1", "resp_1"])
def test_an_id_that_no_service_takes_is_taken_off(identity: Any) -> None:
    made = repaired(chart(user("q"), {**assistant("a", "x"), "id": identity}))
    assert names(made) == [("stale id", 2)]
    assert rest(made)[1]["id"] == PLACEHOLDER_ID


@pytest.mark.parametrize("identity", ["msg_1", "chatcmpl-123", "m" * 64, PLACEHOLDER_ID, "__x"])
def test_an_id_of_any_other_form_is_left_alone(identity: str) -> None:
    assert names(repaired(chart(user("q"), assistant("a", identity)))) == []


def test_a_call_can_do_without_its_id_and_a_hosted_one_can_not() -> None:
    made = repaired(chart(user("q"), {**call("c1"), "id": "msg_1"}, output("c1"), assistant("a")))
    assert names(made) == [("stale id", 2)]
    assert "id" not in rest(made)[1]
    search = {"type": "web_search_call", "id": "", "status": "completed"}
    made = repaired(chart(user("q"), search, assistant("a")))
    assert names(made) == [("stale id", 2)]
    assert rest(made) == [user("q"), assistant("a")]


def test_a_reference_to_an_item_of_another_conversation_goes() -> None:
    here, gone = ({"type": "item_reference", "id": each} for each in ("msg_1", "msg_2"))
    made = repaired(
        chart(user("q"), assistant("a", "msg_1"), user("r"), here, gone, assistant("b"))
    )
    assert names(made) == [("stale id", 5)]
    assert here in rest(made)


def test_an_item_that_was_written_twice_in_a_turn_goes_once() -> None:
    twice = [reasoning("rs_1"), assistant("a", "msg_1")]
    made = repaired(chart(user("q"), *twice, *twice))
    assert {name for name, _ in names(made)} == {"item twice"}
    assert rest(made) == [user("q"), *twice]


def test_one_id_in_two_turns_is_taken_off_the_later_item() -> None:
    items = [user("q"), assistant("a", "msg_1"), user("r"), assistant("b", "msg_1")]
    made = repaired(chart(*items))
    assert names(made) == [("id again", 4)]
    assert not made.take
    assert rest(made)[:3] == items[:3]
    assert rest(made)[3]["id"] == PLACEHOLDER_ID
    assert rest(made)[3]["content"] == items[3]["content"]


def test_reasoning_with_the_id_of_another_goes_and_its_followers_lose_theirs() -> None:
    items = [user("q"), reasoning("rs_1"), assistant("a", "msg_1"), user("r"), reasoning("rs_1")]
    made = repaired(chart(*items, call("c1"), output("c1"), assistant("b", "msg_2")))
    assert names(made) == [("id again", 5)]
    found = rest(made)
    assert [item.get("type") for item in found[4:6]] == ["function_call", "function_call_output"]
    assert "id" not in found[4]
    assert found[6]["id"] == "msg_2"


def test_the_placeholder_of_the_sdk_may_be_there_often() -> None:
    items = [user("q"), assistant("a", PLACEHOLDER_ID), user("r"), assistant("b", PLACEHOLDER_ID)]
    assert names(repaired(chart(*items))) == []


# Reasoning


@pytest.mark.parametrize("after", [[], [user("r"), assistant("a")]])
def test_reasoning_that_nothing_followed_goes(after: list[Item]) -> None:
    items = [user("p"), assistant("o"), user("q"), reasoning("rs_1"), reasoning("rs_2"), *after]
    made = repaired(chart(*items))
    assert {("reasoning without follower", 4), ("reasoning without follower", 5)} <= set(
        names(made)
    )
    assert reasoning("rs_1") not in rest(made)


def test_reasoning_in_a_row_leads_to_what_follows_all_of_it() -> None:
    items = [user("q"), reasoning("rs_1"), reasoning("rs_2"), assistant("a", "msg_1")]
    assert names(repaired(chart(*items))) == []
