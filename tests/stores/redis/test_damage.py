"""Elements that are damaged, and clocks that jump."""

from __future__ import annotations

import time

import pytest

from tests.redis_server import RedisServer
from tests.stores.files import contents, messages
from tests.stores.redis.places import empty_server, store_at
from workbench.errors import (
    CorruptItem,
    StoreError,
)


@pytest.fixture
def server() -> RedisServer:
    return empty_server()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"{not json", "no valid item"),
        (b"[1, 2]", "no valid item"),
        (b'"text"', "no valid item"),
        (b"", "no valid item"),
        (b'{"role": "\xff\xfe"}', "no UTF-8"),
        (b"[" * 100_000 + b"]" * 100_000, "no valid item"),
    ],
    ids=["json", "list", "string", "empty", "bytes", "deep"],
)
async def test_a_corrupt_element_is_told_with_its_position_and_stays(
    server: RedisServer, raw: bytes, words: str
) -> None:
    store = store_at(server.url)
    await store.append("s", messages("a", "b"))
    server.do("RPUSH", "agents:session:s:messages", raw)
    for call in (store.read("s"), store.read("s", 1), store.rows("s"), store.pop("s")):
        with pytest.raises(CorruptItem, match=f"item 3 of session 's'.*{words}") as told:
            await call
        assert told.value.position == 3
    await store.append("s", messages("c"))
    for limit in (None, 2):
        with pytest.raises(CorruptItem) as told:
            await store.read("s", limit)
        assert (told.value.position, told.value.session_id) == (3, "s")
    assert contents(await store.read("s", 1)) == ["c"]
    assert server.do("LLEN", "agents:session:s:messages") == 4
    assert told.value.key is not None
    assert await store.archive("s", [told.value.key], reason="damaged") == 1
    assert contents(await store.read("s")) == ["a", "b", "c"]
    with pytest.raises(CorruptItem, match="archive"):
        await store.archived("s")
    await store.close()


async def test_a_damaged_record_of_a_turn_is_told(server: RedisServer) -> None:
    store = store_at(server.url)
    server.do("HSET", "workbench:turns:agents:session:s", "t", "{}")
    with pytest.raises(CorruptItem, match="record of a turn"):
        await store.turns("s")
    await store.close()


async def test_keys_ascend_when_the_servers_clock_was_set_back(server: RedisServer) -> None:
    store = store_at(server.url)
    (first,) = await store.append("s", messages("a"))
    state, name = server.do("LRANGE", "workbench:writes:agents:session:s", -2, -1)
    # What it would hold had the clock been a year ahead when "a" was written.
    assert isinstance(first, int)
    ahead = first + 365 * 86_400 * 10**6
    server.do(
        "RPUSH",
        "workbench:writes:agents:session:s",
        state.replace(b"%d" % first, b"%d" % ahead, 1),
        b"x" + name,
    )
    (second,) = await store.append("s", messages("b"))
    assert second == ahead + 1
    await store.clear("s")
    (third,) = await store.append("s", messages("c"))
    assert int(third) > int(second)
    await store.close()


async def test_the_callers_clock_does_not_matter(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_at(f"{server.url}?ttl=100")
    before = server.do("TIME")[0]
    monkeypatch.setattr(time, "time", lambda: 0.0)
    (key,) = await store.append("s", messages("a"))
    assert int(key) >= before * 10**6
    assert 98 <= server.do("TTL", "agents:session:s") <= 100
    await store.close()


async def test_errors_are_all_of_the_one_tree(server: RedisServer) -> None:
    store = store_at(server.url)
    server.do("SET", "agents:session:s:messages", "x")
    with pytest.raises(StoreError) as told:
        await store.read("s")
    assert told.value.__cause__ is not None
    await store.close()
