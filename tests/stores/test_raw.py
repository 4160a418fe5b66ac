"""What a store holds, as it is: the stores whose items may be undecodable show them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stores.files import sql
from tests.stores.redis.places import empty_cluster, empty_server
from workbench import loop
from workbench.errors import Unsupported
from workbench.items import encode
from workbench.protocols import ShowsRaw
from workbench.sessions import MemorySession, RedisSession, SQLiteSession
from workbench.testing.data import message


async def test_a_file_shows_every_row_and_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    session = SQLiteSession("demo", path)
    assert isinstance(session, ShowsRaw)
    assert await session.raw() == []
    a, _b, c = await session.append([message(each) for each in "abc"], turn_id="t1")
    (other,) = await SQLiteSession("other", path).append([message("x")])
    sql(path, "UPDATE agent_messages SET message_data = ? WHERE id = ?", b"\xff{", a)
    await session.archive([c], reason="old")
    rows = await session.raw()
    assert [(row.data, row.turn_id, row.reason) for row in rows] == [
        (b"\xff{", "t1", None),
        (encode(message("b")).encode(), "t1", None),
        (encode(message("c")).encode(), "t1", "old"),
    ]
    assert [row.key for row in rows][::2] == [a, c]
    assert all(row.created_at is not None for row in rows)
    assert other not in [row.key for row in rows]
    await session.close()


async def test_a_file_of_the_sdk_alone_shows_its_rows(tmp_path: Path) -> None:
    from agents.memory import SQLiteSession as SDKSession

    own = SDKSession("demo", tmp_path / "a.db")
    await own.add_items([{"role": "user", "content": "hi"}])
    session = SQLiteSession("demo", tmp_path / "a.db")
    (row,) = await session.raw()
    assert (row.turn_id, row.reason) == (None, None)
    assert b"hi" in row.data
    await session.close()
    own.close()


@pytest.mark.parametrize("kind", ["server", "cluster"])
async def test_redis_shows_every_element_and_the_archive(kind: str) -> None:
    url = empty_server().url if kind == "server" else empty_cluster().url
    session = RedisSession("demo", url)
    assert await session.raw() == []
    _a, _b, c = await session.append([message(each) for each in "abc"], turn_id="t1")
    await session.archive([c], reason="old: and gone")
    rows = await session.raw()
    assert [(row.data, row.turn_id, row.reason) for row in rows] == [
        (encode(message("a")).encode(), "t1", None),
        (encode(message("b")).encode(), "t1", None),
        (encode(message("c")).encode(), "t1", "old: and gone"),
    ]
    assert rows[2].key == c
    if kind == "server":
        empty_server().do("RPUSH", "agents:session:demo:messages", b"\xff{")
        assert [row.data for row in await session.raw()] == [b"\xff{"]
    await session.close()


def test_a_store_that_holds_nothing_undecodable_says_so() -> None:
    with pytest.raises(Unsupported, match="shows no item"):
        loop.run(MemorySession("demo").raw())
