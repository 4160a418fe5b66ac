"""How an adopted session is reached: by one handle among many, under its lock, with what is beside.

What is kept beside a session whose items die with an object lies in memory and dies with it too.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from workbench.errors import StoreClosed, shorten
from workbench.loop import settle
from workbench.places import companion_file
from workbench.protocols import Session
from workbench.sessions.adopted.inner import inner_of
from workbench.sessions.adopted.ledger import Ledger
from workbench.sessions.adopted.lock import SessionLock
from workbench.sessions.adopted.place import Where, kind, where
from workbench.sessions.adopted.replace import put_back
from workbench.sessions.adopted.work import Work
from workbench.sessions.stored import checked_id
from workbench.stores import open_store
from workbench.stores.sqlite import SQLiteStore, url_of
from workbench.stores.sqlite.file import SQLiteFile
from workbench.stores.sqlite.open import Place
from workbench.stores.sqlite.scrub import scrub


class Access:
    """The way of one handle to ``session``. Raises InvalidValue for an id that can be none."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.inner = inner_of(session)
        self.closed = False
        _known_id(session)
        self._where = where(session)
        self._store = _companion(self._where)
        _handles.setdefault(self._store, WeakSet()).add(self)

    def held(self, *, shared: bool = False) -> Held:
        """The session, shared with others or alone, for the length of an ``async with``."""
        return Held(self, shared=shared)

    async def ledger(self) -> Ledger:
        """What is kept beside the session. Raises StoreClosed."""
        if self.closed:
            name = shorten(self.session.session_id)
            raise StoreClosed(f"session {name} was closed; make a new one")
        return Ledger(self._store, await self._name())

    async def _name(self) -> str:
        """What the session is kept under beside it."""
        if _known_id(self.session) is None:
            await self.session.get_items(0)  # the SDK's own way to make an id known
        return json.dumps([kind(self.session), self._where.name, self.session.session_id])

    async def scrub(self) -> list[str]:
        """Leave nothing of what was deleted in the files that can be reached from here."""
        async with self.held() as work:
            left = await self._store.scrub(work.ledger.name)
            path = self._where.file
            if path is not None:
                return left + await _scrubbed(path)
        if self._where.owner is not None or hasattr(self.session, "scrub"):
            return left
        return [*left, f"A {kind(self.session)} {_UNREACHED}"]

    async def close(self) -> None:
        """Let go of what is kept beside the session; the last handle closes it."""
        self.closed = True
        others = _handles.get(self._store, WeakSet())
        others.discard(self)
        if not others and self._store.path is not None:
            await self._store.close()


class Held:
    """A session under its lock, after whatever was interrupted was made good.

    No generator: the SDK's ``run_sync`` ends those of its event loop, and then uses it again.
    """

    def __init__(self, access: Access, *, shared: bool) -> None:
        self._access = access
        self._shared = shared

    async def __aenter__(self) -> Work:
        ledger = await self._access.ledger()
        self._lock = SessionLock(ledger.name, ledger.store)
        await self._lock.take(shared=self._shared)
        try:
            while (await ledger.known()).journal:
                await self._made_good(ledger)
        except BaseException:
            self._lock.let_go()
            raise
        return Work(self._access.inner, ledger)

    async def _made_good(self, ledger: Ledger) -> None:
        if self._shared:
            self._lock.let_go()
            await self._lock.take(shared=False)
        await settle(put_back(self._access.inner, ledger))
        if self._shared:
            self._lock.let_go()
            await self._lock.take(shared=True)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lock.let_go()


_UNREACHED = (
    "can't overwrite what it deleted: the place where it keeps its items may still hold earlier "
    "text."
)


def _known_id(session: Session) -> str | None:
    """The id of ``session``; None where it has none before it is used. Raises InvalidValue."""
    try:
        session_id = session.session_id
    except ValueError:
        return None
    return checked_id(session_id)


async def _scrubbed(path: Path) -> list[str]:
    """What could not be reached in a SQLite file of others; no table of ours is made there."""
    file = SQLiteFile(Place(path, lambda _db: None))
    try:
        if not file.exists():
            return []
        return await file.maintain(partial(scrub, str(path), file.place.timeout))
    finally:
        await file.close()


def _companion(place: Where) -> SQLiteStore:
    """The store beside the session: the workspace's, or one that ends with the session's items."""
    if place.owner is not None:
        return _beside.setdefault(place.owner, SQLiteStore(None))
    store = open_store(url_of(companion_file(), private="1"))
    assert isinstance(store, SQLiteStore)
    return store


_beside: WeakKeyDictionary[Any, SQLiteStore] = WeakKeyDictionary()
"""For each object that holds items in memory the store beside it."""

_handles: WeakKeyDictionary[SQLiteStore, WeakSet[Access]] = WeakKeyDictionary()
"""The open handles on each store beside sessions."""
