"""Reading a conversation: the newest items as the server lists them, without what does not count.

Pages are read without a lock. The companion file tells before and after whether a change came in
between that a reader must not see half of; then the pages are read again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.errors import CorruptItem, StoreLocked, shorten
from workbench.items import Item
from workbench.protocols import StoredItem
from workbench.stores.conversations import journal, layout
from workbench.stores.conversations.errors import Gone
from workbench.stores.conversations.items import incoming
from workbench.stores.conversations.journal import Snapshot
from workbench.stores.conversations.layout import Label
from workbench.stores.conversations.listing import claimed_hidden, listing
from workbench.stores.conversations.scene import Scene
from workbench.stores.conversations.tidy import tidy_if_free
from workbench.stores.sqlite.layout import moment

_TRIES = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a conversation: its id there, its content, and its label where it was asked."""

    item_id: str
    item: Item
    label: Label | None

    @property
    def key(self) -> int:
        assert self.label is not None
        return self.label.key

    def stored(self) -> StoredItem:
        assert self.label is not None
        label = self.label
        return StoredItem(label.key, self.item, moment(label.created_at), label.turn_id)


@dataclass(frozen=True, slots=True)
class View:
    """The newest items of a conversation, oldest first; ``whole`` when they are all it has.

    ``end`` is the newest item on the server, hidden or not.
    """

    known: Snapshot
    entries: list[Entry]
    whole: bool
    end: str | None = None

    @property
    def newest(self) -> int | None:
        """The key of the newest item."""
        return self.entries[-1].key if self.entries else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read: the newest ``limit`` items (None: all), ``keyed``: with labels, ``until``: and
    as many more as it takes to come by these ids."""

    limit: int | None
    keyed: bool = False
    until: frozenset[str] = frozenset()


async def look(scene: Scene, wanted: Wanted, *, locked: bool = False) -> View:
    """Read; ``locked``: the caller holds the lock.

    Raises UnknownSession, CorruptItem, StoreError.
    """
    for _attempt in range(_TRIES):
        view = await _tried(scene, wanted, locked=locked)
        if view is not None:
            return view
    if locked:
        raise StoreLocked(
            f"session {shorten(scene.session_id)} is being changed all the time; try again later"
        )
    async with (await scene.lock()).held():
        return await look(scene, wanted, locked=True)


async def _tried(scene: Scene, wanted: Wanted, *, locked: bool) -> View | None:
    """One try; None when something changed meanwhile."""
    known = await scene.snapshot()
    if known.untidy and not locked and await tidy_if_free(scene):
        known = await scene.snapshot()
    conversation = scene.conversation(known)
    if conversation is None or wanted.limit == 0:
        return View(known, [], conversation is None)
    try:
        listed, whole = await listing(scene.api, known, conversation, wanted.limit, wanted.until)
    except Gone:
        if await scene.api.exists(conversation) or (await scene.snapshot()) != known:
            return None
        raise scene.unknown(conversation) from None
    return await _composed(scene, known, conversation, listed, wanted, whole=whole)


async def _composed(
    scene: Scene,
    known: Snapshot,
    conversation: str,
    listed: list[Item],
    wanted: Wanted,
    *,
    whole: bool,
) -> View | None:
    """What a reader gets of the listed items; None when it could be torn."""
    ids = [item["id"] for item in listed]
    labels = await _labels(scene, known, conversation, ids, keyed=wanted.keyed)
    if labels is None or torn(known, await scene.snapshot()):
        return None
    gone = known.hidden | claimed_hidden(known.writes, list(zip(ids, listed, strict=True)), labels)
    shown = [item for item in listed if item["id"] not in gone]
    if shown or whole:
        newest = shown[-1]["id"] if shown else None
        scene.seen[conversation] = newest, known.place.revision if known.place else 0
    if wanted.limit is not None and not wanted.until and len(shown) > wanted.limit:
        shown, whole = shown[len(shown) - wanted.limit :], False
    end = ids[-1] if ids else None
    return View(known, entries(scene, shown, labels, whole=whole), whole, end)


async def _labels(
    scene: Scene, known: Snapshot, conversation: str, ids: Sequence[str], *, keyed: bool
) -> Mapping[str, Label] | None:
    """What is known of the listed items, as far as it is needed; None when that has changed."""
    if not keyed:
        if not known.writes or known.place is None:
            return {}
        return await scene.local.look(layout.labels, {}, known.place.place, ids)
    place = known.place
    if place is None:
        place = await scene.local.do(layout.ensure, scene.base_url, scene.session_id, conversation)
        if place.revision:
            return None
    live = [each for each in ids if each not in known.hidden]
    labels = await scene.local.look(layout.labels, {}, place.place, live)
    if len(labels) == len(live):
        return labels
    return await scene.local.do(journal.assigned, place, live)


def torn(before: Snapshot, after: Snapshot) -> bool:
    """Whether what was listed in between could be half of a change."""
    return _changes(before) != _changes(after)


def _changes(known: Snapshot) -> tuple[object, ...] | None:
    """What is another after a change that may be seen torn; None before the first."""
    place = known.place
    if place is None or (place.as_is and place.epoch == 0):
        return None
    return place.place, place.conversation, place.epoch


def entries(
    scene: Scene, shown: Sequence[Item], labels: Mapping[str, Label], *, whole: bool
) -> list[Entry]:
    """The listed items in the form that sessions give; ``whole``: they are the conversation.

    Raises CorruptItem.
    """
    found: list[Entry] = []
    for position, item in enumerate(shown, 1):
        label = labels.get(item["id"])
        try:
            found.append(Entry(item["id"], incoming(item), label))
        except (KeyError, TypeError, AttributeError, ValueError) as exc:
            raise CorruptItem(
                scene.session_id,
                position if whole else None,
                "the server answers it in a form that is no item",
                key=label.key if label else None,
            ) from exc
    return found
