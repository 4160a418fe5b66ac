"""One file, two libraries: the SDK's own SQLite sessions and ours read and write each other."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from agents.extensions.memory import AdvancedSQLiteSession
from agents.memory import SQLiteSession as SDKSession

from tests.script import finish, line, start
from tests.stores.files import contents, is_whole, messages, sql, tables
from workbench.sessions import SQLiteSession
from workbench.stores.sqlite import SQLiteStore

ODD: list[Any] = [
    {"role": "user", "content": "Näin 日本語 🙂 \u2028 \0 \ud83d"},
    {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a": [1, 2]}'},
    {"x": [None, True, -0.5, 2**64 - 1, {"": []}]},
]
"""Items that the two write in different JSON: spaces, escapes."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.db"


async def test_a_file_of_the_sdk_opens_and_goes_on(path: Path) -> None:
    theirs = SDKSession("chat", path)
    await theirs.add_items(ODD)
    async with SQLiteSession("chat", path) as ours:
        assert await ours.get_items() == ODD
        assert await ours.get_items(1) == ODD[-1:]
        assert await ours.pop_item() == ODD[-1]
        await ours.add_items(messages("from the workbench"))
        assert await theirs.get_items() == [*ODD[:-1], *messages("from the workbench")]
    theirs.close()
    assert is_whole(path)


async def test_the_sdk_reads_pops_and_clears_what_the_workbench_wrote(path: Path) -> None:
    async with SQLiteSession("chat", path) as ours:
        await ours.append(ODD, turn_id="t1")
        theirs = SDKSession("chat", path)
        assert await theirs.get_items() == ODD
        assert await theirs.get_items(2) == ODD[1:]
        assert await theirs.pop_item() == ODD[-1]
        assert await ours.get_items() == ODD[:-1]
        await theirs.clear_session()
        assert await ours.get_items() == []
        theirs.close()


async def test_what_the_sdk_took_away_lends_its_turn_to_no_other_item(path: Path) -> None:
    async with SQLiteSession("chat", path) as ours:
        await ours.append(messages("a", "b"), turn_id="t1")
        theirs = SDKSession("chat", path)
        await theirs.pop_item()
        await theirs.add_items(messages("c"))
        theirs.close()
        await ours.add_items(messages("d"))
        rows = await ours.rows()
    assert [(row.item["content"], row.turn_id) for row in rows] == [
        ("a", "t1"),
        ("c", None),
        ("d", None),
    ]


async def test_reading_a_file_of_the_sdk_leaves_it_as_it_was(path: Path) -> None:
    theirs = SDKSession("chat", path)
    await theirs.add_items(ODD)
    theirs.close()
    before = hashlib.sha256(path.read_bytes()).digest()
    store = SQLiteStore(path)
    assert await store.read("chat") == ODD
    assert [row.turn_id for row in await store.rows("chat")] == [None] * 3
    assert (await store.turns("chat"), await store.archived("chat")) == ([], [])
    assert [info.n_items for info in await store.list_sessions()] == [3]
    assert await store.read("unknown") == []
    await store.close()
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert {name for name in tables(path) if name.startswith("workbench")} == set()
    assert sorted(each.name for each in path.parent.iterdir()) == ["app.db"]


async def test_reading_does_not_switch_the_journal_of_a_file(path: Path) -> None:
    theirs = SDKSession("chat", path)
    await theirs.add_items(ODD)
    theirs.close()
    sql(path, "PRAGMA journal_mode=DELETE")
    store = SQLiteStore(path)
    assert await store.read("chat") == ODD
    await store.close()
    assert sql(path, "PRAGMA journal_mode") == [("delete",)]


async def test_a_file_without_any_of_the_tables_reads_as_empty(path: Path) -> None:
    sql(path, "CREATE TABLE other (x)")
    store = SQLiteStore(path)
    assert await store.read("chat") == []
    assert await store.read("chat", 5) == []
    assert await store.rows("chat") == []
    assert await store.list_sessions() == []
    assert tables(path) == {"other"}
    await store.append("chat", messages("a"))
    assert contents(await store.read("chat")) == ["a"]
    assert "other" in tables(path)
    await store.close()


async def test_times_written_by_either_are_utc(path: Path) -> None:
    begun = datetime.now(UTC) - timedelta(seconds=2)
    theirs = SDKSession("theirs", path)
    await theirs.add_items(messages("a"))
    theirs.close()
    store = SQLiteStore(path)
    await store.append("ours", messages("b"))
    for name in ("theirs", "ours"):
        (row,) = await store.rows(name)
        assert row.created_at is not None
        assert begun <= row.created_at <= datetime.now(UTC)
    infos = await store.list_sessions()
    assert [info.session_id for info in infos] == ["ours", "theirs"]
    for info in infos:
        assert info.created_at is not None
        assert info.updated_at is not None
        assert begun <= info.created_at <= info.updated_at <= datetime.now(UTC)
    await store.close()


@pytest.mark.parametrize("odd", ["2026-01-02T03:04:05+02:00", "yesterday", 1700000000, None])
async def test_a_time_in_another_form_never_breaks_reading(path: Path, odd: object) -> None:
    store = SQLiteStore(path)
    await store.append("chat", messages("a"))
    sql(path, "UPDATE agent_messages SET created_at = ?", odd)
    (row,) = await store.rows("chat")
    expected = datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC) if str(odd).startswith("2026") else None
    assert row.created_at == expected
    await store.close()


async def test_an_advanced_session_of_the_sdk_reads(path: Path) -> None:
    theirs = AdvancedSQLiteSession(session_id="chat", db_path=path, create_tables=True)
    await theirs.add_items(messages("a", "b"))
    async with SQLiteSession("chat", path) as ours:
        assert contents(await ours.get_items()) == ["a", "b"]
        await ours.add_items(messages("c"))
        assert contents(await ours.get_items()) == ["a", "b", "c"]
    theirs.close()


async def test_both_write_to_one_file_at_once_from_two_processes(path: Path) -> None:
    source = """
        import asyncio, sys
        from agents.memory import SQLiteSession

        async def main():
            session = SQLiteSession("chat", sys.argv[1])
            print("ready", flush=True)
            for number in range(30):
                await session.add_items([{"role": "user", "content": f"theirs {number}"}] * 2)
            session.close()

        asyncio.run(main())
    """
    async with SQLiteSession("chat", path) as ours:
        await ours.get_items()
        process = start(source, path, folder=path.parent)
        assert line(process) == "ready"
        for number in range(30):
            await ours.add_items(messages(*[f"ours {number}"] * 2))
        finish(process)
        found = contents(await ours.get_items())
    pairs = list(zip(found[::2], found[1::2], strict=True))
    assert all(first == second for first, second in pairs)
    for side in ("ours", "theirs"):
        mine = [first for first, _second in pairs if first.startswith(side)]
        assert mine == [f"{side} {number}" for number in range(30)]
