"""What a SQLite store hands out as columns, in steps, and what it says of changes."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.frames.conversations import record
from tests.stores.files import contents, is_whole, messages, sql, tables
from workbench.errors import CorruptItem
from workbench.protocols import HIDDEN, Columnar, ItemColumns
from workbench.sessions import EncryptedSession, MemorySession, SQLiteSession, StoredSession
from workbench.stores.sqlite import SQLiteStore
from workbench.stores.sqlite.times import arrow_times


class Taker:
    """Keeps all it is given."""

    def __init__(self) -> None:
        self.given: list[ItemColumns] = []

    def add(self, columns: ItemColumns) -> None:
        self.given.append(columns)

    def made(self) -> list[ItemColumns] | None:
        return self.given or None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


def said(made: list[ItemColumns] | None) -> list[Any]:
    return [each for columns in made or () for each in contents(list(columns.items))]


async def test_a_history_comes_in_steps_and_then_only_what_is_new(path: Path) -> None:
    store = SQLiteStore(path)
    await store.append("chat", messages(*"abcde"), turn_id="t1")
    first = await store.scan("chat", Taker, limit=3)
    assert (said(first.made), first.anew, first.more, first.total) == (
        ["a", "b", "c"],
        True,
        True,
        5,
    )
    second = await store.scan("chat", Taker, first.mark, limit=3)
    assert (said(second.made), second.anew, second.more) == (["d", "e"], False, False)
    nothing = await store.scan("chat", Taker, second.mark)
    assert (nothing.made, nothing.anew, nothing.more) == (None, False, False)
    await store.append("other", messages("x"))
    await store.append("chat", messages("f"))
    third = await store.scan("chat", Taker, nothing.mark)
    assert (said(third.made), third.anew, third.total) == (["f"], False, 6)
    await store.close()


async def test_each_item_comes_with_its_text_time_turn_and_reason(path: Path) -> None:
    store = SQLiteStore(path)
    keys = await store.append("chat", messages(*"abc"), turn_id="t1")
    await store.append("chat", messages("d"))
    await store.archive("chat", keys[:1], reason=HIDDEN)
    await store.archive("chat", keys[2:], reason="cleared")
    ((shown,),) = [(await store.scan("chat", Taker)).made or []]
    assert said([shown]) == ["a", "b", "d"]
    assert list(shown.turn_ids) == ["t1", "t1", None]
    assert list(shown.reasons) == [HIDDEN, None, None]
    assert shown.texts[1].as_py() == b'{"role":"user","content":"b"}'
    ages = [datetime.now(UTC) - each for each in shown.created_at.to_pylist()]
    assert all(0 <= age.total_seconds() < 60 for age in ages)
    ((full,),) = [(await store.scan("chat", Taker, full=True)).made or []]
    assert said([full]) == ["a", "b", "c", "d"]
    assert list(full.reasons) == [HIDDEN, None, "cleared", None]
    await store.close()


async def test_records_of_turns_come_once_and_again_when_they_are_replaced(path: Path) -> None:
    store = SQLiteStore(path)
    await store.append("chat", messages("a"), turn_id="t1")
    await store.save_turn("chat", record("t1", 1, agent="Ada"))
    await store.save_turn("other", record("t1", 1, agent="Nobody"))
    first = await store.scan("chat", Taker)
    assert (list(first.turns.turn_ids), list(first.turns.agents)) == (["t1"], ["Ada"])
    assert first.anew_turns
    for agent in ("Bo", "Cy"):
        await store.save_turn("chat", record("t1", 1, agent=agent))
        first = await store.scan("chat", Taker, first.mark)
        assert list(first.turns.agents) == [agent]
        assert not first.anew
        assert not first.anew_turns
    assert not (await store.scan("chat", Taker, first.mark)).turns.turn_ids
    await store.close()


async def test_a_session_that_is_not_there_has_no_columns(path: Path) -> None:
    store = SQLiteStore(path)
    nothing = await store.scan("chat", Taker)
    assert (nothing.made, nothing.more, nothing.total) == (None, False, 0)
    assert not path.exists()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE notes (text)")
    assert (await store.scan("chat", Taker, nothing.mark)).made is None
    assert tables(path) == {"notes"}
    await store.append("chat", messages("a"))
    assert said((await store.scan("chat", Taker, nothing.mark)).made) == ["a"]
    await store.close()


async def test_only_sessions_that_show_what_is_stored_have_columns(tmp_path: Path) -> None:
    sealed = EncryptedSession(
        SQLiteSession("a", tmp_path / "a.db"), "a key of thirty-two characters!!"
    )
    assert await sealed.scan(Taker) is None
    assert await MemorySession("a").scan(Taker) is None
    assert isinstance(sealed, Columnar), "asked for by what it answers"
    await sealed.close()


async def test_a_corrupt_archived_item_that_is_not_shown_is_in_nobody_s_way(path: Path) -> None:
    store = SQLiteStore(path)
    keys = await store.append("chat", messages(*"abc"))
    await store.archive("chat", keys[:1], reason="cleared")
    await store.archive("chat", keys[1:2], reason=HIDDEN)
    sql(path, "UPDATE workbench_archive SET message_data = '{secret' WHERE id = 1")
    assert said((await store.scan("chat", Taker)).made) == ["b", "c"]
    sql(path, "UPDATE workbench_archive SET message_data = '{secret' WHERE id = 2")
    with pytest.raises(CorruptItem, match="archived row 2") as caught:
        await store.scan("chat", Taker)
    assert "secret" not in str(caught.value)
    await store.close()


async def test_what_only_a_slow_reader_takes_is_decoded(path: Path) -> None:
    store = SQLiteStore(path)
    await store.append("chat", messages("a", "b"))
    text = r'{"role": "user", "content": "\ud83d", "n": NaN}'
    sql(path, "UPDATE agent_messages SET message_data = ? WHERE id = 2", text)
    assert said((await store.scan("chat", Taker)).made) == ["a", "\ud83d"]
    await store.close()


def test_times_are_read_as_the_store_reads_them_elsewhere() -> None:
    found = arrow_times(("2026-01-02 03:04:05", "2026-01-02 03:04:05.5", None)).to_pylist()
    assert found == [
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        datetime(2026, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC),
        None,
    ]
    assert arrow_times(("2026-01-02T03:04:05+01:00", "soon", 7)).to_pylist() == [
        datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC),
        None,
        None,
    ]


async def test_reading_as_columns_writes_nothing(path: Path) -> None:
    from agents.memory import SQLiteSession as SDKSession

    theirs = SDKSession("chat", path)
    await theirs.add_items(messages("a"))
    theirs.close()
    store = SQLiteStore(path)
    before = path.read_bytes()
    await store.scan("chat", Taker, full=True)
    await store.close()
    assert path.read_bytes() == before
    assert not any(name.startswith("workbench") for name in tables(path))


async def test_the_sdk_works_on_a_file_with_triggers_as_on_its_own(path: Path) -> None:
    from agents.memory import SQLiteSession as SDKSession

    store = SQLiteStore(path)
    await store.append("chat", messages("a", "b"), turn_id="t1")
    theirs = SDKSession("chat", path)
    await theirs.add_items(messages("c"))
    assert await theirs.pop_item() == messages("c")[0]
    await theirs.clear_session()
    await theirs.add_items(messages("d"))
    assert contents(await store.read("chat")) == ["d"]
    assert sql(path, "SELECT count(*) FROM workbench_changes") == [(0,)]
    theirs.close()
    await store.close()
    assert is_whole(path)


async def test_a_cleared_session_leaves_no_trace_of_its_changes(path: Path) -> None:
    store = SQLiteStore(path)
    keys = await store.append("chat", messages("a", "b"), turn_id="t1")
    await store.save_turn("chat", record("t1", 1))
    await store.archive("chat", keys[:1], reason=HIDDEN)
    sql(path, "UPDATE agent_messages SET message_data = '{}'")
    assert sql(path, "SELECT session_id, items FROM workbench_changes") == [("chat", 1)]
    await store.clear("chat")
    for table in ("changes", "turns", "archive", "items"):
        assert sql(path, f"SELECT count(*) FROM workbench_{table}") == [(0,)]
    await store.close()


async def test_reading_a_long_history_lets_others_read_in_between(path: Path) -> None:
    store = SQLiteStore(path)
    session = StoredSession(store, "long")
    await session.append([each for n in range(200) for each in messages(*"abcde")])
    await store.append("short", messages("x"))
    order: list[str] = []

    async def long() -> None:
        mark = None
        while True:
            scanned = await store.scan("long", Taker, mark, limit=100)
            order.append("long")
            mark = scanned.mark
            if not scanned.more:
                return

    async def short() -> None:
        for _ in range(3):
            await store.read("short")
            order.append("short")

    await asyncio.gather(long(), short())
    assert order.index("short") < len(order) - order[::-1].index("long") - 1
    assert order.count("long") >= 10
    await store.close()
