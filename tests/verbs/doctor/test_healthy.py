"""Conversations that nothing is wrong with: a diagnosis is empty, a repair changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from agents import Agent, ModelSettings, Runner, function_tool, handoff
from agents.models.openai_chatcompletions import OpenAIChatCompletionsModel
from agents.models.openai_responses import OpenAIResponsesModel
from agents.testing import ModelStep, ScriptedModel
from openai import AsyncOpenAI

import workbench as wb
from tests.contract_runner import QUIET, add, calls, delete_file, says, turn
from tests.openai_server import openai_server
from tests.verbs.subjects import KEY, assistant, call, output, reasoning, user
from workbench.errors import TurnFailed

Talk = Callable[[Any], Coroutine[Any, Any, None]]


async def tools(session: Any) -> None:
    steps = [calls("add", "c1", a=1, b=2), says("3"), says("bye")]
    agent = Agent(name="A", model=ScriptedModel(steps), tools=[add])
    for text in ("1 + 2?", "bye"):
        await Runner.run(agent, text, session=session, run_config=QUIET)


async def tools_side_by_side(session: Any) -> None:
    both = [*calls("add", "c1", a=1, b=2), *calls("add", "c2", a=3, b=4)]
    agent = Agent(name="A", model=ScriptedModel([both, says("3 and 7")]), tools=[add])
    await turn(agent, "both?", session, streamed=True)


async def handoffs(session: Any) -> None:
    billing = Agent(name="billing", model=ScriptedModel([says("Paid."), says("Yes.")]))
    model = ScriptedModel([calls("transfer_to_billing", "h1")])
    triage = Agent(name="triage", model=model, handoffs=[handoff(billing)])
    await Runner.run(triage, "My bill", session=session, run_config=QUIET)
    await Runner.run(billing, "Really?", session=session, run_config=QUIET)


async def stopped_at_a_tool(session: Any) -> None:
    steps = [calls("add", "c1", a=1, b=2), calls("add", "c2", a=1, b=2)]
    agent = Agent(
        name="A",
        model=ScriptedModel(steps),
        tools=[add],
        tool_use_behavior="stop_on_first_tool",
    )
    for text in ("1 + 2?", "again?"):
        await Runner.run(agent, text, session=session, run_config=QUIET)


async def a_failed_model(session: Any) -> None:
    failing = ModelStep.raise_error(ConnectionError("the line is dead"))
    agent = Agent(name="A", model=ScriptedModel([failing, says("Here I am.")]))
    with pytest.raises(ConnectionError):
        await turn(agent, "Hello?", session, streamed=False)
    await Runner.run(agent, "Hello again?", session=session, run_config=QUIET)


async def reasoning_and_hosted_tools(session: Any) -> None:
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    await session.add_items([user("q"), reasoning("rs_1"), search, reasoning("rs_2")])
    await session.add_items([call("c1"), output("c1"), reasoning("rs_3"), assistant("a", "msg_1")])


async def an_approval(session: Any) -> None:
    steps = [calls("delete_file", "d1", name="a.txt"), says("It is gone.")]
    agent = Agent(name="A", model=ScriptedModel(steps), tools=[delete_file])
    parked = await Runner.run(agent, "Delete a.txt", session=session, run_config=QUIET)
    found = await asyncio.to_thread(wb.doctor, session, repair=True)
    assert found["finding"].tolist() == ["pending approval"]
    state = parked.to_state()
    state.approve(state.get_interruptions()[0])
    await Runner.run(agent, state, session=session, run_config=QUIET)


TALKS: list[Talk] = [
    tools,
    tools_side_by_side,
    handoffs,
    stopped_at_a_tool,
    a_failed_model,
    reasoning_and_hosted_tools,
    an_approval,
]

SESSIONS: dict[str, Callable[[], Any]] = {
    "plain": lambda: wb.MemorySession("demo"),
    "SQLite": lambda: wb.SQLiteSession("demo"),
    "encrypted": lambda: wb.EncryptedSession(wb.MemorySession("demo"), KEY),
    "compacting": lambda: wb.CompactionSession(
        wb.MemorySession("demo"), max_messages=3, keep_last=1, summary_model="offline"
    ),
}


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.__name__)
@pytest.mark.parametrize("kind", SESSIONS)
async def test_what_the_sdks_runner_stored_is_healthy(kind: str, talk: Talk) -> None:
    session = SESSIONS[kind]()
    await talk(session)
    before = await session.rows()
    for repair in (False, True):
        found = await asyncio.to_thread(wb.doctor, session, repair=repair)
        assert found.empty, found.to_string()
    assert await session.rows() == before
    await session.close()


@pytest.mark.parametrize("kind", [OpenAIResponsesModel, OpenAIChatCompletionsModel])
async def test_what_real_models_answered_is_healthy(kind: Any) -> None:
    session = wb.SQLiteSession("demo")
    with openai_server() as server:
        async with AsyncOpenAI(api_key="test", base_url=server.url, max_retries=0) as client:
            agent = Agent(
                name="A",
                model=kind("gpt-test", client),
                tools=[add],
                model_settings=ModelSettings(store=False),
            )
            for text in ("My name is John", "call add with a=2 and b=3", "What's my name?"):
                await Runner.run(agent, text, session=session, run_config=QUIET)
    found = await asyncio.to_thread(wb.doctor, session)
    assert found.empty, found.to_string()
    await session.close()


def test_named_sessions_are_healthy_whatever_was_done_to_them() -> None:
    @function_tool
    def fails() -> str:
        """Fail."""
        raise RuntimeError("no")

    wb.session("demo", max_messages=8, encrypt=True, key=KEY)
    agent = Agent(name="A", tools=[add, fails])
    for text in ("My name is John", "call add with a=2 and b=3", "call fails", "My number is 5"):
        wb.ask("demo", text, agent=agent)
        assert wb.doctor("demo").empty
    wb.hide("demo", 3)
    wb.edit("demo", 1, "My name is Ann")
    wb.rewind("demo", 2)
    wb.ask("demo", "My number is 6")
    wb.restore("demo")
    wb.compact("demo", keep_last=2)
    assert wb.doctor("demo").empty
    wb.undo_compaction("demo")
    assert wb.doctor("demo").empty


def test_a_turn_that_failed_leaves_nothing_to_find() -> None:
    failing = ScriptedModel([ModelStep.raise_error(ConnectionError("dead"))])
    wb.ask("demo", "My name is John")
    with pytest.raises(TurnFailed):
        wb.ask("demo", "Hi", agent=Agent(name="A", model=failing))
    assert wb.doctor("demo").empty
    assert wb.turns("demo")["status"].tolist() == ["done", "failed"]
