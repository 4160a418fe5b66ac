"""Pages of a session in Redis, whatever others do to it, and where nothing may be written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.redis_server import RedisServer, redis_server, wait_for
from tests.stores.redis.places import empty_server, store_at
from workbench.errors import CorruptItem
from workbench.protocols import StoredItem
from workbench.testing.data import message, texts

MESSAGES = "agents:session:demo:messages"


@pytest.fixture
def server() -> RedisServer:
    return empty_server()


async def _paged(store: Any, size: int = 3) -> list[str]:
    found: list[str] = []
    after = None
    while page := await store.page("demo", after, limit=size):
        found += texts([row.item for row in page])
        after = page[-1].key
    return found


async def test_what_the_sdk_wrote_has_pages(server: RedisServer) -> None:
    server.do("RPUSH", MESSAGES, *[json.dumps(message(number)) for number in range(7)])
    store = store_at(server.url)
    assert await _paged(store) == list("0123456")
    await store.close()


async def test_what_another_program_adds_and_takes_between_pages_is_seen(
    server: RedisServer,
) -> None:
    store = store_at(server.url)
    await store.append("demo", [message(number) for number in range(5)])
    page = await store.page("demo", limit=3)
    server.do("RPOP", MESSAGES)
    server.do("RPUSH", MESSAGES, json.dumps(message("theirs")), json.dumps(message("more")))
    rest = await store.page("demo", page[-1].key)
    assert texts([row.item for row in rest]) == ["3", "theirs", "more"]
    await store.close()


async def test_a_page_costs_one_call_and_no_more_items_than_it_has(server: RedisServer) -> None:
    store = store_at(server.url)
    await store.append("demo", [message(number) for number in range(2_000)])
    keys = [row.key for row in await store.page("demo", limit=1_000)]
    before = server.calls()
    assert len(await store.page("demo", keys[-1], limit=10)) == 10
    after = server.calls()
    assert after["evalsha"] - before["evalsha"] == 1
    assert after["lrange"] - before.get("lrange", 0) == 2
    await store.close()


async def test_a_damaged_item_is_told_with_its_place(server: RedisServer) -> None:
    store = store_at(server.url)
    await store.append("demo", [message(number) for number in range(5)])
    server.do("LSET", MESSAGES, 3, "{")
    first = await store.page("demo", limit=3)
    with pytest.raises(CorruptItem, match="item 4 of session 'demo'"):
        await store.page("demo", first[-1].key)
    await store.close()


async def test_where_nothing_may_be_written_there_are_pages_all_the_same(
    server: RedisServer,
) -> None:
    with redis_server() as replica:
        server.do("RPUSH", MESSAGES, *[json.dumps(message(number)) for number in range(7)])
        replica.do("REPLICAOF", server.host, server.port)
        wait_for(replica.follows, "the replica")
        store = store_at(replica.url)
        assert await _paged(store) == list("0123456")
        assert server.do("KEYS", "workbench:*") == []
        await store.close()


async def test_what_is_put_is_what_the_sdk_reads(server: RedisServer) -> None:
    store = store_at(server.url)
    await store.put("demo", [StoredItem(1, message("a"), None, "t1"), StoredItem(2, message("b"))])
    assert [json.loads(each) for each in server.do("LRANGE", MESSAGES, 0, -1)] == [
        message("a"),
        message("b"),
    ]
    assert server.do("HGET", "agents:session:demo", "session_id") == b"demo"
    await store.close()


async def test_what_is_put_expires_with_the_session(server: RedisServer) -> None:
    store = store_at(f"{server.url}?ttl=60")
    await store.put("demo", [StoredItem(1, message("a"), None, "t1")])
    left = [server.do("PTTL", key) for key in server.do("KEYS", "*")]
    assert left
    assert all(0 < each <= 60_000 for each in left)
    await store.close()
