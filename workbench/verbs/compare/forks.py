"""Conversations to compare on: a copy of where a conversation stands, in the same kind of session.

What stands around the origin (compaction, encryption with the same keys) stands around the copy.
What is encrypted is bound to its session's id, so items are written anew, not copied as they lie.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from workbench.items import Item
from workbench.protocols import Recognises, Store
from workbench.sessions.layers import innermost
from workbench.sessions.memory import MemorySession
from workbench.sessions.pages import pages
from workbench.sessions.stored import StoredSession
from workbench.stores.read_only import is_read_only
from workbench.verbs.numbered import able
from workbench.workspace import handle


def beside(origin: Any, session_id: str, *, store: Store | None = None) -> Any:
    """A conversation ``session_id`` with what stands around ``origin`` (None: nothing).

    It is kept in ``store``; None is where the origin is, and memory for an origin whose place is
    not ours to choose an id in: a store that was opened to be read, a session that is not of the
    workbench, or none.
    """
    from workbench.sessions.compaction import CompactionSession
    from workbench.sessions.encryption import EncryptedSession
    from workbench.sessions.encryption.session import keys_of

    if isinstance(origin, CompactionSession):
        return origin.around(beside(origin.given, session_id, store=store))
    if isinstance(origin, EncryptedSession):
        inner = beside(origin.given, session_id, store=store)
        return EncryptedSession(inner, keys_of(origin), allow_plain=origin.allow_plain)
    if store is None and isinstance(origin, StoredSession) and not is_read_only(origin.store):
        store = origin.store
    made = MemorySession(session_id) if store is None else handle(store, session_id)
    made.session_settings = getattr(origin, "session_settings", None)
    return made


async def copied(origin: Any, copy: Any) -> None:
    """Copy the items that ``origin`` would send, page by page, with their times and turns."""
    async for page in pages(able(origin)):
        await copy.put(page)


async def reads_back(origin: Any, copy: Any) -> bool:
    """Whether ``copy`` holds what ``origin`` does, item for item, in its store's form of them."""
    found = items_of(copy)
    async for item in items_of(origin):
        same = await anext(found, None)
        if same is None or not recognised(copy, item, same):
            return False
    return await anext(found, None) is None


async def items_of(session: Any) -> AsyncIterator[Item]:
    """The items of any session, oldest first."""
    async for page in pages(able(session)):
        for row in page:
            yield row.item


def recognised(session: Any, given: Item, found: Item) -> bool:
    """Whether ``found`` is what the place that keeps ``session`` makes of ``given``."""
    keeper = innermost(session)
    if given == found:
        return True
    return isinstance(keeper, Recognises) and keeper.recognises(given, found)
