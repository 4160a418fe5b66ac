"""After a session on a Redis server was encrypted, nothing on the server holds a word of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.contract_abilities import record
from tests.redis_server import RedisServer, redis_server
from tests.sessions.encryption.encrypted import KEY, OTHER
from workbench.protocols import Edit
from workbench.sessions import EncryptedSession, RedisSession
from workbench.sessions.encryption.conversion import decrypt_session, encrypt_session, rekey_session
from workbench.testing.data import message

SECRET = b"zanzibar"
KEPT: dict[str, dict[str, Any]] = {
    "a snapshot": {"save": "3600 1"},
    "an append-only file": {"appendonly": "yes", "aof-use-rdb-preamble": "no"},
    "both": {"save": "3600 1", "appendonly": "yes"},
}


def in_files(folder: Path) -> list[str]:
    """The files that hold the word."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if SECRET in path.read_bytes()]


def in_memory(server: RedisServer) -> list[str]:
    """The keys whose values hold the word."""
    client = server.client()
    reads: dict[Any, str] = {b"list": "LRANGE {} 0 -1", b"hash": "HGETALL {}", b"string": "GET {}"}
    reads |= {b"zset": "ZRANGE {} 0 -1", b"set": "SMEMBERS {}"}
    found = []
    for key in client.scan_iter():
        name, *more = reads[client.type(key)].split(" {}")
        if SECRET in repr(client.execute_command(name, key, *" ".join(more).split())).encode():
            found.append(key.decode())
    client.close()
    return found


@pytest.mark.parametrize("name", KEPT)
async def test_neither_the_memory_nor_the_dump_holds_a_word_of_it(name: str) -> None:
    with redis_server(**KEPT[name]) as server:
        base = RedisSession("demo", server.url)
        keys = await base.append([message(f"zanzibar {number}") for number in range(30)])
        await base.archive(keys[:10], reason="old")
        await base.pop_item()
        await base.save_turn(record("t", error="zanzibar!"))
        before = await base.rows(), await base.archived(), await base.turns()
        server.do("SAVE")
        assert in_memory(server)
        assert in_files(server.folder)
        done = await encrypt_session(base, KEY)
        assert (done.items, done.archived, done.notes) == (19, 10, ())
        assert (in_memory(server), in_files(server.folder)) == ([], [])
        session = EncryptedSession(base, KEY)
        first = (await session.rows())[0].key
        await session.edit(Edit(insert=[message("zanzibar again")], before=first))
        await session.pop_item()
        server.do("SAVE")
        assert (in_memory(server), in_files(server.folder)) == ([], [])
        (inserted, *_rest) = await session.rows()
        await session.edit(Edit(delete=[inserted.key]))
        await rekey_session(base, KEY, OTHER)
        await decrypt_session(base, OTHER)
        rows, kept, turns = before
        assert [row.item for row in await base.rows()] == [row.item for row in rows][:-1]
        assert [each.item for each in await base.archived()] == [each.item for each in kept]
        assert await base.turns() == turns
        await base.close()
