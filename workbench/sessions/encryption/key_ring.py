"""The keys of one session: the first writes, all read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.errors import EncryptionError, Tampered, WorkbenchError, WrongKey, shorten
from workbench.items import ENVELOPE, encryption_key_id, is_encrypted
from workbench.protocols import Key
from workbench.sessions.encryption.envelope import (
    KDF,
    KEY_ID,
    NONCE,
    BadEnvelope,
    Cipher,
    UnknownKey,
    unpacked,
)
from workbench.sessions.encryption.keys import EncryptionKey, checked_keys
from workbench.sessions.encryption.passphrase import Passphrase

_CHUNK = 500
"""Items that are opened before other work of the event loop gets its turn: some milliseconds."""


class Refused(Exception):
    """The item at ``index`` can't be opened; `error` says it with its place in the conversation."""

    def __init__(self, index: int, kind: type[WorkbenchError], reason: str) -> None:
        self.index = index
        self.kind = kind
        self.reason = reason

    def error(self, session_id: str, position: int | None, key: Key | None) -> WorkbenchError:
        """``position`` counts from 1 in the whole conversation; None in the archive."""
        if self.kind is Tampered:
            return Tampered(session_id, position, self.reason, key=key if position else None)
        place = "an archived item" if position is None else f"item {position}"
        return self.kind(f"{place} of session {shorten(session_id)} {self.reason}")


class KeyRing:
    """Opens and seals the envelopes of a session. Raises InvalidValue for keys that can't be."""

    def __init__(self, session_id: str, encryption_key: EncryptionKey) -> None:
        self.session_id = session_id
        self.keys = checked_keys(encryption_key)
        self._phrases = [key for key in self.keys if isinstance(key, Passphrase)]
        self._known: dict[bytes, Cipher] = {}
        self._writer: Cipher | None = None
        for key in self.keys:
            if isinstance(key, bytes):
                self._learn(Cipher(key, session_id, source=key))

    @property
    def key_id(self) -> str | None:
        """The id of the key that writes; None for a passphrase before its salt is known."""
        return None if self._writer is None else self._writer.key_id

    async def writer(self) -> Cipher:
        """What seals new items; a passphrase that nothing was written with gets a new salt."""
        first = self.keys[0]
        if self._writer is None and isinstance(first, Passphrase):
            how = first.new_salt()
            cipher = Cipher(await first.master(how), self.session_id, kdf=how, source=first)
            if self._writer is None:  # else another task was quicker
                self._learn(cipher)
        assert self._writer is not None
        return self._writer

    def is_written_by_first(self, item: Mapping[str, Any]) -> bool:
        """Whether an envelope that opens was sealed with the first key."""
        cipher = self._known.get(unpacked(item)[:KEY_ID])
        return cipher is not None and cipher.source is self.keys[0]

    def prefer(self, item: Mapping[str, Any]) -> None:
        """Go on with the salt of this envelope, if the first key is the passphrase it is of."""
        cipher = self._known.get(unpacked(item)[:KEY_ID])
        if cipher is not None and cipher.source is self.keys[0]:
            self._writer = cipher

    def open(self, item: Mapping[str, Any]) -> tuple[int, bytes]:
        """Sequence number and JSON text of an envelope. Raises BadEnvelope, UnknownKey."""
        data = unpacked(item)
        cipher = self._known.get(data[:KEY_ID])
        if cipher is None:
            raise UnknownKey(data[:KEY_ID].hex())
        if cipher.kdf != item.get(KDF):
            raise BadEnvelope("the way its key was derived was changed")
        return cipher.open(data)

    async def open_all(
        self, items: Sequence[Mapping[str, Any]], *, plain: bool, ordered: bool = True
    ) -> tuple[list[bytes | None], list[int | None]]:
        """JSON texts and sequence numbers; None for plain items, if they are allowed.

        ``ordered``: the numbers must ascend, else only differ. Raises Refused.
        """
        if self._phrases:
            await self.unlock(items)
        opened: list[tuple[int | None, bytes | None]] = []
        for start in range(0, len(items), _CHUNK):
            if start:
                await asyncio.sleep(0)
            opened += self._open_chunk(items[start : start + _CHUNK], start, plain)
        numbers = [number for number, _text in opened]
        check = _check_order if ordered else _check_apart
        check(items, numbers)
        return [text for _number, text in opened], numbers

    def _open_chunk(
        self, items: Sequence[Mapping[str, Any]], start: int, plain: bool
    ) -> Sequence[tuple[int | None, bytes | None]]:
        try:
            return [self.open(item) for item in items]
        except (BadEnvelope, UnknownKey, KeyError):  # KeyError: a plain one is among them
            return [self._open_at(index, item, plain) for index, item in enumerate(items, start)]

    def _open_at(
        self, index: int, item: Mapping[str, Any], plain: bool
    ) -> tuple[int | None, bytes | None]:
        if ENVELOPE not in item:
            _check_plain(index, item, plain)
            return None, None
        try:
            return self.open(item)
        except BadEnvelope as exc:
            raise Refused(index, Tampered, str(exc)) from None
        except UnknownKey as exc:
            raise self.unknown(index, str(exc)) from None

    def _learn(self, cipher: Cipher) -> None:
        known = self._known.setdefault(bytes.fromhex(cipher.key_id), cipher)
        if self._writer is None and cipher.source is self.keys[0]:
            self._writer = known

    async def unlock(self, items: Sequence[Mapping[str, Any]]) -> None:
        """Derive the keys that these envelopes need; stops where none of the passphrases fits."""
        for index, item in enumerate(items):
            if KDF not in item or ENVELOPE not in item:
                continue
            try:
                start = unpacked(item)[:KEY_ID]
                if start in self._known:
                    continue
                for phrase in self._phrases:
                    master = await phrase.master(item[KDF])
                    cipher = Cipher(master, self.session_id, kdf=item[KDF], source=phrase)
                    if cipher.key_id == start.hex():
                        self._learn(cipher)
            except (BadEnvelope, ValueError) as exc:
                raise Refused(index, Tampered, str(exc)) from None
            if start not in self._known:
                raise self.unknown(index, start.hex())

    def unknown(self, index: int, key_id: str) -> Refused:
        """What to raise for an envelope of another key, or of a key id that was changed."""
        if any(_is_slip(start.hex(), key_id) for start in self._known):
            return Refused(index, Tampered, "its key id was changed")
        known = ", ".join(cipher.key_id for cipher in self._known.values())
        mine = f"not with {known}" if known else "and this passphrase is not the one"
        return Refused(
            index,
            WrongKey,
            f"was encrypted with key {key_id}, {mine}; nothing was read, popped or written. Give "
            "the key it was written with, or a list [new key, older key]",
        )


