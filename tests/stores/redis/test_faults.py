"""A server that is down, killed, full, locked or not ours: clear errors, and nothing half-way."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest
from redis.asyncio import Redis

from tests.redis_server import RedisServer, free_port, redis_server, shared_server, wait_for
from tests.stores.files import contents, messages
from tests.stores.redis.places import empty_server, store_at
from workbench.errors import (
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreUnreachable,
    StoreUnusable,
)
from workbench.protocols import Edit
from workbench.testing.data import batch, check_batches

QUICK = "timeout=0.5"


@pytest.fixture
def server() -> RedisServer:
    return empty_server()


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


async def test_the_timeout_of_a_url_is_how_long_a_server_that_hangs_is_waited_for(
    server: RedisServer,
) -> None:
    store = store_at(f"{server.url}?timeout=2")
    await store.append("a", messages("before"))
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        with pytest.raises(StoreUnreachable):
            await store.append("a", messages("perhaps"))
        assert 1 < time.monotonic() - begun < 3.9
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    await store.close()


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
