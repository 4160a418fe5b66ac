"""What was stored at OpenAI is replayed by both model classes of the SDK, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from agents import Agent, Model, ModelSettings, RunConfig, Runner, handoff
from agents.memory import OpenAIConversationsSession
from agents.models.openai_chatcompletions import OpenAIChatCompletionsModel
from agents.models.openai_responses import OpenAIResponsesModel
from openai import AsyncOpenAI

from tests.contract_runner import QUIET, add, kinds, turn
from tests.conversations_server import ConversationsServer, shared_conversations
from tests.openai_server import OpenAIServer, openai_server
from tests.sessions.encryption.encrypted import KEY
from workbench.errors import InvalidValue
from workbench.sessions import CompactionSession, EncryptedSession, OpenAISession

MODELS = {"responses": OpenAIResponsesModel, "chat completions": OpenAIChatCompletionsModel}


@pytest.fixture
def server() -> ConversationsServer:
    shared_conversations().heal()
    return shared_conversations()


@asynccontextmanager
async def model(api: str) -> AsyncIterator[tuple[Model, OpenAIServer]]:
    """A model behind a real server, and that server."""
    with openai_server() as server:
        async with AsyncOpenAI(api_key="test", base_url=server.url, max_retries=0) as client:
            yield MODELS[api]("gpt-test", client), server


def agent_of(served: Model, **more: Any) -> Agent:
    return Agent(name="A", model=served, model_settings=ModelSettings(store=False), **more)


@pytest.mark.parametrize("streamed", [False, True], ids=["run", "run_streamed"])
@pytest.mark.parametrize("api", MODELS)
async def test_a_conversation_goes_on(
    server: ConversationsServer, api: str, streamed: bool
) -> None:
    async with model(api) as (served, _), OpenAISession("demo", base_url=server.url) as session:
        other = Agent(name="billing", model=served, model_settings=ModelSettings(store=False))
        agent = agent_of(served, tools=[add], handoffs=[handoff(other)])
        await turn(agent, "My name is John", session, streamed=streamed)
        await turn(agent, "call add with a=2 and b=3", session, streamed=streamed)
        await turn(agent, "call transfer_to_billing", session, streamed=streamed)
        assert "John" in await turn(agent, "What's my name?", session, streamed=streamed)
        items = await session.get_items()
        called = ["user", "function_call", "function_call_output", "assistant"]
        assert kinds(items) == ["user", "assistant", *called, *called, "user", "assistant"]


@pytest.mark.parametrize("api", MODELS)
async def test_each_kind_of_message_is_replayed(server: ConversationsServer, api: str) -> None:
    cited = {"type": "output_text", "text": "My source.", "annotations": []}
    said: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": x} for x in ("Hello", "you")]},
        {"role": "assistant", "content": [cited, {**cited, "text": "Another."}]},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
        {"role": "assistant", "content": "Well.", "phase": "final_answer"},
    ]
    async with model(api) as (served, seen), OpenAISession("demo", base_url=server.url) as session:
        await session.add_items(said)
        await turn(agent_of(served), "My name is John", session, streamed=False)
        assert "John" in await turn(agent_of(served), "What's my name?", session, streamed=False)
        body = seen.requests[-1].body
        sent = body["input"] if api == "responses" else body["messages"]
        assert [each["role"] for each in sent][:5] == [each["role"] for each in said]
        assert "__fake_id__" not in str(body)
        assert not [each for each in sent if "id" in each]


async def test_our_session_takes_over_from_the_sdks_own(server: ConversationsServer) -> None:
    client = AsyncOpenAI(api_key="test", base_url=server.url)
    async with model("responses") as (served, _), client:
        theirs = OpenAIConversationsSession(openai_client=client)
        await turn(agent_of(served, tools=[add]), "My name is John", theirs, streamed=False)
        await turn(agent_of(served, tools=[add]), "call add with a=2", theirs, streamed=False)
        async with OpenAISession(theirs.session_id, base_url=server.url) as ours:
            answer = await turn(agent_of(served), "What's my name?", ours, streamed=True)
        assert "John" in answer
        assert "John" in await turn(agent_of(served), "And my name?", theirs, streamed=False)
        assert kinds(await theirs.get_items())[-4:] == ["user", "assistant"] * 2


async def test_the_runner_knows_its_own_items_again(server: ConversationsServer) -> None:
    async with (
        model("responses") as (served, _),
        OpenAISession("a", base_url=server.url) as session,
    ):
        agent = agent_of(served, tools=[add])
        first = await Runner.run(agent, "My name is John", session=session, run_config=QUIET)
        config = RunConfig(tracing_disabled=True, session_input_callback=lambda old, new: old + new)
        await Runner.run(agent, "What's my name?", session=session, run_config=config)
        assert len(first.to_input_list()) == 2
        assert kinds(await session.get_items()) == ["user", "assistant"] * 2


@pytest.mark.parametrize("api", MODELS)
async def test_an_encrypted_compacting_session_lies_on_the_server_unreadable(
    server: ConversationsServer, api: str
) -> None:
    async with model(api) as (served, _):
        base = OpenAISession("demo", base_url=server.url)
        session = CompactionSession(EncryptedSession(base, KEY), 4)
        agent = agent_of(served)
        for text in ("My name is John", "I live in Turku", "I like tea", "What's my name?"):
            answer = await turn(agent, text, session, streamed=False)
            await session.after_turn()
        assert "John" in answer
        conversation = (await base.describe())["conversation"]
        stored = server.contents(conversation)
        assert stored
        assert not [text for text in stored if "John" in text or "wb1" not in text]
        assert await session.archived()
        await session.close()


async def test_either_a_client_or_an_address(server: ConversationsServer) -> None:
    async with AsyncOpenAI(api_key="test", base_url=server.url) as client:
        with pytest.raises(InvalidValue, match="give one of the two"):
            OpenAISession("demo", openai_client=client, base_url=server.url)
        async with OpenAISession("demo", openai_client=client) as session:
            await session.add_items([{"role": "user", "content": "a"}])
            assert await session.get_items() == [{"role": "user", "content": "a"}]
        assert not client.is_closed()


async def test_the_last_session_that_is_closed_closes_the_connections(
    server: ConversationsServer,
) -> None:
    first = OpenAISession("a", base_url=server.url)
    second = OpenAISession("b", base_url=server.url)
    assert first.store is second.store
    for session in (first, second):
        await session.add_items([{"role": "user", "content": session.session_id}])
    await first.close()
    assert len(await second.get_items()) == 1
    assert "private" not in repr(second)
    await second.close()
