from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agents import Agent, Runner, function_tool
from openai.types.responses import ResponseCompletedEvent

from tests.models.talk import UNTRACED
from workbench.models.events import words
from workbench.models.offline import OfflineModel


@function_tool
def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def raw_events(message: str) -> list[Any]:
    async def run() -> list[Any]:
        agent = Agent(name="A", model=OfflineModel(), tools=[add])
        streamed = Runner.run_streamed(agent, message, run_config=UNTRACED)
        events = streamed.stream_events()
        return [event.data async for event in events if event.type == "raw_response_event"]

    return asyncio.run(run())


def kinds(events: list[Any]) -> list[str]:
    found: list[str] = []
    for event in events:
        if not found or found[-1] != event.type:
            found.append(event.type)
    return found


def test_an_answer_is_streamed_word_by_word_in_the_order_of_the_responses_api() -> None:
    events = raw_events("My name is John")
    assert kinds(events) == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert deltas == ["Nice ", "to ", "meet ", "you, ", "John."]
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_a_call_is_streamed_with_its_arguments_and_the_answer_follows() -> None:
    events = raw_events("add 2 and 3")
    assert kinds(events)[2:6] == [
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
    ]
    completed = [event for event in events if isinstance(event, ResponseCompletedEvent)]
    assert completed[-1].response.output_text == "add says: 5"


@pytest.mark.parametrize("text", ["", "one", " two  spaces \n and lines\n", "   ", "a" * 1000])
def test_the_words_of_a_stream_make_up_the_text(text: str) -> None:
    assert "".join(words(text)) == text
