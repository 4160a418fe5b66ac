"""Passphrases: words that people remember, made into a key slowly, with a salt that is stored.

How a key was derived stands beside each envelope, as text: ``scrypt$17$8$1$SALT`` (log2 of N, r, p,
RFC 7914) or ``argon2id$3$65536$4$SALT`` (passes, KiB, lanes, RFC 9106), the salt 16 random bytes in
base64url without padding. The costs are those that OWASP's cheat sheet on password storage and
RFC 9106 (section 4, second choice) name; a derivation takes some tenths of a second and 128 or
64 MiB, once for each salt.
"""

from __future__ import annotations

import asyncio
import os
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode

from workbench.errors import InvalidValue, nearest
from workbench.sessions.encryption.weakness import weakness

SHORTEST = 12
"""Characters that a passphrase has at least."""

_NEW = {"scrypt": "scrypt$17$8$1$", "argon2id": "argon2id$3$65536$4$"}
_LARGEST = {"scrypt": (18, 8, 4), "argon2id": (8, 2**18, 8)}
"""What a stored text may ask for: whoever can write to the store must not stop a reader with it."""
_KEY_BYTES = 32


class Passphrase:
    """``words`` as a key; ``kdf`` ("scrypt" or "argon2id") is for what is written anew.

    Unicode in form NFC, so that the same words typed on another system are the same key. Raises
    InvalidValue when the words are too few or too easily guessed. Never shown.

    >>> words = wb.Passphrase("correct horse battery staple")
    >>> session = wb.EncryptedSession(wb.MemorySession("private"), words)
    >>> wb.ask(session, "My name is John").text
    'Nice to meet you, John.'
    >>> words
    Passphrase(***, kdf='scrypt')
    """

    __slots__ = ("_derived", "_words", "kdf")

    def __init__(self, words: str, kdf: str = "scrypt") -> None:
        if kdf not in _NEW:
            raise InvalidValue(
                f"no key derivation is called {kdf!r}; " + nearest(kdf, _NEW, plural="derivations")
            )
        self.kdf = kdf
        self._words = _checked(words)
        self._derived: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"Passphrase(***, kdf={self.kdf!r})"

    def new_salt(self) -> str:
        """How to derive a key that nobody has yet: the costs of today and a new salt."""
        return _NEW[self.kdf] + urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")

    async def master(self, how: str) -> bytes:
        """The 32 bytes that ``how`` derives; ValueError when that is no way to derive a key."""
        if how not in self._derived:
            check_derivation(how)
            self._derived[how] = await asyncio.to_thread(_derive, self._words, how)
        return self._derived[how]


def check_derivation(how: object) -> None:
    """Raises ValueError when ``how`` is no known way to derive a key, or costs too much."""
    if not isinstance(how, str):
        raise ValueError("the way its key was derived is no text")
    name, _mark, rest = how.partition("$")
    *costs, salt = rest.split("$")
    largest = _LARGEST.get(name, ())
    if not largest or len(costs) != len(largest) or not all(map(_is_count, costs)):
        raise ValueError("the way its key was derived is not one that is known")
    if any(int(cost) > limit for cost, limit in zip(costs, largest, strict=True)):
        raise ValueError("the way its key was derived costs more than is allowed")
    if len(salt) != 22:
        raise ValueError("the salt of its key is not whole")


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text) < 8 and text[0] != "0"


def _derive(words: bytes, how: str) -> bytes:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    name, *costs, text = how.split("$")
    salt = urlsafe_b64decode(text + "==")
    first, second, third = map(int, costs)
    if name == "scrypt":
        slow = Scrypt(salt, _KEY_BYTES, n=2**first, r=second, p=third)
        return slow.derive(words)
    return Argon2id(
        salt=salt, length=_KEY_BYTES, iterations=first, memory_cost=second, lanes=third
    ).derive(words)


def _checked(words: str) -> bytes:
    if not isinstance(words, str):
        raise InvalidValue(f"the words of a Passphrase are text, not {type(words).__name__}")
    normal = unicodedata.normalize("NFC", words)
    if len(normal) < SHORTEST:
        raise InvalidValue(
            f"a Passphrase has {SHORTEST} characters or more (this one: {len(normal)}); take four "
            "or five words that don't belong together, or generate_key()"
        )
    try:
        data = normal.encode()
    except UnicodeEncodeError:
        raise InvalidValue("a Passphrase is text that UTF-8 can hold") from None
    if problem := weakness(data):
        raise InvalidValue(
            f"this Passphrase is easily guessed: {problem}; take four or five words that don't "
            "belong together, or generate_key()"
        )
    return data
