"""A damaged or missing index is made anew: never an error, never a wrong answer."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.stores.files import is_whole, messages, sql
from tests.stores.sqlite.search.files import asked, found, indexed
from workbench.errors import StoreFull
from workbench.items import encode
from workbench.protocols import Edit
from workbench.stores.sqlite import SQLiteStore, layout
from workbench.stores.sqlite.search import searching, upkeep
from workbench.stores.sqlite.search.entries import entry
from workbench.stores.sqlite.search.status import is_sound

DAMAGE = {
    "no data": ["DROP TABLE workbench_words_data"],
    "data emptied": ["DELETE FROM workbench_words_data"],
    "data zeroed": [
        "UPDATE workbench_words_data SET block = zeroblob(length(block)) WHERE id > 10"
    ],
    "data overwritten": [
        "UPDATE workbench_words_data SET block = randomblob(length(block)) WHERE id > 10"
    ],
    "averages gone": ["DELETE FROM workbench_words_data WHERE id = 1"],
    "averages of another index": ["UPDATE workbench_words_data SET block = x'07' WHERE id = 1"],
    "structure overwritten": ["UPDATE workbench_words_data SET block = x'ffffff' WHERE id = 10"],
    "no sizes": ["DROP TABLE workbench_words_docsize"],
    "sizes emptied": ["DELETE FROM workbench_words_docsize"],
    "some sizes gone": ["DELETE FROM workbench_words_docsize WHERE id % 3 = 0"],
    "no terms": ["DROP TABLE workbench_words_idx"],
    "no settings": ["DROP TABLE workbench_words_config"],
    "settings of a later FTS5": ["UPDATE workbench_words_config SET v = 99"],
    "no index": ["DROP TABLE workbench_words"],
    "the index's name gone": [
        "PRAGMA writable_schema = ON",
        "DELETE FROM sqlite_master WHERE name = 'workbench_words'",
    ],
    "no state": ["DROP TABLE workbench_search"],
    "state emptied": ["DELETE FROM workbench_search"],
    "state of a later version": ["UPDATE workbench_search SET version = 99"],
    "nothing noted": ["DROP TABLE workbench_search_again"],
    "no gaps": ["DROP TABLE workbench_search_gaps"],
    "ahead of the items": ["UPDATE workbench_search SET done = 1000000"],
    "all of it gone": [
        "DROP TABLE workbench_words",
        "DROP TABLE workbench_search",
        "DROP TABLE workbench_search_again",
        "DROP TABLE workbench_search_gaps",
        "DROP INDEX workbench_hidden",
    ],
}


async def filled(store: SQLiteStore) -> list[int]:
    """Some items, all of them in the index."""
    keys = await store.append("s", messages(*(f"tea {number}" for number in range(300))))
    assert len(await found(store, "tea")) == 300
    return [int(key) for key in keys]


def damage(path: Path, kind: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in DAMAGE[kind]:
            db.execute(statement)


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("reopened", [False, True], ids=["open", "opened again"])
async def test_a_search_mends_it(store: SQLiteStore, path: Path, kind: str, reopened: bool) -> None:
    keys = await filled(store)
    if reopened:
        await store.close()
    damage(path, kind)
    assert len(await found(store, "tea")) == 300
    assert await found(store, "tea 17") == ["tea 17"]
    assert await found(store, "coffee") == []
    assert indexed(path) == set(keys)
    await store.append("s", messages("coffee"))
    await store.close()
    assert await found(store, "coffee") == ["coffee"]
    assert is_whole(path)


CHANGES = ("append", "pop", "clear", "rewrite", "restore", "scrub")
PAIRS = [
    # Each damage meets two changes; nightly all of them.
    pytest.param(kind, change, marks=[pytest.mark.long] if (row + column) % 3 else [])
    for row, kind in enumerate(DAMAGE)
    for column, change in enumerate(CHANGES)
]


async def test_the_loss_of_half_of_the_words_is_always_seen(store: SQLiteStore, path: Path) -> None:
    """Where the first and the last item are still found, and nothing fails that is asked for."""
    await filled(store)
    await store.append("s", messages(*(f"milk {number}" for number in range(300))))
    assert len(await found(store, "milk")) == 300
    with closing(sqlite3.connect(path)) as db, db:
        columns = "rowid, marks, words"
        for key in range(2, 301):
            # Without content, an index forgets a text by being told it.
            said = entry("s", encode(messages(f"tea {key - 1}")[0]).encode())
            assert said is not None
            given = "INSERT INTO workbench_words (workbench_words, {}) VALUES ('delete', ?, ?, ?)"
            db.execute(given.format(columns), (key, *said))
            lost = f"INSERT INTO workbench_words ({columns}) VALUES (?, '', 'lost')"
            db.execute(lost, (key,))
    for _ in range(20):
        names: set[str] = await store.file.read(layout.tables, missing=set[str]())
        assert not await store.file.read(partial(is_sound, names), missing=True)
    assert len(await found(store, "tea")) == 300


@pytest.mark.parametrize(("kind", "change"), PAIRS)
async def test_no_write_fails_for_it(
    store: SQLiteStore, path: Path, kind: str, change: str
) -> None:
    keys = await filled(store)
    await store.archive("s", keys[:1], reason="old")
    damage(path, kind)
    expected = {f"tea {number}" for number in range(1, 300)}
    if change == "append":
        await store.append("s", messages(*["tea"] * 300))
        expected.add("tea")
    elif change == "pop":
        await store.pop("s")
        expected.discard("tea 299")
    elif change == "clear":
        await store.clear("s")
        expected.clear()
    elif change == "rewrite":
        await store.edit("s", Edit(rewrite={keys[5]: messages("black tea")[0]}))
        expected = expected - {"tea 5"} | {"black tea"}
    elif change == "restore":
        await store.restore("s", keys[:1])
        expected.add("tea 0")
    else:
        assert await store.scrub("s") == []
    assert set(await found(store, "tea")) == expected
    assert is_whole(path)


async def test_what_another_program_changed_or_made_anew_is_no_wrong_answer(
    store: SQLiteStore, path: Path
) -> None:
    await filled(store)
    sql(path, """UPDATE agent_messages SET message_data = '{"role":"user","content":"coffee"}'""")
    assert await found(store, "tea") == []
    assert len(await found(store, "coffee")) == 300
    with closing(sqlite3.connect(path)) as db:
        db.executescript("""DELETE FROM agent_messages;
            DELETE FROM sqlite_sequence WHERE name = 'agent_messages'""")
    await store.append("s", messages(*["water"] * 300))
    assert len(await found(store, "water")) == 300
    assert await found(store, "coffee") == []


async def test_one_item_that_another_program_changed_is_not_found_by_its_old_words(
    store: SQLiteStore, path: Path
) -> None:
    keys = await filled(store)
    changed = '{"role":"user","content":"coffee"}'
    sql(path, "UPDATE agent_messages SET message_data = ? WHERE id = ?", changed, keys[17])
    assert await found(store, "tea 17") == []
    assert len(await found(store, "tea")) == 299
    await store.edit("s", Edit(delete=[keys[17]]))
    assert len(await found(store, "tea")) == 299


async def test_a_damaged_item_is_passed_over_and_told(store: SQLiteStore, path: Path) -> None:
    keys = await filled(store)
    damaged = await store.append("t", messages("secret tea"))
    sql(path, "UPDATE agent_messages SET message_data = '{ secret' WHERE id = ?", damaged[0])
    answer = await store.search(asked("tea", limit=1_000))
    assert (len(answer.hits), answer.damaged) == (300, ["t"])
    assert (await store.search(asked("tea", sessions=["s"]))).damaged == []
    await store.edit("t", Edit(rewrite={damaged[0]: messages("mended tea")[0]}))
    answer = await store.search(asked("mended"))
    assert (len(answer.hits), answer.damaged) == (1, [])
    sql(path, "UPDATE agent_messages SET message_data = '{' WHERE id = ?", keys[0])
    await store.clear("t")
    assert len(await found(store, "tea")) == 299


async def test_a_full_disk_while_the_index_is_made_leaves_the_file_and_finds_all_the_same(
    store: SQLiteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.append("s", messages(*(f"tea {number}" for number in range(300))))

    def full(*_args: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("workbench.stores.sqlite.search.upkeep._put", full)
        assert len(await found(store, "tea")) == 300
        assert not indexed(path)
    assert len(await found(store, "tea")) == 300
    assert len(indexed(path)) == 300


async def test_an_error_that_is_not_about_the_index_reaches_who_writes(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(store)

    def full(*_args: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr("workbench.stores.sqlite.search.upkeep._put", full)
    with pytest.raises(StoreFull):
        await store.append("s", messages(*["tea"] * 300))
    monkeypatch.undo()
    assert len(await found(store, "tea")) == 300


async def test_a_search_that_is_stopped_goes_on_where_it_was(
    store: SQLiteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = upkeep.Budget(rows=100, size=1_000_000, seconds=1.0, whole=True)
    monkeypatch.setattr(searching, "SEARCHING", some)
    await store.append("s", messages(*["tea"] * 2_000))
    begun = asyncio.Event()
    search = asyncio.create_task(store.search(asked("tea"), lambda _done, _total: begun.set()))
    await begun.wait()
    search.cancel()
    with pytest.raises(asyncio.CancelledError):
        await search
    assert 0 < len(indexed(path)) < 2_000
    assert len(await found(store, "tea", limit=3_000)) == 2_000
    assert is_whole(path)
