from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agents import (
    Agent,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    OutputGuardrailTripwireTriggered,
    Runner,
)

from tests.openai_server import openai_server
from tests.turn.models import (
    BreaksOff,
    FailsAfterTools,
    Refuses,
    add,
    agent,
    divide,
    erase,
    no_input,
    no_output,
    said,
)
from workbench.errors import MissingKey, TurnFailed
from workbench.frames.turns import turns_frame
from workbench.models.offline import OfflineModel
from workbench.sessions import MemorySession
from workbench.turn import Turn, take_turn

STREAM = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


async def begun() -> MemorySession:
    """A session with one turn in it."""
    session = MemorySession("demo")
    await take_turn(session, "My name is John", agent=agent())
    return session


async def fails(session: Any, prompt: str, **options: Any) -> TurnFailed:
    """Take a turn that has to fail; the history has to be as it was."""
    before = await session.get_items()
    with pytest.raises(TurnFailed) as caught:
        await take_turn(session, prompt, **options)
    assert await session.get_items() == before
    return caught.value


@STREAM
async def test_a_turn_tells_what_it_was(stream: bool) -> None:
    session = await begun()
    turn = await take_turn(session, "What's my name?", stream=stream)
    assert (turn.text, turn.status, turn.model) == ("Your name is John.", "done", "offline")
    assert said(turn.items) == ["user", "assistant"]
    assert turn.agent == "Assistant"
    assert turn.usage.requests == 1
    assert turn.usage.estimated
    assert turn.usage.total_tokens is not None
    assert turn.usage.total_tokens > 10
    assert turn.result.final_output == turn.text
    assert (await session.get_items())[-2:] == turn.items


@STREAM
async def test_the_session_remembers_the_turn(stream: bool) -> None:
    session = await begun()
    turn = await take_turn(session, "Hi", stream=stream, cell="c1", execution="e1")
    record = (await session.turns())[-1]
    assert (record.turn_id, record.status, record.cell) == (turn.turn_id, "done", "c1")
    assert record.execution == "e1"
    assert record.input_tokens == turn.usage.input_tokens
    assert [row.turn_id for row in await session.rows(2)] == [turn.turn_id] * 2


async def test_words_come_one_by_one_and_make_up_the_text() -> None:
    events: list[tuple[str, Any]] = []
    turn = await take_turn(MemorySession("demo"), "My name is Ann", emit=events.append)
    words = [value for kind, value in events if kind == "text"]
    assert len(words) > 2
    assert "".join(words) == turn.text
    assert events[0][0] == "notice"
    assert [value["role"] for kind, value in events if kind == "item"] == ["assistant"]


async def test_a_prompt_may_be_a_list_of_items() -> None:
    items: list[Any] = [
        {"role": "user", "content": "My name is Ann"},
        {"role": "user", "content": [{"type": "input_text", "text": "What's my name?"}]},
    ]
    turn = await take_turn(MemorySession("demo"), items)
    assert turn.text == "Your name is Ann."
    assert turn.items[:2] == items


@STREAM
async def test_tools_are_part_of_the_turn(stream: bool) -> None:
    turn = await take_turn(
        MemorySession("demo"), "Call add with a=2 and b=3", agent=agent(tools=[add]), stream=stream
    )
    assert said(turn.items) == ["user", "function_call", "function_call_output", "assistant"]
    assert "5" in turn.text
    assert turn.usage.requests == 2


async def test_a_handoff_names_the_agent_that_answered() -> None:
    billing = Agent(name="Billing", model=OfflineModel())
    turn = await take_turn(
        MemorySession("demo"), "Transfer me to Billing", agent=agent(handoffs=[billing])
    )
    assert turn.agent == "Billing"


@STREAM
async def test_a_model_that_fails_leaves_the_history_as_it_was(stream: bool) -> None:
    session = await begun()
    failure = await fails(session, "Hi", agent=agent(Refuses()), stream=stream)
    assert isinstance(failure.__cause__, ConnectionError)
    assert "the model is not there" in str(failure)
    assert "'demo'" in str(failure)
    assert (failure.turn.status, failure.turn.text) == ("failed", "")


async def test_what_a_failed_turn_said_is_kept_in_the_archive() -> None:
    session = await begun()
    failure = await fails(session, "Hi there", agent=agent(Refuses()))
    (kept,) = await session.archived()
    assert kept.item["content"] == "Hi there"
    assert (kept.reason, kept.turn_id) == ("failed turn", failure.turn.turn_id)
    shown = (await turns_frame(session)).iloc[-1]
    assert (shown["status"], shown["user"]) == ("failed", "Hi there")
    assert shown["error"] == "ConnectionError: the model is not there"


async def test_a_stream_that_breaks_off_leaves_the_history_as_it_was() -> None:
    session = await begun()
    words: list[Any] = []
    failure = await fails(session, "Hi", agent=agent(BreaksOff()), emit=words.append)
    assert "the stream broke off" in str(failure.__cause__)
    assert sum(kind == "text" for kind, _ in words) == BreaksOff.words


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
async def test_a_connection_that_ends_half_way_leaves_the_history_as_it_was(
    api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with openai_server() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "test-key")
        session = MemorySession("demo")
        asked: dict[str, Any] = {"model": "test", "api": api}
        await take_turn(session, "My name is John", **asked)
        server.fail_next(cut=True, times=5)
        failure = await fails(session, "Hi", **asked)
        server.failures.clear()
        turn = await take_turn(session, "What's my name?", **asked)
    assert failure.turn.model == "test"
    assert (turn.text, turn.model) == ("Your name is John.", "test")
    assert not turn.usage.estimated


