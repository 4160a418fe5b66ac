"""The frame from columns is the one made row by row, whatever a file holds, whoever wrote it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frames.conversations import TALK, record
from tests.frames.odd_items import ITEMS
from tests.frames.plain import assert_same, plain_history
from tests.stores.files import sql
from workbench.errors import CorruptItem
from workbench.frames import history_frame
from workbench.items import user_message
from workbench.protocols import COMPACTION, HIDDEN, StoredItem
from workbench.sessions import CompactionSession, EncryptedSession, StoredSession
from workbench.stores.sqlite import SQLiteStore

KEY = "a key of thirty-two characters!!"


@dataclass(frozen=True)
class Written:
    """An item, who wrote it, as part of which turn, and why it was archived afterwards."""

    item: dict[str, Any]
    by_sdk: bool
    turn_id: str | None
    reason: str | None


LABELS = st.sampled_from([None, "t1", "t2", "t3", f"{COMPACTION}1"])
REASONS = st.sampled_from(
    [None, None, None, HIDDEN, "", f"{COMPACTION}1", "cleared", "replaced: x"]
)
WRITTEN = st.builds(Written, item=ITEMS, by_sdk=st.booleans(), turn_id=LABELS, reason=REASONS)
RECORDED = st.lists(
    st.tuples(
        st.sampled_from(["t1", "t2", "t3", "t4", f"{COMPACTION}1"]),
        st.sampled_from([None, "Ada", "Bo"]),
        st.sampled_from([None, 0, 7]),
    ),
    max_size=5,
)


async def write(session: StoredSession, written: Sequence[Written]) -> None:
    """Put the items there, and archive those that are to be."""
    for each in written:
        if each.by_sdk:
            await sdk_writes(session, each.item)
        else:
            await session.append([each.item], turn_id=each.turn_id)
    keys = [row.key for row in await session.rows()]
    for key, each in zip(keys, written, strict=True):
        if each.reason is not None:
            await session.archive([key], reason=each.reason)


async def sdk_writes(session: StoredSession, item: dict[str, Any]) -> None:
    """Add an item as the SDK's SQLiteSession does: by the same statements."""
    name, text = session.session_id, json.dumps(item)

    def work(db: sqlite3.Connection) -> None:
        db.execute("INSERT OR IGNORE INTO agent_sessions (session_id) VALUES (?)", (name,))
        db.execute(
            "INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)", (name, text)
        )

    assert isinstance(session.store, SQLiteStore)
    await session.store.file.write(work)


async def compare(session: Any) -> None:
    """Fail unless all frames of a session are as they should be, the second look too."""
    for full, limit in ((False, None), (True, None), (False, 2)):
        expected = await plain_history(session, limit=limit, full=full)
        assert_same(await history_frame(session, limit=limit, full=full), expected)


@settings(deadline=None, max_examples=60)
@given(st.lists(WRITTEN, max_size=8), RECORDED, st.lists(WRITTEN, max_size=3))
def test_whatever_was_written_and_archived(
    first: list[Written], recorded: list[Any], then: list[Written]
) -> None:
    async def look() -> None:
        store = SQLiteStore(None)
        session = StoredSession(store, "demo")
        try:
            await write(session, first)
            for number, (turn_id, agent, tokens) in enumerate(recorded):
                more = {"agent": agent, "input_tokens": tokens}
                await session.save_turn(record(turn_id, number, **more))
            await compare(session)
            await StoredSession(store, "other").append([user_message("of another session")])
            for each in then:
                await session.append([each.item], turn_id=each.turn_id)
            await compare(session)
        finally:
            await store.close()

    asyncio.run(look())


