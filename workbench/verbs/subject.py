"""What a verb is about: a name, an id in a store, or any session object."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from workbench.errors import CorruptItem, InvalidValue, UnknownSession, nearest, shorten
from workbench.items import ENVELOPE
from workbench.protocols import HIDDEN, KeepsRows, Session
from workbench.sessions.given import is_session
from workbench.sessions.stored import StoredSession
from workbench.stores.urls import redacted
from workbench.workspace import handle, workspace
from workbench.workspace.wrappers import Wrappers, encrypted

if TYPE_CHECKING:
    from workbench.sessions.adopted import AdoptedSession


async def subject(target: Any, *, store: str | None = None) -> Session:
    """The session that ``target`` means, to be looked at; it has to exist.

    ``target`` is a session object (anything with the SDK's protocol), a name of the workspace, or,
    with ``store``, the id of a session there. An encrypted one whose key is not known comes as it
    is stored. Raises UnknownSession with the nearest names.
    """
    if isinstance(target, str):
        return await (in_store(target, store) if store else _by_name(target))
    return await with_hidden(session_object(target, store))


async def with_hidden(session: Session) -> Session:
    """What is hidden of a session with the SDK's four methods alone is kept beside it."""
    if isinstance(session, KeepsRows) or (adopted := with_ledger(session)) is None:
        return session
    return cast(Session, adopted) if await adopted.archived_for(HIDDEN) else session


def with_ledger(session: Session) -> AdoptedSession | None:
    """``session`` with what is kept beside it; None where nothing can be."""
    from workbench.sessions.adopted import AdoptedSession

    try:
        return AdoptedSession(session)
    except InvalidValue:  # its id can be none of ours
        return None


def session_object(target: object, store: str | None) -> Session:
    """``target`` if it is a session that knows its id. Raises InvalidValue."""
    if not is_session(target):
        raise not_a_session(target)
    if store:
        raise InvalidValue("a session object knows its store; leave store= out")
    return target


def not_a_session(target: object) -> InvalidValue:
    """The error for what is no session: by its type, as it may hold the text of items."""
    kind = type(target).__name__
    return InvalidValue(f"a session name or a session object is expected, not a {kind}")


async def _by_name(name: str) -> Session:
    place = workspace()
    entry = await place.get(name)
    if entry.wrappers.encryption is None:
        return cast(Session, place.session(entry))
    # The keyring may take its time, and the home loop is everybody's.
    return cast(Session, await asyncio.to_thread(place.readable, entry))


async def in_store(session_id: str, url: str | None, *, raw: bool = False) -> Session:
    """The session ``session_id`` of the store ``url``, decrypted where the key is known.

    ``raw`` leaves it as it is stored. Raises UnknownSession with the nearest ids.
    """
    place = workspace()
    store = place.store_at(url) if url else place.store()
    session = handle(store, session_id)
    try:
        newest = await session.rows(1)
    except CorruptItem:  # it is there, and whoever reads it is told
        return session
    if not newest and session_id not in (known := await _ids(session)):
        raise UnknownSession(
            f"there is no session {shorten(session_id)} in {redacted(store.url)}; "
            + nearest(session_id, known, plural="sessions")
        )
    if raw or not any(ENVELOPE in row.item for row in newest):  # the SDK's stay as they are
        return session
    key = await asyncio.to_thread(place.secrets.key, session_id)
    if key is None:
        return session
    readable: Session = encrypted(session, Wrappers(encryption="yes"), key)
    return readable


async def _ids(session: StoredSession) -> list[str]:
    return [info.session_id for info in await session.store.list_sessions()]
