"""Adding items: in chunks of 20, each all or nothing on the server, and all of them or none here.

After a lost reply the conversation is listed and what has arrived is recognised by its content, so
that nothing is written twice. What can't be ruled out: a request that the server finishes only
after it was looked for and sent again; its copy is then deleted as soon as it is seen, within
`workbench.stores.conversations.tidy.LATE`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from workbench.errors import InvalidItem, StoreError, StoreUnreachable, WorkbenchError
from workbench.items import Item
from workbench.stores.conversations import journal, layout
from workbench.stores.conversations.api import CHUNK, TRIES
from workbench.stores.conversations.errors import Unclear, timed_out
from workbench.stores.conversations.items import trace
from workbench.stores.conversations.layout import Place
from workbench.stores.conversations.listing import arrivals, copies, since
from workbench.stores.conversations.scene import Scene

_LOOKS = 4
"""How often a timed-out request is looked for before it is sent again."""


class BrokenOff(Exception):
    """Adding ended before all was added: the ids that arrived, the traces of what still may."""

    def __init__(self, arrived: list[str], unclear: list[str], error: WorkbenchError) -> None:
        self.arrived = arrived
        self.unclear = unclear
        self.error = error
        super().__init__(str(error))


@dataclass(frozen=True, slots=True)
class Sent:
    """What was added: the ids, and the traces of requests that may still arrive once more."""

    ids: list[str]
    late: list[list[str]]


async def add(
    scene: Scene,
    place: Place,
    items: Sequence[Item],
    *,
    anchor: str | None,
    turn_id: str | None = None,
) -> list[int]:
    """Add items that `outgoing` has made behind the item ``anchor``; all of them or none.

    Returns their keys. The caller holds the lock. Raises InvalidItem, StoreError, Gone.
    """
    write_id, sent = await _written(
        scene, place, items, anchor, turn_id=turn_id, commits=True, hidden=len(items) > CHUNK
    )
    conversation = str(place.conversation)
    try:
        keys = await scene.local.do(journal.commit, place, write_id, turn_id, sent.ids, sent.late)
    except StoreError:  # the caller is told that it failed, and may write it again
        with suppress(StoreError):
            for item_id in sent.ids:
                await scene.api.remove(conversation, item_id)
        raise
    await scene.saw(conversation, sent.ids[-1])
    return keys


async def add_hidden(
    scene: Scene, place: Place, items: Sequence[Item], *, anchor: str | None
) -> tuple[int, Sent]:
    """As `add`, but nobody sees them until the edit that they belong to is made.

    Returns the number of the write and what was added.
    """
    return await _written(scene, place, items, anchor, turn_id=None, commits=False, hidden=True)


async def _written(
    scene: Scene,
    place: Place,
    items: Sequence[Item],
    anchor: str | None,
    *,
    turn_id: str | None,
    commits: bool,
    hidden: bool,
) -> tuple[int, Sent]:
    assert place.conversation is not None
    await _refuse_doubles(scene, items)
    traces = [trace(item) for item in items]
    write_id = await scene.local.do(
        journal.begin,
        place,
        traces,
        anchor=anchor,
        turn_id=turn_id,
        commits=commits,
        hidden=hidden,
    )
    try:
        sent = await send(scene, place.conversation, items, anchor, place)
    except BrokenOff as exc:
        await scene.local.do(journal.give_up, place, write_id, exc.arrived, exc.unclear)
        raise exc.error from exc.error.__cause__
    return write_id, sent


async def _refuse_doubles(scene: Scene, items: Sequence[Item]) -> None:
    """An item that brings its own id can't come before its hidden double is deleted."""
    if {item.get("id") for item in items} & (await scene.snapshot()).hidden:
        raise StoreUnreachable(
            f"{scene.base_url} still has an item of this session that is to be deleted there "
            "before it can be added again; nothing was written, try again later"
        )


async def send(
    scene: Scene, conversation: str, items: Sequence[Item], behind: str | None, place: Place | None
) -> Sent:
    """Add items chunk by chunk behind the item ``behind``. Raises BrokenOff.

    ``place`` is None for a conversation that only this writer knows.
    """
    sent = Sent([], [])
    for start in range(0, len(items), CHUNK):
        chunk = _Chunk(scene, conversation, items[start : start + CHUNK], behind, place)
        try:
            ids = await chunk.add()
        except Unclear as exc:
            raise BrokenOff(sent.ids, chunk.traces, exc.error) from exc
        except InvalidItem as exc:
            if start:
                exc.args = (f"{exc} (of items {start + 1} to {start + CHUNK})",)
            raise BrokenOff(sent.ids, [], exc) from exc
        except WorkbenchError as exc:
            raise BrokenOff(sent.ids, [], exc) from exc
        behind = ids[-1]
        sent.ids.extend(ids)
        sent.late.extend([chunk.traces] if chunk.may_come_late else [])
    return sent


class _Chunk:
    """Up to 20 items that are added once behind the item ``behind``, whatever that takes."""

    def __init__(
        self,
        scene: Scene,
        conversation: str,
        items: Sequence[Item],
        behind: str | None,
        place: Place | None,
    ) -> None:
        self._scene = scene
        self._conversation = conversation
        self._items = items
        self._behind = behind
        self._place = place
        self.traces = [trace(item) for item in items]
        self.may_come_late = False
        """Whether a request that was sent again may still be under way."""

    async def add(self) -> list[str]:
        """The ids of the items. Raises Unclear, InvalidItem, StoreError, Gone."""
        doubted = False
        for attempt in range(1, TRIES + 1):
            try:
                added = await self._scene.api.add(self._conversation, self._items)
            except Unclear as exc:
                failed, doubted = exc, True
                if found := await self._looked_for(exc, attempt):
                    return found
                self.may_come_late = self.may_come_late or timed_out(exc)
                continue
            ids = [str(item["id"]) for item in added]
            return await self._only_one() or ids if doubted else ids
        raise failed

    async def _looked_for(self, exc: Unclear, attempt: int) -> list[str]:
        """The items whose reply was lost, if they are there. Raises Unclear if nobody can tell."""
        pauses = range(1, _LOOKS + 1) if timed_out(exc) else [attempt]
        for longer in pauses:
            await asyncio.sleep(self._scene.api.pause(longer))
            try:
                found = await self._found()
            except WorkbenchError:
                raise exc from None
            if found:
                return found[0]
        return []

    async def _only_one(self) -> list[str]:
        """Keep the first copy of what was sent again and arrived twice after all; its ids."""
        found = await self._found()
        for ids in found[1:]:
            if self._place is not None:
                await self._scene.local.do(journal.doubled, self._place, ids)
            else:
                for item_id in ids:
                    await self._scene.api.remove(self._conversation, item_id)
        return found[0] if found else []

    async def _found(self) -> list[list[str]]:
        """The ids of each whole copy that came behind ``behind`` and is no settled write's."""
        listed = await arrivals(self._scene.api, self._conversation, self._behind)
        if self._place is None:
            return copies(since(listed, self._behind, {}), self.traces)
        ids = [identity for identity, _item in listed]
        # A reader may have labelled them in the meantime; such a label has no time.
        labels = await self._scene.local.look(layout.labels, {}, self._place.place, ids)
        hidden = (await self._scene.snapshot()).hidden
        fresh = since(listed, self._behind, labels)
        return copies([each for each in fresh if each[0] not in hidden], self.traces)
