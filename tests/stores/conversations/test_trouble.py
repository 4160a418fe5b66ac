"""Reading, archiving, editing and clearing when the server fails, is down, or has lost it."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from tests.conversations_server import ConversationsServer, shared_conversations
from tests.stores.conversations.stores import check, conversation_of, numbers, opened, store_at
from workbench.errors import (
    StoreFull,
    StoreUnreachable,
    StoreUnusable,
    UnknownSession,
)
from workbench.protocols import Edit
from workbench.stores.conversations import journal
from workbench.testing.data import message, texts


@pytest.fixture
def server() -> ConversationsServer:
    shared_conversations().heal()
    return shared_conversations()


MANY = [str(number) for number in range(30)]

# Reading, archiving, clearing


@pytest.mark.parametrize("fault", [{"status": 500}, {"lost": True}, {"cut": True}], ids=str)
async def test_reading_is_tried_again(server: ConversationsServer, fault: dict[str, Any]) -> None:
    async with opened(server) as store:
        server.fail_next("GET", "/items", times=2, **fault)
        assert texts(await store.read("demo")) == ["a", "b"]
        server.fail_next("GET", "/items", times=99, **fault)
        with pytest.raises(StoreUnreachable):
            await store.read("demo")


async def test_an_item_that_goes_between_two_pages_does_not_break_the_reading(
    server: ConversationsServer,
) -> None:
    async with opened(server) as store:
        await store.append("demo", numbers(150))
        conversation = await conversation_of(store)
        server.fail_next("GET", "/items", after=1, delay=0.3)
        reading = asyncio.create_task(store.read("demo"))
        await asyncio.sleep(0.15)
        ids = server.ask("GET", f"/conversations/{conversation}/items?limit=100")["data"]
        server.ask("DELETE", f"/conversations/{conversation}/items/{ids[-1]['id']}")
        found = texts(await reading)
        assert len(found) == 151
        assert found == server.contents(conversation)


@pytest.mark.parametrize("fault", [{"status": 500}, {"lost": True}, {"cut": True}], ids=str)
async def test_archiving_holds_whatever_the_server_does(
    server: ConversationsServer, fault: dict[str, Any]
) -> None:
    async with opened(server) as store:
        first, _second = [row.key for row in await store.rows("demo")]
        server.fail_next("DELETE", "/items", times=99, **fault)
        assert await store.archive("demo", [first], reason="old") == 1
        assert texts(await store.read("demo")) == ["b"]
        server.heal()
        await check(server, store, "b")
        assert await store.restore("demo", [first]) == 1
        await check(server, store, "a", "b")
        assert await store.archived("demo") == []


@pytest.mark.parametrize("after", [0, 1])
async def test_an_edit_that_fails_half_way_changes_nothing(
    server: ConversationsServer, after: int
) -> None:
    async with opened(server) as store:
        await store.append("demo", numbers(30))
        before = await store.rows("demo")
        change = Edit(insert=[message("X")], before=before[1].key, archive=[before[0].key])
        server.fail_next("POST", "/items", after=after, status=500, times=99)
        with pytest.raises(StoreUnreachable):
            await store.edit("demo", change)
        server.heal()
        assert await store.rows("demo") == before
        assert await store.archived("demo") == []
        assert await store.edit("demo", change) is not None
        await check(server, store, "X", "b", *MANY)


async def test_a_lost_reply_in_an_edit_changes_nothing_twice(server: ConversationsServer) -> None:
    async with opened(server) as store:
        _a, b = [row.key for row in await store.rows("demo")]
        for method, path in (("POST", "/items"), ("POST", "/conversations"), ("DELETE", "/")):
            server.fail_next(method, path, lost=True)
        await store.edit("demo", Edit(insert=[message("X")], before=b))
        await check(server, store, "a", "X", "b")


async def test_clearing_without_the_server_is_finished_later(server: ConversationsServer) -> None:
    async with opened(server) as store:
        conversation = await conversation_of(store)
        server.fail_next("DELETE", "/", status=500, times=99)
        with pytest.raises(StoreUnreachable):
            await store.clear("demo")
        assert await store.read("demo") == []
        server.heal()
        await store.append("demo", [message("new")])
        await check(server, store, "new")
        gone = server.ask("GET", f"/conversations/{conversation}/items")
        assert gone["error"]["code"] == "not_found"


# Answers of something else

STRANGE: list[Any] = [
    {},
    [],
    0,
    "yes",
    {"data": None},
    {"data": [1]},
    {"data": [{}], "has_more": False},
]


@pytest.mark.parametrize("body", STRANGE, ids=str)
async def test_a_server_of_something_else_is_told_from_a_conversation(
    server: ConversationsServer, body: Any
) -> None:
    async with opened(server) as store:
        server.fail_next("GET", "/", status=200, body=body, times=999)
        server.fail_next("POST", "/", status=200, body=body, times=999)
        for call in (store.read, store.rows, store.pop):
            with pytest.raises(StoreUnusable, match="otherwise than the Conversations API"):
                await call("demo")
        for name in ("demo", "new"):
            with pytest.raises(StoreUnusable, match="otherwise than the Conversations API"):
                await store.append(name, [message("c"), message("d")])
        server.heal()
        await check(server, store, "a", "b")


async def test_a_page_that_never_ends_is_left(server: ConversationsServer) -> None:
    async with opened(server) as store:
        page = {"data": [{"id": "x", "type": "message", "role": "user", "content": "a"}]}
        server.fail_next("GET", "/", status=200, body={**page, "has_more": True}, times=999)
        with pytest.raises(StoreUnusable, match="otherwise than the Conversations API"):
            await store.read("demo")
        assert server.count("GET") == 2


# The companion file


@pytest.mark.parametrize("step", ["begin", "commit"])
@pytest.mark.parametrize("count", [1, 45])
async def test_without_room_for_its_label_an_item_is_not_there_later_either(
    server: ConversationsServer, step: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> Any:
        raise sqlite3.OperationalError("database or disk is full")

    async with opened(server) as store:
        with monkeypatch.context() as patched:
            patched.setattr(journal, step, full)
            with pytest.raises(StoreFull):
                await store.append("demo", numbers(count))
        await check(server, store, "a", "b")
        await store.append("demo", numbers(count))
        await check(server, store, "a", "b", *map(str, range(count)))


# No server, no key, no conversation


async def test_a_server_that_is_down_is_said_to_be(server: ConversationsServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    store = store_at(server, base_url=url)
    calls: list[Callable[[], Any]] = [
        lambda: store.append("demo", numbers(1)),
        lambda: store.read("conv_1"),
        lambda: store.pop("conv_1"),
    ]
    for call in calls:
        with pytest.raises(StoreUnreachable, match=f"{url} can't be reached; nothing was sent"):
            await call()
    assert await store.read("demo") == []  # a name that nobody has used is on no server
    await store.close()


async def test_a_server_that_comes_back_is_found_again(server: ConversationsServer) -> None:
    async with opened(server) as store:
        server.fail_next("GET", "/", cut=True, times=99)
        with pytest.raises(StoreUnreachable):
            await store.read("demo")
        server.heal()
        await check(server, store, "a", "b")


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_said_without_showing_it(
    server: ConversationsServer, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-private")
    async with opened(server) as store:
        server.fail_next("GET", "/", status=status, times=9)
        with pytest.raises(StoreUnusable, match="key") as caught:
            await store.read("demo")
        assert "very-private" not in str(caught.value)
        assert server.count("GET") == 1


async def test_a_conversation_that_was_deleted_elsewhere_is_missed(
    server: ConversationsServer,
) -> None:
    async with opened(server) as store:
        server.ask("DELETE", f"/conversations/{await conversation_of(store)}")
        for call in (store.read, store.rows, store.pop):
            with pytest.raises(UnknownSession, match="clear_session"):
                await call("demo")
        with pytest.raises(UnknownSession, match="clear_session"):
            await store.append("demo", [message("c")])
        await store.clear("demo")
        await store.append("demo", [message("new")])
        await check(server, store, "new")
