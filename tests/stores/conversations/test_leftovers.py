"""What is left at the service by work that ended half-way is deleted there, whoever comes next."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversations_server import ConversationsServer, shared_conversations
from tests.stores.conversations.stores import conversation_of, made, opened, store_at
from workbench.errors import StoreUnreachable
from workbench.protocols import Edit
from workbench.stores.conversations import edit as conversations_edit
from workbench.stores.conversations.send import send
from workbench.testing.data import message


@pytest.fixture
def server() -> ConversationsServer:
    shared_conversations().heal()
    return shared_conversations()


class Ended(BaseException):
    """The end of a process, as far as the code that was running can tell."""


async def ended_in_an_edit(
    server: ConversationsServer, store: Any, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    """An edit that ended when its new conversation was written: the old one's id and the new one's.

    What comes next is done by a store that has seen nothing of it.
    """

    async def written(*args: Any) -> None:
        await send(*args)
        raise Ended

    first = (await store.rows("demo"))[0].key
    with monkeypatch.context() as patched:
        patched.setattr(conversations_edit, "send", written)
        with pytest.raises(Ended):
            await store.edit("demo", Edit(insert=[message("S")], before=first))
    (half_made,) = {
        each.path.split("/")[-2]
        for each in server.requests
        if each.method == "POST" and each.path.endswith("/items")
    }
    assert server.contents(half_made) == ["S", "a", "b"]
    return await conversation_of(store), half_made


def gone(server: ConversationsServer, conversation: str) -> bool:
    """Whether the server has neither the conversation nor its items."""
    answer = server.ask("GET", f"/conversations/{conversation}/items")
    return bool(answer.get("error", {}).get("code") == "not_found")


@pytest.mark.parametrize("then", ["read", "pop", "clear", "scrub"])
async def test_a_half_made_conversation_is_deleted_whatever_is_done_next(
    server: ConversationsServer, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(server) as store:
        old, half_made = await ended_in_an_edit(server, store, monkeypatch)
        fresh = store_at(server)
        await getattr(fresh, then)("demo")
        await fresh.close()
        assert gone(server, half_made)
        assert gone(server, old) == (then == "clear")


async def test_clearing_again_deletes_what_the_first_time_could_not(
    server: ConversationsServer,
) -> None:
    async with opened(server) as store:
        conversation = await conversation_of(store)
        server.fail_next("DELETE", "/", status=503, times=999)
        with pytest.raises(StoreUnreachable):
            await store.clear("demo")
        server.heal()
        await store.clear("demo")
        assert gone(server, conversation)


async def test_an_unknown_id_is_not_asked_for_twice(server: ConversationsServer) -> None:
    store = store_at(server)
    await store.clear("conv_unknown")
    assert server.count("GET") == 1
    conversation = await made(server, "a")
    await store.clear(conversation)
    assert server.contents(conversation) == []
    await store.close()
