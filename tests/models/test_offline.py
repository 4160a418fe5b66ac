from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from agents import (
    Agent,
    ModelSettings,
    RunConfig,
    Runner,
    RunState,
    SQLiteSession,
    function_tool,
    handoff,
)

from tests.models.talk import UNTRACED, offered, run, user
from tests.pace import quickly
from workbench.errors import InvalidValue, OfflineModelError
from workbench.models import OfflineModel, is_offline, summarise, usage_is_estimated
from workbench.models.reading import read
from workbench.models.reply import Reply, reply


@function_tool
def add(a: int, b: int) -> int:
    """Add."""
    return a + b


async def turns(*messages: str) -> list[Any]:
    session = SQLiteSession("s", ":memory:")
    agent = Agent(name="A", model=OfflineModel(), tools=[add])
    try:
        return [
            await Runner.run(agent, message, session=session, run_config=UNTRACED)
            for message in messages
        ]
    finally:
        session.close()


def test_a_session_is_recalled_from_turn_to_turn() -> None:
    made = asyncio.run(turns("My name is John", "I prefer dark mode", "add 2 and 3", "my name?"))
    answers = [each.final_output for each in made]
    assert answers[0] == "Nice to meet you, John."
    assert answers[2] == "add says: 5"
    assert answers[3] == "Your name is John."


def test_the_same_items_give_the_same_text_with_ids_of_its_own() -> None:
    first, second = (run("My name is John") for _ in range(2))
    assert first.final_output == second.final_output
    assert first.raw_responses[0].response_id != second.raw_responses[0].response_id
    assert first.raw_responses[0].output[0].id != second.raw_responses[0].output[0].id


def test_manual_history_goes_on_where_it_stopped() -> None:
    first = run("My name is John")
    second = run([*first.to_input_list(), user("What's my name?")])
    assert second.final_output == "Your name is John."


def test_a_run_is_marked_as_offline_and_its_usage_as_estimated() -> None:
    made = run("add 2 and 3", tools=[add])
    usage = made.context_wrapper.usage
    assert usage.requests == 2
    assert usage.input_tokens > 0
    assert usage.output_tokens > 0
    assert usage_is_estimated(usage)
    assert all(is_offline(each) for each in made.raw_responses)
    assert all(usage_is_estimated(each.usage) for each in made.raw_responses)
    assert not is_offline(Agent(name="A"))


def test_the_mark_survives_streaming_and_a_stored_run_state() -> None:
    async def streamed() -> Any:
        agent = Agent(name="A", model=OfflineModel())
        result = Runner.run_streamed(agent, "hello", run_config=UNTRACED)
        async for _ in result.stream_events():
            pass
        stored = result.to_state().to_string()
        return result, await RunState.from_string(agent, stored)

    result, state = asyncio.run(streamed())
    assert is_offline(result.raw_responses[0])
    assert usage_is_estimated(result.context_wrapper.usage)
    assert usage_is_estimated(state._context.usage)


def test_raw_usage_says_estimated_when_it_is_kept() -> None:
    made = run("hello", model_settings=ModelSettings(preserve_raw_usage=True))
    assert made.raw_responses[0].raw_usage == {"estimated": True}


def test_settings_decide_about_tools() -> None:
    none = run("add 2 and 3", tools=[add], model_settings=ModelSettings(tool_choice="none"))
    assert len(none.raw_responses) == 1
    forced = run("2 and 3", tools=[add], model_settings=ModelSettings(tool_choice="add"))
    assert forced.final_output == "add says: 5"
    single = ModelSettings(parallel_tool_calls=False)
    made = run("add(2, 3) and add(4, 5)", tools=[add], model_settings=single)
    assert len(made.raw_responses[0].output) == 1


def test_it_does_not_loop_on_a_tool_choice_that_is_never_reset() -> None:
    settings = ModelSettings(tool_choice="required")
    made = run("add 2 and 3", tools=[add], model_settings=settings, reset_tool_choice=False)
    assert made.final_output == "add says: 5"


def test_a_handoff_leads_to_the_named_agent() -> None:
    billing = Agent(name="Billing agent", model=OfflineModel())
    made = run("transfer me to the billing agent", handoffs=[handoff(billing)])
    assert made.last_agent is billing
    assert made.final_output == "You are with Billing agent now."


def test_a_tool_that_fails_is_reported_as_it_says() -> None:
    @function_tool
    def broken() -> str:
        """Fail."""
        raise RuntimeError("no such thing")

    assert "An error occurred" in str(run("use broken", tools=[broken]).final_output)


