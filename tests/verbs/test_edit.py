from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, ModelSettings, Runner
from agents.models.openai_chatcompletions import OpenAIChatCompletionsModel
from agents.models.openai_responses import OpenAIResponsesModel
from openai import AsyncOpenAI

import workbench as wb
from tests.openai_server import openai_server
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
from workbench.errors import InvalidItem, InvalidValue
from workbench.items import SUMMARY_HEADER, Item
from workbench.verbs.content import PLACEHOLDER_ID, edited


@pytest.fixture(params=KINDS)
def any_kind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Given]:
    with given(request.param, tmp_path) as made:
        yield made


def session_of(*items: Item) -> wb.MemorySession:
    session = wb.MemorySession("demo")
    loop.run(session.add_items(list(items)))
    return session


def items_of(session: Any) -> list[Any]:
    found: list[Any] = loop.run(session.get_items())
    return found


@pytest.mark.parametrize("order", [1, 2, 3, 6])
def test_an_item_says_something_else_and_the_original_is_kept(any_kind: Given, order: int) -> None:
    any_kind.add(turns(1, 2, 3))
    texts = any_kind.texts()
    old = texts[order - 1]
    roles = any_kind.frame()["role"].tolist()
    done = wb.edit(any_kind.target, order, "new", **any_kind.words)
    assert done.items == 1
    texts[order - 1] = "new"
    assert any_kind.texts() == texts
    frame = any_kind.frame()
    assert frame["role"].tolist() == roles
    assert frame["turn"].tolist() == [1, 1, 2, 2, 3, 3]
    full = any_kind.frame(full=True)
    assert full.loc[full["archived"].notna(), "content"].tolist() == [old]
    assert full["archived"].dropna().tolist() == ["edited by hand"]
    assert wb.doctor(any_kind.target, **any_kind.words).empty


def test_editing_again_keeps_every_version(any_kind: Given) -> None:
    any_kind.add(turns(1, 2))
    for text in ("one", "two", "three"):
        wb.edit(any_kind.target, 2, text, **any_kind.words)
    assert any_kind.texts() == ["u1", "three", "u2", "a2"]
    full = any_kind.frame(full=True)
    assert full["content"].tolist() == ["u1", "a1", "one", "two", "three", "u2", "a2"]


def test_a_hidden_neighbour_keeps_its_place(any_kind: Given) -> None:
    any_kind.add(turns(1, 2, 3))
    wb.hide(any_kind.target, [3, 4, 6], **any_kind.words)
    wb.edit(any_kind.target, 2, "new", **any_kind.words)
    wb.edit(any_kind.target, 5, "newer", **any_kind.words)
    assert any_kind.texts() == ["u1", "new", "u2", "a2", "newer", "a3"]
    assert any_kind.frame()["hidden"].tolist() == [False, False, True, True, False, True]
    wb.show(any_kind.target, **any_kind.words)
    assert any_kind.texts() == ["u1", "new", "u2", "a2", "newer", "a3"]


def test_the_turn_its_record_and_its_tokens_stay() -> None:
    wb.ask("demo", "My name is John")
    wb.ask("demo", "My number is 5")
    before = wb.turns("demo")
    wb.edit("demo", 1, "My name is Ann")
    after = wb.turns("demo")
    assert after["turn_id"].tolist() == before["turn_id"].tolist()
    assert after["n_items"].tolist() == [2, 2]
    assert after["user"].tolist() == ["My name is Ann", "My number is 5"]
    assert wb.history("demo")["output_tokens"].sum() == before["output_tokens"].sum()
    assert wb.ask("demo", "What's my name?").text == "Your name is Ann."


def test_the_same_text_changes_nothing() -> None:
    session = session_of(*turns(1))
    assert wb.edit(session, 1, "u1").items == 0
    assert loop.run(session.archived()) == []


@pytest.mark.parametrize("order", [0, -1, 3, 10**30, True, 1.5, "1", None])
def test_an_item_that_there_is_not_is_refused(order: Any) -> None:
    session = session_of(*turns(1))
    with pytest.raises(InvalidValue, match="session 'demo' has items 1 to 2, not"):
        wb.edit(session, order, "x")
    with pytest.raises(InvalidValue, match="no items"):
        wb.edit(session_of(), 1, "x")


