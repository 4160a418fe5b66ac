"""Every store under every wrapper, through the SDK's Runner with both of its model classes.

Each combination goes through one conversation: a plain run, a streamed one, a tool, a handoff, and
the question that only somebody who remembers the first turn can answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, ModelSettings, Runner
from agents.models.openai_chatcompletions import OpenAIChatCompletionsModel
from agents.models.openai_responses import OpenAIResponsesModel
from openai import AsyncOpenAI

from tests.contract_runner import QUIET, add, turn
from tests.conversations_server import shared_conversations
from tests.openai_server import OpenAIServer, openai_server
from tests.redis_server import shared_server
from workbench import items as of
from workbench.models.reading import SUMMARY_HEADER
from workbench.sessions import (
    CompactionSession,
    EncryptedSession,
    MemorySession,
    OpenAISession,
    RedisSession,
    SQLiteSession,
)
from workbench.stores.memory import MemoryStore

KEY = "your-32-byte-encryption-key-here"
MOST = 6
"""Messages that a compacting session lets stand: the conversation has more."""

Make = Callable[[], Any]
Wrap = Callable[[Any], Any]


async def in_memory(name: str, folder: Path) -> AsyncIterator[Make]:
    store = MemoryStore()
    yield lambda: MemorySession(name, store=store)


async def in_sqlite(name: str, folder: Path) -> AsyncIterator[Make]:
    yield lambda: SQLiteSession(name, folder / "chats.db")


async def in_redis(name: str, folder: Path) -> AsyncIterator[Make]:
    yield lambda: RedisSession(name, shared_server().url)


async def at_openai(name: str, folder: Path) -> AsyncIterator[Make]:
    yield lambda: OpenAISession(name, base_url=shared_conversations().direct_url)


STORES = {
    "memory": asynccontextmanager(in_memory),
    "sqlite": asynccontextmanager(in_sqlite),
    "redis": asynccontextmanager(in_redis),
    "openai": asynccontextmanager(at_openai),
}
"""Each gives a way to make handles on one session."""

WRAPPERS: dict[str, Wrap] = {
    "bare": lambda base: base,
    "encrypted": lambda base: EncryptedSession(base, KEY),
    "compacting": lambda base: CompactionSession(base, max_messages=MOST),
    "compacting encrypted": lambda base: CompactionSession(
        EncryptedSession(base, KEY), max_messages=MOST
    ),
}

MODELS: dict[str, Callable[[AsyncOpenAI], Any]] = {
    "responses": lambda client: OpenAIResponsesModel("gpt-test", client),
    "chat": lambda client: OpenAIChatCompletionsModel("gpt-test", client),
}


@pytest.fixture(autouse=True)
def without_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Summaries are made offline."""
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@asynccontextmanager
async def agents_of(server: OpenAIServer, model: str) -> AsyncIterator[Agent]:
    """An agent with a tool, and another one to hand over to."""
    settings = ModelSettings(store=False)
    async with AsyncOpenAI(api_key="test", base_url=server.url, max_retries=0) as client:
        billing = Agent(name="billing", model=MODELS[model](client), model_settings=settings)
        yield Agent(
            name="A",
            model=MODELS[model](client),
            model_settings=settings,
            tools=[add],
            handoffs=[billing],
        )


def kinds(items: list[Any]) -> list[str]:
    return [of.kind(item) for item in items if of.kind(item) != "message"]


@pytest.mark.parametrize(
    ("store", "wrapper", "model"),
    list(product(STORES, WRAPPERS, MODELS)),
    ids=lambda part: part.replace(" ", "-"),
)
async def test_a_conversation_goes_on(store: str, wrapper: str, model: str, tmp_path: Path) -> None:
    async with STORES[store](tmp_path.name, tmp_path) as opened:
        with openai_server() as server:
            async with agents_of(server, model) as agent, WRAPPERS[wrapper](opened()) as session:
                await talk(agent, session)
                await check_kept(opened, wrapper)
                # Another handle, as after a restart, goes on where this one was.
                async with WRAPPERS[wrapper](opened()) as again:
                    assert "John" in await turn(agent, NAME, again, streamed=False)


NAME = "What's my name?"


async def talk(agent: Agent, session: Any) -> None:
    """A run, a streamed run, a tool, a handoff, and the question."""
    await turn(agent, "My name is John", session, streamed=False)
    await turn(agent, "I prefer dark mode", session, streamed=True)
    assert "5" in await turn(agent, "call add with a=2 and b=3", session, streamed=False)
    handed = await Runner.run(agent, "call transfer_to_billing", session=session, run_config=QUIET)
    assert handed.last_agent.name == "billing"
    assert "John" in await turn(agent, NAME, session, streamed=True)
    if isinstance(session, CompactionSession):
        await session.settled()


async def check_kept(opened: Callable[[], Any], wrapper: str) -> None:
    """What the store really holds, under the wrapper, and what the wrapper makes of it."""
    async with opened() as base:
        raw = [*await base.get_items(), *[each.item for each in await base.archived()]]
        assert ("John" in str(raw)) == ("encrypted" not in wrapper)
        assert all(of.is_encrypted(item) for item in raw) == ("encrypted" in wrapper)
    async with WRAPPERS[wrapper](opened()) as session:
        items = await session.get_items()
        archived = [each.item for each in await session.archived()]
        everything = [*archived, *items]
        calls = ["function_call", "function_call_output"]
        assert [each for each in kinds(everything) if each in calls] == calls * 2
        summaries = [item for item in items if of.text(item).startswith(SUMMARY_HEADER)]
        assert len(summaries) == ("compacting" in wrapper)
        assert bool(archived) == ("compacting" in wrapper)
        assert of.open_calls(items) == []


async def test_turns_of_many_sessions_at_once_stay_apart(tmp_path: Path) -> None:
    names = ["Ann", "Bob", "Cem", "Dora"]
    with openai_server() as server:
        async with agents_of(server, "responses") as agent:

            async def talk_of(name: str) -> str:
                base = SQLiteSession(name, tmp_path / "chats.db")
                session = CompactionSession(EncryptedSession(base, KEY), max_messages=MOST)
                for text in (f"My name is {name}", "I prefer dark mode", "Hello", "How are you?"):
                    await turn(agent, text, session, streamed=True)
                answer = await turn(agent, NAME, session, streamed=False)
                await session.close()
                return answer

            answers = await asyncio.gather(*map(talk_of, names))
    for name, answer in zip(names, answers, strict=True):
        assert name in answer
