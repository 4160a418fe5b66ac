"""Pages of a SQLite file: damage has its place, and files of other programs open all the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from agents.memory import SQLiteSession as SDKSession

from workbench.errors import CorruptItem
from workbench.protocols import ArchivedItem, StoredItem
from workbench.stores.sqlite import SQLiteStore
from workbench.testing.data import message, texts


async def test_a_damaged_item_is_told_with_its_place_in_the_whole(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "chats.db")
    await store.append("other", [message("x")])
    keys = await store.append("demo", [message(number) for number in range(6)])
    await _damage(store, keys[4])
    assert texts([row.item for row in await store.page("demo", limit=4)]) == list("0123")
    for after, limit in ((None, 6), (keys[3], 1), (keys[2], 2)):
        with pytest.raises(CorruptItem, match="item 5 of session 'demo'") as caught:
            await store.page("demo", after, limit=limit)
        assert (caught.value.position, caught.value.key) == (5, keys[4])
    assert texts([row.item for row in await store.page("demo", keys[4])]) == ["5"]
    await store.close()


async def _damage(store: SQLiteStore, key: Any) -> None:
    await store.file.write(
        lambda db: (
            db.execute("UPDATE agent_messages SET message_data = '{' WHERE id = ?", (key,)) and None
        )
    )


async def test_what_the_sdk_wrote_has_pages_and_reading_them_writes_nothing(tmp_path: Path) -> None:
    theirs = SDKSession("demo", tmp_path / "theirs.db")
    items: list[Any] = [message(number) for number in range(5)]
    await theirs.add_items(items)
    theirs.close()
    before = _tables(tmp_path / "theirs.db")
    store = SQLiteStore(tmp_path / "theirs.db")
    first = await store.page("demo", limit=3)
    assert texts([row.item for row in first]) == list("012")
    assert texts([row.item for row in await store.page("demo", first[-1].key)]) == list("34")
    assert await store.page("nobody") == []
    await store.close()
    assert _tables(tmp_path / "theirs.db") == before


def _tables(path: Path) -> list[Any]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()


async def test_a_file_that_is_not_there_has_no_pages_and_is_not_made(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "none.db")
    assert await store.page("demo") == []
    assert await store.put("demo", []) == []
    assert await store.branch("demo", "new", until=None) == 0
    assert await store.standing("demo", None) is None
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("key", [-(10**30), -1, 0, 10**30])
async def test_any_number_is_a_place(tmp_path: Path, key: int) -> None:
    store = SQLiteStore(tmp_path / "chats.db")
    await store.append("demo", [message("a")])
    assert len(await store.page("demo", key, limit=10**30)) == (key < 1)
    await store.close()


async def test_what_is_put_is_what_the_sdk_reads(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "chats.db")
    when = datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    kept = ArchivedItem(1, message("b"), "old", when)
    await store.put("demo", [StoredItem(1, message("a"), when), kept, StoredItem(1, message("c"))])
    await store.close()
    theirs = SDKSession("demo", tmp_path / "chats.db")
    assert await theirs.get_items() == [message("a"), message("c")]
    await theirs.add_items([{"role": "user", "content": "d"}])
    theirs.close()
    again = SQLiteStore(tmp_path / "chats.db")
    (found,) = await again.archived("demo")
    assert await again.restore("demo", [found.key]) == 1
    assert texts(await again.read("demo")) == list("abcd")
    await again.close()


async def test_a_standing_tells_of_every_change_but_what_comes_behind(tmp_path: Path) -> None:
    store, other = (SQLiteStore(tmp_path / "chats.db") for _ in range(2))
    keys = await store.append("demo", [message(number) for number in range(6)])
    before = await store.standing("demo", keys[3])
    assert before is not None
    assert before.items == 4
    await other.append("demo", [message("more")])
    await other.append("another", [message("x")])
    assert await store.standing("demo", keys[3]) == before
    await other.archive("demo", [keys[1]], reason="old")
    assert await store.standing("demo", keys[3]) != before
    after = await store.standing("demo", keys[3])
    await _damage(other, keys[0])
    assert await store.standing("demo", keys[3]) != after
    await store.close()
    await other.close()


async def test_rows_put_long_ago_stay_in_the_order_they_were_put(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "chats.db")
    now = datetime.now(UTC)
    rows = [StoredItem(1, message(n), now - timedelta(days=n)) for n in range(5)]
    await store.put("demo", rows)
    assert texts(await store.read("demo")) == list("01234")
    await store.close()