@pytest.mark.parametrize("step", [1, 3, 500])
async def test_a_history_that_is_read_in_many_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr("workbench.frames.scanning.STEP", step)
    session = StoredSession(SQLiteStore(tmp_path / "chats.db"), "demo")
    keys = []
    for number in range(7):
        keys += await session.append(TALK, turn_id=f"t{number}")
        await session.save_turn(record(f"t{number}", number))
    await session.archive(keys[3:6], reason=HIDDEN)
    await session.archive(keys[-2:], reason=HIDDEN)
    await compare(session)
    await session.append(TALK, turn_id="t6")
    await compare(session)
    await session.store.close()


async def test_a_compacted_conversation(tmp_path: Path) -> None:
    base = StoredSession(SQLiteStore(tmp_path / "chats.db"), "demo")
    session = CompactionSession(base, max_messages=6, summary_model=lambda _items: "sum")
    for number in range(6):
        await session.append(TALK, turn_id=f"t{number}")
        await session.save_turn(record(f"t{number}", number))
        await session.after_turn(f"t{number}")
    frame = await history_frame(session, full=True)
    assert (frame["archived"] == "compacted").any()
    await compare(session)
    await session.undo_compaction()
    await compare(session)
    await base.store.close()


async def test_an_encrypted_conversation_with_and_without_its_key(tmp_path: Path) -> None:
    base = StoredSession(SQLiteStore(tmp_path / "chats.db"), "demo")
    session = EncryptedSession(base, KEY)
    keys = await session.append(TALK, turn_id="t1")
    await session.archive(keys[2:3], reason=HIDDEN)
    await compare(session)
    assert (await history_frame(session))["content"].tolist()[0] == "Use add"
    await compare(base)
    shown = (await history_frame(base))["content"]
    assert shown.str.startswith("[encrypted: ").all()
    await base.store.close()


FIRST_LAYOUT = (
    "DROP TABLE workbench_turns",
    """CREATE TABLE workbench_turns (session_id TEXT NOT NULL, turn_id TEXT NOT NULL,
        started_at TIMESTAMP NOT NULL, record TEXT NOT NULL, PRIMARY KEY (session_id, turn_id))""",
    """CREATE INDEX idx_workbench_turns_session_id
        ON workbench_turns (session_id, started_at)""",
    *(f"DROP TRIGGER IF EXISTS workbench_{name}_changed" for name in ("item", "archive", "turn")),
    "DROP TABLE workbench_changes",
    "DELETE FROM workbench_layout",
    "INSERT INTO workbench_layout (version) VALUES (1)",
)


async def first_layout(path: Path) -> None:
    """A file as the first layout of the workbench's tables was, with two turns."""
    store = SQLiteStore(path)
    await store.append("demo", TALK[:4], turn_id="t1")
    await store.append("demo", TALK[4:], turn_id="t2")
    keys = await store.append("demo", TALK[:1])
    await store.archive("demo", keys, reason=HIDDEN)
    for number in (1, 2):
        await store.save_turn("demo", record(f"t{number}", number))
    await store.close()
    turns = sql(path, "SELECT session_id, turn_id, started_at, record FROM workbench_turns")
    for statement in FIRST_LAYOUT:
        sql(path, statement)
    for turn in turns:
        sql(path, "INSERT INTO workbench_turns VALUES (?, ?, ?, ?)", *turn)


async def test_a_file_of_the_first_layout_is_read_and_brought_up_to_date_by_writing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "chats.db"
    await first_layout(path)
    session = StoredSession(SQLiteStore(path), "demo")
    before = await history_frame(session, full=True)
    await compare(session)
    assert sql(path, "SELECT max(version) FROM workbench_layout") == [(1,)], "only read"
    assert before["agent"].tolist()[:6] == ["Ada"] * 6
    # What another program of that time changes is seen too, though nobody counts it.
    sql(path, "UPDATE agent_messages SET message_data = json_replace(message_data, '$.id', 'new')")
    assert "new" in (await history_frame(session))["item_id"].dropna().tolist()
    await compare(session)
    await session.append(TALK[:1])
    assert sql(path, "SELECT max(version) FROM workbench_layout") == [(2,)]
    after = await history_frame(session, full=True)
    assert after["agent"].tolist()[:6] == ["Ada"] * 6
    await compare(session)
    assert [each.turn_id for each in await session.turns()] == ["t1", "t2"]
    await session.store.close()


