"""What the Redis store does beyond the contract: round trips, listing, files, processes, places."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.contract_data import batch, check_batches
from tests.redis_server import RedisServer, redis_server, shared_server, wait_for
from tests.script import line, run_script, start
from tests.stores.files import messages
from workbench.errors import InvalidStoreURL
from workbench.protocols import Edit, Store
from workbench.stores import open_store
from workbench.stores.redis import RedisStore
from workbench.stores.redis_place import place_at
from workbench.stores.urls import StoreURL


@pytest.fixture
def server() -> RedisServer:
    shared_server().empty()
    return shared_server()


def store_at(url: str) -> RedisStore:
    return RedisStore(place_at(StoreURL.parse(url)))


# Round trips


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


# Listing


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


# What the server keeps on its disk


async def test_it_tells_when_a_session_expires_and_what_a_restart_leaves(
    server: RedisServer,
) -> None:
    store = store_at(f"{server.url}?ttl=3600")
    assert await store.describe("s") == {
        "expires": "60 min after the last write",
        "kept": "in the server's memory only: a restart loses it",
    }
    await store.append("s", messages("a"))
    assert (await store.describe("s"))[
        "expires"
    ] == "60 min after the last write, in 60 min from now"
    await store.close()
    options: dict[str, Any] = {"maxmemory": "100mb", "maxmemory_policy": "allkeys-lru"}
    with redis_server(appendonly="yes", **options) as kept:
        store = store_at(kept.url)
        told = await store.describe("s")
        assert told["expires"] == "never"
        assert told["eviction"].startswith("allkeys-lru")
        assert "append-only file" in told["kept"]
        await store.close()


SECRET = "the-plain-words-that-nobody-should-find"


def files_with(folder: Path, words: str) -> list[str]:
    """The files below a folder that hold these words."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "redis.log"]
    return [path.name for path in files if words.encode() in path.read_bytes()]


def _is_nowhere(folder: Path, words: str) -> bool:
    return not files_with(folder, words)


@pytest.mark.parametrize("way", ["aof", "rdb", "both"])
async def test_scrubbing_leaves_nothing_of_what_was_deleted_in_the_servers_files(way: str) -> None:
    options: dict[str, Any] = {"rdbcompression": "no"}
    options |= {"appendonly": "yes"} if way != "rdb" else {}
    options |= {"save": "3600 1"} if way != "aof" else {}
    with redis_server(**options) as server:
        store = store_at(server.url)
        (key, _) = await store.append("s", messages(SECRET, "kept"))
        if way != "aof":
            server.do("SAVE")
        assert files_with(server.folder, SECRET)
        await store.edit("s", Edit(rewrite={key: messages("changed")[0]}))
        assert await store.scrub("s") == []
        # The old file is unlinked in the background.
        gone = partial(_is_nowhere, server.folder, SECRET)
        await asyncio.to_thread(wait_for, gone, "the end of the old file", 5)
        assert files_with(server.folder, "kept")
        await store.close()


async def test_a_server_that_keeps_nothing_is_not_made_to(server: RedisServer) -> None:
    store = store_at(server.url)
    await store.append("s", messages("a"))
    before = server.calls()
    assert await store.scrub("s") == []
    assert {"bgsave", "bgrewriteaof"} & server.calls().keys() == {
        "bgsave",
        "bgrewriteaof",
    } & before.keys()
    assert not (server.folder / "dump.rdb").exists()
    await store.close()


async def test_what_scrubbing_is_not_allowed_to_do_is_said() -> None:
    with redis_server(appendonly="yes") as server:
        rights = ("on", ">pw", "~*", "+@all", "-bgrewriteaof", "-config")
        server.do("ACL", "SETUSER", "user", *rights)
        store = store_at(server.url.replace("//", "//user:pw@"))
        await store.append("s", messages("a"))
        (told,) = await store.scrub("s")
        assert "append-only file may still hold what was deleted" in told
        assert "BGREWRITEAOF" in told
        await store.close()


