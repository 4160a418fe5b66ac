"""OpenAI's training format: written so that it can be learned from, read as a conversation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, function_tool

import workbench as wb
from tests.verbs.files.conversations import PICTURE, make
from workbench import loop
from workbench.errors import InvalidValue
from workbench.items import Item


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def talk(name: str, *items: Item) -> None:
    session: Any = wb.session(name)
    loop.run(session.append(list(items), turn_id="t1"))


def trained(*names: str, **options: Any) -> list[dict[str, Any]]:
    wb.export(list(names), "t.jsonl", format="fine-tuning", overwrite=True, **options)
    return [json.loads(line) for line in Path("t.jsonl").read_text().splitlines()]


def call(number: int, **changes: Any) -> Item:
    return {
        "type": "function_call",
        "call_id": f"c{number}",
        "name": "look",
        "arguments": '{"n": 1}',
        **changes,
    }


def output(number: int) -> Item:
    return {"type": "function_call_output", "call_id": f"c{number}", "output": "sunny"}


USER: Item = {"role": "user", "content": "Hi"}
REPLY: Item = {"role": "assistant", "content": "Hello"}


def test_calls_and_outputs_become_messages_in_the_order_that_the_api_takes() -> None:
    talk("demo", USER, call(1), call(2), output(1), output(2), REPLY, USER, call(3), output(3))
    talk("demo", REPLY)
    (example,) = trained("demo")
    messages = example["messages"]
    assert [each["role"] for each in messages] == (
        ["user", "assistant", "tool", "tool", "assistant", "user", "assistant", "tool", "assistant"]
    )
    assert [each["id"] for each in messages[1]["tool_calls"]] == ["c1", "c2"]
    assert messages[2] == {"role": "tool", "tool_call_id": "c1", "content": "sunny"}
    assert "content" not in messages[1]


def test_what_a_model_was_not_sent_is_left_out_and_the_report_says_so() -> None:
    make()
    report = wb.export("demo", "t.jsonl", format="fine-tuning")
    text = Path("t.jsonl").read_text()
    assert "1 hidden item" in str(report)
    assert "Sent." not in text
    assert PICTURE in text


def test_reasoning_and_hosted_tools_are_left_out_and_named() -> None:
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    talk("demo", USER, {"type": "reasoning", "id": "rs_1", "summary": []}, search, REPLY)
    report = wb.export("demo", "t.jsonl", format="fine-tuning")
    assert report.items == 2
    assert "1 reasoning, 1 web_search_call" in str(report)


def test_several_conversations_are_a_line_each() -> None:
    for name in ("one", "two"):
        talk(name, {"role": "user", "content": name}, REPLY)
    examples = trained("one", "two")
    assert [each["messages"][0]["content"] for each in examples] == ["one", "two"]


def test_the_agent_that_is_known_gives_its_instructions_and_tools() -> None:
    @function_tool
    def look(n: int) -> str:
        """Look out of the window."""
        return "sunny"

    ada = Agent(name="Ada", instructions="Mail joe@example.com.", tools=[look])
    wb.register_agent(ada)
    wb.ask("demo", "Hi", agent=ada)
    loop.run(_remember("demo"))
    (example,) = trained("demo", redact="email")
    assert example["messages"][0] == {"role": "system", "content": "Mail [email]."}
    (tool,) = example["tools"]
    assert tool["function"]["name"] == "look"
    assert "n" in tool["function"]["parameters"]["properties"]
    assert example["parallel_tool_calls"] is True


async def _remember(name: str) -> None:
    from workbench.workspace import workspace

    await workspace().remember(name, agent="Ada", model=None)


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([USER], "no prompt, or no reply"),
        ([REPLY], "no prompt, or no reply"),
        ([USER, REPLY, USER], "ends with a message of role user"),
        ([USER, call(1)], "its last call of a tool has no output"),
        ([USER, call(1), output(1)], "ends with a message of role tool"),
        ([USER, call(1), REPLY], "item 3: a message stands between a call of a tool and its"),
        ([USER, output(1), REPLY], "item 2: an output without its call"),
        ([USER, call(1, arguments="{"), output(1), REPLY], "item 2: a call whose arguments are no"),
        ([USER, call(1, name=None), output(1), REPLY], "item 2: a call without an id, a name"),
    ],
)
def test_what_could_not_be_learned_from_is_refused_by_its_place(
    items: list[Item], said: str
) -> None:
    talk("good", USER, REPLY)
    talk("demo", *items)
    with pytest.raises(InvalidValue, match=f"session 'demo' can't be trained on: .*{said}"):
        trained("good", "demo")
    assert not Path("t.jsonl").exists()


def test_what_was_written_for_training_is_read_again() -> None:
    make()
    wb.export("demo", "t.jsonl", format="fine-tuning")
    wb.load("t.jsonl", "again", format="fine-tuning")
    before = wb.history("demo")
    before = before[~before["hidden"]]
    again = wb.history("again")
    for column in ("role", "content", "tool_call_function", "tool_call_id", "tool_call_arguments"):
        assert again[column].tolist() == before[column].tolist()


def test_one_of_several_conversations_is_chosen_by_its_line() -> None:
    for name in ("one", "two"):
        talk(name, {"role": "user", "content": name}, REPLY)
    trained("one", "two")
    with pytest.raises(InvalidValue, match="holds 2 conversations, one on each line"):
        wb.load("t.jsonl", "x")
    with pytest.raises(InvalidValue, match="holds 2 conversations"):
        wb.load("t.jsonl", "x", line=3)
    wb.load("t.jsonl", "x", line=2)
    assert wb.history("x")["content"].tolist() == ["two", "Hello"]


def test_chats_and_items_of_other_programs_are_read() -> None:
    message = {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
        ],
    }
    tool = {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "sunny"}]}
    image = {"type": "image_url", "image_url": {"url": PICTURE}}
    user = {"role": "user", "content": [{"type": "text", "text": "Look"}, image]}
    refused = {"role": "assistant", "refusal": "No."}
    for lines in ([{"messages": [user, message, tool, refused]}], [user, message, tool, refused]):
        text = "\n".join(map(json.dumps, lines))
        Path("chat.jsonl").write_text("\ufeff" + text, encoding="utf-8")
        name = f"chat-{len(lines)}"
        wb.load("chat.jsonl", name)
        frame = wb.history(name)
        assert frame["type"].tolist() == [
            "message",
            "function_call",
            "function_call_output",
            "message",
        ]
        assert frame["tool_call_function"].dropna().tolist() == ["look", "look"]
        assert frame["content"].tolist()[0] == "Look\n[image]"


async def test_the_sdk_goes_on_with_a_conversation_that_was_loaded() -> None:
    lines = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "My name is John"},
        {"role": "assistant", "content": "Hello John"},
    ]
    Path("chat.jsonl").write_text(json.dumps({"messages": lines}))
    wb.load("chat.jsonl", "demo")
    assert "John" in wb.ask("demo", "What's my name?").text
