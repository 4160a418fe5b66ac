"""A reader of encrypted sessions written only from the layout that envelope.py documents.

It shares nothing with the package: its own HKDF (RFC 5869), hashlib's scrypt, json. Only the cipher
itself comes from the same library.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def hkdf(master: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 with SHA-256, for one block of output."""
    pseudo_random = hmac.new(salt or bytes(32), master, hashlib.sha256).digest()
    return hmac.new(pseudo_random, info + b"\x01", hashlib.sha256).digest()[:length]


def unpadded(text: str, alphabet: bytes = b"+/") -> bytes:
    """base64 without padding."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=alphabet, validate=True)


def from_words(words: str, kdf: str) -> bytes:
    """The master key of a passphrase, for the scrypt form."""
    name, log_n, r, p, salt = kdf.split("$")
    assert name == "scrypt"
    return hashlib.scrypt(
        words.encode(),
        salt=unpadded(salt, b"-_"),
        n=2 ** int(log_n),
        r=int(r),
        p=int(p),
        maxmem=2**28,
        dklen=32,
    )


def read(envelope: dict[str, Any], master: bytes, session_id: str) -> tuple[int, Any]:
    """Sequence number and item."""
    data = unpadded(envelope["wb1"])
    key_id, nonce, sealed = data[:4], data[4:16], data[16:]
    assert key_id == hkdf(master, b"", b"workbench key id 1", 4)
    key = hkdf(master, session_id.encode(), b"workbench session key 1", 32)
    associated = b"workbench/enc/1\x00" + key_id + session_id.encode()
    plain = AESGCM(key).decrypt(nonce, sealed, associated)
    return int.from_bytes(nonce[:5], "big"), json.loads(b"{" + plain + b"}")