def test_more_calls_than_make_sense_are_refused_in_words() -> None:
    assert "more than 16 calls" in str(run("add(1, 2) " * 17, tools=[add]).final_output)


def test_an_agent_as_a_tool_gets_the_words() -> None:
    inner = Agent(name="Inner", model=OfflineModel())
    tool = inner.as_tool("ask_inner", "Ask.")
    made = run('use ask_inner with "My name is John"', tools=[tool])
    assert "Nice to meet you, John." in made.final_output


@pytest.mark.parametrize("where", [{"conversation_id": "conv_1"}, {"previous_response_id": "r"}])
def test_a_history_on_a_server_is_refused_not_answered_from_nothing(where: dict[str, Any]) -> None:
    agent = Agent(name="A", model=OfflineModel())
    with pytest.raises(OfflineModelError, match="session"):
        asyncio.run(Runner.run(agent, "hi", run_config=UNTRACED, **where))


def test_a_delay_slows_the_words_and_nonsense_is_refused() -> None:
    async def streamed(model: OfflineModel) -> float:
        begun = time.perf_counter()
        agent = Agent(name="A", model=model)
        result = Runner.run_streamed(agent, "My name is John", run_config=UNTRACED)
        async for _ in result.stream_events():
            pass
        return time.perf_counter() - begun

    # Five words: four pauses at the least, on any machine.
    assert asyncio.run(streamed(OfflineModel(delay=0.02))) >= 0.08
    for delay in (-1, float("nan"), 1e9):
        with pytest.raises(InvalidValue, match="delay"):
            OfflineModel(delay=delay)


def test_a_stream_can_be_cancelled_between_words() -> None:
    async def cancelled() -> int:
        result = Runner.run_streamed(
            Agent(name="A", model=OfflineModel(delay=30)), "hello", run_config=UNTRACED
        )
        seen = 0
        async for event in result.stream_events():
            if getattr(getattr(event, "data", None), "type", "") == "response.output_text.delta":
                seen += 1
                result.cancel()
        return seen

    begun = time.perf_counter()
    assert asyncio.run(cancelled()) == 1
    assert time.perf_counter() - begun < 10


HOSTILE = {
    "spaces": " " * 1_000_000,
    "one word": "a" * 1_000_000,
    "words": "my name is " * 90_000,
    "brackets": "add(" + "(" * 1_000_000,
    "braces": "use add with " + "{" * 1_000_000,
    "quotes": "use add with " + "'\"" * 500_000,
    "statements": "my a is b. " * 90_000,
    "different statements": "\n".join(f"my a{n} is b" for n in range(60_000)),
    "forgetting": "\n".join(f"my a{n} is b\nforget zz a{n} b" for n in range(25_000)),
    "questions": "what is my name? " * 60_000,
    "joints": "my a and my " * 80_000,
    "commas": "add 1, " + "," * 1_000_000,
    "numbers": "use add with " + "9" * 1_000_000,
    "newlines": "\n" * 1_000_000,
    "punctuation": ".!?" * 330_000,
    "json": 'use add with {"a":' + "[" * 1_000_000,
    "set": "set " * 250_000 + "to x",
    "names": "use add " * 120_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_megabyte_of_hostile_text_is_answered_at_once(kind: str) -> None:
    items = [user(HOSTILE[kind])]
    quickly(lambda: reply(read(items), offered(add)), millions=80)
    quickly(lambda: summarise(items), millions=80)


def test_hostile_text_gets_a_reply_and_a_summary_of_the_size_asked() -> None:
    for text in HOSTILE.values():
        items = [user(text[:20_000])]
        assert reply(read(items), offered(add)) != Reply()
        assert len(summarise(items)) <= 1200


def test_the_runner_takes_a_megabyte_too() -> None:
    assert str(run("x" * 1_000_000).final_output).startswith('You said: "xxx')


def test_the_time_grows_in_step_with_the_length_of_the_history() -> None:
    def seconds(number: int) -> float:
        items = [user(f"My thing{n} is number {n}") for n in range(number)]
        begun = time.process_time()
        reply(read([*items, user("What is my thing7?")]))
        return time.process_time() - begun

    short, long = (min(seconds(number) for _ in range(3)) for number in (1000, 20_000))
    assert long < 40 * max(short, 0.005)


def test_the_run_config_can_name_it() -> None:
    made = asyncio.run(
        Runner.run(
            Agent(name="A", model="gpt-5.2"),
            "My name is John",
            run_config=RunConfig(model=OfflineModel(), tracing_disabled=True),
        )
    )
    assert made.final_output == "Nice to meet you, John."
