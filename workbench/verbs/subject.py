"""What a verb is about: a name, an id in a store, or any session object."""

from __future__ import annotations

from typing import Any

from workbench.errors import InvalidValue, UnknownSession, nearest, shorten
from workbench.protocols import Session
from workbench.stores import open_store
from workbench.stores.urls import redacted
from workbench.workspace import workspace


async def subject(target: Any, *, store: str | None = None) -> Session:
    """The session that ``target`` means; it has to exist.

    ``target`` is a session object (anything with the SDK's protocol), a name of the workspace, or,
    with ``store``, the id of a session there. Raises UnknownSession with the nearest names.
    """
    if isinstance(target, str):
        return await (_in_store(target, store) if store else _by_name(target))
    if isinstance(target, Session):
        if store:
            raise InvalidValue("a session object knows its store; leave store= out")
        return target
    raise not_a_session(target)


def not_a_session(target: object) -> InvalidValue:
    """The error for what is no session: by its type, as it may hold the text of items."""
    kind = type(target).__name__
    return InvalidValue(f"a session name or a session object is expected, not a {kind}")


async def _by_name(name: str) -> Session:
    return workspace().session(await workspace().get(name))


async def _in_store(session_id: str, url: str) -> Session:
    from workbench.sessions.stored import StoredSession

    place = open_store(url)
    known = [info.session_id for info in await place.list_sessions()]
    if session_id not in known:
        raise UnknownSession(
            f"there is no session {shorten(session_id)} in {redacted(url)}; "
            + nearest(session_id, known, plural="sessions")
        )
    return StoredSession(place, session_id)