def test_a_hidden_item_has_to_be_shown_first() -> None:
    session = session_of(*turns(1))
    wb.hide(session, 2)
    with pytest.raises(InvalidValue, match=r"item 2 .* is hidden; wb.show\(session, 2\)"):
        wb.edit(session, 2, "x")


def test_a_call_that_waits_for_an_approval_is_left_as_it_is() -> None:
    items = [user("q"), reasoning("rs_1"), assistant("a", "msg_1"), call("c1")]
    session = session_of(*items)
    for order, content in ((4, '{"a": 2}'), (3, "new")):
        with pytest.raises(InvalidValue, match=r"item 4 .* waits for its output; approve or rej"):
            wb.edit(session, order, content)
    assert items_of(session) == items


def test_numbers_may_come_out_of_a_frame() -> None:
    session = session_of(*turns(1, 2, 3))
    frame = wb.history(session)
    wb.edit(session, frame.loc[frame["content"] == "u3", "order"].iloc[0], "new")
    assert items_of(session)[4] == user("new")
    assert wb.rewind(session, frame["turn"].max() - 1).items == 2


# What an item becomes


def test_an_edited_message_of_a_model_has_no_id_of_the_service() -> None:
    assert edited(assistant("old", "msg_1"), "new") == {"role": "assistant", "content": "new"}
    kept = edited({**assistant("old", "msg_1"), "phase": "final_answer"}, "new")
    assert kept == {"role": "assistant", "phase": "final_answer", "content": "new"}


def test_a_list_of_parts_takes_the_form_that_both_models_read() -> None:
    parts = [{"type": "input_text", "text": "a"}, {"type": "input_image", "image_url": "x"}]
    assert edited(user("old"), parts) == {"role": "user", "type": "message", "content": parts}
    made = edited(assistant("old", "msg_1"), ["a", {"type": "output_text", "text": "b"}])
    assert made["id"] == PLACEHOLDER_ID
    assert [part["text"] for part in made["content"]] == ["a", "b"]
    assert made["status"] == "completed"


def test_calls_and_outputs_keep_what_joins_them() -> None:
    made = edited(call("c1", a=1), '{"a": 2}')
    assert (made["call_id"], made["name"], made["arguments"]) == ("c1", "add", '{"a": 2}')
    assert "id" not in made
    assert edited(output("c1"), "4") == output("c1", "4")
    assert edited(output("c1"), [{"type": "input_text", "text": "4"}])["output"][0]["text"] == "4"
    custom = {"type": "custom_tool_call", "call_id": "c", "name": "n", "input": "x", "id": "ctc_1"}
    assert edited(custom, "y") == {
        "type": "custom_tool_call",
        "call_id": "c",
        "name": "n",
        "input": "y",
    }


def test_a_summary_stays_one() -> None:
    summary = {"role": "assistant", "content": f"{SUMMARY_HEADER}\nJohn."}
    assert edited(summary, "Ann.")["content"] == f"{SUMMARY_HEADER}\nAnn."
    assert edited(summary, f"{SUMMARY_HEADER}\nAnn.")["content"] == f"{SUMMARY_HEADER}\nAnn."


def test_a_whole_item_takes_the_place_of_another_of_its_sort() -> None:
    assert edited(user("a"), {"role": "developer", "content": "b"})["role"] == "developer"
    made = edited(assistant("a", "msg_1"), assistant("b", "msg_1"))
    assert "id" not in made
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    assert edited(search, {**search, "status": "failed"})["id"] == "ws_1"


