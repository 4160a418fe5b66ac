"""Files that may not be written to, or have no index, are searched all the same."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from agents.memory import SQLiteSession as SDKSession

from tests.script import run_script
from tests.stores.files import messages, sql, tables
from tests.stores.sqlite.search.files import asked, found, indexed
from tests.stores.sqlite.test_permissions import as_nobody
from workbench.stores.sqlite import SQLiteStore, layout
from workbench.stores.sqlite.search import tables as index


async def test_a_file_of_another_program_is_searched_and_left_as_it_is(
    store: SQLiteStore, path: Path
) -> None:
    sdk = SDKSession("theirs", path)
    await sdk.add_items(messages("dark mode", "tea", "Dark chocolate"))
    sdk.close()
    before = path.read_bytes(), tables(path)
    assert await found(store, "dark") == ["dark mode", "Dark chocolate"]
    assert await found(store, "dark", sessions=["theirs", "nobody"]) == [
        "dark mode",
        "Dark chocolate",
    ]
    await store.close()
    assert (path.read_bytes(), tables(path)) == before


async def test_a_file_of_a_later_version_is_searched_and_left_as_it_is(
    store: SQLiteStore, path: Path
) -> None:
    await store.append("s", messages("dark mode"))
    await found(store, "dark")
    await store.append("s", messages("dark tea"))
    later = layout.VERSION + 1
    sql(path, "UPDATE workbench_layout SET version = ?", later)
    sql(path, "DROP TABLE workbench_search")
    await store.close()
    assert await found(store, "dark") == ["dark mode", "dark tea"]
    assert "workbench_search" not in tables(path)


async def test_a_table_whose_ids_may_come_again_is_read_through(
    store: SQLiteStore, path: Path
) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "CREATE TABLE agent_messages (id INTEGER PRIMARY KEY, session_id TEXT, "
            "message_data TEXT, created_at TIMESTAMP)"
        )
        db.commit()
    await store.append("s", messages("tea", "dark mode"))
    assert await found(store, "dark") == ["dark mode"]
    await store.pop("s")
    await store.append("s", messages("dark chocolate"))
    assert await found(store, "dark") == ["dark chocolate"]
    assert "workbench_words" not in tables(path)


async def test_an_sqlite_without_fts5_reads_through_and_takes_an_index_away(
    store: SQLiteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = await store.append("s", messages("dark mode", "secretword"))
    await found(store, "dark")
    with monkeypatch.context() as without:
        without.setattr(index, "has_fts5", lambda _db: False)
        await store.append("s", messages("dark tea"))
        assert await found(store, "dark") == ["dark mode", "dark tea"]
    assert indexed(path) == set(keys)
    assert await found(store, "dark") == ["dark mode", "dark tea"]


def test_a_write_without_fts5_leaves_no_word_of_what_it_deletes(tmp_path: Path) -> None:
    """As `CREATE VIRTUAL TABLE ... USING` a module that this SQLite does not have."""
    path = tmp_path / "a.db"

    async def prepare() -> None:
        store = SQLiteStore(path)
        await store.append("s", messages("dark mode", "secretword"))
        await found(store, "dark")
        await store.close()

    asyncio.run(prepare())
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_master SET sql = replace(sql, 'fts5', 'fts99')")
        db.commit()

    async def change() -> None:
        store = SQLiteStore(path)
        await store.pop("s")
        assert "workbench_words_data" not in tables(path)
        await store.scrub("s")
        assert await found(store, "dark") == ["dark mode"]
        await store.close()

    asyncio.run(change())
    assert b"secretword" not in path.read_bytes()


def test_a_file_that_may_only_be_read_is_searched(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    path = folder / "a.db"

    async def write(*, search: bool) -> None:
        store = SQLiteStore(path)
        await store.append("s", messages("dark mode"))
        if search:
            await found(store, "dark")
            await store.append("s", messages("dark tea"))
        await store.close()

    asyncio.run(write(search=False))
    look = """
    from workbench.protocols import Query
    answer = await store.search(Query(phrases=[["dark"]]))
    print(*sorted(hit.row.item["content"] for hit in answer.hits), sep=", ")
    """
    for expected, search in (("dark mode", True), ("dark mode, dark mode, dark tea", False)):
        path.chmod(0o444)
        folder.chmod(0o555)
        try:
            _enterable(tmp_path)
            assert as_nobody(look, path, folder=Path("/")) == [expected]
        finally:
            folder.chmod(0o755)
            path.chmod(0o644)
        if search:
            asyncio.run(write(search=True))


def _enterable(folder: Path) -> None:
    """Let everybody through to a folder of this test."""
    for each in (folder, *folder.parents):
        if each.stat().st_uid != 0 or str(each) == "/":
            continue
        mode = each.stat().st_mode
        if not mode & 0o001:
            each.chmod(mode | 0o001)


async def test_while_another_program_holds_the_file_it_is_read_through(path: Path) -> None:
    store = SQLiteStore(path, timeout=0.2)
    await store.append("s", messages("dark mode"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await found(store, "dark") == ["dark mode"]
        assert "workbench_words" not in tables(path)
    assert await found(store, "dark") == ["dark mode"]
    assert indexed(path)
    await store.close()


KILLED = """
    import asyncio, os, signal, sys
    from workbench.protocols import Query
    from workbench.stores.sqlite import SQLiteStore
    from workbench.stores.sqlite.search import searching, upkeep

    searching.SEARCHING = upkeep.Budget(rows=100, size=1_000_000, seconds=1.0, whole=True)

    async def main():
        store = SQLiteStore(sys.argv[1])
        steps = iter(range(int(sys.argv[2])))

        def report(done, total):
            if next(steps, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        await store.search(Query(phrases=[["tea"]]), report)
        await store.close()

    asyncio.run(main())
"""


@pytest.mark.parametrize("steps", [0, 2])
def test_killed_while_the_index_is_made_the_next_search_goes_on(path: Path, steps: int) -> None:
    async def write() -> None:
        store = SQLiteStore(path)
        await store.append("s", messages(*(f"tea {number}" for number in range(3_000))))
        await store.close()

    async def look() -> Any:
        store = SQLiteStore(path)
        answer = await store.search(asked("tea", limit=5_000))
        await store.close()
        return len(answer.hits)

    asyncio.run(write())
    with pytest.raises(AssertionError, match="exit code -9"):
        run_script(KILLED, path, steps, folder=path.parent)
    assert 0 < len(indexed(path)) < 3_000
    assert asyncio.run(look()) == 3_000
    assert len(indexed(path)) == 3_000
