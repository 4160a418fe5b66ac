"""All the sessions of a store, as something that any process can open: a worker's too.

A `Member` says where a session is and never how to get in: passwords and keys are looked up by the
process that opens it, as everywhere (`workbench.workspace.secrets`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import (
    CorruptItem,
    InvalidValue,
    NotFound,
    UnknownSession,
    nearest,
    shorten,
)
from workbench.items import is_encrypted
from workbench.protocols import Session
from workbench.sessions.stored import StoredSession
from workbench.stores.sqlite import file_of, url_of
from workbench.stores.urls import StoreURL, redacted
from workbench.workspace import Workspace, handle, workspace
from workbench.workspace.secrets import no_key
from workbench.workspace.urls import checked_url, without_password
from workbench.workspace.wrappers import Wrappers, encrypted


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """One session of a fleet. ``name`` is what its key is known by: its name, or else its id."""

    store: str
    """Its store's URL, the same in every folder, without a password."""
    session_id: str
    name: str

    def __repr__(self) -> str:
        return f"Member({shorten(self.name)}, store={redacted(self.store)!r})"


async def fleet(store: str | None) -> list[Member]:
    """The sessions of a store, or for None the named ones of the workspace, in order.

    Raises NotFound for a place that has none, and what asking the store raises.
    """
    place = workspace()
    members = sorted(await (_named(place) if store is None else _stored(place, store)))
    if not members:
        where = "this workspace" if store is None else redacted(store)
        raise NotFound(f"there are no sessions in {where}; is it the right place?")
    return members


def chosen(members: Sequence[Member], sessions: str | Iterable[str] | None) -> list[Member]:
    """Those of ``members`` that are wanted, by id or name; None: all.

    Raises UnknownSession with the nearest, InvalidValue.
    """
    if sessions is None:
        return list(members)
    known = {each.name for each in members}
    names = _checked([sessions] if isinstance(sessions, str) else list(sessions))
    for name in names:
        if name not in known:
            raise UnknownSession(
                f"there is no session {shorten(name)} among those to be read; "
                + nearest(name, known, plural="sessions")
            )
    return [each for each in members if each.name in names]


def _checked(names: list[Any]) -> set[str]:
    if not names:
        raise InvalidValue("sessions names none: leave it out for all of them")
    for each in names:
        if not isinstance(each, str):
            kind = type(each).__name__
            raise InvalidValue(f"sessions are given by their names or ids, not by a {kind}")
    return set(names)


async def lengths(members: Sequence[Member]) -> list[int | None]:
    """How many items each of them has; None where its store can't tell."""
    place = workspace()
    known = {
        (store, info.session_id): info.n_items
        for store in {each.store for each in members}
        for info in await place.store_at(store).list_sessions()
    }
    return [known.get((each.store, each.session_id)) for each in members]


async def opened(member: Member, *, decrypt: bool) -> Session:
    """A session of a fleet as it is stored, or with ``decrypt`` as plain text.

    Raises KeyRequired where its key is not known in this process.
    """
    place = workspace()
    session = handle(place.store_at(member.store), member.session_id)
    if not (decrypt and await _is_encrypted(session)):
        return session
    key = await asyncio.to_thread(place.secrets.key, member.name)
    if key is None:
        raise no_key(member.name)
    readable: Session = encrypted(session, Wrappers(encryption="yes"), key)
    return readable


def anywhere(url: str) -> str:
    """A store's URL that means the same in every folder and every process of this machine.

    Its password, if it has one, is kept in mind by this process and left out. Raises
    InvalidStoreURL.
    """
    parsed = StoreURL.parse(checked_url(url))
    path = file_of(parsed)
    if path is not None:
        return url_of(path.resolve(), **parsed.options)
    kept, password = without_password(url)
    if password is not None:
        workspace().secrets.keep_password(kept, password)
    return kept


async def _named(place: Workspace) -> list[Member]:
    own = url_of(place.file, private="1")
    return [
        Member(place.located(each.store) if each.store else own, each.session_id, each.name)
        for each in await place.names()
    ]


async def _stored(place: Workspace, url: str) -> list[Member]:
    with place.secrets.on_trial(checked_url(url)):
        where = anywhere(url)
        found = await place.store_at(where).list_sessions()
    return [Member(where, info.session_id, info.session_id) for info in found]


async def _is_encrypted(session: StoredSession) -> bool:
    try:
        newest = await session.rows(1)
    except CorruptItem:  # whoever reads it is told
        return False
    return any(is_encrypted(row.item) for row in newest)
