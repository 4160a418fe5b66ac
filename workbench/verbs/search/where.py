"""Where a search looks: stores that are asked for some or all of their sessions, and sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from workbench.errors import (
    CorruptItem,
    InvalidValue,
    KeyRequired,
    ModelError,
    StoreError,
    UnknownSession,
    WorkbenchError,
    nearest,
    shorten,
)
from workbench.protocols import Session, Store
from workbench.sessions.given import is_session
from workbench.sessions.stored import StoredSession
from workbench.stores.urls import redacted
from workbench.verbs.subject import session_object, with_hidden
from workbench.verbs.tag import fits
from workbench.workspace import Name, Workspace, handle, workspace


@dataclass(slots=True)
class Place:
    """A store, and the ids that are looked at there; None for all of them."""

    store: Store
    ids: dict[str, None] | None = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Single:
    """A session that is read item by item. ``locked`` is one whose key is not known."""

    session: Session
    store: Store | None = None
    name: str | None = None
    locked: bool = False

    @property
    def label(self) -> str:
        """The session as a message shows it."""
        return f"session {shorten(self.name or self.session.session_id)}"


class Where:
    """All that one search looks at, each thing once, and what could not even be begun with."""

    def __init__(self, names: Sequence[Name], place: Workspace) -> None:
        self.places: dict[Hashable, Place] = {}
        self.singles: dict[Hashable, Single] = {}
        self.troubles: list[WorkbenchError] = []
        self._place = place
        self._names: dict[str, list[Name]] = {}
        for entry in names:
            self._names.setdefault(entry.session_id, []).append(entry)

    def name_of(self, store: Store, session_id: str) -> str | None:
        """The name that a session has in the workspace, the one that was used last."""
        for entry in self._names.get(session_id, ()):
            with suppress(StoreError, ModelError):
                if same(self._place.store(entry.store)) == same(store):
                    return entry.name
        return None

    def add(self, store: Store, session_id: str) -> None:
        """Look at a session as its store keeps it."""
        ids = self.places.setdefault(same(store), Place(store)).ids
        if ids is not None:
            ids[session_id] = None

    def add_all(self, store: Store) -> None:
        """Look at every session of a store."""
        self.places[same(store)] = Place(store, None)

    async def add_name(self, entry: Name) -> None:
        """Look at a named session, through its key where it is encrypted."""
        place = self._place
        try:
            store = place.store(entry.store)
            if entry.wrappers.encryption is None:
                self.add(store, entry.session_id)
                return
            # The keyring may take its time, and the home loop is everybody's.
            locked = await asyncio.to_thread(place.secrets.key, entry.name) is None
            session: Any = place.base(entry) if locked else place.plain(entry)
            single = Single(session, store, entry.name, locked)
            self.singles[same(store), entry.session_id] = single
        except (StoreError, ModelError, KeyRequired) as exc:
            self.troubles.append(exc)

    async def add_object(self, session: Any) -> None:
        """Look at a session object: one that its store keeps plainly is left to the store."""
        plain = _plainly_stored(session)
        if plain is not None:
            self.add(plain.store, plain.session_id)
            return
        store = getattr(session, "store", None)
        place = id(session) if store is None else (same(store), session.session_id)
        if place not in self.singles:
            self.singles[place] = Single(await with_hidden(session), store)


def same(store: Any) -> Hashable:
    """What is equal for stores of one place: a file may be opened with different options."""
    return getattr(store, "path", None) or id(store)


def _plainly_stored(session: Any) -> StoredSession | None:
    """What a session of ours stands on; None for another one, and for one that encrypts."""
    from workbench.sessions.encryption import EncryptedSession

    while not isinstance(session, StoredSession):
        if isinstance(session, EncryptedSession) or not hasattr(session, "base"):
            return None
        session = session.base
    return None if session._closed else session


@dataclass(frozen=True, slots=True)
class Noted:
    """What the named sessions to look at have to have noted about them, as in `fits`."""

    tags: Any = None
    title: str | None = None
    metadata: Mapping[str, Any] | None = None

    def __bool__(self) -> bool:
        return any(each is not None for each in (self.tags, self.title, self.metadata))

    def fits(self, entry: Name) -> bool:
        """Whether a named session is meant."""
        return fits(entry, tags=self.tags, title=self.title, metadata=self.metadata)


async def where(sessions: Any, store: str | None, noted: Noted) -> Where:
    """Where to look. Raises UnknownSession, InvalidValue, and StoreError for ``store`` itself."""
    place = workspace()
    names = await _names(place, needed=store is None and sessions is None)
    found = Where(names, place)
    if noted and (store is not None or sessions is not None):
        raise InvalidValue(
            "tags, titles and metadata are of named sessions: to look by them leave store and "
            "sessions out"
        )
    if store is not None:
        await _in_store(found, place.store_at(store), sessions)
    elif sessions is not None:
        for each in _several(sessions):
            await _one(found, each, place)
    else:
        for entry in names:
            if noted.fits(entry):
                await found.add_name(entry)
    return found


async def _names(place: Workspace, *, needed: bool) -> Sequence[Name]:
    """The named sessions; a workspace that can't be read matters only where they are ``needed``."""
    try:
        return await place.names()
    except StoreError:
        if needed:
            raise
        return []


def _several(sessions: Any) -> Sequence[Any]:
    """One session, or several, as a list."""
    if isinstance(sessions, str) or is_session(sessions):
        return [sessions]
    if isinstance(sessions, Mapping) or not isinstance(sessions, Iterable):
        kind = type(sessions).__name__
        raise InvalidValue(f"sessions are names, session objects, or a list of them, not a {kind}")
    return list(sessions)


async def _one(found: Where, session: Any, place: Workspace) -> None:
    if isinstance(session, str):
        await found.add_name(await place.get(session))
    else:
        await found.add_object(session_object(session, None))


async def _in_store(found: Where, store: Store, sessions: Any) -> None:
    if sessions is None:
        found.add_all(store)
        return
    for each in _several(sessions):
        if not isinstance(each, str):
            session_object(each, store.url)  # raises
        await _check(store, each)
        found.add(store, each)


async def _check(store: Store, session_id: str) -> None:
    with suppress(CorruptItem):  # it is there, and the search says so
        if await handle(store, session_id).rows(1):
            return
        known = [info.session_id for info in await store.list_sessions()]
        if session_id not in known:
            raise UnknownSession(
                f"there is no session {shorten(session_id)} in {redacted(store.url)}; "
                + nearest(session_id, known, plural="sessions")
            )
