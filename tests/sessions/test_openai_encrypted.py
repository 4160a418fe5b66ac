"""A session at OpenAI is encrypted, gets another key, and becomes plain again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from agents import Agent, ModelSettings
from agents.models.openai_responses import OpenAIResponsesModel
from openai import AsyncOpenAI

from tests.contract_abilities import record
from tests.contract_runner import add, turn
from tests.conversations_server import ConversationsServer, shared_conversations
from tests.openai_server import openai_server
from tests.sessions.encryption.encrypted import KEY, OTHER
from workbench.errors import InvalidItem
from workbench.sessions import EncryptedSession, OpenAISession
from workbench.sessions.encryption.conversion import decrypt_session, encrypt_session, rekey_session
from workbench.testing.data import message

SECRET = "zanzibar"


@pytest.fixture
def server() -> ConversationsServer:
    shared_conversations().heal()
    return shared_conversations()


def in_files(folder: Path) -> list[str]:
    """The files that hold the word."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if SECRET.encode() in path.read_bytes()]


async def talk(session: Any) -> None:
    """Two turns with a tool, over a real server of the Responses API."""
    with openai_server() as models:
        async with AsyncOpenAI(api_key="test", base_url=models.url, max_retries=0) as client:
            model = OpenAIResponsesModel("gpt-test", client)
            settings = ModelSettings(store=False)
            agent = Agent(name="A", model=model, tools=[add], model_settings=settings)
            await turn(agent, "My name is John", session, streamed=False)
            await turn(agent, "call add with a=2 and b=3", session, streamed=False)


async def test_an_encrypted_conversation_becomes_plain_again(server: ConversationsServer) -> None:
    async with OpenAISession("demo", base_url=server.url) as base:
        encrypted = EncryptedSession(base, KEY)
        await talk(encrypted)
        await encrypted.archive([row.key for row in (await encrypted.rows())[:2]], reason="old")
        held: list[Any] = [*await encrypted.rows(), *await encrypted.archived()]
        done = await decrypt_session(base, KEY)
        assert (done.items, done.archived, done.changed) == (4, 2, 6)
        assert await decrypt_session(base, KEY) == done.__class__(
            base.session_id, 4, 2, 0, None, done.notes
        )
        plain: list[Any] = [*await base.rows(), *await base.archived()]
        for before, after in zip(held, plain, strict=True):
            assert after.key == before.key
            assert base.recognises(before.item, after.item)
        async with OpenAISession("other", base_url=server.url) as other:
            await talk(other)
            assert [_timeless(item) for item in (await other.get_items())[2:]] == [
                _timeless(item) for item in await base.get_items()
            ]


def _timeless(item: Any) -> Any:
    return {name: value for name, value in item.items() if name != "call_id"}


async def test_no_word_is_left_where_the_workbench_can_reach(
    server: ConversationsServer, workbench_home: Path
) -> None:
    async with OpenAISession("demo", base_url=server.url) as base:
        keys = await base.append([message(f"{SECRET} {number}") for number in range(30)])
        await base.archive(keys[:10], reason="old")
        await base.save_turn(record("t", error=f"{SECRET}!"))
        before = await base.rows(), await base.archived(), await base.turns()
        conversation = (await base.describe())["conversation"]
        assert in_files(workbench_home)
        done = await encrypt_session(base, KEY)
        assert (done.items, done.archived, done.changed) == (20, 10, 30)
        assert "What the service keeps" in " ".join(done.notes)
        assert in_files(workbench_home) == []
        assert (await base.describe())["conversation"] == conversation
        sealed = server.contents(conversation)
        assert len(sealed) == 20
        assert SECRET not in " ".join(sealed)
        await rekey_session(base, KEY, OTHER)
        assert in_files(workbench_home) == []
        await decrypt_session(base, OTHER)
        assert (await base.rows(), await base.archived(), await base.turns()) == before


async def test_what_only_an_envelope_can_carry_stays_in_it(server: ConversationsServer) -> None:
    thought = {"type": "reasoning", "id": "__fake_id__", "summary": [], "provider_data": {"m": 1}}
    for number, odd in enumerate([{"x": 1}, thought]):
        async with OpenAISession(f"demo {number}", base_url=server.url) as base:
            session = EncryptedSession(base, KEY)
            await session.add_items([message("a"), odd])
            before = await base.rows()
            with pytest.raises(InvalidItem, match="can't be kept by the Conversations API"):
                await decrypt_session(base, KEY)
            assert await base.rows() == before
            assert await session.get_items() == [message("a"), odd]


async def test_a_conversations_own_id_can_be_encrypted(server: ConversationsServer) -> None:
    conversation = server.ask("POST", "/conversations", {})["id"]
    async with OpenAISession(conversation, base_url=server.url) as base:
        await base.add_items([message("a"), message("b")])
        await encrypt_session(base, KEY)
        assert all("wb1" in text for text in server.contents(conversation))
        session = EncryptedSession(base, KEY)
        await session.add_items([message("c")])
        assert await session.get_items() == [message("a"), message("b"), message("c")]
        await decrypt_session(base, KEY)
        assert server.contents(conversation) == ["a", "b", "c"]