@pytest.mark.parametrize(
    ("item", "content", "words"),
    [
        (user("a"), 5, "not a int"),
        (user("a"), None, "not a NoneType"),
        (user("a"), {}, "neither a type nor a role"),
        (user("a"), {"role": "user"}, "a message without content"),
        (user("a"), output("c1"), "only become one of its sort"),
        (user("a"), reasoning("rs_1"), "only become one of its sort"),
        (call("c1"), call("c2"), "same call_id"),
        (call("c1"), "not json", "text of a JSON object"),
        (call("c1"), "[1]", "text of a JSON object"),
        (call("c1"), ["x"], "is text"),
        (reasoning("rs_1"), "x", "the model's own"),
        ({"type": "compaction", "id": "cmp_1", "encrypted_content": "x"}, "x", "the model's own"),
        ({"type": "computer_call", "call_id": "c", "action": {}}, "x", "whole item"),
        ({"type": "computer_call_output", "call_id": "c", "output": {}}, "x", "whole item"),
        ({"type": "web_search_call", "id": "ws_1"}, "x", "of its own kind"),
        ({"type": "item_reference", "id": "msg_1"}, "x", "no text to edit"),
    ],
)
def test_what_an_item_can_not_become_is_refused(item: Item, content: Any, words: str) -> None:
    session = session_of(item)
    with pytest.raises(InvalidValue, match=words):
        wb.edit(session, 1, content)
    assert items_of(session) == [item]
    assert loop.run(session.archived()) == []


def test_what_is_no_json_is_refused_and_nothing_is_written() -> None:
    session = session_of(*turns(1))
    with pytest.raises(InvalidItem):
        wb.edit(session, 1, {"role": "user", "content": [{"type": "input_text", "text": {1}}]})
    assert items_of(session) == turns(1)


# Reasoning


def test_reasoning_in_front_goes_along_and_what_came_of_it_loses_its_id() -> None:
    items = [user("q"), reasoning("rs_1"), assistant("old", "msg_1"), call("c1"), output("c1")]
    session = session_of(*items, assistant("end", "msg_2"))
    told = str(wb.edit(session, 3, "new"))
    assert "Item 2, the reasoning in front of it, went there too." in told
    assert "It is item 2 now." in told
    found = items_of(session)
    bare = {name: value for name, value in call("c1").items() if name != "id"}
    assert found == [
        user("q"),
        assistant("new"),
        bare,
        output("c1"),
        assistant("end", "msg_2"),
    ]
    kept = [each.item for each in loop.run(session.archived())]
    assert kept == [reasoning("rs_1"), assistant("old", "msg_1"), call("c1")]


def test_what_is_not_right_behind_its_reasoning_leaves_it_alone() -> None:
    items = [user("q"), reasoning("rs_1"), call("c1"), call("c2"), output("c1"), output("c2")]
    session = session_of(*items)
    wb.edit(session, 4, '{"a": 7}')
    assert [item["type"] for item in items_of(session)[1:4]] == [
        *("reasoning", "function_call", "function_call")
    ]
    assert items_of(session)[2] == call("c1")


def test_a_hosted_call_that_can_not_stand_alone_stops_the_edit() -> None:
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    items = [user("q"), reasoning("rs_1"), assistant("old", "msg_1"), search]
    session = session_of(*items)
    with pytest.raises(InvalidValue, match="hosted call"):
        wb.edit(session, 3, "new")
    assert items_of(session) == items


@pytest.mark.parametrize("kind", [OpenAIResponsesModel, OpenAIChatCompletionsModel])
async def test_both_models_of_the_sdk_take_what_was_edited(kind: Any) -> None:
    session = wb.MemorySession("demo")
    items = [user("My name is John"), reasoning("rs_1"), assistant("Hello John.", "msg_1")]
    await session.add_items([*items, user("1 + 2?"), call("c1", a=1, b=2), output("c1")])
    await session.add_items([assistant("It is 3.", "msg_2")])
    for order, content in (
        (1, "My name is Ann"),
        (3, [{"type": "output_text", "text": "Hello "}, "Ann."]),
        (4, '{"a": 2, "b": 2}'),
        (5, "4"),
        (6, "It is 4."),
    ):
        await asyncio.to_thread(wb.edit, session, order, content)
    with openai_server() as server:
        async with AsyncOpenAI(api_key="test", base_url=server.url, max_retries=0) as client:
            agent = Agent(
                name="A", model=kind("gpt-test", client), model_settings=ModelSettings(store=False)
            )
            result = await Runner.run(agent, "What's my name?", session=session)
    assert "Ann" in str(result.final_output)
    sent = str(server.requests[-1].body)
    assert "msg_" not in sent
    assert "rs_1" not in sent
    assert PLACEHOLDER_ID not in sent
    assert await asyncio.to_thread(lambda: wb.doctor(session).empty)
