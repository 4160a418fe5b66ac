"""The memory store: conversations that live as long as the process.

Items are kept as the JSON text that a file would hold, so that what goes in is checked in the same
way, what comes out is a copy, and a test in memory means something for a store on disk.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import EllipsisType

from workbench.guard import Guard
from workbench.items import Item, decode, encode
from workbench.protocols import (
    PAGE,
    ArchivedItem,
    Edit,
    Key,
    SessionInfo,
    Standing,
    StoredItem,
    TurnRecord,
)
from workbench.stores.keys import checked_after
from workbench.stores.memory.conversation import (
    Conversation,
    Row,
    branched,
    key_of,
    put_back,
    relabel,
    take_out,
)
from workbench.stores.urls import StoreURL


class MemoryStore:
    """Many sessions in this process's memory; safe from several threads and loops."""

    def __init__(self, url: str = "memory://") -> None:
        self.url = url
        self._sessions: dict[str, Conversation] = {}
        self._keys = itertools.count(1)
        # Held for each operation as a whole: what is read and what is then changed belong together.
        self._lock = Guard()

    def __repr__(self) -> str:
        return f"MemoryStore({self.url!r})"

    def _of(self, session_id: str) -> Conversation:
        return self._sessions.setdefault(session_id, Conversation())

    def _newest(self, session_id: str, limit: int | None) -> list[Row]:
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
            rows = [Row(next(self._keys), text, now, turn_id) for text in texts]
            conversation.rows.extend(rows)
        return [row.key for row in rows]

    async def page(
        self, session_id: str, after: Key | None = None, *, limit: int = PAGE
    ) -> list[StoredItem]:
        """The next ``limit`` items behind the key ``after``, oldest first; from the start: None."""
        last = checked_after(after)
        with self._lock:
            conversation = self._sessions.get(session_id)
            rows = conversation.rows if conversation else []
            start = 0 if last is None else bisect_right(rows, last, key=key_of)
            page = rows[start : start + limit]
        return [row.stored() for row in page]

    async def put(
        self,
        session_id: str,
        given: Sequence[StoredItem | ArchivedItem],
        *,
        newest: Key | EllipsisType | None = ...,
    ) -> list[Key] | None:
        """Append rows as another session kept them; None when ``newest`` is not the newest."""
        texts = [encode(each.item) for each in given]
        if not texts:
            return []
        with self._lock:
            conversation = self._of(session_id)
            if newest is not ... and newest != conversation.newest():
                return None
            rows = [
                Row(next(self._keys), text, each.created_at, each.turn_id)
                for text, each in zip(texts, given, strict=True)
            ]
            for row, each in zip(rows, given, strict=True):
                if isinstance(each, ArchivedItem):
                    conversation.archive.append((row, each.reason, each.archived_at))
                else:
                    conversation.rows.append(row)
            conversation.archive.sort(key=lambda kept: kept[2])
            conversation.touch()
        return [row.key for row in rows]

    async def standing(self, session_id: str, until: Key | None) -> Standing | None:
        """How a session stands up to the item ``until``; another one when that was changed."""
        last = checked_after(until) or 0
        with self._lock:
            conversation = self._sessions.get(session_id, Conversation())
            rows = conversation.rows[: bisect_right(conversation.rows, last, key=key_of)]
            archive = list(conversation.archive)
        return Standing(len(rows), (rows, archive))

    async def branch(self, session_id: str, target: str, *, until: Key | None) -> int | None:
        """Copy items up to ``until`` to ``target``; how many, None when that has any already."""
        last = checked_after(until)
        with self._lock:
            if not self._of(target).is_empty():
                return None
            branch = branched(self._of(session_id), target, last or 0, self._keys)
            if branch.rows or branch.archive:
                branch.touch()
                self._sessions[target] = branch
        return len(branch.rows)

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
            return put_back(self._of(session_id), set(keys))

    async def edit(self, session_id: str, change: Edit) -> list[Key] | None:
        """Make one atomic change; the keys of what it inserted, or None when it did not apply."""
        texts = [encode(item) for item in change.insert]
        rewritten = {key: encode(item) for key, item in change.rewrite.items()}
        with self._lock:
            conversation = self._of(session_id)
            if not conversation.allows(change):
                return None
            now = datetime.now(UTC)
            take_out(conversation, change, now)
            conversation.change(
                lambda row: replace(row, text=rewritten[row.key]) if row.key in rewritten else row
            )
            relabel(conversation, change, now)
            put_back(conversation, set(change.restore))
            rows = [Row(next(self._keys), text, now, change.turn_id) for text in texts]
            if rows and change.before is not None:
                self._renumber(conversation, change.before)
            conversation.rows = sorted([*conversation.rows, *rows], key=key_of)
            if conversation.rows:
                conversation.updated_at = now
                conversation.created_at = conversation.created_at or now
        return [row.key for row in rows]

    def _renumber(self, conversation: Conversation, first: Key) -> None:
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
        await self.save_turns(session_id, [record])

    async def save_turns(self, session_id: str, records: Sequence[TurnRecord]) -> None:
        """Remember all of these turns; those with the same ids are replaced."""
        with self._lock:
            self._of(session_id).turns.update({each.turn_id: each for each in records})

    async def swap_turn(self, session_id: str, before: TurnRecord, after: TurnRecord) -> bool:
        """Put one record in the place of another, if that is what is remembered."""
        with self._lock:
            conversation = self._sessions.get(session_id)
            if conversation is None or conversation.turns.get(before.turn_id) != before:
                return False
            conversation.turns[before.turn_id] = after
            return True

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


def open_url(url: StoreURL) -> MemoryStore:
    """``memory://`` or ``memory://name``: one store each in a process."""
    url.only()
    return MemoryStore(url.text)
