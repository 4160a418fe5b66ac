"""Files that are deleted, replaced or closed under an open store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.stores.files import contents, is_whole, messages, sql
from workbench.stores.sqlite import SQLiteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


async def test_a_deleted_file_is_made_anew_and_not_written_into_the_void(path: Path) -> None:
    store = SQLiteStore(path)
    await store.append("chat", messages("old"))
    assert contents(await store.read("chat")) == ["old"]
    path.unlink()
    assert await store.read("chat") == []
    assert await store.pop("chat") is None
    await store.append("chat", messages("new"))
    assert contents(await store.read("chat")) == ["new"]
    await store.close()
    assert sql(path, "SELECT count(*) FROM agent_messages") == [(1,)]
    assert is_whole(path)


async def test_a_replaced_file_is_the_one_that_is_read_and_written(path: Path) -> None:
    other = SQLiteStore(path.with_name("backup.db"))
    await other.append("chat", messages("from the backup", *("x" * 3000 for _ in range(50))))
    await other.close()
    store = SQLiteStore(path)
    await store.append("chat", messages(*("y" * 3000 for _ in range(80))))
    assert len(await store.read("chat")) == 80
    path.rename(path.with_name("away.db"))
    path.with_name("backup.db").rename(path)
    await store.append("chat", messages("new"))
    found = contents(await store.read("chat"))
    assert (found[0], found[-1], len(found)) == ("from the backup", "new", 52)
    await store.close()
    assert is_whole(path)
    assert sql(path, "SELECT count(*) FROM agent_messages") == [(52,)]
    away = path.with_name("away.db")
    assert is_whole(away)
    assert sql(away, "SELECT count(*) FROM agent_messages") == [(80,)]


async def test_a_folder_that_was_removed_is_made_anew(path: Path) -> None:
    inner = path.parent / "data" / "chats.db"
    store = SQLiteStore(inner)
    await store.append("chat", messages("old"))
    for each in inner.parent.iterdir():
        each.unlink()
    inner.parent.rmdir()
    assert await store.read("chat") == []
    await store.append("chat", messages("new"))
    assert contents(await store.read("chat")) == ["new"]
    await store.close()


async def test_a_store_goes_on_after_it_was_closed(path: Path) -> None:
    store = SQLiteStore(path)
    for number in range(3):
        await store.append("chat", messages(number))
        await store.close()
        assert not path.with_name("chats.db-wal").exists()
        assert len(await store.read("chat")) == number + 1
        await store.close()


async def test_closing_while_others_write_loses_nothing(path: Path) -> None:
    store = SQLiteStore(path)

    async def writes(name: str) -> None:
        for number in range(25):
            await store.append(name, messages(number))
            assert len(await store.read(name)) == number + 1

    async def closes() -> None:
        for _ in range(20):
            await store.close()
            await asyncio.sleep(0.001)

    await asyncio.gather(*(writes(f"s{number}") for number in range(4)), closes(), closes())
    await store.close()
    assert sql(path, "SELECT count(*) FROM agent_messages") == [(100,)]
