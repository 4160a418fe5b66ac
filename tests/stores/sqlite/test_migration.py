"""Files of an earlier layout of the workbench's tables."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.frames.conversations import record
from tests.script import finish, start
from tests.stores.files import contents, is_whole, messages, sql, tables
from workbench.errors import StoreError
from workbench.stores.sqlite import SQLiteStore, migration

FIRST_LAYOUT = (
    "CREATE TABLE workbench_layout (version INTEGER NOT NULL)",
    "INSERT INTO workbench_layout VALUES (1)",
    "CREATE TABLE workbench_items (id INTEGER PRIMARY KEY, turn_id TEXT NOT NULL)",
    """CREATE TABLE workbench_turns (
        session_id TEXT NOT NULL,
        turn_id TEXT NOT NULL,
        started_at TIMESTAMP NOT NULL,
        record TEXT NOT NULL,
        PRIMARY KEY (session_id, turn_id)
    )""",
    """CREATE INDEX idx_workbench_turns_session_id
        ON workbench_turns (session_id, started_at)""",
    """CREATE TABLE workbench_archive (
        archive_id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL,
        id INTEGER NOT NULL,
        message_data TEXT NOT NULL,
        created_at TIMESTAMP,
        turn_id TEXT,
        reason TEXT NOT NULL,
        archived_at TIMESTAMP NOT NULL
    )""",
    """CREATE INDEX idx_workbench_archive_session_id
        ON workbench_archive (session_id, archive_id)""",
)
"""As the first version made them."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of the first layout: two items, three turns, of which two began at the same time."""
    from agents.memory import SQLiteSession as SDKSession

    from workbench.stores.records import turn_to_json
    from workbench.stores.sqlite.layout import stamp

    path = tmp_path / "chats.db"
    theirs = SDKSession("chat", path)
    asyncio.run(theirs.add_items(messages("a", "b")))
    theirs.close()
    for statement in FIRST_LAYOUT:
        sql(path, statement)
    sql(path, "INSERT INTO workbench_items VALUES (1, 'z'), (2, 'y')")
    for turn_id, minute in (("z", 1), ("y", 1), ("x", 0)):
        turn = record(turn_id, minute)
        values = ("chat", turn_id, stamp(turn.started_at), turn_to_json(turn))
        sql(path, "INSERT INTO workbench_turns VALUES (?, ?, ?, ?)", *values)
    return path


async def test_nothing_changes_as_long_as_it_is_only_read(path: Path) -> None:
    before = path.read_bytes()
    store = SQLiteStore(path)
    assert [each.turn_id for each in await store.turns("chat")] == ["x", "z", "y"]
    assert [row.turn_id for row in await store.rows("chat")] == ["z", "y"]
    await store.close()
    assert path.read_bytes() == before


async def test_the_first_write_keeps_all_that_was_there(path: Path) -> None:
    store = SQLiteStore(path)
    turns = await store.turns("chat")
    await store.append("chat", messages("c"))
    assert await store.turns("chat") == turns
    assert [row.turn_id for row in await store.rows("chat")] == ["z", "y", None]
    await store.save_turn("chat", record("z", 1, agent="Bo"))
    assert {each.turn_id: each.agent for each in await store.turns("chat")} == {
        "x": "Ada",
        "y": "Ada",
        "z": "Bo",
    }
    await store.close()
    assert sql(path, "SELECT max(version) FROM workbench_layout") == [(2,)]
    assert sql(path, "SELECT number, turn_id FROM workbench_turns ORDER BY number") == [
        *((2, "y"), (3, "x"), (4, "z")),
    ]
    assert "workbench_turns_1" not in tables(path)
    assert is_whole(path)


async def test_it_is_the_same_layout_as_that_of_a_new_file(path: Path, tmp_path: Path) -> None:
    def layout(file: Path) -> set[tuple[str, str]]:
        query = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        found = sql(file, query + " AND tbl_name LIKE 'workbench%'")
        return {(name, " ".join((text or "").replace('"', "").split())) for name, text in found}

    for each in (path, tmp_path / "new.db"):
        store = SQLiteStore(each)
        await store.append("chat", messages("c"))
        await store.close()
    assert {name for name, _ in layout(path)} == {name for name, _ in layout(tmp_path / "new.db")}
    assert layout(path) >= {each for each in layout(tmp_path / "new.db") if "turns" in each[0]}


async def test_a_migration_that_fails_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = (*migration._NUMBERED_TURNS[:-1], "DROP TABLE nothing_of_this_name")
    monkeypatch.setattr(migration, "_NUMBERED_TURNS", statements)
    store = SQLiteStore(path)
    with pytest.raises(StoreError, match="nothing_of_this_name"):
        await store.append("chat", messages("c"))
    assert sql(path, "SELECT max(version) FROM workbench_layout") == [(1,)]
    assert "workbench_turns_1" not in tables(path)
    assert len(await store.turns("chat")) == 3
    monkeypatch.undo()
    await store.append("chat", messages("c"))
    assert contents(await store.read("chat")) == ["a", "b", "c"]
    assert len(await store.turns("chat")) == 3
    await store.close()


APPEND = """
    import asyncio, sys
    from workbench.items import user_message
    from workbench.stores.sqlite import SQLiteStore

    async def main():
        store = SQLiteStore(sys.argv[1])
        input()
        await store.append("chat", [user_message(sys.argv[2])])
        await store.close()

    asyncio.run(main())
"""


async def test_programs_that_open_it_at_once_migrate_it_once(path: Path) -> None:
    programs = [start(APPEND, path, number, folder=path.parent) for number in range(4)]
    for each in programs:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in programs:
        finish(each)
    store = SQLiteStore(path)
    assert sorted(contents(await store.read("chat"))) == ["0", "1", "2", "3", "a", "b"]
    assert len(await store.turns("chat")) == 3
    await store.close()
    assert sql(path, "SELECT version FROM workbench_layout") == [(1,), (2,)]
    assert is_whole(path)
