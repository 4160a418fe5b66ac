"""The system's clock is set back between writes: what came first stays first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from tests.sessions.four_methods import FileSession
from workbench.frames.turns import turns_frame
from workbench.protocols import Edit, TurnRecord
from workbench.sessions import CompactionSession, EncryptedSession, MemorySession, SQLiteSession
from workbench.sessions.adopted import AdoptedSession
from workbench.stores.sqlite.desk import Desk
from workbench.testing.data import message, texts


class Clock:
    """A clock that shows whatever it was set to, and goes on a second with each look."""

    def __init__(self) -> None:
        self.time = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)

    def look(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time

    def set_back(self) -> None:
        self.time -= timedelta(days=400)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of everything that stamps an item, SQLite's own included."""
    clock = Clock()

    class Faked(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return clock.look().astimezone(tz)

    for module in ("workbench.stores.documents.store", "workbench.sessions.adopted.work"):
        monkeypatch.setattr(f"{module}.datetime", Faked)

    def strftime(form: str, when: str) -> str:
        assert (form, when) == ("%Y-%m-%d %H:%M:%f", "now")
        return clock.look().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]

    opened: Callable[..., None] = Desk.__init__

    def faked(self: Desk, *args: Any, **options: Any) -> None:
        opened(self, *args, **options)
        # A function of this name takes the place of SQLite's own, on this connection.
        sqlite3.Connection.create_function(self, "strftime", 2, strftime)

    monkeypatch.setattr(Desk, "__init__", faked)
    return clock


KINDS: dict[str, Callable[[Path], Any]] = {
    "memory": lambda folder: MemorySession("chat"),
    "sqlite": lambda folder: SQLiteSession("chat", folder / "chats.db"),
    "adopted": lambda folder: AdoptedSession(FileSession("chat", folder)),
    "encrypted": lambda folder: EncryptedSession(
        SQLiteSession("chat", folder / "chats.db"), "your-32-byte-encryption-key-here"
    ),
    "compacting": lambda folder: CompactionSession(SQLiteSession("chat", folder / "chats.db")),
}


async def one_turn(session: Any, clock: Clock, name: str) -> None:
    """A turn as the workbench takes one: its items, and its record by the clock."""
    started_at = clock.look()
    items = [message(name), {"role": "assistant", "content": f"{name} answered"}]
    await session.append(items, turn_id=name)
    await session.save_turn(TurnRecord(name, "chat", started_at, 0.5, "done"))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_clock_that_is_set_back_changes_no_order(
    kind: str, tmp_path: Path, clock: Clock
) -> None:
    async with KINDS[kind](tmp_path) as session:
        names = ["first", "second", "third", "fourth"]
        for name in names:
            await one_turn(session, clock, name)
            clock.set_back()
        rows = await session.rows()
        times = [row.created_at for row in rows]
        assert times != sorted(times), "the clock was set back"
        assert texts([row.item for row in rows[::2]]) == names
        assert [row.key for row in rows] == sorted(row.key for row in rows)
        assert {turn.turn_id for turn in await session.turns()} == set(names)
        shown = await turns_frame(session)
        assert (list(shown["turn"]), list(shown["turn_id"])) == ([1, 2, 3, 4], names)

        await session.archive([rows[2].key, rows[3].key], reason="one")
        clock.set_back()
        await session.archive([rows[0].key], reason="two")
        clock.set_back()
        (new,) = await session.edit(Edit(insert=[message("new")], before=rows[4].key))
        kept = await session.archived()
        assert [each.reason for each in kept] == ["one", "one", "two"]
        assert kept[0].archived_at > kept[2].archived_at
        await session.restore([each.key for each in kept])
        found = texts([row.item for row in await session.rows()])
        assert found[:5] == ["first", "first answered", "second", "second answered", "new"]
        assert found[5::2] == ["third", "fourth"]
        assert new in [row.key for row in await session.rows()]
        assert await session.pop_item() == {"role": "assistant", "content": "fourth answered"}
