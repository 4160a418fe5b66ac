"""Pages of a conversation at OpenAI: by the server's cursor, and right also where that is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.conversations_server import ConversationsServer, shared_conversations
from tests.stores.conversations.stores import made, numbers, opened, store_at
from workbench.errors import InvalidItem, UnknownSession
from workbench.protocols import ArchivedItem, StoredItem
from workbench.testing.data import message, texts

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def server() -> ConversationsServer:
    shared_conversations().heal()
    return shared_conversations()


async def paged(store: Any, name: str = "demo", size: int = 3) -> list[str]:
    found: list[str] = []
    after = None
    while page := await store.page(name, after, limit=size):
        found += texts([row.item for row in page])
        after = page[-1].key
    return found


async def test_a_page_in_the_middle_costs_one_request(server: ConversationsServer) -> None:
    async with opened(server) as store:
        keys = await store.append("demo", numbers(260))
        server.requests.clear()
        page = await store.page("demo", keys[100], limit=100)
        assert texts([row.item for row in page]) == [str(n) for n in range(101, 201)]
        assert [row.key for row in page] == keys[101:201]
        assert server.count("GET") == 1


async def test_what_others_wrote_in_between_comes_in_its_place(server: ConversationsServer) -> None:
    conversation = await made(server, *"abcdefg")
    store = store_at(server)
    await store.append(conversation, [message("mine")])
    server.add(conversation, "theirs")
    assert await paged(store, conversation) == [*"abcdefg", "mine", "theirs"]
    rows = await store.rows(conversation)
    assert [row.key for row in rows] == sorted(row.key for row in rows)
    server.add(conversation, "last")
    assert texts([r.item for r in await store.page(conversation, rows[-1].key)]) == ["last"]
    await store.close()


async def test_what_was_deleted_between_pages_holds_nothing_up(server: ConversationsServer) -> None:
    async with opened(server) as store:
        keys = await store.append("demo", numbers(6))
        first = await store.page("demo", limit=4)
        await store.archive("demo", [first[-1].key, keys[2]], reason="old")
        rest = await store.page("demo", first[-1].key)
        assert texts([row.item for row in rest]) == ["3", "4", "5"]


async def test_items_that_are_still_to_be_deleted_are_on_no_page(
    server: ConversationsServer,
) -> None:
    async with opened(server) as store:
        keys = await store.append("demo", numbers(6))
        server.fail_next("DELETE", "/items", status=500, times=100)
        await store.archive("demo", keys[1:3], reason="old")
        assert await paged(store) == ["a", "b", "0", "3", "4", "5"]
        assert await paged(store, size=1) == ["a", "b", "0", "3", "4", "5"]


async def test_an_unknown_conversation_is_told(server: ConversationsServer) -> None:
    store = store_at(server)
    with pytest.raises(UnknownSession):
        await store.page("conv_1234567890abcdef")
    assert await store.page("never-written") == []
    await store.close()


async def test_a_refused_item_keeps_the_page_out_and_what_can_not_be_kept_is_told(
    server: ConversationsServer,
) -> None:
    async with opened(server) as store:
        rows = [StoredItem(1, message("c"), NOW, "t1"), StoredItem(2, {"type": "strange"})]
        with pytest.raises(InvalidItem):
            await store.put("demo", rows)
        nameless = {"type": "reasoning", "summary": []}
        keys = await store.put("demo", [rows[0], StoredItem(3, nameless)])
        assert keys is not None
        assert len(keys) == 1
        assert "reasoning" in (store.omits(nameless) or "")
        assert store.omits(message("x")) is None
        assert texts(await store.read("demo")) == ["a", "b", "c"]


async def test_a_page_that_breaks_off_is_not_there(server: ConversationsServer) -> None:
    async with opened(server) as store:
        server.fail_next("POST", "/items", status=400, after=1)
        rows = [StoredItem(n, message(n), NOW, "t1") for n in range(45)]
        kept = ArchivedItem(1, message("kept"), "old", NOW)
        with pytest.raises(InvalidItem):
            await store.put("demo", [*rows, kept])
        server.heal()
        assert texts(await store.read("demo")) == ["a", "b"]
        assert await store.archived("demo") == []
        assert await store.put("demo", [*rows, kept]) is not None
        assert len(await store.read("demo")) == 47
        assert [(row.created_at, row.turn_id) for row in (await store.rows("demo"))[2:4]] == [
            (NOW, "t1")
        ] * 2
