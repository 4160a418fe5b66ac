"""Where conversations lie: what tells one from another, and what stands around it."""

from __future__ import annotations

import json
from typing import Any

from workbench.sessions.adopted import AdoptedSession
from workbench.sessions.adopted.place import kind, where
from workbench.sessions.stored import StoredSession


def innermost(session: Any) -> Any:
    """The session that stores, with nothing around it."""
    while (base := getattr(session, "base", None)) is not None:
        session = base
    return session


def place_of(session: Any) -> str:
    """What tells the conversation from every other one, in any program on this machine.

    One that lies in memory is known to its own process only.
    """
    inner = innermost(session)
    if isinstance(inner, StoredSession):
        return json.dumps([_store_place(inner.store), inner.session_id])
    kept = inner.inner if isinstance(inner, AdoptedSession) else inner
    place = where(kept)
    owner = [] if place.owner is None else [id(place.owner)]
    return json.dumps([kind(kept), place.name, *owner, kept.session_id])


def _store_place(store: Any) -> list[Any]:
    path = getattr(store, "path", None)
    if path is not None:
        return ["sqlite", str(path.resolve())]
    if store.url.startswith(("memory:", "sqlite:")):
        return [store.url, id(store)]
    return [store.url, getattr(getattr(store, "place", None), "prefix", None)]


def encryption_of(session: Any) -> Any:
    """The `EncryptedSession` among what stands around a conversation; None where there is none."""
    from workbench.sessions.encryption import EncryptedSession

    while session is not None and not isinstance(session, EncryptedSession):
        session = getattr(session, "base", None)
    return session


def encrypted_alike(base: Any, session: Any) -> Any:
    """``base`` with the encryption around it that ``session`` has, by the same keys."""
    from workbench.sessions.encryption import EncryptedSession
    from workbench.sessions.encryption.session import keys_of

    around = encryption_of(session)
    return base if around is None else EncryptedSession(base, keys_of(around))
