"""Where conversations lie: what tells one from another, and what stands around it."""

from __future__ import annotations

import json
from typing import Any

from workbench.sessions.adopted import AdoptedSession
from workbench.sessions.adopted.place import kind, where
from workbench.sessions.around import encryption_of
from workbench.sessions.layers import innermost
from workbench.sessions.stored import StoredSession


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


def encrypted_alike(base: Any, session: Any) -> Any:
    """``base`` with the encryption around it that ``session`` has, by the same keys."""
    from workbench.sessions.encryption import EncryptedSession
    from workbench.sessions.encryption.session import keys_of

    around = encryption_of(session)
    return base if around is None else EncryptedSession(base, keys_of(around))