def _is_slip(ours: str, theirs: str) -> bool:
    """Whether two key ids differ in no more than 8 neighbouring bits: a byte, or a character of
    base64. Those of different keys do once in 600,000 pairs."""
    bits = int(ours, 16) ^ int(theirs, 16)
    return bits // (bits & -bits) < 256 if bits else True


def _check_plain(index: int, item: Mapping[str, Any], allowed: bool) -> None:
    if is_encrypted(item):
        raise Refused(
            index,
            EncryptionError,
            f"was encrypted by the SDK's EncryptedSession ({encryption_key_id(item)}): "
            "encrypt_session(session, key, from_sdk=True) or wb.encrypt(..., from_sdk=True) takes "
            "it over",
        )
    if not allowed:
        raise Refused(
            index,
            EncryptionError,
            "is not encrypted: encrypt_session(session, key) or wb.encrypt encrypts what is there; "
            "EncryptedSession(..., allow_plain=True) reads it as it is meanwhile",
        )


def _check_order(items: Sequence[object], numbers: Sequence[int | None]) -> None:
    """Whether the numbers ascend, from 1 on. Raises Refused."""
    last = 0
    for index, number in enumerate(numbers):
        if number is None:
            continue
        if number <= last:
            twice = number in numbers[:index]
            reason = "it is there twice" if twice else "it was moved to another place"
            raise Refused(index, Tampered, reason)
        last = number


def _check_apart(items: Sequence[Mapping[str, Any]], numbers: Sequence[int | None]) -> None:
    """Whether each is an item, and none is there twice, whatever the order. Raises Refused."""
    seen: set[bytes] = set()
    for index, (item, number) in enumerate(zip(items, numbers, strict=True)):
        if number is None:
            continue
        nonce = unpacked(item)[KEY_ID : KEY_ID + NONCE]
        if number == 0 or nonce in seen:
            reason = "it was never an item" if number == 0 else "it is there twice"
            raise Refused(index, Tampered, reason)
        seen.add(nonce)
