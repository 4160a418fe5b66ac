"""The envelope of an encrypted item, byte by byte, so that anyone can write a reader.

An encrypted item is a JSON object with one field (two for a key made of a passphrase)::

    {"wb1": "P4nZ..."}
    {"wb1": "P4nZ...", "kdf": "scrypt$17$8$1$5mQw..."}

``wb1`` is base64 (RFC 4648, section 4) without padding of these bytes:

====== ======================================================================================
4      key id
5      sequence number, big-endian; the first part of the nonce
7      random; the rest of the nonce
n      ciphertext: AES-256-GCM (NIST SP 800-38D, 12 byte nonce)
16     its tag
====== ======================================================================================

- Key: HKDF-SHA256 (RFC 5869) of the 32 byte master key, 32 bytes long, salt: the session id in
  UTF-8, info: ``workbench session key 1``.
- Key id: the first 4 bytes of HKDF-SHA256 of the master key, 4 bytes long, no salt, info:
  ``workbench key id 1``. Shown as 8 hexadecimal digits.
- Master key: the 32 bytes as given; a text of 32 ASCII characters as its bytes; a Fernet key
  decoded. For a passphrase what ``kdf`` derives from it: see
  `workbench.sessions.encryption.passphrase`.
- Associated data: ``workbench/enc/1``, a zero byte, the key id, the session id in UTF-8.
- Plaintext: the item as JSON in UTF-8, without the outer braces.
- Sequence numbers ascend in a conversation, from 1 on, with gaps. A number is used again only for
  another content of an item, and for what follows an item that was popped or cleared; a nonce then
  repeats with a chance of 1 in 2**56. Number 0 is for what is no item:
  the ``error`` of a turn's record is then the text of such an envelope, and the plaintext
  ``"error": ..., "turn": the id of the turn``.
"""

from __future__ import annotations

import binascii
import os
from collections.abc import Mapping
from typing import Any

from workbench.items import ENVELOPE as FIELD
from workbench.items import Item

KDF = "kdf"
VERSION = b"workbench/enc/1\0"
KEY_ID = 4
NUMBER = 5
NONCE = 12
TAG = 16
_HEAD = KEY_ID + NONCE
_SHORTEST = _HEAD + TAG

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_LAST = (_ALPHABET, "", _ALPHABET[::16], _ALPHABET[::4])
"""By the length modulo 4, the last characters whose unused bits are zero."""
_PADDING = ("", "", "==", "=")


class BadEnvelope(Exception):
    """Not what was written; the reason is words for a user."""


class UnknownKey(Exception):
    """An envelope of a key that is not among those given; the argument is its id."""


class Cipher:
    """Seals and opens the items of one session with one key. ``kdf`` derived it, if anything did.

    ``source`` is whatever the master key came from.
    """

    __slots__ = ("_aad", "_aes", "_invalid", "_start", "kdf", "key_id", "source")

    def __init__(
        self, master: bytes, session_id: str, *, kdf: str | None = None, source: object = None
    ) -> None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        name = session_id.encode()
        self._start = derived(master, b"workbench key id 1", length=KEY_ID)
        self.key_id = self._start.hex()
        self._aad = VERSION + self._start + name
        self._aes = AESGCM(derived(master, b"workbench session key 1", salt=name))
        self._invalid = InvalidTag
        self.kdf = kdf
        self.source = source

    def seal(self, text: bytes, number: int) -> Item:
        """The envelope of an item's JSON text under a sequence number."""
        nonce = number.to_bytes(NUMBER, "big") + os.urandom(NONCE - NUMBER)
        data = self._start + nonce + self._aes.encrypt(nonce, text[1:-1], self._aad)
        sealed = binascii.b2a_base64(data, newline=False).rstrip(b"=")
        item = {FIELD: sealed.decode()}
        return item if self.kdf is None else {**item, KDF: self.kdf}

    def open(self, data: bytes) -> tuple[int, bytes]:
        """Sequence number and JSON text in an envelope's bytes. Raises BadEnvelope."""
        nonce = data[KEY_ID:_HEAD]
        try:
            inner = self._aes.decrypt(nonce, data[_HEAD:], self._aad)
        except self._invalid:
            raise BadEnvelope("it was changed, or belongs to another session") from None
        return int.from_bytes(nonce[:NUMBER], "big"), b"{" + inner + b"}"


def unpacked(item: Mapping[str, Any]) -> bytes:
    """The bytes of an envelope. Raises BadEnvelope when it is not whole."""
    sealed = item[FIELD]
    if type(sealed) is not str or (len(item) != 1 and (len(item) > 2 or KDF not in item)):
        raise BadEnvelope("its envelope is not whole")
    try:
        extra = len(sealed) % 4
        # Else several texts would stand for the same bytes, and a change go unnoticed.
        if sealed[-1] not in _LAST[extra]:
            raise ValueError
        data = binascii.a2b_base64(sealed + _PADDING[extra], strict_mode=True)
    except (ValueError, IndexError):  # binascii's and Unicode's errors are ValueErrors
        raise BadEnvelope("its envelope is not whole") from None
    if len(data) < _SHORTEST:
        raise BadEnvelope("its envelope is cut short")
    return data


def derived(master: bytes, info: bytes, *, salt: bytes | None = None, length: int = 32) -> bytes:
    """HKDF-SHA256 of ``master``."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length, salt, info).derive(master)
