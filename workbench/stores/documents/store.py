"""A store that reads and writes each conversation as a whole. See `DocumentStore`."""

from __future__ import annotations

import itertools
import time
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
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
from workbench.stores.documents.conversation import (
    Conversation,
    Row,
    branched,
    key_of,
    put_back,
    relabel,
    renumber,
    take_in,
    take_out,
)
from workbench.stores.keys import checked_after


class DocumentStore(ABC):
    """A store with all that the workbench can ask of one, made of four plain functions.

    `load`, `save`, `delete` and `session_ids` are called by whatever thread there is, one at a
    time: ``lock`` is held from a `load` to the `save` that follows. It is one of this process;
    where other processes write too, set ``lock`` to one that they respect.

    A `save` has to keep the whole conversation or, where it raises, none of it. As each change
    reads and writes all of it, this is for conversations of some thousand items.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.lock: AbstractContextManager[object] = Guard()
        self._last_key = 0

    @abstractmethod
    def load(self, session_id: str) -> Conversation | None:
        """All that is kept of a session; None when nothing is."""

    @abstractmethod
    def save(self, session_id: str, conversation: Conversation) -> None:
        """Keep this in the place of what was kept of the session. Raises StoreError."""

    @abstractmethod
    def delete(self, session_id: str) -> None:
        """Keep nothing of the session any more, if anything is kept."""

    @abstractmethod
    def session_ids(self) -> Iterable[str]:
        """The sessions of which something is kept, in any order."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    def _of(self, session_id: str) -> Conversation:
        return self.load(session_id) or Conversation()

    def _fresh(self, conversation: Conversation) -> Iterator[int]:
        """Keys that no item had before: also those of other processes are behind the clock's."""
        after = max(self._last_key, conversation.last_key(), time.time_ns() // 1_000)
        for key in itertools.count(after + 1):
            self._last_key = key
            yield key

    def _newest(self, session_id: str, limit: int | None) -> list[Row]:
        rows = self._of(session_id).rows if limit != 0 else []
        return rows[:] if limit is None else rows[-limit:]

    async def read(self, session_id: str, limit: int | None = None) -> list[Item]:
        """The newest ``limit`` items of a session, oldest first; all of them for None."""
        with self.lock:
            rows = self._newest(session_id, limit)
        return [decode(row.text) for row in rows]

    async def rows(self, session_id: str, limit: int | None = None) -> list[StoredItem]:
        """As `read`, with each item's key, time and turn."""
        with self.lock:
            rows = self._newest(session_id, limit)
        return [row.stored() for row in rows]

    async def append(
        self, session_id: str, items: Sequence[Item], *, turn_id: str | None = None
    ) -> list[Key]:
        """Append all of ``items`` or none; returns their keys."""
        texts = [encode(item) for item in items]
        if not texts:
            return []
        with self.lock:
            conversation = self._of(session_id)
            now, keys = datetime.now(UTC), self._fresh(conversation)
            rows = [Row(next(keys), text, now, turn_id) for text in texts]
            conversation.touch(now)
            conversation.rows.extend(rows)
            self.save(session_id, conversation)
        return [row.key for row in rows]

    async def page(
        self, session_id: str, after: Key | None = None, *, limit: int = PAGE
    ) -> list[StoredItem]:
        """The next ``limit`` items behind the key ``after``, oldest first; from the start: None."""
        last = checked_after(after)
        with self.lock:
            rows = self._of(session_id).rows
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
        with self.lock:
            conversation = self._of(session_id)
            if newest is not ... and newest != conversation.newest():
                return None
            keys = take_in(conversation, given, texts, self._fresh(conversation))
            conversation.touch(datetime.now(UTC))
            self.save(session_id, conversation)
        return keys

    async def standing(self, session_id: str, until: Key | None) -> Standing | None:
        """How a session stands up to the item ``until``; another one when that was changed."""
        last = checked_after(until) or 0
        with self.lock:
            conversation = self._of(session_id)
            rows = conversation.rows[: bisect_right(conversation.rows, last, key=key_of)]
            archive = list(conversation.archive)
        return Standing(len(rows), (rows, archive))

    async def branch(self, session_id: str, target: str, *, until: Key | None) -> int | None:
        """Copy items up to ``until`` to ``target``; how many, None when that has any already."""
        last = checked_after(until)
        with self.lock:
            if not self._of(target).is_empty():
                return None
            origin = self._of(session_id)
            branch = branched(origin, target, last or 0, self._fresh(origin))
            if branch.rows or branch.archive:
                branch.touch(datetime.now(UTC))
                self.save(target, branch)
        return len(branch.rows)

    async def pop(self, session_id: str) -> Item | None:
        """Delete the newest item and return it."""
        with self.lock:
            conversation = self._of(session_id)
            if not conversation.rows:
                return None
            row = conversation.rows.pop()
            self.save(session_id, conversation)
        return decode(row.text)

    async def clear(self, session_id: str) -> None:
        """Delete all that is kept of a session: items, turns, archive."""
        with self.lock:
            self.delete(session_id)

    async def archive(self, session_id: str, keys: Sequence[Key], *, reason: str) -> int:
        """Move items to the archive in one step; keys that are not there are passed over."""
        wanted = set(keys)
        with self.lock:
            conversation = self._of(session_id)
            taken = [row for row in conversation.rows if row.key in wanted]
            conversation.rows = [row for row in conversation.rows if row.key not in wanted]
            now = datetime.now(UTC)
            conversation.archive.extend((row, reason, now) for row in taken)
            if taken:
                self.save(session_id, conversation)
        return len(taken)

    async def archived(self, session_id: str) -> list[ArchivedItem]:
        """What the archive holds of a session, in the order it was archived."""
        with self.lock:
            kept = list(self._of(session_id).archive)
        return [
            ArchivedItem(row.key, decode(row.text), reason, when, row.created_at, row.turn_id)
            for row, reason, when in kept
        ]

    async def restore(self, session_id: str, keys: Sequence[Key]) -> int:
        """Move archived items back to their places in one step; unknown keys are passed over."""
        with self.lock:
            conversation = self._of(session_id)
            if found := put_back(conversation, set(keys)):
                self.save(session_id, conversation)
        return found

    async def edit(self, session_id: str, change: Edit) -> list[Key] | None:
        """Make one atomic change; the keys of what it inserted, or None when it did not apply."""
        texts = [encode(item) for item in change.insert]
        rewritten = {key: encode(item) for key, item in change.rewrite.items()}
        with self.lock:
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
            keys = self._fresh(conversation)
            rows = [Row(next(keys), text, now, change.turn_id) for text in texts]
            if rows and change.before is not None:
                renumber(conversation, change.before, keys)
            conversation.rows = sorted([*conversation.rows, *rows], key=key_of)
            if conversation.rows:
                conversation.touch(now)
            if not conversation.is_new():
                self.save(session_id, conversation)
        return [row.key for row in rows]

    async def save_turn(self, session_id: str, record: TurnRecord) -> None:
        """Remember a turn; one with the same id is replaced."""
        await self.save_turns(session_id, [record])

    async def save_turns(self, session_id: str, records: Sequence[TurnRecord]) -> None:
        """Remember all of these turns; those with the same ids are replaced."""
        with self.lock:
            conversation = self._of(session_id)
            conversation.turns.update({each.turn_id: each for each in records})
            self.save(session_id, conversation)

    async def swap_turn(self, session_id: str, before: TurnRecord, after: TurnRecord) -> bool:
        """Put one record in the place of another, if that is what is remembered."""
        with self.lock:
            conversation = self._of(session_id)
            if conversation.turns.get(before.turn_id) != before:
                return False
            conversation.turns[before.turn_id] = after
            self.save(session_id, conversation)
        return True

    async def turns(self, session_id: str) -> list[TurnRecord]:
        """The turns of a session in the order they started."""
        with self.lock:
            records = list(self._of(session_id).turns.values())
        return sorted(records, key=lambda record: record.started_at)

    async def list_sessions(self) -> list[SessionInfo]:
        """Every session, the last used first."""
        with self.lock:
            kept = [(each, self._of(each)) for each in self.session_ids()]
        infos = [
            SessionInfo(name, each.created_at, each.updated_at, len(each.rows))
            for name, each in kept
        ]
        listed = [(info.updated_at, info) for info in infos if info.updated_at is not None]
        return [info for _when, info in sorted(listed, key=lambda each: each[0], reverse=True)]

    async def close(self) -> None:  # noqa: B027  # most have nothing to close
        """Let go of what is held, where anything is."""
