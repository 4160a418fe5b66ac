"""What a server does to keep a session, and what is left in its files of what was deleted."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.redis_server import RedisServer, redis_server, wait_for
from tests.stores.files import messages
from tests.stores.redis.places import empty_server, store_at
from workbench.protocols import Edit


@pytest.fixture
def server() -> RedisServer:
    return empty_server()


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
