"""OpenAISession passes the contract, on a real server of the Conversations API."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.contract_abilities import AbilitiesContract
from tests.contract_edits import EditsContract
from tests.contract_paging import PagingContract
from tests.contract_runner import RunnerContract
from tests.conversations_server import ConversationsServer, shared_conversations
from tests.sessions.at_openai import kept
from workbench.items import Item
from workbench.protocols import Edit
from workbench.sessions import OpenAISession
from workbench.testing import SessionContract
from workbench.testing.data import Make, message, texts


@pytest.fixture
def server() -> ConversationsServer:
    shared_conversations().heal()
    return shared_conversations()


class TestOpenAISession(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    @pytest.fixture
    def place(self, server: ConversationsServer) -> str:
        return server.direct_url

    def make_session(self, place: str, session_id: str, **settings: Any) -> OpenAISession:
        return OpenAISession(session_id, base_url=place, **settings)

    def kept(self, item: Item) -> Item | None:
        return kept(item)

    async def test_what_the_caller_changes_later_is_not_stored(self, make: Make) -> None:
        # With the types that the API asks for; the contract's own item has none.
        session = make()
        item: Item = {"role": "user", "content": [{"type": "input_text", "text": x} for x in "ab"]}
        before = [copy.deepcopy(item)]
        await session.add_items([item])
        item["content"][0]["text"] = "changed"
        (await session.get_items())[0]["content"].append("changed")
        assert await session.get_items() == before

    async def test_a_large_edit_is_one_edit(self, make: Make) -> None:
        # Of several pages and many requests; the contract's size takes 7,000 deletions there.
        session = make()
        keys = await session.append([message(number) for number in range(250)], turn_id="t1")
        rewrite = {key: message(f"new {place}") for place, key in enumerate(keys)}
        assert await session.edit(Edit(rewrite=rewrite, newest=keys[-1])) == []
        assert texts(await session.get_items()) == [f"new {place}" for place in range(250)]
        await session.edit(Edit(archive=keys[:100], insert=[message("S")], before=keys[100]))
        summed_up = ["S", *(f"new {place}" for place in range(100, 250))]
        assert texts(await session.get_items()) == summed_up
        back = [each.key for each in await session.archived()]
        assert await session.edit(Edit(restore=back)) == []
        whole = [*(f"new {place}" for place in range(100)), *summed_up]
        assert texts(await session.get_items()) == whole

    @pytest.mark.long
    async def test_a_very_large_edit_is_one_edit(self, make: Make) -> None:
        await super().test_a_large_edit_is_one_edit(make)
