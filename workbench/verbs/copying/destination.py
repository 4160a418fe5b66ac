"""Where a copy goes: a store, under the id it has, or a session that somebody made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workbench import loop
from workbench.errors import InvalidValue, shorten
from workbench.protocols import Session
from workbench.sessions.around import encryption_of
from workbench.sessions.given import is_session
from workbench.sessions.layers import innermost
from workbench.sessions.stored import checked_id
from workbench.verbs.copying.source import Source, needs_key
from workbench.verbs.copying.where import encrypted_alike, place_of
from workbench.verbs.numbered import able
from workbench.verbs.opening import know_password
from workbench.workspace import Workspace, handle, workspace
from workbench.workspace.adding import taken
from workbench.workspace.urls import checked_url, family


@dataclass(frozen=True, slots=True)
class Destination:
    """``session`` takes the items; ``place`` tells it from every other one; ``url`` is the store as
    the workspace remembers it, and ``name`` what the copy is called then: both None for a session
    that was given."""

    session: Any = field(repr=False)
    place: str
    name: str | None = None
    url: str | None = None

    @property
    def shown(self) -> str:
        """How messages call it."""
        inner = innermost(self.session)
        store = getattr(inner, "store", None)
        kind = type(getattr(inner, "inner", inner)).__name__ if store is None else store.url
        return f"{shorten(self.session.session_id)} in {kind}"


def destination_of(source: Source, to: str | Session, name: str | None) -> Destination:
    """What ``to`` means for a copy of ``source``. Raises InvalidValue, KeyRequired, StoreError."""
    found = _given(source, to, name) if is_session(to) else _at(source, checked_url(to), name)
    if found.place == place_of(source.session) or _is_same(source, found):
        raise InvalidValue(
            f"{found.shown} is what is to be copied; wb.fork makes a copy within one store"
        )
    if source.sealed and source.session.session_id != found.session.session_id:
        raise needs_key(source)
    return found


def _given(source: Source, to: Any, name: str | None) -> Destination:
    if name is not None:
        raise InvalidValue("a session object has no name in the workspace; leave name= out")
    secret = source.sealed or encryption_of(source.session) is not None
    if secret and not source.sealed and encryption_of(to) is None:
        raise InvalidValue(
            f"session {shorten(source.name)} is encrypted, and {type(to).__name__} would hold it "
            "as plain text; copy to EncryptedSession(session, key), or to the URL of a store"
        )
    return Destination(able(to), place_of(able(to)))


def _at(source: Source, to: str, name: str | None) -> Destination:
    place = workspace()
    know_password(place, to)
    store = place.store_at(to)
    url = place.remembered(to)
    if name is not None:
        checked_id(name)
        if loop.run(place.find(name)) is not None:
            raise taken(name)
    else:
        name = loop.run(_free_name(place, f"{source.name}-{family(to)}"))
    base = handle(store, source.session.session_id)
    session = base if source.sealed else encrypted_alike(base, source.session)
    return Destination(session, place_of(base), name, url)


async def _free_name(place: Workspace, name: str) -> str:
    number, free = 1, name
    while await place.find(free) is not None:
        number += 1
        free = f"{name}-{number}"
    return free


def _is_same(source: Source, found: Destination) -> bool:
    """Whether both are one conversation of one store object."""
    one, other = innermost(source.session), innermost(found.session)
    store = getattr(one, "store", None)
    return (
        store is not None
        and store is getattr(other, "store", None)
        and one.session_id == other.session_id
    )
