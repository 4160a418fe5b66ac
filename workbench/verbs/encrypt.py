"""Turning a conversation into an encrypted one, back, and to another key.

In the workspace's own order, so that nothing is lost when the program is killed between two steps:
it is remembered that a conversion is under way (plain items are let through from then on), all
items are converted in one step, and only then the outcome is remembered. Whatever was cut off is
finished by doing the same again.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from workbench import loop
from workbench.errors import CorruptItem, EncryptionError, InvalidValue, shorten
from workbench.items import ENVELOPE, Item
from workbench.protocols import Session
from workbench.sessions.stored import StoredSession
from workbench.sessions.wrapper import SessionWrapper
from workbench.verbs.opening import refuse_weak, unlock
from workbench.verbs.progress import with_progress
from workbench.verbs.subject import in_store, session_object
from workbench.workspace import Name, workspace
from workbench.workspace.wrappers import Encryption

if TYPE_CHECKING:
    from workbench.sessions.encryption.conversion import Conversion

_REFUSED = (EncryptionError, InvalidValue, CorruptItem)
"""What a conversion raises when it is not to be: a wrong key, an item that can't be read."""


def encrypt(
    target: str | Session,
    key: Any = None,
    *,
    store: str | None = None,
    from_sdk: bool | str | bytes = False,
) -> Conversion:
    """Encrypt all items of a plain conversation, its archive too; returns what was done.

    ``target`` is a name, a session object, or with ``store`` the id of a session there. ``key`` is
    what `EncryptedSession` takes; None is that of the object if it is an encrypted one, else
    WORKBENCH_KEY, the keyring, or a prompt. ``from_sdk``
    converts what the SDK's own EncryptedSession wrote with this key (or is the key of that). Cut
    off at any point, the same call finishes it. Raises InvalidValue for a weak key, KeyRequired,
    WrongKey, StoreError.

    >>> turn = wb.ask("demo", "My name is John")
    >>> key = wb.generate_key()  # keep it: nothing can be read without it
    >>> wb.encrypt("demo", key).changed
    2
    >>> wb.ask("demo", "What's my name?").text
    'Your name is John.'
    """
    from workbench.sessions.encryption.conversion import encrypt_session

    if not isinstance(target, str) or store is not None:
        base, key = _base(target, store), _key_for(target, key)
        return with_progress(
            "encrypting",
            lambda report: encrypt_session(base, key, from_sdk=from_sdk, progress=report),
        )
    entry = _entry(target)
    secret = _first_key(entry, key)

    async def work(report: Any) -> Conversion:
        return await _converted(
            entry,
            encrypt_session(workspace().base(entry), secret, from_sdk=from_sdk, progress=report),
            into="yes",
        )

    with _finished_with(entry.name, secret):
        done = with_progress("encrypting", work)
    workspace().secrets.keep(entry.name, secret)
    return done


def decrypt(target: str | Session, key: Any = None, *, store: str | None = None) -> Conversion:
    """Make an encrypted conversation plain again, its archive too; arguments as `encrypt`.

    >>> session = wb.session("demo", encrypt=True, key=wb.generate_key())
    >>> turn = wb.ask("demo", "My name is John")
    >>> wb.decrypt("demo")
    Conversion(session_id='demo', items=2, archived=0, changed=2, key_id=None, notes=())
    """
    from workbench.sessions.encryption.conversion import decrypt_session

    if not isinstance(target, str) or store is not None:
        base, key = _base(target, store), _key_for(target, key)
        return with_progress(
            "decrypting", lambda report: decrypt_session(base, key, progress=report)
        )
    entry = _entry(target)
    secret = _own_key(entry, key)

    async def work(report: Any) -> Conversion:
        base = workspace().base(entry)
        done = await _converted(entry, decrypt_session(base, secret, progress=report), into=None)
        # Turns that began while the conversion was under way have written what they said encrypted.
        late = any(ENVELOPE in item for item in await _all_items(base))
        return await decrypt_session(base, secret) if late else done

    with _finished_with(entry.name, secret):
        return with_progress("decrypting", work)


