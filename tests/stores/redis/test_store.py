"""What the Redis store does beyond the contract: round trips, listing, loops, places."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from tests.redis_server import RedisServer, wait_for
from tests.stores.files import messages
from tests.stores.redis.places import empty_server, store_at
from workbench.errors import InvalidStoreURL
from workbench.protocols import Store
from workbench.stores import open_store
from workbench.stores.redis import RedisStore
from workbench.stores.redis.place import place_at
from workbench.stores.urls import StoreURL
from workbench.testing.data import batch


@pytest.fixture
def server() -> RedisServer:
    return empty_server()


def packets(server: RedisServer) -> int:
    """How often a client was read from: a round trip is one of them."""
    return int(server.do("INFO", "stats")["total_reads_processed"])


@pytest.mark.parametrize("options", ["", "?ttl=3600"])
async def test_an_append_is_one_round_trip(server: RedisServer, options: str) -> None:
    store = store_at(server.url + options)
    await store.append("s", messages("warm"))
    calls = server.calls()
    before = packets(server)
    alone = packets(server) - before  # what it costs to ask
    before = packets(server)
    for number in range(20):
        await store.append("s", messages(number, number), turn_id="t")
    assert packets(server) - before - alone == 20
    after = server.calls()
    sent = {name for name in after if after[name] != calls.get(name, 0)}
    assert after["evalsha"] - calls["evalsha"] == 20
    assert not sent & {"multi", "exec", "watch", "eval"}
    await store.close()


async def test_appends_of_many_sessions_share_their_round_trips(server: RedisServer) -> None:
    store = store_at(server.url)
    await asyncio.gather(*(store.append(f"{n}", messages("warm")) for n in range(16)))
    before = packets(server)
    for number in range(10):
        await asyncio.gather(*(store.append(f"{n}", messages(number)) for n in range(16)))
    assert packets(server) - before <= 10 * 3
    await store.close()


async def test_sessions_are_listed_the_last_used_first_without_holding_the_server_up(
    server: RedisServer,
) -> None:
    store = store_at(server.url)
    await asyncio.gather(*(store.append(f"s{n}", messages(n)) for n in range(1_200)))
    await store.append("s7", messages("again"))
    for name in ("agents:session:x", "agents:session:y:messages", "agents:sessions", "other"):
        server.do("HSET", name, "field", "another program's")
    server.do("HSET", "agents:session:z", "session_id", "not z")
    server.do("SET", b"agents:session:\xff", "no text")
    before = server.calls()
    listed = await store.list_sessions()
    assert listed[0].session_id == "s7"
    assert listed[0].n_items == 2
    assert len(listed) == 1_200
    assert all(each.created_at and each.updated_at for each in listed)
    used = {name for name, calls in server.calls().items() if calls != before.get(name, 0)}
    assert "scan" in used
    assert not used & {"keys", "smembers", "hgetall"}
    await store.close()


async def test_a_prefix_is_taken_by_its_letters(server: RedisServer) -> None:
    store, other = store_at(f"{server.url}?prefix=a*[x]?"), store_at(f"{server.url}?prefix=abxc")
    await store.append("one", messages("a"))
    await other.append("two", messages("b"))
    assert [each.session_id for each in await store.list_sessions()] == ["one"]
    assert [each.session_id for each in await other.list_sessions()] == ["two"]
    for each in (store, other):
        await each.close()


async def test_a_long_history_leaves_the_event_loop_its_turns(server: RedisServer) -> None:
    store = store_at(server.url)
    await store.append("s", messages(*range(30_000)))
    longest, last = 0.0, time.perf_counter()
    reading = asyncio.ensure_future(store.read("s"))
    while not reading.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    whole = await reading
    assert len(whole) == 30_000
    assert longest < 0.5
    await store.close()


def test_a_store_whose_loops_come_and_go_leaves_no_thread_behind(server: RedisServer) -> None:
    def lines() -> int:
        return sum(thread.name == "workbench-redis" for thread in threading.enumerate())

    before = lines()
    store = store_at(server.url)
    for number in range(5):
        asyncio.run(store.append("s", batch(number)))
    assert lines() == before + 1
    asyncio.run(store.close())
    wait_for(lambda: lines() == before, "the end of the thread of a store that was closed")
    store = store_at(server.url)
    asyncio.run(store.append("s", messages("a")))
    del store
    wait_for(lambda: lines() == before, "the end of the thread of a store that is gone")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost", "redis://localhost:6379/0"),
        ("redis://u:p@h:1/2?ttl=60", "redis://u@h:1/2?ttl=60"),
        ("redis://:p%40@h", "redis://h:6379/0"),
        ("rediss://h:7?ssl_cert_reqs=none", "rediss://h:7/0"),
        ("redis+cluster://h:7000?prefix=app", "redis+cluster://h:7000?prefix=app"),
        ("redis+unix:///tmp/a.sock?db=3", "redis+unix:///tmp/a.sock?db=3"),
        ("unix:///tmp/a.sock", "redis+unix:///tmp/a.sock"),
        ("redis://[::1]:6380", "redis://[::1]:6380/0"),
        ("redis://h?ttl=0.5", "redis://h:6379/0?ttl=0.5"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    store = open_store(url)
    assert isinstance(store, RedisStore)
    assert store.url == shown
    again = place_at(StoreURL.parse(shown))
    assert (again.host, again.port, again.path) == (
        store.place.host,
        store.place.port,
        store.place.path,
    )
    assert (again.ttl, again.prefix, again.database) == (
        store.place.ttl,
        store.place.prefix,
        store.place.database,
    )
    kept: Store = store
    assert kept.url == shown


@pytest.mark.parametrize(
    "url",
    [
        "redis://h/first",
        "redis://h:0",
        "redis://h:99999",
        "redis://h?tll=3",
        "redis://h?ttl=0",
        "redis://h?ttl=soon",
        "redis+cluster://h/1",
        "redis+unix://h/a.sock",
        "redis+unix://",
        "redis://h?ssl_ca_certs=x",
        "rediss://h?ssl_cert_reqs=maybe",
        "redis://h?prefix={x",
    ],
)
def test_a_url_that_can_not_be_meant_is_refused(url: str) -> None:
    with pytest.raises((InvalidStoreURL, ValueError)):
        open_store(url)


def test_one_place_is_one_store_however_it_is_written() -> None:
    first = open_store("redis://places:6379/0?ttl=60")
    assert open_store("redis://places?ttl=60.0") is first
    assert open_store("redis://places?ttl=61") is not first
    assert open_store("redis://:secret@places?ttl=60") is not first
