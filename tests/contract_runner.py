"""The contract with the SDK's Runner: what it stores, what it reads back, how it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from agents import Agent, ModelSettings, RunConfig, Runner, RunState, function_tool, handoff
from agents.models.openai_chatcompletions import OpenAIChatCompletionsModel
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from openai import AsyncOpenAI

from tests.openai_server import openai_server
from workbench.testing.data import KeepsItems, Make

QUIET = RunConfig(tracing_disabled=True)


@function_tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@function_tool(needs_approval=True)
def delete_file(name: str) -> str:
    """Delete a file, when a person allows it."""
    return f"deleted {name}"


def says(text: str) -> list[Any]:
    """A step in which the model answers. The ids are unique, as a real model's are."""
    return [assistant_message(text, item_id=f"msg_{text}")]


def calls(name: str, call_id: str, /, **arguments: Any) -> list[Any]:
    """A step in which the model asks for a tool."""
    return [function_call(name, arguments, call_id=call_id, item_id=f"fc_{call_id}")]


def kinds(items: list[Any]) -> list[str]:
    """What each item is, in short."""
    return [item.get("role") or item["type"] for item in items]


async def turn(agent: Agent, text: str, session: Any, *, streamed: bool) -> str:
    """One turn, streamed or not; returns the final output."""
    if not streamed:
        return str((await Runner.run(agent, text, session=session, run_config=QUIET)).final_output)
    result = Runner.run_streamed(agent, text, session=session, run_config=QUIET)
    async for _event in result.stream_events():
        pass
    return str(result.final_output)


def seen(model: ScriptedModel) -> list[str]:
    """The items that the model was given in its last call."""
    assert model.last_call is not None
    given = model.last_call.input
    return [given] if isinstance(given, str) else kinds(list(given))


class RunnerContract(KeepsItems):
    """Joins SessionContract, whose fixture `make` it uses."""

    async def test_a_run_stores_the_turn_and_the_next_one_sees_it(self, make: Make) -> None:
        model = ScriptedModel([says("Nice to meet you."), says("John.")])
        agent = Agent(name="Assistant", model=model)
        await Runner.run(agent, "My name is John", session=make(), run_config=QUIET)
        result = await Runner.run(agent, "What's my name?", session=make(), run_config=QUIET)
        assert result.final_output == "John."
        assert seen(model) == ["user", "assistant", "user"]
        items = await make().get_items()
        assert kinds(items) == ["user", "assistant", "user", "assistant"]
        assert items == [self.kept(dict(item)) for item in result.to_input_list()]

    async def test_a_streamed_run_stores_the_same_as_a_plain_one(self, make: Make) -> None:
        steps = [calls("add", "c1", a=1, b=2), says("3")]
        plain = Agent(name="A", model=ScriptedModel(steps), tools=[add])
        streamed = Agent(name="A", model=ScriptedModel(steps), tools=[add])
        await turn(plain, "1 + 2?", make("plain"), streamed=False)
        assert await turn(streamed, "1 + 2?", make("streamed"), streamed=True) == "3"
        items = await make("streamed").get_items()
        assert kinds(items) == ["user", "function_call", "function_call_output", "assistant"]
        assert items == await make("plain").get_items()
        assert items[2]["output"] in ("3", 3)

    async def test_a_handoff_is_stored_and_replayed(self, make: Make) -> None:
        billing = Agent(name="billing", model=ScriptedModel([says("Paid."), says("Yes.")]))
        model = ScriptedModel([calls("transfer_to_billing", "h1")])
        triage = Agent(name="triage", model=model, handoffs=[handoff(billing)])
        result = await Runner.run(triage, "My bill", session=make(), run_config=QUIET)
        assert result.last_agent is billing
        assert kinds(await make().get_items()) == [
            "user",
            "function_call",
            "function_call_output",
            "assistant",
        ]
        again = await Runner.run(billing, "Really?", session=make(), run_config=QUIET)
        assert again.final_output == "Yes."

    async def test_a_limit_in_the_run_reaches_the_session(self, make: Make) -> None:
        model = ScriptedModel([says("one"), says("two"), says("three")])
        agent = Agent(name="A", model=model)
        for number in range(3):
            config = RunConfig(tracing_disabled=True, session_settings={"limit": 1})
            await Runner.run(agent, f"{number}", session=make(), run_config=config)
        assert seen(model) == ["assistant", "user"]
        assert len(await make().get_items()) == 6

    async def test_an_approval_survives_the_process_of_asking(self, make: Make) -> None:
        steps = [calls("delete_file", "d1", name="a.txt"), says("It is gone.")]
        agent = Agent(name="A", model=ScriptedModel(steps), tools=[delete_file])
        parked = await Runner.run(agent, "Delete a.txt", session=make(), run_config=QUIET)
        assert len(parked.interruptions) == 1
        assert kinds(await make().get_items()) == ["user", "function_call"]
        state = await RunState.from_string(agent, parked.to_state().to_string())
        state.approve(state.get_interruptions()[0])
        result = await Runner.run(agent, state, session=make(), run_config=QUIET)
        assert result.final_output == "It is gone."
        items = await make().get_items()
        assert kinds(items) == ["user", "function_call", "function_call_output", "assistant"]
        assert items[2]["output"] == "deleted a.txt"

    @pytest.mark.parametrize("streamed", [False, True])
    async def test_a_failed_model_leaves_a_history_that_goes_on(
        self, make: Make, streamed: bool
    ) -> None:
        failing = ModelStep.raise_error(ConnectionError("the line is dead"))
        model = ScriptedModel([failing, says("Here I am.")])
        agent = Agent(name="A", model=model)
        with pytest.raises(ConnectionError):
            await turn(agent, "Hello?", make(), streamed=streamed)
        await Runner.run(agent, "Hello again?", session=make(), run_config=QUIET)
        assert kinds(await make().get_items())[-2:] == ["user", "assistant"]

    @pytest.fixture
    def default_loop(self) -> Iterator[None]:
        """The loop that `Runner.run_sync` runs on; the SDK leaves it open for the next call."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        yield
        loop.close()
        asyncio.set_event_loop(None)

    @pytest.mark.usefixtures("default_loop")
    def test_run_sync_works_in_a_script(self, make: Make) -> None:
        model = ScriptedModel([says("Noted."), says("Dark mode.")])
        agent = Agent(name="A", model=model)
        session = make()
        Runner.run_sync(agent, "I prefer dark mode", session=session, run_config=QUIET)
        result = Runner.run_sync(agent, "What do I prefer?", session=session, run_config=QUIET)
        assert result.final_output == "Dark mode."
        assert seen(model) == ["user", "assistant", "user"]

    async def test_chat_completions_takes_what_was_stored(self, make: Make) -> None:
        with openai_server() as server:
            async with AsyncOpenAI(api_key="test", base_url=server.url, max_retries=0) as client:
                model = OpenAIChatCompletionsModel("gpt-test", client)
                agent = Agent(
                    name="A", model=model, tools=[add], model_settings=ModelSettings(store=False)
                )
                for text in ("My name is John", "call add with a=2 and b=3"):
                    await Runner.run(agent, text, session=make(), run_config=QUIET)
                answer = await turn(agent, "What's my name?", make(), streamed=True)
        assert "John" in answer
        assert [message["role"] for message in server.requests[-1].body["messages"]] == [
            "user",
            "assistant",
            "user",
            "assistant",
            "tool",
            "assistant",
            "user",
        ]
        assert len(await make().get_items()) == 8