def rekey(
    target: str | Session, new_key: Any = None, *, key: Any = None, store: str | None = None
) -> Conversion:
    """Encrypt a conversation with another key, its archive too; arguments as `encrypt`.

    ``new_key`` None is WORKBENCH_NEW_KEY or a prompt; ``key`` is the one it has now. Afterwards
    only the new key opens it: keep it, and set WORKBENCH_KEY to it before the next kernel.

    >>> old, new = wb.generate_key(), wb.generate_key()  # keep the new one
    >>> session = wb.session("demo", encrypt=True, key=old)
    >>> turn = wb.ask("demo", "My name is John")
    >>> wb.rekey("demo", new).changed
    2
    """
    from workbench.sessions.encryption.conversion import rekey_session

    if not isinstance(target, str) or store is not None:
        base, key, name = _base(target, store), _key_for(target, key), str(_id(target))
    else:
        entry = _entry(target)
        name, key, base = entry.name, _own_key(entry, key, leaving=False), workspace().base(entry)
    secrets = workspace().secrets
    new = secrets.read(new_key) if new_key is not None else secrets.new_key(name)
    refuse_weak(new)
    done = with_progress("rekeying", lambda report: rekey_session(base, key, new, progress=report))
    if isinstance(target, str):
        secrets.keep(name, new)
    return done


async def _converted(
    entry: Name, work: Coroutine[Any, Any, Conversion], *, into: Encryption | None
) -> Conversion:
    """What ``work`` does, with what is remembered of the encryption before and after it."""
    place = workspace()
    before = entry.wrappers.encryption
    marked = "migrating" if before is None or into is None else before
    if marked != before:
        await place.wrap(entry.name, encryption=marked)
    try:
        done = await work
    except _REFUSED:
        # Before anything was changed: plain items are to be told of again.
        if marked != before and not await _is_converted(place.base(entry), into):
            await place.wrap(entry.name, encryption=before)
        raise
    await place.wrap(entry.name, encryption=into)
    return done


async def _is_converted(base: StoredSession, into: Encryption | None) -> bool:
    """Whether all items of a conversation were brought into this form, which is one step."""
    try:
        items = await _all_items(base)
    except CorruptItem:  # what can't be read was not converted
        return False
    return bool(items) and all((ENVELOPE in item) == (into is not None) for item in items)


@contextmanager
def _finished_with(name: str, key: Any) -> Iterator[None]:
    """Keep the key of a conversion that is cut off: reading on, and finishing it, need it."""
    try:
        yield
    except _REFUSED:
        raise
    except BaseException:
        secrets = workspace().secrets
        if secrets.key(name) is None:
            secrets.keep(name, key)
        raise


async def _all_items(base: StoredSession) -> list[Item]:
    live = [row.item for row in await base.rows()]
    return live + [each.item for each in await base.archived()]


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


def _own_key(entry: Name, key: Any, *, leaving: bool = True) -> Any:
    """The key that an encrypted session has. Raises InvalidValue when it is a plain one.

    One that is ``leaving`` may be remembered as plain and hold what a late writer encrypted.
    """
    if entry.wrappers.encryption is None and not (leaving and _holds_envelopes(entry)):
        raise InvalidValue(f"session {shorten(entry.name)} is not encrypted; wb.encrypt does that")
    secrets = workspace().secrets
    if key is not None:
        return secrets.read(key)
    if leaving:
        unlock(entry)
    known = secrets.key(entry.name)
    return secrets.ask_key(entry.name) if known is None else known


def _holds_envelopes(entry: Name) -> bool:
    return any(ENVELOPE in item for item in loop.run(_all_items(workspace().base(entry))))


def _key_for(target: Any, key: Any) -> Any:
    """The key for a session object (its own, if it is an encrypted one) or an id in a store."""
    secrets = workspace().secrets
    found = secrets.read(key) if key is not None else _keys_in(target) or secrets.key(_id(target))
    return secrets.ask_key(_id(target)) if found is None else found


def _keys_in(target: Any) -> Any:
    from workbench.sessions.encryption import EncryptedSession, keys_of

    while isinstance(target, SessionWrapper):
        if isinstance(target, EncryptedSession):
            return keys_of(target)
        target = target.base
    return None


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
