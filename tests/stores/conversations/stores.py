"""What the tests of the Conversations store share: a store that doesn't wait long, and looks."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.conversations_server import ConversationsServer
from workbench.stores.conversations import ConversationsStore
from workbench.testing.data import message, texts


def store_at(server: ConversationsServer, **options: Any) -> ConversationsStore:
    """A store whose pauses are short, so that a test of failures is quick."""
    return ConversationsStore(**{"base_url": server.url, "pace": 0.01, **options})


def numbers(count: int, first: int = 0) -> list[Any]:
    """So many user messages."""
    return [message(number) for number in range(first, first + count)]


async def conversation_of(store: ConversationsStore, name: str = "demo") -> str:
    """The id of the conversation that a name stands for."""
    said = (await store.describe(name))["conversation"]
    assert re.fullmatch("conv_[a-z0-9-]+", said)
    return said


async def made(server: ConversationsServer, *said: str) -> str:
    """A conversation that another program has begun; its id."""
    conversation = server.ask("POST", "/conversations", {"metadata": {}})["id"]
    if said:
        server.add(conversation, *said)
    return str(conversation)


@asynccontextmanager
async def opened(server: ConversationsServer, **options: Any) -> AsyncIterator[ConversationsStore]:
    """A store in which session demo has the items a and b."""
    store = store_at(server, **options)
    await store.append("demo", [message("a"), message("b")])
    server.requests.clear()
    try:
        yield store
    finally:
        server.heal()
        await store.close()


async def check(server: ConversationsServer, store: ConversationsStore, *expected: str) -> None:
    """What is read is what the server holds, and both are as expected."""
    assert texts(await store.read("demo")) == list(expected)
    assert server.contents(await conversation_of(store)) == list(expected)
    assert texts([row.item for row in await store.rows("demo")]) == list(expected)
    assert "still to delete there" not in await store.describe("demo")
