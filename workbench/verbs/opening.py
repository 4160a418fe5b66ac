"""Opening a session by name, with what it needs: a password, a key, its settings.

Plain calls, in the thread of whoever calls: only there somebody can be asked.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from workbench import loop
from workbench.errors import CorruptItem, InvalidValue, StoreError
from workbench.workspace import Name, Workspace, workspace
from workbench.workspace.urls import checked_url, needs_password, without_password
from workbench.workspace.wrappers import Wrappers, wanted


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was opened: what is remembered of it, and whether it is new."""

    entry: Name
    session: Any
    new: bool


def opened(
    name: str,
    *,
    store: str | None = None,
    encrypt: bool | None = None,
    key: Any = None,
    summary_model: Any = None,
    **counts: Any,
) -> Opened:
    """The session ``name``, made if it is new; the arguments are those of ``wb.session``.

    Raises what `Workspace.open` does, KeyRequired and WrongKey.
    """
    place = workspace()
    made_here = None if isinstance(summary_model, str) else summary_model
    counts["summary_model"] = None if made_here is not None else summary_model
    wanted(encrypt=encrypt, **counts)  # before anybody is asked for a key
    if encrypt is False and key is not None:
        raise InvalidValue("a key is for an encrypted session: leave it out, or encrypt=False")
    with place.secrets.on_trial("" if store is None else checked_url(store)):
        if store is not None:
            know_password(place, store)
        if encrypt or (key is not None and encrypt is None):
            encrypt, key = _for_encryption(place, name, key, encrypt)
        changes = wanted(encrypt=encrypt, **counts)
        if made_here is not None and not _will_compact(place, name, changes):
            raise InvalidValue("summary_model is about compaction: give max_messages with it")
        entry, new = loop.run(place.open(name, store=store, wrappers=changes))
    if summary_model is not None:
        place.summarisers.pop(name, None)
    if made_here is not None:
        place.summarisers[name] = made_here
    unlock(entry, key=key)
    return Opened(entry, place.session(entry), new)


def _will_compact(place: Workspace, name: str, changes: dict[str, Any]) -> bool:
    found = loop.run(place.find(name))
    return replace(Wrappers() if found is None else found.wrappers, **changes).compacts


def unlock(entry: Name, *, key: Any = None) -> None:
    """Have the password and the key of a session at hand; ask for what is not known.

    Raises KeyRequired where nobody can be asked, WrongKey for a ``key`` that is not the right one.
    """
    place = workspace()
    know_password(place, entry.store or "")
    if entry.wrappers.encryption is None:
        return
    if key is None and place.secrets.key(entry.name) is None:
        key = place.secrets.ask_key(entry.name)
    if key is not None:
        key = place.secrets.read(key)
        _check(place, entry, key)
        place.secrets.keep(entry.name, key)


def _for_encryption(
    place: Workspace, name: str, key: Any, encrypt: bool | None
) -> tuple[bool | None, Any]:
    """Whether the session is to become an encrypted one, and a key that was passed or typed in
    (None: it is known).

    Raises InvalidValue for a weak key and for plain items, before there is a session to encrypt.
    """
    found = loop.run(place.find(name))
    has = found is not None and found.wrappers.encryption is not None
    if found is not None:
        know_password(place, found.store or "")
        loop.run(place.check_encryptable(found))
    known = None if key is not None else place.secrets.key(name)
    if key is None and known is None:
        key = place.secrets.ask_key(name, new=not has)
    refuse_weak(place.secrets.read(known if key is None else key))
    # Who gives a key wants encryption, if the session hasn't got it yet.
    return (None if has and encrypt is None else True), key


def know_password(place: Workspace, url: str) -> None:
    """Have the password of a store at hand: that of the URL, or else a known or a typed one."""
    if "@" not in url:
        return
    kept, password = without_password(url)
    if password is not None:
        place.secrets.keep_password(kept, password)
    elif needs_password(kept):
        place.secrets.ask_password(kept)


def refuse_weak(key: Any) -> None:
    """Raise InvalidValue, which says what to use instead, for what can't be a key."""
    from workbench.sessions.encryption.keys import checked_keys

    checked_keys(key)


def _check(place: Workspace, entry: Name, key: Any) -> None:
    # A store that can't be reached just now, or a damaged item, is no reason to doubt the key.
    with suppress(StoreError, CorruptItem):
        loop.run(place.plain(entry, key=key).rows(1))