async def test_a_file_of_the_sdk_alone_and_one_that_both_write(tmp_path: Path) -> None:
    from agents.memory import SQLiteSession as SDKSession

    path = tmp_path / "app.db"
    theirs = SDKSession("demo", path)
    await theirs.add_items(TALK)
    session = StoredSession(SQLiteStore(path), "demo")
    await compare(session)
    assert not sql(path, "SELECT name FROM sqlite_master WHERE name LIKE 'workbench%'")
    await session.append(TALK, turn_id="t1")
    await theirs.add_items(TALK)
    await compare(session)
    theirs.close()
    await session.store.close()


@pytest.mark.parametrize(
    "moment",
    [
        *("2026-01-02 03:04:05", "2026-01-02 03:04:05.678", "2026-01-02T03:04:05+02:00"),
        *("2026-01-02", "20260102T030405", "yesterday", "", "2026-01-02 03:04:05.1234567"),
        *("2026-02-30 00:00:00", 5, "2026-01-02 24:00:00", "2026-01-02 03:04:60"),
        pytest.param(b"2026-01-02", id="bytes"),
    ],
)
async def test_times_of_any_form(tmp_path: Path, moment: object) -> None:
    path = tmp_path / "chats.db"
    session = StoredSession(SQLiteStore(path), "demo")
    await session.append(TALK)
    sql(path, "UPDATE agent_messages SET created_at = ? WHERE id = 2", moment)
    await compare(session)
    await session.store.close()


@pytest.mark.parametrize(
    "data", ["{oops", "[1]", "7", "null", b'{"role": "\xff"}', '{"a":' * 10**5]
)
async def test_a_corrupt_item_is_named_by_its_place(tmp_path: Path, data: object) -> None:
    path = tmp_path / "chats.db"
    session = StoredSession(SQLiteStore(path), "demo")
    keys = await session.append(TALK)
    await session.append(TALK)
    await history_frame(session)
    sql(path, "UPDATE agent_messages SET message_data = ? WHERE id = 9", data)
    with pytest.raises(CorruptItem, match="item 9 of session 'demo'") as caught:
        await history_frame(session)
    assert caught.value.key == 9
    with pytest.raises(CorruptItem) as plainly:
        await session.rows()
    assert str(caught.value) == str(plainly.value)
    await session.archive([9], reason="damaged")
    await compare_shown(session)
    await session.archive(keys[:1], reason=HIDDEN)
    await compare_shown(session)
    with pytest.raises(CorruptItem, match="archived row 9"):
        await history_frame(session, full=True)
    await session.store.close()


async def compare_shown(session: StoredSession) -> None:
    assert_same(await history_frame(session), await plain_history(session))


async def test_a_damaged_turn_is_an_error_and_no_empty_agent(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    session = StoredSession(SQLiteStore(path), "demo")
    await session.append(TALK, turn_id="t1")
    await session.save_turn(record("t1", 0))
    await history_frame(session)
    sql(path, "UPDATE workbench_turns SET record = json_remove(record, '$.status')")
    with pytest.raises(CorruptItem, match="the record of a turn is damaged"):
        await history_frame(session)
    await session.store.close()


class Shouting(StoredSession):
    """Shows other items than its store keeps."""

    async def rows(self, limit: int | None = None) -> list[StoredItem]:
        rows = await super().rows(limit)
        return [StoredItem(row.key, {**row.item, "content": "AH"}, row.created_at) for row in rows]


async def test_a_session_that_shows_other_rows_than_its_store_is_taken_at_its_word() -> None:
    session = Shouting(SQLiteStore(None), "demo")
    await session.append(TALK[:1])
    assert (await history_frame(session))["content"].tolist() == ["AH"]
    await session.store.close()
