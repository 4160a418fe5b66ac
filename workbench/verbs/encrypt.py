"""Turning a conversation into an encrypted one, back, and to another key.

In the workspace's own order, so that nothing is lost when the program is killed between two steps:
it is remembered that a conversion is under way (plain items are let through from then on), all
items are converted in one step, and only then the outcome is remembered. Whatever was cut off is
finished by doing the same again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import loop
from workbench.errors import InvalidValue, shorten
from workbench.protocols import Session
from workbench.sessions.wrapper import SessionWrapper
from workbench.verbs.opening import refuse_weak, unlock
from workbench.verbs.progress import with_progress
from workbench.verbs.subject import in_store, session_object
from workbench.workspace import Name, workspace

if TYPE_CHECKING:
    from workbench.sessions.conversion import Conversion


def encrypt(
    target: str | Session,
    key: Any = None,
    *,
    store: str | None = None,
    from_sdk: bool | str | bytes = False,
) -> Conversion:
    """Encrypt all items of a plain conversation, its archive too; returns what was done.

    ``target`` is a name, a session object, or with ``store`` the id of a session there. ``key`` is
    what `EncryptedSession` takes; None is WORKBENCH_KEY, the keyring, or a prompt. ``from_sdk``
    converts what the SDK's own EncryptedSession wrote with this key (or is the key of that). Cut
    off at any point, the same call finishes it. Raises InvalidValue for a weak key, KeyRequired,
    WrongKey, StoreError.
    """
    from workbench.sessions.conversion import encrypt_session

    if not isinstance(target, str) or store is not None:
        base, key = _base(target, store), _key_for(target, key)
        return with_progress(
            "encrypting",
            lambda report: encrypt_session(base, key, from_sdk=from_sdk, progress=report),
        )
    entry = _entry(target)
    secret = _first_key(entry, key)

    async def work(report: Any) -> Conversion:
        place = workspace()
        if entry.wrappers.encryption is None:
            await place.wrap(entry.name, encryption="migrating")
        done = await encrypt_session(place.base(entry), secret, from_sdk=from_sdk, progress=report)
        await place.wrap(entry.name, encryption="yes")
        return done

    done = with_progress("encrypting", work)
    workspace().secrets.keep(entry.name, secret)
    return done


def decrypt(target: str | Session, key: Any = None, *, store: str | None = None) -> Conversion:
    """Make an encrypted conversation plain again, its archive too; arguments as `encrypt`."""
    from workbench.sessions.conversion import decrypt_session

    if not isinstance(target, str) or store is not None:
        base, key = _base(target, store), _key_for(target, key)
        return with_progress(
            "decrypting", lambda report: decrypt_session(base, key, progress=report)
        )
    entry = _entry(target)
    secret = _own_key(entry, key)

    async def work(report: Any) -> Conversion:
        place = workspace()
        await place.wrap(entry.name, encryption="migrating")
        done = await decrypt_session(place.base(entry), secret, progress=report)
        await place.wrap(entry.name, encryption=None)
        return done

    return with_progress("decrypting", work)


def rekey(
    target: str | Session, new_key: Any = None, *, key: Any = None, store: str | None = None
) -> Conversion:
    """Encrypt a conversation with another key, its archive too; arguments as `encrypt`.

    ``new_key`` None is WORKBENCH_NEW_KEY or a prompt; ``key`` is the one it has now. Afterwards
    only the new key opens it: keep it, and set WORKBENCH_KEY to it before the next kernel.
    """
    from workbench.sessions.conversion import rekey_session

    if not isinstance(target, str) or store is not None:
        base, key, name = _base(target, store), _key_for(target, key), str(_id(target))
    else:
        entry = _entry(target)
        name, key, base = entry.name, _own_key(entry, key, check=False), workspace().base(entry)
    secrets = workspace().secrets
    new = secrets.read(new_key) if new_key is not None else secrets.new_key(name)
    refuse_weak(new)
    done = with_progress("rekeying", lambda report: rekey_session(base, key, new, progress=report))
    if isinstance(target, str):
        secrets.keep(name, new)
    return done


def _entry(name: str) -> Name:
    place = workspace()
    entry = loop.run(place.get(name))
    if entry.store is not None:
        place.secrets.ask_password(entry.store)
    return entry


def _first_key(entry: Name, key: Any) -> Any:
    """The key to encrypt with: known, or typed in twice. Raises InvalidValue for a weak one."""
    secrets = workspace().secrets
    if key is None:
        key = secrets.key(entry.name)
    key = secrets.ask_key(entry.name, new=True) if key is None else secrets.read(key)
    refuse_weak(key)
    return key


def _own_key(entry: Name, key: Any, *, check: bool = True) -> Any:
    """The key that an encrypted session has. Raises InvalidValue when it is a plain one."""
    if entry.wrappers.encryption is None:
        raise InvalidValue(f"session {shorten(entry.name)} is not encrypted; wb.encrypt does that")
    secrets = workspace().secrets
    if key is not None:
        return secrets.read(key)
    if check:
        unlock(entry)
    known = secrets.key(entry.name)
    return secrets.ask_key(entry.name) if known is None else known


def _key_for(target: Any, key: Any) -> Any:
    """The key for a session object, or for an id in a store."""
    secrets = workspace().secrets
    found = secrets.read(key) if key is not None else secrets.key(_id(target))
    return secrets.ask_key(_id(target)) if found is None else found


def _id(target: Any) -> str:
    return target if isinstance(target, str) else session_object(target, None).session_id


def _base(target: Any, store: str | None) -> Any:
    """The conversation itself, without the wrappers around it."""
    if isinstance(target, str):
        return loop.run(in_store(target, store, raw=True))
    session: Any = session_object(target, store)
    while isinstance(session, SessionWrapper):
        session = session.base
    return session
