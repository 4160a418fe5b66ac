"""The memory store: conversations that live as long as the process.

Items are kept as the JSON text that a file would hold, so that what goes in is checked in the same
way, what comes out is a copy, and a test in memory means something for a store on disk.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from workbench.items import Item, decode, encode
from workbench.protocols import ArchivedItem, Edit, Key, SessionInfo, StoredItem, TurnRecord
from workbench.stores.urls import StoreURL


@dataclass(frozen=True, slots=True)
class _Row:
    """Never changed, but replaced: who reads has taken a list of them under the lock."""

    key: int
    text: str
    created_at: datetime
    turn_id: str | None

    def stored(self) -> StoredItem:
        return StoredItem(self.key, decode(self.text), self.created_at, self.turn_id)


@dataclass(slots=True)
class _Conversation:
    """``created_at`` and ``updated_at`` are those of its items; None while it had none."""

    created_at: datetime | None = None
    updated_at: datetime | None = None
    rows: list[_Row] = field(default_factory=list)
    turns: dict[str, TurnRecord] = field(default_factory=dict)
    archive: list[tuple[_Row, str, datetime]] = field(default_factory=list)

    def allows(self, change: Edit) -> bool:
        """Whether all that ``change`` names is there."""
        live = {row.key for row in self.rows}
        kept = {row.key for row, _reason, _when in self.archive}
        taken = {*change.archive, *change.delete}
        newest = self.rows[-1].key if self.rows else None
        return (
            taken <= live
            and set(change.restore) <= kept
            and change.rewrite.keys() <= live | kept
            and (change.before is None or change.before in live - taken)
            and (change.newest is ... or change.newest == newest)
        )

    def change(self, each: Callable[[_Row], _Row]) -> None:
        """Replace every row, live or archived, by what ``each`` makes of it."""
        self.rows = [each(row) for row in self.rows]
        self.archive = [(each(row), reason, when) for row, reason, when in self.archive]


class MemoryStore:
    """Many sessions in this process's memory; safe from several threads and loops."""

    def __init__(self, url: str = "memory://") -> None:
        self.url = url
        self._sessions: dict[str, _Conversation] = {}
        self._keys = itertools.count(1)
        # Held for each operation as a whole: what is read and what is then changed belong together.
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"MemoryStore({self.url!r})"

    def _of(self, session_id: str) -> _Conversation:
        return self._sessions.setdefault(session_id, _Conversation())

    def _newest(self, session_id: str, limit: int | None) -> list[_Row]:
        conversation = self._sessions.get(session_id)
        if conversation is None or limit == 0:
            return []
        return conversation.rows[:] if limit is None else conversation.rows[-limit:]

    async def read(self, session_id: str, limit: int | None = None) -> list[Item]:
        """The newest ``limit`` items of a session, oldest first; all of them for None."""
        with self._lock:
            rows = self._newest(session_id, limit)
        return [decode(row.text) for row in rows]

    async def rows(self, session_id: str, limit: int | None = None) -> list[StoredItem]:
        """As `read`, with each item's key, time and turn."""
        with self._lock:
            rows = self._newest(session_id, limit)
        return [row.stored() for row in rows]

    async def append(
        self, session_id: str, items: Sequence[Item], *, turn_id: str | None = None
    ) -> list[Key]:
        """Append all of ``items`` or none; returns their keys."""
        texts = [encode(item) for item in items]
        if not texts:
            return []
        with self._lock:
            conversation = self._of(session_id)
            now = conversation.updated_at = datetime.now(UTC)
            conversation.created_at = conversation.created_at or now
            rows = [_Row(next(self._keys), text, now, turn_id) for text in texts]
            conversation.rows.extend(rows)
        return [row.key for row in rows]

    async def pop(self, session_id: str) -> Item | None:
        """Delete the newest item and return it."""
        with self._lock:
            conversation = self._sessions.get(session_id)
            row = conversation.rows.pop() if conversation and conversation.rows else None
        return None if row is None else decode(row.text)

    async def clear(self, session_id: str) -> None:
        """Delete all that is kept of a session: items, turns, archive."""
        with self._lock:
            self._sessions.pop(session_id, None)

    async def archive(self, session_id: str, keys: Sequence[Key], *, reason: str) -> int:
        """Move items to the archive in one step; keys that are not there are passed over."""
        wanted = set(keys)
        with self._lock:
            conversation = self._of(session_id)
            taken = [row for row in conversation.rows if row.key in wanted]
            conversation.rows = [row for row in conversation.rows if row.key not in wanted]
            now = datetime.now(UTC)
            conversation.archive.extend((row, reason, now) for row in taken)
        return len(taken)

    async def archived(self, session_id: str) -> list[ArchivedItem]:
        """What the archive holds of a session, in the order it was archived."""
        with self._lock:
            conversation = self._sessions.get(session_id)
            kept = list(conversation.archive) if conversation else []
        return [
            ArchivedItem(row.key, decode(row.text), reason, when, row.created_at, row.turn_id)
            for row, reason, when in kept
        ]

    async def restore(self, session_id: str, keys: Sequence[Key]) -> int:
        """Move archived items back to their places in one step; unknown keys are passed over."""
        with self._lock:
            return _put_back(self._of(session_id), set(keys))

    async def edit(self, session_id: str, change: Edit) -> list[Key] | None:
        """Make one atomic change; the keys of what it inserted, or None when it did not apply."""
        texts = [encode(item) for item in change.insert]
        rewritten = {key: encode(item) for key, item in change.rewrite.items()}
        with self._lock:
            conversation = self._of(session_id)
            if not conversation.allows(change):
                return None
            now = datetime.now(UTC)
            _take_out(conversation, change, now)
            conversation.change(
                lambda row: replace(row, text=rewritten[row.key]) if row.key in rewritten else row
            )
            _put_back(conversation, set(change.restore))
            rows = [_Row(next(self._keys), text, now, change.turn_id) for text in texts]
            if rows and change.before is not None:
                self._renumber(conversation, change.before)
            conversation.rows = sorted([*conversation.rows, *rows], key=lambda row: row.key)
            if conversation.rows:
                conversation.updated_at = now
                conversation.created_at = conversation.created_at or now
        return [row.key for row in rows]

    def _renumber(self, conversation: _Conversation, first: Key) -> None:
        """Give all from ``first`` on new keys, live and archived ones in the order they had."""
        kept = [row for row, _reason, _when in conversation.archive]
        behind = sorted(
            row.key
            for row in [*conversation.rows, *kept]
            if row.key >= first  # type: ignore[operator]
        )
        fresh = {key: next(self._keys) for key in behind}
        conversation.change(lambda row: replace(row, key=fresh.get(row.key, row.key)))

    async def save_turn(self, session_id: str, record: TurnRecord) -> None:
        """Remember a turn; one with the same id is replaced."""
        with self._lock:
            self._of(session_id).turns[record.turn_id] = record

    async def turns(self, session_id: str) -> list[TurnRecord]:
        """The turns of a session in the order they started."""
        with self._lock:
            conversation = self._sessions.get(session_id)
            records = list(conversation.turns.values()) if conversation else []
        return sorted(records, key=lambda record: record.started_at)

    async def list_sessions(self) -> list[SessionInfo]:
        """Every session, the last used first."""
        with self._lock:
            infos = [
                SessionInfo(name, each.created_at, each.updated_at, len(each.rows))
                for name, each in self._sessions.items()
            ]
        listed = [(info.updated_at, info) for info in infos if info.updated_at is not None]
        return [info for _when, info in sorted(listed, key=lambda each: each[0], reverse=True)]

    async def close(self) -> None:
        """Nothing to let go of: the sessions live as long as the store."""


def _take_out(conversation: _Conversation, change: Edit, now: datetime) -> None:
    archived, deleted = set(change.archive), set(change.delete)
    conversation.archive += [
        (row, change.reason, now) for row in conversation.rows if row.key in archived
    ]
    conversation.rows = [row for row in conversation.rows if row.key not in archived | deleted]


def _put_back(conversation: _Conversation, wanted: set[Key]) -> int:
    back = [row for row, _reason, _when in conversation.archive if row.key in wanted]
    conversation.archive = [each for each in conversation.archive if each[0].key not in wanted]
    conversation.rows = sorted(conversation.rows + back, key=lambda row: row.key)
    return len(back)


def open_url(url: StoreURL) -> MemoryStore:
    """``memory://`` or ``memory://name``: one store each in a process."""
    url.only()
    return MemoryStore(url.text)
