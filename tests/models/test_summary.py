from __future__ import annotations

from typing import Any

import pytest

from tests.models.talk import assistant, says, user
from workbench.errors import OfflineModelError
from workbench.models import summarise

TALK: list[dict[str, Any]] = [
    user("Hello there"),
    user("My name is John"),
    assistant("Nice to meet you, John."),
    user("I prefer dark mode. Set language to Finnish."),
    user("Remember that the wifi password is swordfish"),
    user("use get_weather for Oulu"),
    {
        "type": "function_call",
        "call_id": "c1",
        "name": "get_weather",
        "arguments": '{"city": "Oulu"}',
    },
    {"type": "function_call_output", "call_id": "c1", "output": "snow\nand wind"},
    assistant("get_weather says: snow"),
]
KEPT = ["John", "dark mode", "Finnish", "swordfish"]


def test_a_summary_keeps_facts_counts_and_tool_results() -> None:
    summary = summarise(TALK)
    assert all(each in summary for each in KEPT)
    assert "5 from the user, 2 from the assistant, 1 tool results" in summary
    assert 'get_weather({"city": "Oulu"}) -> snow and wind' in summary


@pytest.mark.parametrize("role", ["assistant", "system", "user", "developer"])
def test_a_conversation_goes_on_from_its_summary(role: str) -> None:
    history = [{"role": role, "content": f"Summary of what came before:\n{summarise(TALK)}"}]
    assert says(*history, "What's my name?") == "Your name is John."
    preferences = says(*history, "What are my preferences?")
    assert "dark mode" in preferences
    assert "Finnish" in preferences
    assert "swordfish" in says(*history, "What is the wifi password?")
    assert "Hello there" in says(*history, "What did I say first?")
    assert "6 messages" in says(*history, "How many messages have I sent?")


def test_a_summary_of_a_summary_keeps_what_the_first_kept() -> None:
    again = summarise([assistant(summarise(TALK)), user("I like tea"), user("Call me Ann")])
    assert all(each in again for each in ("Ann", *KEPT[1:], "tea", "snow and wind"))
    assert "John" not in again
    assert "7 from the user, 2 from the assistant, 1 tool results" in again
    assert "First message: Hello there" in again
    assert summarise([assistant(again)]) == again


def test_what_was_forgotten_is_not_summarised_as_a_fact() -> None:
    summary = summarise([*TALK, user("Forget my name")])
    assert "My name is John" not in summary


def test_a_short_summary_keeps_facts_before_all_else_and_says_what_is_missing() -> None:
    many = [user(f"My thing{number} is number {number}") for number in range(500)]
    summary = summarise([*many, user("My name is John")], max_chars=400)
    assert len(summary) <= 400
    assert "- My name is John" in summary
    assert "more that did not fit" in summary


@pytest.mark.parametrize("size", [200, 333, 1200, 5000])
def test_a_summary_is_never_longer_than_asked(size: int) -> None:
    long = [user("word " * 400), *TALK, user("My book is " + "long " * 300)]
    assert len(summarise(long, max_chars=size)) <= size


def test_a_summary_that_could_hold_nothing_is_refused() -> None:
    with pytest.raises(OfflineModelError, match="200"):
        summarise(TALK, max_chars=20)


def test_the_summary_told_in_a_conversation_is_not_read_back_as_fact() -> None:
    told = says(*TALK, "Summarise our conversation")
    assert all(each in told for each in KEPT)
    assert "haven't told me your name" in says(assistant(told), "What's my name?")


def test_nothing_to_summarise_is_no_error() -> None:
    assert "0 from the user" in summarise([])
    assert "0 from the user" in summarise([{"type": "compaction", "encrypted_content": "x"}])
