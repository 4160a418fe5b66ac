"""A server that is down, killed, full or locked, and lines that are cut: nothing is done twice."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.contract_data import batch, check_batches
from tests.redis_server import RedisServer, free_port, redis_server, shared_server, wait_for
from tests.stores.files import contents, messages
from tests.tcp_proxy import TcpProxy, tcp_proxy
from workbench.errors import (
    CorruptItem,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreUnreachable,
    StoreUnusable,
)
from workbench.protocols import Edit
from workbench.stores.redis import RedisStore
from workbench.stores.redis_place import place_at
from workbench.stores.urls import StoreURL

QUICK = "timeout=0.5"


@pytest.fixture
def server() -> RedisServer:
    shared_server().empty()
    return shared_server()


@pytest.fixture
def proxy(server: RedisServer) -> Iterator[TcpProxy]:
    with tcp_proxy((server.host, server.port)) as proxy:
        yield proxy


def store_at(url: str) -> RedisStore:
    return RedisStore(place_at(StoreURL.parse(url)))


def through(proxy: TcpProxy, options: str = "timeout=5") -> RedisStore:
    return store_at(f"redis://{proxy.host}:{proxy.port}?{options}")


def holds(count: int) -> bool:
    """Whether session "s" of the shared server has so many items."""
    return bool(shared_server().do("LLEN", "agents:session:s:messages") == count)


# Nobody there


async def test_a_server_that_is_not_there_is_told_at_once() -> None:
    port = free_port()
    store = store_at(f"redis://127.0.0.1:{port}")
    begun = time.monotonic()
    for call in (store.read("a"), store.append("a", messages("x")), store.list_sessions()):
        with pytest.raises(StoreUnreachable, match=rf"127.0.0.1:{port} can't be reached.*runs"):
            await call
    assert time.monotonic() - begun < 2
    await store.close()


async def test_a_name_that_nobody_knows_is_told_at_once() -> None:
    store = store_at("redis://no-such-host.invalid:6379")
    with pytest.raises(StoreUnreachable, match="no-such-host"):
        await store.read("a")
    await store.close()


async def test_a_restart_is_waited_for_and_nothing_is_lost() -> None:
    with redis_server(appendonly="yes", appendfsync="always") as server:
        store = store_at(server.url)
        await store.append("a", messages("before"))
        for end in (server.stop, server.kill):
            end()
            work = asyncio.gather(
                *(store.append("a", batch(n)) for n in range(5)), store.read("a"), store.turns("a")
            )
            await asyncio.sleep(0.2)
            await asyncio.to_thread(server.start)
            await work
            check_batches((await store.read("a"))[1:], range(5))
            await store.edit("a", Edit(delete=[row.key for row in (await store.rows("a"))[1:]]))
        await store.close()


async def test_a_server_that_stays_away_is_given_up_on_and_used_again_when_it_is_back() -> None:
    with redis_server(appendonly="yes") as server:
        store = store_at(f"{server.url}?{QUICK}")
        await store.append("a", messages("before"))
        server.kill()
        with pytest.raises(StoreUnreachable, match="can't be reached"):
            await store.append("a", messages("lost"))
        with pytest.raises(StoreUnreachable):
            await store.read("a")
        server.start()
        await store.append("a", messages("after"))
        assert contents(await store.read("a")) == ["before", "after"]
        await store.close()


async def test_a_server_that_does_not_answer_is_not_waited_for_for_ever(
    server: RedisServer,
) -> None:
    store = store_at(f"{server.url}?{QUICK}")
    await store.append("a", messages("before"))
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        with pytest.raises(StoreUnreachable, match="not known whether"):
            await store.append("a", messages("perhaps"))
        assert time.monotonic() - begun < 3
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    await store.append("a", messages("after"))
    assert contents(await store.read("a")) in (["before", "after"], ["before", "perhaps", "after"])
    await store.close()


# Lines that are cut


@pytest.mark.parametrize("after", [0, 1, 100, 400, 700])
@pytest.mark.parametrize("direction", ["up", "down"])
async def test_a_write_that_is_cut_is_there_once(
    proxy: TcpProxy, direction: Any, after: int
) -> None:
    store = through(proxy)
    await store.append("a", messages("first"))
    for number in range(3):
        proxy.cut(after=after if direction == "up" else after // 100, direction=direction)
        await store.append("a", batch(number))
    assert proxy.cuts_done >= 2
    check_batches((await store.read("a"))[1:], range(3))
    await store.close()


async def test_whatever_write_lost_its_reply_is_done_once(proxy: TcpProxy) -> None:
    store = through(proxy)
    a, b, c, d = await store.append("s", messages("same", "same", "same", "same"))

    async def cut(work: Any) -> Any:
        proxy.cut(after=0, direction="down")
        before = proxy.cuts_done
        result = await work
        assert proxy.cuts_done == before + 1
        return result

    assert await cut(store.archive("s", [a], reason="x")) == 1
    assert await cut(store.restore("s", [a])) == 1
    change = Edit(delete=[b], insert=messages("new"), newest=d)
    inserted = await cut(store.edit("s", change))
    rows = await store.rows("s")
    assert [row.key for row in rows] == [a, c, d, *inserted]
    await store.edit("s", Edit(delete=inserted))
    assert await store.append("s", messages("same"))
    assert len(await store.read("s")) == 4
    await store.close()


async def test_a_pop_that_lost_its_reply_takes_one_of_equal_items(proxy: TcpProxy) -> None:
    store = through(proxy)
    await store.append("s", messages("same", "same", "same"))
    (raw,) = shared_server().do("LRANGE", "agents:session:s:messages", -1, -1)
    # The reply to the look passes, that to the taking does not.
    proxy.cut(after=len(raw) + len(f"*1\r\n${len(raw)}\r\n\r\n"), direction="down")
    assert await store.pop("s") is not None
    assert proxy.cuts_done == 1
    assert len(await store.read("s")) == 2
    await store.close()


async def test_a_clearing_that_lost_its_reply_leaves_what_came_after_it(proxy: TcpProxy) -> None:
    store, other = through(proxy), store_at(shared_server().url)
    await store.append("s", messages("old"))
    proxy.delay = 0.05
    proxy.cut(after=0, direction="down")
    clearing = asyncio.ensure_future(store.clear("s"))
    await asyncio.to_thread(wait_for, partial(holds, 0), "the clearing", pause=0)
    await other.append("s", messages("new"))
    await clearing
    assert contents(await other.read("s")) == ["new"]
    for each in (store, other):
        await each.close()


async def test_many_at_once_over_a_line_that_keeps_breaking_are_there_once_each(
    proxy: TcpProxy,
) -> None:
    store = through(proxy, "timeout=20")
    await store.append("0", messages("first"))
    for number in range(12):
        proxy.cut(after=300 * number, direction="down" if number % 2 else "up")
    await asyncio.gather(*(store.append(str(n % 4), batch(n)) for n in range(120)))
    assert proxy.cuts_done >= 3
    proxy.accept()
    for session in range(4):
        items = await store.read(str(session))
        check_batches(items[session == 0 :], range(session, 120, 4))
    await store.close()


async def test_a_client_that_is_lent_writes_nothing_twice_either(proxy: TcpProxy) -> None:
    async with Redis(host=proxy.host, port=proxy.port) as client:
        store = RedisStore(redis_client=client)
        await store.append("s", messages("first"))
        for number in range(3):
            proxy.cut(after=0, direction="down")
            await store.append("s", batch(number))
        assert proxy.cuts_done == 3
        check_batches((await store.read("s"))[1:], range(3))


async def test_when_it_can_not_be_told_any_more_that_is_said(
    proxy: TcpProxy, server: RedisServer
) -> None:
    store, other = through(proxy), store_at(server.url)
    await store.append("s", messages("first"))
    proxy.delay = 0.3
    proxy.cut(after=0, direction="down")
    appending = asyncio.ensure_future(store.append("s", messages("perhaps")))
    await asyncio.to_thread(wait_for, partial(holds, 2), "the append", pause=0)
    await asyncio.gather(*(other.append("s", messages(n)) for n in range(600)))
    with pytest.raises(StoreUnreachable, match="look at the newest items"):
        await appending
    assert contents(await other.read("s")).count("perhaps") == 1
    for each in (store, other):
        await each.close()


async def test_a_busy_session_is_not_taken_for_one_that_forgot(proxy: TcpProxy) -> None:
    store = through(proxy)
    await asyncio.gather(*(store.append("s", messages(number)) for number in range(600)))
    await asyncio.sleep(1.2)
    proxy.cut(after=10, direction="up")
    await store.append("s", messages("arrives late"))
    proxy.cut(after=0, direction="down")
    await store.append("s", messages("answered late"))
    assert proxy.cuts_done == 2
    assert contents(await store.read("s", 2)) == ["arrives late", "answered late"]
    assert len(await store.read("s")) == 602
    await store.close()


async def test_a_cancelled_write_over_a_slow_line_is_settled_first(proxy: TcpProxy) -> None:
    store = through(proxy)
    await store.append("s", messages("first"))
    proxy.delay = 0.1
    task = asyncio.ensure_future(store.append("s", messages("second")))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert shared_server().do("LLEN", "agents:session:s:messages") == 2
    await store.close()


# What a server refuses


async def test_a_full_server_takes_all_of_a_batch_or_nothing_and_lets_go(
    server: RedisServer,
) -> None:
    store = store_at(server.url)
    keys = await store.append("s", messages("a", "b"))
    server.do("CONFIG", "SET", "maxmemory", 1)
    try:
        with pytest.raises(StoreFull, match="maxmemory"):
            await store.append("s", messages("c", "d"))
        assert contents(await store.read("s")) == ["a", "b"]
        assert await store.pop("s") == messages("b")[0]
        await store.edit("s", Edit(delete=keys[:1]))
        await store.clear("s")
    finally:
        server.do("CONFIG", "SET", "maxmemory", 0)
    await store.append("s", messages("again"))
    assert contents(await store.read("s")) == ["again"]
    await store.close()


async def test_a_replica_can_be_read_with_keys_for_a_look_and_not_written() -> None:
    with redis_server(repl_diskless_sync_delay=0) as master, redis_server() as replica:
        store = store_at(master.url)
        await store.append("s", messages("a"), turn_id="t")
        master.do("RPUSH", "agents:session:s:messages", b'{"role": "user", "content": "b"}')
        replica.do("REPLICAOF", master.host, master.port)
        await asyncio.to_thread(wait_for, replica.follows, "the replica")
        reader = store_at(replica.url)
        rows = await reader.rows("s")
        assert contents([row.item for row in rows]) == ["a", "b"]
        assert int(rows[0].key) < int(rows[1].key)
        for write in (reader.append("s", messages("c")), reader.pop("s"), reader.clear("s")):
            with pytest.raises(StoreReadOnly, match="replica"):
                await write
        assert contents(await store.read("s")) == ["a", "b"]
        for each in (store, reader):
            await each.close()


async def test_a_server_that_can_not_save_refuses_writes() -> None:
    with redis_server(save="1 1", enable_protected_configs="yes") as server:
        store = store_at(server.url)
        await store.append("s", messages("a"))
        server.do("CONFIG", "SET", "dir", "/proc")
        server.do("BGSAVE")
        deadline = time.monotonic() + 10
        while server.do("INFO", "persistence")["rdb_last_bgsave_status"] == "ok":
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        with pytest.raises(StoreReadOnly, match="its own disk"):
            await store.append("s", messages("b"))
        assert contents(await store.read("s")) == ["a"]
        await store.close()


async def test_passwords_and_rights_are_asked_for_in_words(server: RedisServer) -> None:
    with redis_server(requirepass="right") as locked:
        for url, words in (
            (locked.url, "asks for a password"),
            (locked.url.replace("//", "//:wr0ng@"), "does not know this user"),
        ):
            store = store_at(url)
            with pytest.raises(StoreUnusable, match=words) as told:
                await store.read("s")
            assert "wr0ng" not in str(told.value)
            await store.close()
        with locked.client() as client:
            client.execute_command("ACL", "SETUSER", "reader", "on", ">pw", "~*", "+@read")
        store = store_at(locked.url.replace("//", "//reader:pw@"))
        assert await store.read("s") == []
        with pytest.raises(StoreUnusable, match="does not allow"):
            await store.append("s", messages("a"))
        assert "pw" not in store.url
        await store.close()


async def test_a_password_for_a_server_that_has_none_is_told(server: RedisServer) -> None:
    store = store_at(server.url.replace("//", "//:unneeded@"))
    with pytest.raises(StoreUnusable, match="does not know this user and password"):
        await store.read("s")
    await store.close()


@pytest.mark.parametrize(
    "key", ["agents:session:s", "agents:session:s:messages", "workbench:rows:agents:session:s"]
)
async def test_keys_of_another_program_are_left_as_they_are(server: RedisServer, key: str) -> None:
    store = store_at(server.url)
    server.do("SET", key, "another program's")
    edit = Edit(insert=messages("a"))
    for write in (store.append("s", messages("a")), store.edit("s", edit), store.clear("s")):
        with pytest.raises(StoreUnusable, match="something else under the keys"):
            await write
    assert server.do("KEYS", "*") == [key.encode()]
    await store.close()


async def test_a_script_that_holds_the_server_is_told(server: RedisServer) -> None:
    store = store_at(f"{server.url}?{QUICK}")
    await store.append("s", messages("a"))
    server.do("CONFIG", "SET", "busy-reply-threshold", 50)
    async with Redis(host=server.host, port=server.port) as client:
        holding = asyncio.ensure_future(client.eval("local i = 0 while true do i = i + 1 end", 0))
        await asyncio.sleep(0.3)
        try:
            with pytest.raises(StoreLocked, match="script"):
                await store.append("s", messages("b"))
        finally:
            server.do("SCRIPT", "KILL")
        with pytest.raises(Exception, match="killed"):
            await holding
    assert contents(await store.read("s")) == ["a"]
    await store.close()


async def test_a_forgotten_script_is_sent_again(server: RedisServer) -> None:
    store = store_at(server.url)
    for number in range(3):
        await asyncio.gather(*(store.append(f"{i}", messages(number)) for i in range(5)))
        server.do("SCRIPT", "FLUSH")
    assert contents(await store.read("4")) == ["0", "1", "2"]
    await store.close()


async def test_a_plain_url_for_a_cluster_says_how_to_write_it() -> None:
    from tests.redis_server import shared_cluster

    store = store_at(shared_cluster().url.replace("redis+cluster", "redis"))
    with pytest.raises(StoreUnusable, match=r"redis\+cluster://"):
        await store.append("s", messages("a"))
    await store.close()
    store = store_at(shared_server().url.replace("redis://", "redis+cluster://"))
    with pytest.raises(StoreUnusable, match="is no cluster"):
        await store.append("s", messages("a"))
    await store.close()


# What is damaged


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


# Clocks


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