async def test_replicas_are_named_when_scrubbing() -> None:
    with redis_server(repl_diskless_sync_delay=0) as server, redis_server() as replica:
        replica.do("REPLICAOF", server.host, server.port)
        await asyncio.to_thread(wait_for, replica.follows, "the replica")
        store = store_at(server.url)
        told = await store.scrub("s")
        assert any("1 replica(s)" in each for each in told)
        await store.close()


# Several processes

WRITER = """
import asyncio, sys
from tests.contract_data import batch
from workbench.sessions import RedisSession

async def main():
    session = RedisSession("shared", sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(sys.argv[2]), int(sys.argv[3])):
        await session.add_items(batch(number))
        print(number, flush=True)
    await session.close()

asyncio.run(main())
"""


def test_two_processes_write_to_one_session_and_lose_nothing(
    server: RedisServer, tmp_path: Path
) -> None:
    writers = [start(WRITER, server.url, 100 * n, 100 * n + 40, folder=tmp_path) for n in range(2)]
    for writer in writers:
        assert line(writer) == "ready"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _output, errors = writer.communicate(timeout=60)
        assert (writer.returncode, errors) == (0, "")
    items = asyncio.run(read(server.url, "shared"))
    check_batches(items, [*range(40), *range(100, 140)])


async def read(url: str, session_id: str) -> list[Any]:
    store = store_at(url)
    try:
        rows = await store.rows(session_id)
        assert len({row.key for row in rows}) == len(rows)
        return await store.read(session_id)
    finally:
        await store.close()


def test_a_writer_that_is_killed_leaves_whole_batches(server: RedisServer, tmp_path: Path) -> None:
    for number in range(3):
        writer = start(WRITER, server.url, 1000 * number, 1000 * (number + 1), folder=tmp_path)
        assert line(writer) == "ready"
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
        told = [line(writer) for _ in range(15 + number)]
        os.kill(writer.pid, signal.SIGKILL)
        output, _errors = writer.communicate(timeout=30)
        told += output.split()
        found = asyncio.run(read(server.url, "shared"))
        numbers = [int(item["content"].partition(":")[0]) for item in found[::3]]
        check_batches(found, numbers)
        assert {int(each) for each in told if each} <= set(numbers)


def test_a_forked_child_has_connections_of_its_own(server: RedisServer, tmp_path: Path) -> None:
    source = """
    import asyncio, os, sys, warnings
    warnings.simplefilter("ignore", DeprecationWarning)
    from tests.contract_data import message
    from workbench.sessions import RedisSession

    session = RedisSession("shared", sys.argv[1])
    asyncio.run(session.add_items([message("parent")]))
    child = os.fork()
    for number in range(20):
        asyncio.run(session.add_items([message(f"{'parent' if child else 'child'} {number}")]))
    if child:
        assert os.waitpid(child, 0)[1] == 0
        print(len(asyncio.run(session.get_items())))
    asyncio.run(session.close())
    os._exit(0) if not child else None
    """
    assert run_script(source, server.url, folder=tmp_path).split() == ["41"]


@pytest.mark.parametrize("loop", ["home", "own"])
def test_a_program_that_forgets_to_close_ends_all_the_same(
    server: RedisServer, tmp_path: Path, loop: str
) -> None:
    source = """
    import asyncio, sys
    from tests.contract_data import message
    from workbench.sessions import RedisSession

    async def main():
        session = RedisSession("s", sys.argv[1])
        await session.add_items([message("a")])

    if sys.argv[2] == "home":
        from workbench.loop import run
        run(main())
    else:
        asyncio.run(main())
    print("end")
    """
    assert run_script(source, server.url, loop, folder=tmp_path).split() == ["end"]


def test_making_a_session_imports_no_redis(tmp_path: Path) -> None:
    source = """
    import sys
    from workbench.sessions import RedisSession
    RedisSession("s", "redis://localhost:1")
    print([name for name in ("redis", "agents", "openai", "pandas") if name in sys.modules])
    """
    assert run_script(source, folder=tmp_path).strip() == "[]"


# Long histories, many loops


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
    assert lines() == before
    store = store_at(server.url)
    asyncio.run(store.append("s", messages("a")))
    del store
    deadline = time.monotonic() + 5
    while lines() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert lines() == before


# Places


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
