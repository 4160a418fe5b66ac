"""The tab of encryption: what is encrypted and by which key, and changing that."""

from __future__ import annotations

from functools import partial
from typing import Any

from workbench.errors import CorruptItem, EncryptionError, InvalidValue, KeyRequired, shorten
from workbench.panels.inspect.ciphertext import Sample, samples, survey
from workbench.panels.inspect.place import Place, is_sdk_encrypted
from workbench.panels.plain import plainly
from workbench.protocols import Report, StoredItem
from workbench.sessions.encryption import EncryptedSession
from workbench.sessions.encryption.conversion import Conversion
from workbench.sessions.encryption.inspection import raw_items
from workbench.sessions.wrapper import SessionWrapper
from workbench.verbs.encrypt import decrypt, encrypt, rekey
from workbench.verbs.opening import unlock
from workbench.workspace import workspace
from workbench.workspace.secrets import KEY


async def state(place: Place) -> dict[str, Any]:
    """The properties of the tab. No key is needed for it."""
    raw = await raw_items(await place.stored())
    found = survey(raw)
    ways = await _ways(place)
    locked = await place.locked()
    if locked is None and found.encrypted and not _holds_key(place) and not _known(ways):
        locked = "Its key is not known here, so no text can be shown."
    read, trouble = ([], locked) if locked else await _newest(place)
    return {
        "form": found.form,
        "items": found.items,
        "encrypted": found.encrypted,
        "sdk": found.sdk,
        "unreadable": found.unreadable,
        "archived": found.archived,
        "keyIds": list(found.key_ids),
        "samples": [each.drawn() for each in samples(raw, read)],
        "locked": locked,
        "trouble": trouble,
        "ways": [[where, there] for where, there in ways],
        "known": _known(ways),
        "refused": refused(place),
        "kept": place.named,
        "fromEnvironment": any(there and KEY in where for where, there in ways),
    }


def refused(place: Place) -> str | None:
    """Why encryption can't be changed here; None: it can."""
    if isinstance(place.target, str):
        return None
    return (
        "This is a session object, which would go on reading as it does now. In Python: "
        "wb.encrypt(session, key), and from then on EncryptedSession(session, key); "
        "for a named session it is done here."
    )


def _known(ways: list[tuple[str, bool]]) -> bool:
    return any(there for _where, there in ways)


async def _ways(place: Place) -> list[tuple[str, bool]]:
    """Where a key would be taken from."""
    if not isinstance(place.target, str):
        return [("the session object itself", _holds_key(place))]
    # The keyring may take its time.
    return await plainly(partial(workspace().secrets.ways, place.target))


def _holds_key(place: Place) -> bool:
    session = place.target
    while isinstance(session, SessionWrapper):
        if isinstance(session, EncryptedSession):
            return True
        session = session.base
    return is_sdk_encrypted(session)


async def _newest(place: Place) -> tuple[list[StoredItem], str | None]:
    """The newest items in plain text, and why not, where not."""
    try:
        return await (await place.readable()).rows(Sample.COUNT), None
    except (EncryptionError, CorruptItem) as exc:
        return [], str(exc)


async def unlock_with(place: Place, key: str) -> str:
    """Keep ``key`` for this kernel, if it is the right one. Raises WrongKey, InvalidValue."""
    entry = await place.entry()
    if entry is None:
        raise InvalidValue(place.unnamed("A key") or "")
    if entry.wrappers.encryption is None:
        raise InvalidValue(f"session {shorten(entry.name)} is not encrypted")
    await plainly(lambda: unlock(entry, key=key))
    return "The key fits; it is kept while the kernel lives."


async def encrypted(place: Place, key: str | None, report: Report) -> str:
    """Encrypt all items, with the key that is known where none is given."""
    _check(place, key)
    done = await plainly(lambda: encrypt(place.target, key, **_words(place)), report=report)
    return _done("encrypted", done)


async def decrypted(place: Place, key: str | None, report: Report) -> str:
    """Make all items plain again."""
    _check(place, key)
    done = await plainly(lambda: decrypt(place.target, key, **_words(place)), report=report)
    return _done("decrypted", done)


async def rekeyed(place: Place, new: str, key: str | None, report: Report) -> str:
    """Encrypt all items with another key."""
    _check(place, key)
    done = await plainly(lambda: rekey(place.target, new, key=key, **_words(place)), report=report)
    text = _done("encrypted with the new key", done)
    ways = await _ways(place)
    if any(there and KEY in where for where, there in ways):
        text += f" {KEY} still is the old one: set it to the new one before the next kernel."
    return text


def _check(place: Place, key: str | None) -> None:
    """Raise before anybody would be asked at a prompt."""
    if (reason := refused(place)) is not None:
        raise InvalidValue(reason)
    if key is None and workspace().secrets.key(place.name) is None:
        raise KeyRequired(f"no key of session {shorten(place.name)} is known: type it in")


def _words(place: Place) -> dict[str, Any]:
    return {} if place.store is None else {"store": place.store}


def _done(what: str, done: Conversion) -> str:
    """A sentence, and what is left of the old form."""
    count = done.items + done.archived
    items = f"{count:,} item{'' if count == 1 else 's'} {'is' if count == 1 else 'are'} {what}"
    archived = f", {done.archived:,} of them in the archive" if done.archived else ""
    key = f", key {done.key_id}" if done.key_id else ""
    return " ".join([f"{items}{archived}{key}.", *done.notes])
