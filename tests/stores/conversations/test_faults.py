"""What goes wrong on the way to the Conversations API, and what a user then finds."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from openai import OpenAIError

from tests.conversations_server import ConversationsServer, shared_conversations
from tests.stores.conversations.stores import check, conversation_of, numbers, opened
from workbench.errors import (
    InvalidItem,
    StoreFull,
    StoreUnreachable,
    WorkbenchError,
)
from workbench.testing.data import message, texts


@pytest.fixture
def server() -> ConversationsServer:
    shared_conversations().heal()
    return shared_conversations()


MANY = [str(number) for number in range(45)]

# A reply that is lost


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_lost_reply_to_a_write_does_not_write_twice(
    server: ConversationsServer, after: int
) -> None:
    async with opened(server) as store:
        server.fail_next("POST", "/items", after=after, lost=True)
        keys = await store.append("demo", numbers(45), turn_id="t1")
        assert server.count("POST") == 3
        await check(server, store, "a", "b", *MANY)
        rows = await store.rows("demo")
        assert [row.key for row in rows][2:] == keys
        assert {row.turn_id for row in rows[2:]} == {"t1"}


async def test_the_same_words_twice_are_two_items_after_a_lost_reply(
    server: ConversationsServer,
) -> None:
    async with opened(server) as store:
        await store.append("demo", [message("yes")])
        server.fail_next("POST", "/items", lost=True)
        await store.append("demo", [message("yes")])
        await check(server, store, "a", "b", "yes", "yes")


async def test_words_from_elsewhere_are_not_taken_for_a_write_that_failed(
    server: ConversationsServer,
) -> None:
    async with opened(server) as store:
        server.add(await conversation_of(store), "yes")
        await store.read("demo")
        server.fail_next("POST", "/items", cut=True)
        await store.append("demo", [message("yes")])
        await check(server, store, "a", "b", "yes", "yes")


async def test_a_write_that_did_not_arrive_is_sent_again(server: ConversationsServer) -> None:
    async with opened(server) as store:
        server.fail_next("POST", "/items", cut=True, times=2)
        await store.append("demo", [message("c")])
        await check(server, store, "a", "b", "c")


async def test_a_lost_reply_while_looking_for_a_lost_reply(server: ConversationsServer) -> None:
    async with opened(server) as store:
        server.fail_next("POST", "/items", lost=True)
        server.fail_next("GET", "/items", lost=True, times=2)
        await store.append("demo", [message("c")])
        await check(server, store, "a", "b", "c")


async def test_a_lost_reply_to_a_pop_pops_once(server: ConversationsServer) -> None:
    async with opened(server) as store:
        server.fail_next("DELETE", "/items", lost=True)
        assert await store.pop("demo") == message("b")
        await check(server, store, "a")


async def test_a_lost_reply_to_the_first_of_all_writes(server: ConversationsServer) -> None:
    async with opened(server) as store:
        server.fail_next("POST", "/conversations", lost=True)
        await store.append("other", [message("x")])
        assert texts(await store.read("other")) == ["x"]
        assert server.contents(await conversation_of(store, "other")) == ["x"]


async def test_what_arrives_only_after_it_was_given_up_is_kept_once(
    server: ConversationsServer,
) -> None:
    async with opened(server, timeout=0.15) as store:
        server.fail_next("POST", "/items", delay=0.4)
        await store.append("demo", [message("c")])
        assert texts(await store.read("demo")) == ["a", "b", "c"]
        await asyncio.sleep(0.5)
        await check(server, store, "a", "b", "c")


async def test_a_slow_server_that_did_it_is_not_asked_again(server: ConversationsServer) -> None:
    async with opened(server, timeout=0.2) as store:
        server.fail_next("POST", "/items", linger=0.5)
        await store.append("demo", [message("c")])
        assert server.count("POST") == 1
        await check(server, store, "a", "b", "c")


# Between chunks


async def test_an_error_between_chunks_is_tried_again(server: ConversationsServer) -> None:
    async with opened(server) as store:
        server.fail_next("POST", "/items", after=1, status=500)
        await store.append("demo", numbers(45))
        await check(server, store, "a", "b", *MANY)


async def test_a_failure_between_chunks_takes_back_what_was_stored(
    server: ConversationsServer,
) -> None:
    async with opened(server) as store:
        server.fail_next("POST", "/items", after=2, status=503, times=99)
        with pytest.raises(StoreUnreachable, match="503"):
            await store.append("demo", numbers(45))
        assert server.count("POST") > 3
        server.heal()
        await check(server, store, "a", "b")
        await store.append("demo", numbers(45))
        await check(server, store, "a", "b", *MANY)


async def test_what_can_not_be_taken_back_at_once_is_never_shown(
    server: ConversationsServer,
) -> None:
    async with opened(server) as store:
        server.fail_next("POST", "/items", after=1, status=500, times=99)
        server.fail_next("DELETE", "/items", status=500, times=9999)
        with pytest.raises(StoreUnreachable):
            await store.append("demo", numbers(45))
        conversation = await conversation_of(store)
        assert len(server.contents(conversation)) == 22
        assert texts(await store.read("demo")) == ["a", "b"]
        assert texts(await store.read("demo", 1)) == ["b"]
        assert (await store.describe("demo"))["still to delete there"].startswith("20")
        server.heal()
        assert texts(await store.read("demo")) == ["a", "b"]
        await check(server, store, "a", "b")


async def test_a_write_that_failed_does_not_appear_later(server: ConversationsServer) -> None:
    async with opened(server, timeout=0.1) as store:
        server.fail_next("POST", "/items", delay=2.0, times=4)
        with pytest.raises(StoreUnreachable):
            await store.append("demo", [message("late")])
        conversation = await conversation_of(store)
        await asyncio.sleep(2.0)
        assert server.contents(conversation).count("late") == 4
        assert texts(await store.read("demo")) == ["a", "b"]
        assert server.contents(conversation) == ["a", "b"]
        await store.append("demo", [message("late")])
        await check(server, store, "a", "b", "late")


async def test_a_chunk_that_the_server_refuses_leaves_nothing(server: ConversationsServer) -> None:
    async with opened(server) as store:
        server.fail_next("POST", "/items", after=1, status=400, code="invalid_item")
        with pytest.raises(InvalidItem, match=r"invalid_item.*nothing of it was written"):
            await store.append("demo", numbers(45))
        server.heal()
        await check(server, store, "a", "b")


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 400},
        {"status": 401},
        {"status": 429, "headers": {"Retry-After": "3600"}},
        {"status": 500},
        {"lost": True},
    ],
    ids=str,
)
async def test_a_failure_shows_what_was_answered_and_nothing_of_the_inside(
    server: ConversationsServer, fault: dict[str, Any], after: int
) -> None:
    async with opened(server) as store:
        server.fail_next("POST", "/items", after=after, times=99, **fault)
        if "lost" in fault:  # and nobody can look whether it was done
            server.fail_next("GET", "/items", times=99, **fault)
        with pytest.raises(WorkbenchError) as caught:
            await store.append("demo", numbers(45))
        assert isinstance(caught.value.__cause__, OpenAIError)
        assert caught.value.__suppress_context__
        server.heal()
        await check(server, store, "a", "b")


# A server that says wait


async def test_a_rate_limit_is_waited_for_as_long_as_the_server_says(
    server: ConversationsServer,
) -> None:
    async with opened(server) as store:
        server.fail_next("POST", "/items", status=429, headers={"Retry-After": "1"})
        server.fail_next("GET", "/items", status=429, headers={"retry-after-ms": "300"})
        await store.append("demo", [message("c")])
        first, second = (each.at for each in server.requests if each.method == "POST")
        assert 1.0 <= second - first < 3.0
        server.requests.clear()
        assert texts(await store.read("demo")) == ["a", "b", "c"]
        first, second = (each.at for each in server.requests)
        assert 0.3 <= second - first < 2.0
        await check(server, store, "a", "b", "c")


async def test_a_rate_limit_longer_than_the_patience_is_said_at_once(
    server: ConversationsServer,
) -> None:
    async with opened(server, patience=5.0) as store:
        server.fail_next("POST", "/items", status=429, headers={"Retry-After": "3600"}, times=9)
        begin = time.monotonic()
        with pytest.raises(StoreUnreachable, match="rate limiting and asks to come back in 3600 s"):
            await store.append("demo", [message("c")])
        assert time.monotonic() - begin < 3.0
        server.heal()
        await check(server, store, "a", "b")


async def test_a_used_up_quota_is_not_waited_for(server: ConversationsServer) -> None:
    async with opened(server) as store:
        server.fail_next("POST", "/items", status=429, code="insufficient_quota", times=9)
        with pytest.raises(StoreFull, match="quota"):
            await store.append("demo", [message("c")])
        assert server.count("POST") == 1


async def test_a_locked_conversation_is_waited_for(server: ConversationsServer) -> None:
    async with opened(server) as store:
        server.fail_next("POST", "/items", status=400, code="conversation_locked", times=5)
        await store.append("demo", [message("c")])
        assert server.count("POST") == 6
        await check(server, store, "a", "b", "c")


async def test_a_conversation_that_stays_locked_is_said_to_be(server: ConversationsServer) -> None:
    async with opened(server, patience=0.2) as store:
        server.fail_next("POST", "/items", status=400, code="conversation_locked", times=999)
        with pytest.raises(StoreUnreachable, match="changing the conversation already"):
            await store.append("demo", [message("c")])
        server.heal()
        await check(server, store, "a", "b")
