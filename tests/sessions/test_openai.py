"""OpenAISession passes the contract, on a real server of the Conversations API."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract import SessionContract
from tests.contract_abilities import AbilitiesContract
from tests.contract_data import ITEMS, Make
from tests.contract_edits import EditsContract
from tests.contract_runner import RunnerContract
from tests.conversations_server import ConversationsServer, shared_conversations
from tests.sessions.encrypted import KEY
from workbench.items import Item
from workbench.sessions import EncryptedSession, OpenAISession

TAKEN = ("text", "unicode", "emoji", "control characters", "a megabyte")
"""The items of the contract that the API has room for: it keeps Responses items, not any JSON."""


@pytest.fixture
def server() -> ConversationsServer:
    shared_conversations().heal()
    return shared_conversations()


class TestOpenAISession(SessionContract, AbilitiesContract, EditsContract, RunnerContract):
    @pytest.fixture
    def place(self, server: ConversationsServer) -> str:
        return server.direct_url

    def make_session(self, place: str, session_id: str, **settings: Any) -> OpenAISession:
        return OpenAISession(session_id, base_url=place, **settings)

    def kept(self, item: Item) -> Item | None:
        # The API keeps no difference between a text and a list of one text, and gives ids itself.
        if item in ITEMS.values():
            return item if item in [ITEMS[name] for name in TAKEN] else None
        if item.get("role") == "assistant" and isinstance(item["content"], list):
            return {
                "role": "assistant",
                "content": "".join(part["text"] for part in item["content"]),
            }
        return {name: value for name, value in item.items() if name != "id"}

    async def test_what_the_caller_changes_later_is_not_stored(self, make: Make) -> None:
        # With the types that the API asks for; the contract's own item has none.
        session = make()
        item: Item = {"role": "user", "content": [{"type": "input_text", "text": x} for x in "ab"]}
        before = [copy.deepcopy(item)]
        await session.add_items([item])
        item["content"][0]["text"] = "changed"
        (await session.get_items())[0]["content"].append("changed")
        assert await session.get_items() == before


class TestEncryptedOpenAISession(AbilitiesContract, RunnerContract):
    """The rest of the contract for it is `TestAllOfEncryptedOpenAISession`, of nightly size."""

    @pytest.fixture
    def make(self, server: ConversationsServer) -> Iterator[Make]:
        made: list[EncryptedSession] = []

        def make(session_id: str = "demo", **settings: Any) -> EncryptedSession:
            base = OpenAISession(session_id, base_url=server.direct_url, **settings)
            made.append(EncryptedSession(base, KEY))
            return made[-1]

        async def close() -> None:
            for session in made:
                await session.close()

        yield make
        asyncio.run(close())


@pytest.mark.long
class TestAllOfEncryptedOpenAISession(SessionContract, EditsContract):
    @pytest.fixture
    def place(self, server: ConversationsServer) -> str:
        return server.direct_url

    def make_session(self, place: str, session_id: str, **settings: Any) -> EncryptedSession:
        return EncryptedSession(OpenAISession(session_id, base_url=place, **settings), KEY)
