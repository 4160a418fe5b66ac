"""A session as a thin handle on a store: the store keeps, the handle knows which conversation.

It has the SDK's session protocol, so ``Runner`` takes it as it is, and the workbench's abilities
(`workbench.protocols`). It holds no state of the conversation, so any number of handles, in any
number of processes, may be on one session.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from types import EllipsisType
from typing import Any, TypeVar

from workbench.errors import InvalidValue, StoreClosed, Unsupported, shorten
from workbench.items import Item
from workbench.protocols import (
    PAGE,
    ArchivedItem,
    Edit,
    Key,
    RawItem,
    Scanned,
    Standing,
    Store,
    StoredItem,
    TakesColumns,
    Texts,
    TurnRecord,
)
from workbench.sessions.closing import ClosesAtTheEnd
from workbench.sessions.pages import among, page_of, put_plainly
from workbench.stores.texts import checked, rows_of

T = TypeVar("T")


class StoredSession(ClosesAtTheEnd):
    """The conversation ``session_id`` of ``store``.

    Items are typed as Any where the SDK has its own union of TypedDicts, so that a type checker
    lets ``Runner`` take this for a session too.

    ``session_settings`` is the SDK's ``SessionSettings`` or a dict; its ``limit`` counts where a
    call gives none. Raises InvalidValue for an id that is not text or empty.

    >>> from workbench.sessions import StoredSession
    >>> session = StoredSession(wb.open_store("sqlite:///app.db"), "demo")
    >>> wb.ask(session, "My name is John").text
    'Nice to meet you, John.'
    """

    def __init__(self, store: Store, session_id: str, *, session_settings: Any = None) -> None:
        self.session_id = checked_id(session_id)
        self.session_settings = session_settings
        self.store = store
        self._closed = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({shorten(self.session_id)}, store={self.store.url!r})"

    async def get_items(self, limit: int | None = None) -> list[Any]:
        """The newest ``limit`` items, oldest first; None gives all, 0 none.

        As in the SDK, ``session_settings.limit`` counts when ``limit`` is None. Raises InvalidValue
        for a negative limit, CorruptItem for an item that can't be decoded.
        """
        return await self._store().read(self.session_id, self._limit(limit))

    async def add_items(self, items: Sequence[Any]) -> None:
        """Append all of ``items`` or none of them. Raises InvalidItem, StoreError."""
        await self._store().append(self.session_id, items)

    async def pop_item(self) -> Any:
        """Delete the newest item and return it; None when there is none."""
        return await self._store().pop(self.session_id)

    async def clear_session(self) -> None:
        """Delete all that is kept of this session, for good: items, turns, archive."""
        await self._store().clear(self.session_id)

    async def rows(self, limit: int | None = None) -> list[StoredItem]:
        """The newest ``limit`` items with key, time and turn; settings don't count here."""
        return await self._store().rows(self.session_id, checked_limit(limit))

    async def append(self, items: Sequence[Item], *, turn_id: str | None = None) -> list[Key]:
        """Append all or none of ``items`` as part of a turn; returns their keys."""
        return await self._store().append(self.session_id, items, turn_id=turn_id)

    async def save_turn(self, record: TurnRecord) -> None:
        """Remember a turn; one with the same id is replaced."""
        await self._store().save_turn(self.session_id, record)

    async def save_turns(self, records: Sequence[TurnRecord]) -> None:
        """Remember all of these turns or, where the store can do so in one step, none of them."""
        save = getattr(self._store(), "save_turns", None)
        if save is not None:
            await save(self.session_id, records)
            return
        for record in records:  # a store registered from outside
            await self.save_turn(record)

    async def swap_turn(self, before: TurnRecord, after: TurnRecord) -> bool:
        """Put one record in the place of another, if that is what is remembered."""
        swap = getattr(self._store(), "swap_turn", None)
        if swap is not None:
            return bool(await swap(self.session_id, before, after))
        if before not in await self.turns():  # a store registered from outside
            return False
        await self.save_turn(after)
        return True

    async def turns(self) -> list[TurnRecord]:
        """The turns in the order they started."""
        return await self._store().turns(self.session_id)

    async def turns_of(self, turn_ids: Sequence[str]) -> list[TurnRecord]:
        """The records of these turns, in the order they started; unknown ids are passed over."""
        find = getattr(self._store(), "turns_of", None)
        if find is None:
            return among(await self.turns(), turn_ids)
        records: list[TurnRecord] = await find(self.session_id, turn_ids)
        return records

    async def archive(self, keys: Sequence[Key], *, reason: str) -> int:
        """Move these items to the archive in one atomic step; returns how many were there."""
        return await self._store().archive(self.session_id, keys, reason=reason)

    async def archived(self) -> list[ArchivedItem]:
        """What the archive holds of this session, in the order it was archived."""
        return await self._store().archived(self.session_id)

    async def archived_for(self, reason: str) -> list[ArchivedItem]:
        """What was archived for this ``reason``, in the order it was archived."""
        find = getattr(self._store(), "archived_for", None)
        if find is None:
            return [each for each in await self.archived() if each.reason == reason]
        kept: list[ArchivedItem] = await find(self.session_id, reason)
        return kept

    async def raw(self) -> list[RawItem]:
        """The conversation, oldest first, then the archive, whether it can be decoded or not.

        Raises Unsupported where the store can't show that.
        """
        raw = getattr(self._store(), "raw", None)
        if raw is None:
            raise Unsupported(f"{self.store.url} shows no item that it can't decode")
        found: list[RawItem] = await raw(self.session_id)
        return found

    async def restore(self, keys: Sequence[Key]) -> int:
        """Move archived items back to where they were, in one step; returns how many there were."""
        return await self._store().restore(self.session_id, keys)

    async def edit(self, change: Edit) -> list[Key] | None:
        """Make one atomic change; the keys of what it inserted, or None when it did not apply.

        Raises Unsupported where the store can't do that.
        """
        store = self._store()
        if not hasattr(store, "edit"):  # a store registered from outside, of an earlier protocol
            raise Unsupported(f"{store.url} can't change its items in one step")
        return await store.edit(self.session_id, change)

    async def page(self, after: Key | None = None, *, limit: int = PAGE) -> list[StoredItem]:
        """The next ``limit`` items behind the one with the key ``after``, oldest first."""
        checked_limit(limit)
        page = getattr(self._store(), "page", None)
        if page is None:  # a store registered from outside
            return page_of(await self.rows(), after, limit)
        rows: list[StoredItem] = await page(self.session_id, after, limit=limit) if limit else []
        return rows

    async def scan(
        self,
        taker: Callable[[], TakesColumns[T]],
        since: Any = None,
        *,
        full: bool = False,
        limit: int | None = None,
    ) -> Scanned[T] | None:
        """As `workbench.protocols.Columnar`; None where the store can't."""
        scan = getattr(self._store(), "scan", None)
        if scan is None or type(self).rows is not StoredSession.rows:  # it shows other rows
            return None
        found: Scanned[T] = await scan(self.session_id, taker, since, full=full, limit=limit)
        return found

    async def put(
        self,
        rows: Sequence[StoredItem | ArchivedItem],
        *,
        newest: Key | EllipsisType | None = ...,
    ) -> list[Key] | None:
        """Append ``rows`` with their turns and, as far as the store can, their times.

        None, and nothing was done, when the newest item has not the key ``newest``.
        """
        put = getattr(self._store(), "put", None)
        if put is None:
            return await put_plainly(self, rows, newest=newest)
        keys: list[Key] | None = await put(self.session_id, rows, newest=newest)
        return keys

    async def texts(self, after: Key | None = None, *, limit: int = PAGE) -> Texts | None:
        """As `page`, but each item as the text that is kept; None where the store can't."""
        texts = getattr(self._store(), "texts", None)
        if texts is None or type(self).page is not StoredSession.page:  # it shows other items
            return None
        found: Texts | None = await texts(self.session_id, after, limit=limit)
        return found

    async def put_texts(
        self, given: Texts, *, newest: Key | EllipsisType | None = ...
    ) -> Sequence[Key] | None:
        """As `put`, each item kept as the very text that is given, where the store can."""
        put = getattr(self._store(), "put_texts", None)
        if put is None or type(self).put is not StoredSession.put:  # it keeps other items
            return await self.put(rows_of(checked(given)), newest=newest)
        keys: Sequence[Key] | None = await put(self.session_id, given, newest=newest)
        return keys

    async def standing(self, until: Key | None) -> Standing | None:
        """How the conversation stands up to the item ``until``, where the store can tell."""
        standing = getattr(self._store(), "standing", None)
        return await standing(self.session_id, until) if standing is not None else None

    def omits(self, item: Item) -> str | None:
        """Why the store would leave ``item`` out; None: it is kept."""
        omits = getattr(self.store, "omits", None)
        return omits(item) if omits is not None else None

    def recognises(self, given: Item, found: Item) -> bool:
        """Whether ``found`` is what the store makes of ``given``: most keep items as they are."""
        recognises = getattr(self.store, "recognises", None)
        return bool(recognises(given, found)) if recognises is not None else found == given

    async def scrub(self) -> list[str]:
        """Leave nothing of what was deleted in the store's own files, where it has any.

        Returns, in sentences, what could not be reached.
        """
        scrub = getattr(self._store(), "scrub", None)
        return await scrub(self.session_id) if scrub is not None else []

    async def describe(self) -> dict[str, str]:
        """What the store has to say of this session beyond its items, by label."""
        describe = getattr(self._store(), "describe", None)
        return await describe(self.session_id) if describe is not None else {}

    async def close(self) -> None:
        """Let go of the store; the session can't be used afterwards. Safe to call twice."""
        self._closed = True

    def _store(self) -> Store:
        if self._closed:
            raise StoreClosed(f"session {shorten(self.session_id)} was closed; make a new one")
        return self.store

    def _limit(self, limit: int | None) -> int | None:
        settings = self.session_settings
        if limit is None and settings is not None:
            limit = settings.get("limit") if isinstance(settings, Mapping) else settings.limit
        return checked_limit(limit)


def checked_id(session_id: str) -> str:
    """``session_id`` if it can be one: any text that is not empty."""
    if not isinstance(session_id, str) or not session_id:
        given = "empty text" if session_id == "" else f"a {type(session_id).__name__}"
        raise InvalidValue(f"a session id is text that is not empty, not {given}")
    try:
        session_id.encode()
    except UnicodeEncodeError:
        raise InvalidValue("a session id is text that UTF-8 can hold (a lone surrogate?)") from None
    return session_id


def checked_limit(limit: int | None) -> int | None:
    """``limit`` if it is None or a count; the SDK's classes disagree on negative ones."""
    if limit is None:
        return None
    if isinstance(limit, int) and not isinstance(limit, bool) and limit >= 0:
        return min(limit, sys.maxsize)  # a store may not be able to count any further
    raise InvalidValue(f"limit is None (all items) or a number from 0, not {limit!r}")