async def test_an_endpoint_that_refuses_is_named_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with openai_server() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "test-key")
        server.fail_next(status=401, times=5)
        failure = await fails(MemorySession("demo"), "Hi", model="test")
    assert "401" in str(failure)
    assert "test-key" not in str(failure)


async def test_an_endpoint_without_the_model_is_named_with_what_to_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with openai_server() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        server.fail_next(status=404)
        failure = await fails(MemorySession("demo"), "Hi", model="lama")
    assert "may not have the model 'lama'" in str(failure)
    assert server.url.removesuffix("/v1").removeprefix("http://") in str(failure)


async def test_calls_of_tools_leave_with_a_turn_that_fails_later() -> None:
    session = await begun()
    model = FailsAfterTools()
    await fails(session, "Call add with a=2 and b=3", agent=agent(model, tools=[add]))
    kept = [each.item for each in await session.archived()]
    assert said(kept) == ["user", "function_call", "function_call_output"]


async def test_an_error_in_a_tool_fails_the_turn_and_is_the_cause() -> None:
    session = await begun()
    failure = await fails(session, "Call divide with a=1 and b=0", agent=agent(tools=[divide]))
    causes: list[BaseException | None] = [failure.__cause__]
    while causes[-1] is not None:
        causes.append(causes[-1].__cause__)
    assert any(isinstance(each, ZeroDivisionError) for each in causes)


@STREAM
async def test_too_many_steps_fail_the_turn(stream: bool) -> None:
    session = await begun()
    failure = await fails(
        session,
        "Call add with a=2 and b=3",
        agent=agent(tools=[add]),
        stream=stream,
        run_options={"max_turns": 1},
    )
    assert isinstance(failure.__cause__, MaxTurnsExceeded)


@STREAM
async def test_a_guardrail_that_trips_leaves_nothing_of_the_turn(stream: bool) -> None:
    session = await begun()
    guarded = agent(input_guardrails=[no_input])
    failure = await fails(session, "Hi", agent=guarded, stream=stream)
    assert isinstance(failure.__cause__, InputGuardrailTripwireTriggered)
    guarded = agent(output_guardrails=[no_output])
    failure = await fails(session, "Hi", agent=guarded, stream=stream)
    assert isinstance(failure.__cause__, OutputGuardrailTripwireTriggered)


async def test_a_model_without_a_key_is_refused_before_anything_is_written() -> None:
    session = await begun()
    before = await session.rows()
    with pytest.raises(MissingKey, match="gpt-5"):
        await take_turn(session, "Hi", model="gpt-5.2")
    assert await session.rows() == before
    assert await session.archived() == []


@STREAM
async def test_a_turn_that_is_stopped_leaves_the_history_as_it_was(stream: bool) -> None:
    session = await begun()
    before = await session.get_items()
    slow = agent(OfflineModel(delay=5)) if stream else agent(Sleeps())
    task = asyncio.create_task(take_turn(session, "Hello", agent=slow, stream=stream))
    await asyncio.sleep(0.2)
    assert len(await session.get_items()) > len(before)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await session.get_items() == before
    assert (await session.turns())[-1].status == "cancelled"
    after = await take_turn(session, "What's my name?")
    assert after.text == "Your name is John."


class Sleeps(OfflineModel):
    async def get_response(self, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(5)
        return await super().get_response(*args, **kwargs)


@STREAM
async def test_a_call_that_needs_approval_waits_and_is_resumed(stream: bool) -> None:
    session = await begun()
    careful = agent(tools=[erase])
    prompt = "Call erase with name='x.txt'"
    turn = await take_turn(session, prompt, agent=careful, stream=stream)
    assert turn.status == "pending"
    assert said(turn.items) == ["user", "function_call"]
    assert (await turns_frame(session))["status"].tolist() == ["done", "pending"]
    state = turn.result.to_state()
    state.approve(turn.result.interruptions[0])
    result = await Runner.run(careful, state, session=session)
    assert (await turns_frame(session))["status"].tolist() == ["done", "done"]
    assert "erased x.txt" in result.final_output
    assert said(await session.get_items())[2:] == [
        "user",
        "function_call",
        "function_call_output",
        "assistant",
    ]


async def test_two_turns_at_once_come_one_after_the_other() -> None:
    session = await begun()
    turns = await asyncio.gather(
        take_turn(session, "My name is Ann"), take_turn(session, "What's my name?")
    )
    assert [turn.text for turn in turns] == ["Noted: your name is Ann.", "Your name is Ann."]
    assert said(await session.get_items()) == ["user", "assistant"] * 3


async def test_a_structured_output_is_kept_as_an_object_and_shown_as_json() -> None:
    from pydantic import BaseModel

    class Person(BaseModel):
        name: str

    turn: Turn = await take_turn(await begun(), "Who am I?", agent=agent(output_type=Person))
    assert turn.output == Person(name="John")
    assert turn.text == '{"name":"John"}'
