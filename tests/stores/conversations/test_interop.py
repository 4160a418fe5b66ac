"""A conversation that others write to as well: the SDK's own session, another program."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agents.memory import OpenAIConversationsSession
from openai import AsyncOpenAI

from tests.conversations_server import ConversationsServer, shared_conversations
from tests.stores.conversations.stores import conversation_of, made, numbers, store_at
from workbench.errors import Unsupported
from workbench.protocols import Edit
from workbench.testing.data import message, texts


@pytest.fixture
def server() -> ConversationsServer:
    shared_conversations().heal()
    return shared_conversations()


# Others on the same conversation


async def test_the_sdk_and_we_share_a_conversation(server: ConversationsServer) -> None:
    async with AsyncOpenAI(api_key="test", base_url=server.url) as client:
        store = store_at(server)
        await store.append("demo", numbers(2), turn_id="t1")
        conversation = await conversation_of(store)
        theirs = OpenAIConversationsSession(conversation_id=conversation, openai_client=client)
        more: list[Any] = [message("2"), {"role": "assistant", "content": "3"}]
        await theirs.add_items(more)
        await store.append("demo", numbers(1, 4))
        seen: list[Any] = await theirs.get_items()
        assert [item["content"][0]["text"] for item in seen] == list("01234")
        assert texts(await store.read("demo")) == list("01234")
        rows = await store.rows("demo")
        assert [row.turn_id for row in rows] == ["t1", "t1", None, None, None]
        assert [row.created_at is None for row in rows] == [False, False, True, True, False]
        assert sorted({row.key for row in rows}, key=int) == [row.key for row in rows]
        popped: Any = await theirs.pop_item()
        assert popped["content"][0]["text"] == "4"
        assert await store.pop("demo") == {"role": "assistant", "content": "3"}
        assert len(await theirs.get_items()) == 3
        await store.archive("demo", [rows[1].key, rows[2].key], reason="old")
        assert len(await theirs.get_items()) == 1
        await store.close()


async def test_what_others_wrote_has_keys_that_stay(server: ConversationsServer) -> None:
    store = store_at(server)
    conversation = await made(server, *"abcdefgh")
    newest = await store.rows(conversation, 3)
    assert texts([row.item for row in newest]) == ["f", "g", "h"]
    server.add(conversation, "i", "j")
    (last,) = await store.append(conversation, [message("k")], turn_id="t1")
    server.add(conversation, "l")
    rows = await store.rows(conversation)
    assert texts([row.item for row in rows]) == list("abcdefghijkl")
    keys = [row.key for row in rows]
    assert keys == sorted(set(keys), key=int)
    assert keys[5:8] == [row.key for row in newest]
    assert keys[10] == last
    assert await store.rows(conversation) == rows
    assert await store.rows(conversation, 5) == rows[-5:]
    await store.close()


async def test_an_edit_keeps_what_others_write_meanwhile(server: ConversationsServer) -> None:
    store = store_at(server)
    keys = await store.append("demo", numbers(4))
    conversation = await conversation_of(store)
    server.fail_next("POST", "/items", linger=0.4)
    change = Edit(insert=[message("S")], before=keys[2], archive=keys[:2])
    editing = asyncio.create_task(store.edit("demo", change))
    await asyncio.sleep(0.2)
    server.add(conversation, "from elsewhere")
    assert texts(await store.read("demo")) == ["0", "1", "2", "3", "from elsewhere"]
    await editing
    assert texts(await store.read("demo")) == ["S", "2", "3", "from elsewhere"]
    assert server.contents(await conversation_of(store)) == ["S", "2", "3", "from elsewhere"]
    assert await conversation_of(store) != conversation
    await store.close()


# A conversation's own id


async def test_an_id_allows_what_needs_no_new_conversation(server: ConversationsServer) -> None:
    store = store_at(server)
    conversation = await made(server, *"abcde")
    a, b, _c, d, e = [row.key for row in await store.rows(conversation)]
    assert await store.archive(conversation, [a, e], reason="old") == 2
    assert await store.restore(conversation, [e]) == 1
    assert await store.edit(conversation, Edit(delete=[b], insert=[message("x")])) is not None
    assert server.contents(conversation) == ["c", "d", "e", "x"]
    before = await store.rows(conversation), await store.archived(conversation)
    with pytest.raises(Unsupported, match="copy it to a session with a name"):
        await store.restore(conversation, [a])
    for change in (Edit(insert=[message("y")], before=d), Edit(rewrite={d: message("D")})):
        with pytest.raises(Unsupported, match="in front of others"):
            await store.edit(conversation, change)
    assert (await store.rows(conversation), await store.archived(conversation)) == before
    await store.clear(conversation)
    assert server.contents(conversation) == []
    await store.append(conversation, [message("new")])
    assert texts(await store.read(conversation)) == ["new"]
    assert [info.n_items for info in await store.list_sessions()] == [None]
    await store.close()


async def test_reasoning_stays_in_front_of_what_follows_it(server: ConversationsServer) -> None:
    store = store_at(server)
    thought = {"type": "reasoning", "id": "rs_stays", "summary": [], "content": []}
    said = [message("a"), thought, {"role": "assistant", "content": "b"}]
    keys = await store.append("demo", said)
    change = Edit(archive=keys[:1], insert=[message("S")], before=keys[1])
    assert await store.edit("demo", change) is not None
    assert await store.read("demo") == [message("S"), *said[1:]]
    rows = await store.rows("demo")
    await store.archive("demo", [row.key for row in rows[1:]], reason="rewind")
    await store.restore("demo", [row.key for row in rows[1:]])
    assert await store.rows("demo") == rows
    await store.close()


# What others wrote is theirs


async def test_a_write_that_failed_is_not_found_in_what_others_wrote_long_ago(
    server: ConversationsServer,
) -> None:
    store, other = store_at(server), store_at(server)
    conversation = await made(server, "a", "yes", "b")
    await store.append(conversation, [message("c")])
    await other.pop(conversation)  # the item behind which the next one comes
    server.fail_next("POST", "/items", cut=True)
    await store.append(conversation, [message("yes")])
    assert server.contents(conversation) == ["a", "yes", "b", "yes"]
    for each in (store, other):
        await each.close()


async def test_what_others_wrote_long_ago_is_not_taken_for_a_late_write(
    server: ConversationsServer,
) -> None:
    store = store_at(server, timeout=0.1)
    conversation = await made(server, "a", "yes", "b")
    await store.append(conversation, [message("c")])
    server.fail_next("POST", "/items", delay=1.0, times=1)
    await store.append(conversation, [message("yes")])
    assert await store.pop(conversation) == message("yes")
    await asyncio.sleep(1.0)
    assert server.contents(conversation) == ["a", "yes", "b", "c", "yes"]
    assert texts(await store.read(conversation)) == ["a", "yes", "b", "c"]
    assert server.contents(conversation) == ["a", "yes", "b", "c"]
    await store.close()
