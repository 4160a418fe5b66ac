from __future__ import annotations

import json
from typing import Any

import pytest

from tests.models.talk import says, user
from workbench.models.reading import read
from workbench.models.reply import Reply, reply
from workbench.models.requests import Offered

PING = Offered("ping", "function", {"type": "object", "properties": {}}, description="Ping.")
ECHO = Offered(
    "echo",
    "function",
    {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
)
SEARCH = Offered("web_search", "hosted")
BILLING = Offered("transfer_to_billing_agent", "handoff", {}, agent="Billing agent")
REFUNDS = Offered("transfer_to_refunds", "handoff", {}, agent="Refunds")
ALL = [PING, ECHO, SEARCH, BILLING, REFUNDS]


def answers(message: str, choice: str | None = None) -> Reply:
    return reply(read(message), ALL, choice=choice)


def names(made: Reply) -> list[str]:
    return [call.name for call in made.calls]


def output(text: str, name: str = "echo") -> list[dict[str, Any]]:
    return [
        {"type": "function_call", "call_id": "c1", "name": name, "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": text},
    ]


@pytest.mark.parametrize(
    "message",
    [
        "transfer me to the billing agent",
        "Can I talk to Billing, please?",
        "hand this over to the Billing Agent",
        "use transfer_to_billing_agent",
    ],
)
def test_the_user_is_handed_to_the_agent_they_name(message: str) -> None:
    assert names(answers(message)) == ["transfer_to_billing_agent"]


@pytest.mark.parametrize(
    "message", ["My billing address is Main Street 1", "don't transfer me to billing", "refunds?"]
)
def test_an_agent_that_is_only_spoken_of_gets_nobody(message: str) -> None:
    assert names(answers(message)) == []


def test_tool_choice_none_calls_nothing() -> None:
    assert names(answers("use ping", "none")) == []


def test_tool_choice_required_calls_what_can_be_called() -> None:
    assert names(answers("hello", "required")) == ["ping"]
    assert names(answers("use echo with hi", "required")) == ["echo"]


def test_a_tool_forced_by_name_is_called_or_its_arguments_asked_for() -> None:
    assert answers("hello world", "echo").calls[0].arguments == {"text": "hello world"}
    assert "text" in answers("", "echo").text


def test_a_tool_that_runs_on_a_server_is_refused_with_the_way_out() -> None:
    made = answers("use web_search for cats")
    assert made.calls == ()
    assert "OPENAI_API_KEY" in made.text


def test_a_tools_output_is_told_and_the_tool_is_not_called_again() -> None:
    items = [user("use echo with hi"), *output("hi")]
    for choice in (None, "required", "echo"):
        made = reply(read(items), ALL, choice=choice)
        assert made == Reply("echo says: hi")


def test_a_call_without_output_does_not_start_a_loop() -> None:
    items = [user("use ping"), *output("", "ping")[:1]]
    assert reply(read(items), ALL).calls == ()


def test_after_a_handoff_the_new_agent_says_who_it_is_and_calls_nothing() -> None:
    gave = output(json.dumps({"assistant": "Billing agent"}), "transfer_to_billing_agent")
    made = reply(read([user("transfer me to billing"), *gave]), ALL)
    assert made == Reply("You are with Billing agent now.")


def test_what_else_the_message_said_is_answered_after_the_tool() -> None:
    items = [user("My name is John. Use echo with hi"), *output("hi")]
    made = reply(read(items), ALL)
    assert "echo says: hi" in made.text
    assert "Nice to meet you, John." in made.text


def test_a_huge_output_is_shown_in_part_with_its_size() -> None:
    made = reply(read([user("use echo with hi"), *output("x" * 1_000_000)]), ALL)
    assert len(made.text) < 5000
    assert "1000000 characters" in made.text


def test_greetings_and_thanks_are_returned() -> None:
    assert says("My name is John", "Hello!").startswith("Hello, John.")
    assert says("Thanks!") == "You're welcome."


def test_a_message_without_text_gets_an_honest_reply() -> None:
    assert "no message" in says("")
    assert "no message" in reply([]).text
    assert "an image" in says(user([{"type": "input_image", "image_url": "x"}]))


def test_control_characters_of_a_message_are_not_echoed() -> None:
    answer = says("bad \x1b[2J\x07 text \u202e now")
    assert not set("\x1b\x07\u202e") & set(answer)
