"""Encrypting a session that is there already, leaving encryption, and changing the key.

Each is one atomic change of the store: live and archived items are rewritten in their places, under
their keys, with their times and turns; then they are read back and compared; then the store gets
rid of what was written before, as far as it can (``notes`` says what it can't). The error texts of
turns are converted too. Killed at any point, or joined by a writer who still wrote the old way, a
conversion that is run again finishes the work.

The base is the session that stores, without wrappers; any session of the SDK will do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.errors import InvalidValue
from workbench.protocols import Scrubs
from workbench.sessions.encryption.conversion_forms import Encrypted, Form, Plain
from workbench.sessions.encryption.conversion_steps import Progress, convert_items, convert_turns
from workbench.sessions.encryption.key_ring import KeyRing
from workbench.sessions.encryption.keys import EncryptionKey, checked_keys
from workbench.sessions.encryption.order import check_base
from workbench.sessions.encryption.sdk_envelope import SDKEnvelopes, sdk_master
from workbench.sessions.wrapper import Base, SessionWrapper

__all__ = ["Conversion", "Progress", "decrypt_session", "encrypt_session", "rekey_session"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a conversion left behind: how many ``items`` and ``archived`` ones the session has.

    ``changed`` of them were rewritten (0 when it had been done before). ``key_id`` is that of the
    key they are encrypted with, None when they are plain. ``notes`` are sentences on what is left
    of the old form and could not be reached.
    """

    session_id: str
    items: int
    archived: int
    changed: int
    key_id: str | None
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML."""
        from workbench.render.lines import labelled

        state = "none: plain text" if self.key_id is None else f"AES-256-GCM, key {self.key_id}"
        archived = f", and {self.archived:,} in its archive" if self.archived else ""
        return labelled(
            [
                ("session", self.session_id),
                ("encryption", state),
                ("items", f"{self.items:,}{archived}; {self.changed:,} of them rewritten"),
                *(("note", note) for note in self.notes),
            ]
        )


async def encrypt_session(
    base: Any,
    key: EncryptionKey,
    *,
    from_sdk: bool | str | bytes = False,
    progress: Progress | None = None,
) -> Conversion:
    """Encrypt what is plain. ``from_sdk`` takes over what the SDK's EncryptedSession wrote.

    ``from_sdk`` is True where that was written with the same key, or the SDK's key. ``progress`` is
    called with the items done and their number. Raises InvalidValue for the key or the base,
    WrongKey when the session is encrypted with another key, Tampered, StoreError.
    """
    store = _stored(base)
    ring = KeyRing(store.session_id, key)
    form = Encrypted(ring, _sdk(store.session_id, key, from_sdk))
    return await _convert(store, form, lambda: ring.key_id, progress)


async def decrypt_session(
    base: Any, key: EncryptionKey, *, progress: Progress | None = None
) -> Conversion:
    """Make a session plain again, its archive and the errors of its turns too.

    Raises as `encrypt_session`; nothing is changed unless every item can be opened.
    """
    store = _stored(base)
    return await _convert(store, Plain(KeyRing(store.session_id, key)), lambda: None, progress)


async def rekey_session(
    base: Any, old: EncryptionKey, new: EncryptionKey, *, progress: Progress | None = None
) -> Conversion:
    """Encrypt a session with another key: all that is not of the first key of ``new`` yet.

    Raises as `encrypt_session`, EncryptionError for plain items (`encrypt_session` is for these).
    """
    store = _stored(base)
    ring = KeyRing(store.session_id, [*_several(new), *_several(old)])
    form = Encrypted(ring, None, renew=True)
    return await _convert(store, form, lambda: ring.key_id, progress)


async def _convert(
    base: Base, form: Form, key_id: Callable[[], str | None], progress: Progress | None
) -> Conversion:
    found = await convert_items(base, form, progress)
    await convert_turns(base, form)
    notes = await base.scrub() if isinstance(base, Scrubs) else [_CANNOT]
    return Conversion(base.session_id, *found, key_id(), tuple(notes))


_CANNOT = "This kind of session can't overwrite what it deleted: copies of it may be left there."


def _stored(base: Any) -> Base:
    check_base(base)
    if isinstance(base, SessionWrapper):
        raise InvalidValue("a conversion works on the session that stores, without its wrappers")
    return SessionWrapper(base).base


def _several(key: EncryptionKey) -> list[Any]:
    return list(key) if isinstance(key, (list, tuple)) else [key]


def _sdk(session_id: str, key: EncryptionKey, from_sdk: bool | str | bytes) -> SDKEnvelopes | None:
    if from_sdk is False:
        return None
    if from_sdk is True:
        masters = [each for each in checked_keys(key) if isinstance(each, bytes)]
    else:
        masters = [sdk_master(from_sdk)]
    if not masters:
        raise InvalidValue("a Passphrase is no key of the SDK's; give its key: from_sdk=sdk_key")
    return SDKEnvelopes(session_id, masters)
