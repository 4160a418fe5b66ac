"""What is done to an adopted session while its lock is held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import EllipsisType
from typing import Any

from workbench.protocols import ArchivedItem, Edit, Key, StoredItem
from workbench.sessions.adopted.inner import Inner, Taken
from workbench.sessions.adopted.ledger import Ledger
from workbench.sessions.adopted.replace import TRIES, busy, labelled, replace
from workbench.sessions.adopted.slots import Slots, appended, applies, changed, digest_of, seen

Plan = Callable[[Slots], Edit]
"""Gives the change to make, from what there is."""


@dataclass(frozen=True, slots=True)
class Work:
    """``inner`` and what is kept beside it. Whoever uses it holds the lock of the session."""

    inner: Inner
    ledger: Ledger

    async def look(self, *, save: bool) -> Slots:
        """The slots as the items show them; what others did is noted when ``save``."""
        was = await self.ledger.slots()
        now = seen(was, await self.inner.read())
        if save and was != Slots():
            await self.ledger.save(now, was)
        return now

    async def pop(self) -> Any:
        """Take the newest item away, and with it its label."""
        item = await self.inner.pop()
        await self.look(save=True)
        return item

    async def edit(self, plan: Plan) -> list[Key] | None:
        """Make the change that ``plan`` asks for; the keys of what it inserted, None when not."""
        for _ in range(TRIES):
            was = await self.ledger.slots()
            old = seen(was, await self.inner.read())
            change = plan(old)
            if not applies(old, change):
                return None
            new, inserted = changed(old, change, datetime.now(UTC))
            made = await self._made(old, new, was, kept=was != Slots() or bool(change.turn_id))
            if made is not None:
                return [slot.key for slot in made.all[inserted]]
        raise busy()

    async def put(
        self, rows: Sequence[StoredItem | ArchivedItem], newest: Key | EllipsisType | None
    ) -> list[Key] | None:
        """Append ``rows`` as another session kept them; None when ``newest`` is not the newest."""
        plain = not any(row.turn_id or row.created_at for row in rows)
        for _ in range(TRIES):
            was = await self.ledger.slots()
            old = seen(was, await self.inner.read())
            if not applies(old, Edit(newest=newest)):
                return None
            new, inserted = appended(old, rows)
            made = await self._made(old, new, was, kept=was != Slots() or not plain)
            if made is not None:
                return [slot.key for slot in made.all[inserted]]
        raise busy()

    async def _made(self, old: Slots, new: Slots, was: Slots, *, kept: bool) -> Slots | None:
        """Bring the session from ``old`` to ``new`` in the way that risks least.

        Where nothing is ``kept`` beside it, nothing will be, unless the whole history changes.
        Gives what there is then; None when somebody else used the session meanwhile.
        """
        before, after = _digests(old), _digests(new)
        moved = [slot.key for slot in old.kept()] != [slot.key for slot in new.kept()]
        if before == after:
            if kept or moved:
                await self.ledger.save(new, was)
            return new
        if not moved and after[: len(before)] == before:
            return await self._append(old, new, was, kept=kept)
        if not moved and before[:-1] == after:
            return await self._pop(old, new, was, kept=kept)
        return await replace(self.inner, self.ledger, old, new, was)

    async def _append(self, old: Slots, new: Slots, was: Slots, *, kept: bool) -> Slots:
        items = [slot.item for slot in new.live()[len(old.live()) :]]
        if kept:
            # First the labels: one without its item is dropped at the next look, but an item
            # without its label would never be part of its turn.
            await self.ledger.save(new, was)
        try:
            await self.inner.add(items)
        except BaseException:
            if kept:
                await self.ledger.save(old, new)
            raise
        tail = await self.inner.read(len(items))
        if [digest_of(item) for item in tail] == _digests(new)[-len(items) :]:
            return new
        found = await self.inner.read()
        if not kept:
            return seen(Slots(), found)
        made = labelled(new, found, [slot.item for slot in new.live()])
        await self.ledger.save(made, new)
        return made

    async def _pop(self, old: Slots, new: Slots, was: Slots, *, kept: bool) -> Slots | None:
        try:
            await self.inner.replace([slot.item for slot in old.live()][-1:], [])
        except Taken:
            return None
        if kept:
            await self.ledger.save(new, was)
        return new


def _digests(slots: Slots) -> list[str]:
    return [slot.digest for slot in slots.live()]
