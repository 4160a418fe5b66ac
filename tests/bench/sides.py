"""The sides of a comparison: our session and the SDK's, on the same kind of file, same items."""

from __future__ import annotations

import inspect
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.bench.redis_sides import REDIS_SIDES
from workbench.items import Item
from workbench.protocols import Session
from workbench.sessions import SQLiteSession
from workbench.stores.sqlite import SQLiteStore

Open = Callable[[str, Path], Session]


@dataclass(frozen=True)
class Sizes:
    """How much each benchmark does. ``disk`` and ``memory`` are folders (memory: a tmpfs).

    ``log`` is how many bytes a WAL has before appends are timed: SQLite grows it to about 1000
    pages and then writes over it, which syncs faster; a store that is in use is there.
    """

    disk: Path
    memory: Path | None
    rounds: int = 9
    appends: int = 200
    each: int = 24
    turns: int = 200
    processes: int = 8
    history: int = 100_000
    searched: int = 1_000_000
    short: int = 1_000
    looks: int = 200
    log: int = 4_100_000

    def quick(self) -> Sizes:
        """Just enough to see that every benchmark works; its ratios mean nothing."""
        few = replace(self, rounds=1, appends=2, each=2, turns=3, processes=2, looks=2)
        return replace(few, history=300, searched=2_000, short=40, log=0)

    def folders(self) -> dict[str, Path]:
        """Where appends are timed."""
        return {"on disk": self.disk} | ({"on tmpfs": self.memory} if self.memory else {})


def ours(session_id: str, path: Path) -> Session:
    """The workbench's SQLite session."""
    return SQLiteSession(session_id, path)


def sdk(session_id: str, path: Path) -> Session:
    """The SDK's own SQLite session, the yardstick."""
    from agents import SQLiteSession as Theirs

    return Theirs(session_id, path)


def sdk_async(session_id: str, path: Path) -> Session:
    """The SDK's session over aiosqlite, for information."""
    from agents.extensions.memory import AsyncSQLiteSession

    return AsyncSQLiteSession(session_id, path)


def ours_unpaused(session_id: str, path: Path) -> Session:
    """Ours, told never to pause the garbage collector."""
    return SQLiteSession(session_id, path, pause_gc=False)


def ours_words_at_once(session_id: str, path: Path) -> Session:
    """Ours, taking each item into the index of words in the transaction that appends it."""
    from workbench.stores.sqlite.search import upkeep

    upkeep.LAG = upkeep.LOOK = 1  # each side has a process of its own
    return SQLiteSession(session_id, path)


SIDES: dict[str, Open] = {
    "SDK": sdk,
    "ours": ours,
    "AsyncSQLiteSession": sdk_async,
    "pause_gc=False": ours_unpaused,
    "words at once": ours_words_at_once,
    **REDIS_SIDES,
}


async def close(session: Session) -> None:
    """Close a session of either side; the SDK's classes disagree on whether that is awaited."""
    closing = session.close()  # type: ignore[attr-defined]
    if inspect.isawaitable(closing):
        await closing


async def durability(session: Session) -> str:
    """What the connection that writes really runs with: journal mode and ``synchronous``."""
    store = getattr(session, "store", None)
    if isinstance(store, SQLiteStore):
        return await store.file.write(_pragmas)
    with session._locked_connection() as connection:  # type: ignore[attr-defined]
        return _pragmas(connection)


def _pragmas(connection: sqlite3.Connection) -> str:
    names = ("journal_mode", "synchronous")
    return ", ".join(f"{n}={connection.execute(f'PRAGMA {n}').fetchone()[0]}" for n in names)


def a_turn(number: int) -> list[Item]:
    """A user's message and the assistant's, in the form and size that the Runner stores them."""
    said = f"Question {number}: which of the orders of last week are late, and by how many days?"
    text = (
        f"Answer {number}. Three orders of last week are late. The first is late by two days "
        "because the parcel was held at customs; the second and the third left the warehouse a "
        "day after they were due. I'd write to the customers of the first one today: shall I "
        "draft the message? The other two arrive tomorrow, café orders included."
    )
    part: dict[str, Any] = {"annotations": [], "text": text, "type": "output_text", "logprobs": []}
    return [
        {"role": "user", "content": said},
        {
            "id": f"msg_{number:048x}",
            "content": [part],
            "role": "assistant",
            "status": "completed",
            "type": "message",
        },
    ]


def a_history(length: int) -> list[Item]:
    """``length`` items of turns, one after the other."""
    return [item for number in range((length + 1) // 2) for item in a_turn(number)][:length]
