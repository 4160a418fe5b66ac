"""The envelope: its bytes are pinned, anyone can read it, and no change of it goes unnoticed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sessions.encryption.independent_reader import from_words, read
from workbench import items as of
from workbench.items import encode
from workbench.sessions import EncryptedSession, MemorySession, Passphrase
from workbench.sessions.encryption.envelope import BadEnvelope, Cipher, unpacked
from workbench.testing.data import ITEMS, same

MASTER = b"your-32-byte-encryption-key-here"
ITEM = {"role": "user", "content": "My name is John"}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

VECTOR = {
    "wb1": "UgiyYgAAAAEAAAECAwQFBipSkA1aRICYSikk3WuaOdswZqymVLdCWGiBKH3X7Bod"
    "HNDLI1gkrTVH/Y0mhKq5lthmzrdDQvZ4Ew"
}
"""ITEM, number 256, random bytes 00 01 02 03 04 05 06, session "demo", key MASTER."""


@pytest.fixture
def cipher() -> Cipher:
    return Cipher(MASTER, "demo")


def test_an_envelope_is_what_it_was_in_the_first_version(
    cipher: Cipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "urandom", lambda count: bytes(range(count)))
    assert cipher.seal(encode(ITEM).encode(), 256) == VECTOR
    assert cipher.open(unpacked(VECTOR)) == (256, encode(ITEM).encode())
    assert read(VECTOR, MASTER, "demo") == (256, ITEM)


@pytest.mark.parametrize("name", ITEMS)
async def test_a_reader_written_from_the_documented_layout_reads_it(name: str) -> None:
    base = MemorySession("käyttäjä 🙂")
    await EncryptedSession(base, MASTER).add_items([ITEMS[name], ITEM])
    first, second = await base.get_items()
    assert same(read(first, MASTER, "käyttäjä 🙂"), (256, ITEMS[name]))
    assert read(second, MASTER, "käyttäjä 🙂") == (512, ITEM)


async def test_a_passphrase_needs_nothing_but_the_envelope_itself() -> None:
    words = "four words, well chosen: ä"
    base = MemorySession("demo")
    await EncryptedSession(base, Passphrase(words)).add_items([ITEM])
    (envelope,) = await base.get_items()
    assert envelope.keys() == {"wb1", "kdf"}
    assert read(envelope, from_words(words, envelope["kdf"]), "demo") == (256, ITEM)


def test_equal_items_look_different(cipher: Cipher) -> None:
    text = encode(ITEM).encode()
    assert len({cipher.seal(text, 256)["wb1"] for _ in range(100)}) == 100


@pytest.mark.parametrize("size", [300, 303, 306, 1_000])
def test_an_item_of_300_bytes_takes_half_as_much_again_at_most(cipher: Cipher, size: int) -> None:
    text = encode({"role": "user", "content": "x" * (size - 28)}).encode()
    assert len(text) == size
    assert len(encode(cipher.seal(text, 2**40 - 1))) <= 1.5 * size


SEALED = Cipher(MASTER, "demo").seal(encode(ITEM).encode(), 256)["wb1"]


def refuses(text: Any, **more: Any) -> bool:
    try:
        Cipher(MASTER, "demo").open(unpacked({"wb1": text, **more}))
    except BadEnvelope:
        return True
    return False


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.integers(0, len(SEALED) - 1), st.sampled_from(ALPHABET + "-_= \n.é"))
def test_no_character_can_be_changed(place: int, letter: str) -> None:
    if SEALED[place] != letter:
        # The key id is looked up before the envelope is opened; it is part of what is sealed too.
        assert refuses(SEALED[:place] + letter + SEALED[place + 1 :]) or place < 6


def test_no_bit_can_be_changed_anywhere() -> None:
    for place in range(6, len(SEALED)):
        for letter in ALPHABET.replace(SEALED[place], ""):
            assert refuses(SEALED[:place] + letter + SEALED[place + 1 :])


CUTS: dict[str, Callable[[str], Any]] = {
    "a character": lambda text: text[:-1],
    "four characters": lambda text: text[:-4],
    "most of it": lambda text: text[:40],
    "all of it": lambda text: "",
    "one more": lambda text: text + "A",
    "four more": lambda text: text + "AAAA",
    "padding": lambda text: text + "=",
    "a line end": lambda text: text + "\n",
    "a blank": lambda text: " " + text,
    "the front": lambda text: text[4:],
    "the middle": lambda text: text[:20] + text[24:],
    "it twice": lambda text: text + text,
    "bytes": lambda text: text.encode(),
    "a list": lambda text: [text],
    "nothing": lambda text: None,
    "a number": lambda text: 7,
}


@pytest.mark.parametrize("name", CUTS)
def test_nothing_can_be_cut_off_or_added(name: str) -> None:
    assert not refuses(SEALED)
    assert refuses(CUTS[name](SEALED))


def test_no_field_can_be_added() -> None:
    assert refuses(SEALED, role="user")
    assert refuses(SEALED, kdf="scrypt$17$8$1$", role="user")


# What is shown without the key


def test_an_envelope_shows_its_size_and_its_key_and_nothing_else(cipher: Cipher) -> None:
    envelope = cipher.seal(encode(ITEM).encode(), 256)
    assert of.is_encrypted(envelope)
    assert of.kind(envelope) == "encrypted"
    assert of.role(envelope) is None
    assert of.encryption_key_id(envelope) == cipher.key_id
    assert of.encrypted_size(envelope) == len(encode(ITEM)) - 2 + 32
    assert of.text(envelope) == f"[encrypted: {len(encode(ITEM)) + 30} bytes, key {cipher.key_id}]"


def test_an_envelope_of_the_sdk_is_known_for_one() -> None:
    theirs = {"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": "gAAAAABlAAAA"}
    assert (of.is_encrypted(theirs), of.kind(theirs)) == (True, "encrypted")
    assert of.text(theirs) == "[encrypted: 9 bytes, key hkdf-v1]"


@pytest.mark.parametrize("odd", [{"wb1": None}, {"wb1": "é"}, {"wb1": "A"}, {"__enc__": 2}])
def test_what_is_damaged_can_be_shown_all_the_same(odd: dict[str, Any]) -> None:
    assert of.text(odd).startswith("[encrypted: ")


def test_a_plain_item_is_not_taken_for_an_envelope() -> None:
    assert not of.is_encrypted(ITEM)
    assert (of.encrypted_size(ITEM), of.encryption_key_id(ITEM)) == (0, None)
    assert not of.is_encrypted(json.loads('{"type": "encrypted"}'))
