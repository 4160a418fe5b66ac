"""A session that has only the SDK's four methods, with the workbench's abilities kept beside it.

Any such session can be adopted: the SDK's own, a library's, an application's. Its items stay where
they are and as they are. Labels (key, time, turn), the turns and the archive are kept in the
workspace's `companion_file`, under the session's kind, place and id; nothing is written there for
plain reading, appending, popping and clearing, nor for an `Edit` that only appends or pops.

Guarantees. A change of history is journaled first: an error or a kill at any moment ends with the
history as it was or as it should be, with nothing lost and nothing twice, at the latest when the
session is used again. Others who use it through the workbench, in any thread or process on this
machine, see all of a change or nothing. What somebody else did with the session directly is
noticed, and no label is given to another item.

Limits. Somebody who uses the session directly can see it empty for a moment while it is changed,
and can lose what is appended in the instant between the last look and the clearing. What a session
keeps beside its items (usage, titles) is not carried through a change. An item that the session
itself skips when it is read is not known here. Without turn ids, archive or edits a key is the
place of an item and its digest, so that an item that was popped and appended again has its old key.

Costs. Keys are made from the whole history, so each call but the four plain ones reads all of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from types import EllipsisType
from typing import Any, cast

from workbench.errors import CorruptItem, shorten
from workbench.items import Item, encode
from workbench.loop import settle
from workbench.protocols import PAGE, ArchivedItem, Edit, Key, Session, StoredItem, TurnRecord
from workbench.sessions.adopted.access import Access
from workbench.sessions.adopted.inner import Conversation, limit_of
from workbench.sessions.adopted.replace import is_alike
from workbench.sessions.adopted.slots import Slots
from workbench.sessions.adopted.work import Plan, Work
from workbench.sessions.closing import ClosesAtTheEnd
from workbench.sessions.pages import page_of
from workbench.sessions.stored import checked_limit


class AdoptedSession(ClosesAtTheEnd):
    """``inner``, which has only the four methods of the SDK, with every ability.

    It is called on the event loop of whoever calls, so that a session which belongs to one loop
    stays there. Closing closes ``inner``, where that can be closed. Raises InvalidValue for an id
    that can be none.
    """

    def __init__(self, inner: Session) -> None:
        self.inner = inner
        self._access = Access(inner)

    def __repr__(self) -> str:
        return f"AdoptedSession({type(self.inner).__name__} {shorten(self.session_id)})"

    @property
    def session_id(self) -> str:
        """The id of the inner session."""
        return self.inner.session_id

    @property
    def _ignore_ids_for_matching(self) -> bool:
        """The SDK's question whether items come back with other ids than they were given."""
        theirs = getattr(self.inner, "_ignore_ids_for_matching", False)
        return isinstance(self._access.inner, Conversation) or bool(theirs)

    @property
    def session_settings(self) -> Any:
        """The settings of the inner session."""
        return getattr(self.inner, "session_settings", None)

    @session_settings.setter
    def session_settings(self, settings: Any) -> None:
        cast(Any, self.inner).session_settings = settings

    async def get_items(self, limit: int | None = None) -> list[Any]:
        """The newest ``limit`` items, oldest first; None gives all, 0 none."""
        limit = checked_limit(limit_of(self.inner) if limit is None else limit)
        async with self._access.held(shared=True) as work:
            return [] if limit == 0 else await work.inner.read(limit)

    async def add_items(self, items: Sequence[Any]) -> None:
        """Append ``items``, all or none as far as the inner session can. Raises InvalidItem."""
        _check(items)
        # Alone: a session that sends them in parts must not mix them with another batch.
        async with self._access.held() as work:
            await settle(work.inner.add(items))

    async def pop_item(self) -> Any:
        """Delete the newest item and return it; None when there is none."""
        async with self._access.held(shared=True) as work:
            if not (await work.ledger.known()).slots:
                return await settle(work.inner.pop())
        async with self._access.held() as work:
            return await settle(work.pop())

    async def clear_session(self) -> None:
        """Delete all that is kept of this session, for good: items, turns, archive."""
        async with self._access.held() as work:
            await settle(self._clear(work))

    async def _clear(self, work: Work) -> None:
        # In this order: a clearing that was interrupted can be done again, and an archive that
        # was left behind would not be seen.
        await work.ledger.forget()
        await self.inner.clear_session()

    async def rows(self, limit: int | None = None) -> list[StoredItem]:
        """The newest ``limit`` items with key, turn, and time where it is known."""
        limit = checked_limit(limit)
        slots = (await self._look()).live()
        return [
            slot.stored() for slot in (slots if limit is None else slots[-limit:] * bool(limit))
        ]

    async def append(self, items: Sequence[Item], *, turn_id: str | None = None) -> list[Key]:
        """Append all of ``items`` as part of a turn; returns their keys."""
        return await self.edit(Edit(insert=items, turn_id=turn_id)) or []

    reads_whole = True
    """A page takes as long as the whole conversation."""

    async def page(self, after: Key | None = None, *, limit: int = PAGE) -> list[StoredItem]:
        """The next ``limit`` items behind the one with the key ``after``, oldest first."""
        checked_limit(limit)
        return page_of(await self.rows(), after, limit)

    async def put(
        self,
        rows: Sequence[StoredItem | ArchivedItem],
        *,
        newest: Key | EllipsisType | None = ...,
    ) -> list[Key] | None:
        """Append ``rows`` as another session kept them; None when ``newest`` is not the newest."""
        _check([row.item for row in rows])
        if not rows:
            return []
        async with self._access.held() as work:
            return await settle(work.put(rows, newest))

    def omits(self, item: Item) -> str | None:
        """Why the inner session would leave ``item`` out, where it is known to."""
        return self._access.inner.omits(item)

    def recognises(self, given: Item, found: Item) -> bool:
        """Whether ``found`` is ``given``, perhaps in the form that the inner session gives it."""
        return is_alike(given, found)

    async def edit(self, change: Edit) -> list[Key] | None:
        """Make one atomic change; the keys of what it inserted, or None when it did not apply."""
        _check([*change.insert, *change.rewrite.values()])
        return await self._edit(lambda _slots: change)

    async def archive(self, keys: Sequence[Key], *, reason: str) -> int:
        """Move these items to the archive in one atomic step; returns how many were there."""
        moved: list[Key] = []

        def plan(slots: Slots) -> Edit:
            moved[:] = {slot.key for slot in slots.live()} & set(keys)
            return Edit(archive=moved, reason=reason)

        await self._edit(plan)
        return len(moved)

    async def archived(self) -> list[ArchivedItem]:
        """What the archive holds of this session, in the order it was archived."""
        try:
            return [slot.archived() for slot in (await self._look()).kept()]
        except ValueError as exc:
            raise CorruptItem(self.session_id, None, "an archived item is damaged") from exc

    async def archived_for(self, reason: str) -> list[ArchivedItem]:
        """What was archived for this ``reason``; the inner session is not read for it."""
        async with self._access.held(shared=True) as work:
            slots = await work.ledger.slots() if (await work.ledger.known()).slots else Slots()
        try:
            kept = [slot for slot in slots.kept() if slot.archive and slot.archive.reason == reason]
            return [slot.archived() for slot in kept]
        except ValueError as exc:
            raise CorruptItem(self.session_id, None, "an archived item is damaged") from exc

    async def restore(self, keys: Sequence[Key]) -> int:
        """Move archived items back to where they were, in one step; returns how many there were."""
        moved: list[Key] = []

        def plan(slots: Slots) -> Edit:
            moved[:] = {slot.key for slot in slots.kept()} & set(keys)
            return Edit(restore=moved)

        await self._edit(plan)
        return len(moved)

    async def save_turn(self, record: TurnRecord) -> None:
        """Remember a turn; one with the same id is replaced."""
        await self.save_turns([record])

    async def save_turns(self, records: Sequence[TurnRecord]) -> None:
        """Remember all of these turns or none of them; those with the same ids are replaced."""
        async with self._access.held(shared=True) as work:
            await work.ledger.save_turns(records)

    async def swap_turn(self, before: TurnRecord, after: TurnRecord) -> bool:
        """Put one record in the place of another, if that is what is remembered."""
        async with self._access.held(shared=True) as work:
            return await work.ledger.swap_turn(before, after)

    async def turns(self) -> list[TurnRecord]:
        """The turns in the order they started."""
        async with self._access.held(shared=True) as work:
            return await work.ledger.turns()

    async def scrub(self) -> list[str]:
        """Leave nothing of what was deleted in the files that can be reached.

        Those are the companion file, and the inner session's own where that is a SQLite file.
        Returns, in sentences, what could not be reached.
        """
        theirs = getattr(self.inner, "scrub", None)
        left = await self._access.scrub()
        return left + list(await theirs()) if theirs is not None else left

    async def describe(self) -> dict[str, str]:
        """What the inner session has to say, and where what is kept beside it lies."""
        theirs = getattr(self.inner, "describe", None)
        lines = dict(await theirs()) if theirs is not None else {}
        async with self._access.held(shared=True) as work:
            if (await work.ledger.known()).slots:
                lines["turns and archive"] = f"kept beside it, in {work.ledger.store.url}"
        return lines

    async def close(self) -> None:
        """Close the inner session, where it can be; this one can't be used afterwards."""
        if self._access.closed:
            return
        await self._access.close()
        theirs = getattr(self.inner, "close", None)
        closing = theirs() if theirs is not None else None
        if inspect.isawaitable(closing):
            await closing

    async def _look(self) -> Slots:
        async with self._access.held(shared=True) as work:
            if not (await work.ledger.known()).slots:
                return await work.look(save=False)
        async with self._access.held() as work:
            return await settle(work.look(save=True))

    async def _edit(self, plan: Plan) -> list[Key] | None:
        async with self._access.held() as work:
            return await settle(work.edit(plan))


def _check(items: Sequence[Item]) -> None:
    """Raise InvalidItem unless each of ``items`` is plain JSON."""
    for item in items:
        encode(item)
