"""Encryption keys: the forms in which they are given, and what is refused."""

from __future__ import annotations

import binascii
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import TypeAlias

from workbench.errors import InvalidValue
from workbench.sessions.encryption.passphrase import Passphrase
from workbench.sessions.encryption.weakness import weakness

OneKey: TypeAlias = str | bytes | Passphrase
EncryptionKey: TypeAlias = OneKey | Sequence[OneKey]
"""32 raw bytes, a text of 32 characters, a Fernet key, a Passphrase, or several of these."""

_BYTES = 32
_FERNET = 44
_INSTEAD = "take generate_key(), 32 random bytes, or Passphrase(...) for words"


def generate_key() -> str:
    """A new random key: 32 bytes as text, in the form of a Fernet key. Keep it: it can't be had
    again, and what it encrypted is lost without it.

    >>> key = wb.generate_key()
    >>> session = wb.EncryptedSession(wb.MemorySession("private"), key)
    >>> len(key)
    44
    """
    return urlsafe_b64encode(secrets.token_bytes(_BYTES)).decode()


def checked_keys(encryption_key: EncryptionKey) -> list[bytes | Passphrase]:
    """The keys as 32 bytes each, or as they are when they are passphrases; the first writes.

    Raises InvalidValue, saying what to use instead, for what is weak or of another size.
    """
    if isinstance(encryption_key, (list, tuple)):
        if not encryption_key:
            raise InvalidValue(f"a list of keys has at least one; {_INSTEAD}")
        return [_checked(each) for each in encryption_key]
    return [_checked(encryption_key)]  # type: ignore[arg-type]


def _checked(key: OneKey) -> bytes | Passphrase:
    if isinstance(key, Passphrase):
        return key
    if isinstance(key, str):
        data = _of_text(key)
    elif isinstance(key, (bytes, bytearray)):
        data = _of_bytes(bytes(key))
    else:
        raise InvalidValue(f"an encryption key is not a {type(key).__name__}; {_INSTEAD}")
    if problem := weakness(data):
        raise InvalidValue(f"this encryption key is easily guessed: {problem}; {_INSTEAD}")
    return data


def _of_bytes(key: bytes) -> bytes:
    if len(key) == _BYTES:
        return key
    if len(key) == _FERNET:
        return _of_fernet(key)
    raise InvalidValue(
        f"an encryption key has 32 bytes (this one: {len(key)}), or 44 as a Fernet key; {_INSTEAD}"
    )


def _of_text(key: str) -> bytes:
    if key.startswith("passphrase:"):  # as in WORKBENCH_KEY; one of 32 characters would do as key
        raise InvalidValue("a passphrase is no key by itself: give Passphrase(words)")
    if len(key) == _BYTES and key.isascii():
        return key.encode()
    if len(key) == _FERNET and key.isascii():
        return _of_fernet(key.encode())
    if len(key) == _BYTES:
        raise InvalidValue(
            "a key of 32 characters is ASCII, so that it has 32 bytes; for words in any script "
            "take Passphrase(...), or generate_key()"
        )
    if key != key.strip():
        raise InvalidValue(
            f"an encryption key as text has 32 characters (this one: {len(key)}), or 44 as a "
            "Fernet key; there are blanks or a line break around this one: key.strip() helps"
        )
    hexadecimal = len(key) == 2 * _BYTES and set(key.lower()) <= set("0123456789abcdef")
    raise InvalidValue(
        f"an encryption key as text has 32 characters (this one: {len(key)}), or 44 as a Fernet "
        f"key; {'bytes.fromhex(...) makes 32 bytes of this one' if hexadecimal else _INSTEAD}"
    )


def _of_fernet(key: bytes) -> bytes:
    try:
        data = urlsafe_b64decode(key)
    except binascii.Error:
        data = b""
    if len(data) != _BYTES or urlsafe_b64encode(data) != key:
        raise InvalidValue(
            f"an encryption key of 44 characters is a Fernet key: 32 bytes in base64url; {_INSTEAD}"
        )
    return data
