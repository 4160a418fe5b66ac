"""Keys: every form that is promised works; what is weak or mis-sized is refused, with a way out."""

from __future__ import annotations

import asyncio
import secrets
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.fernet import Fernet

from workbench.errors import InvalidValue
from workbench.sessions import EncryptedSession, MemorySession, Passphrase, generate_key
from workbench.sessions.encryption.keys import checked_keys
from workbench.sessions.encryption.passphrase import check_derivation

TEXT = "your-32-byte-encryption-key-here"
RAW = bytes.fromhex("8f1d3a5c77e2904bb6c8d0e1f2033445566778899aabbccddeeff0011223344f")


@pytest.mark.parametrize(
    ("given", "master"),
    [
        (RAW, RAW),
        (bytearray(RAW), RAW),
        (TEXT, TEXT.encode()),
        (TEXT.encode(), TEXT.encode()),
        (urlsafe_b64encode(RAW), RAW),
        (urlsafe_b64encode(RAW).decode(), RAW),
    ],
    ids=["bytes", "bytearray", "text", "bytes of text", "Fernet bytes", "Fernet text"],
)
def test_each_form_of_a_key_is_taken(given: Any, master: bytes) -> None:
    assert checked_keys(given) == [master]
    assert checked_keys([given, TEXT]) == [master, TEXT.encode()]


def test_a_new_key_is_a_fernet_key_and_never_the_same() -> None:
    assert generate_key() != generate_key()
    Fernet(generate_key())
    assert len(checked_keys(generate_key())[0]) == 32  # type: ignore[arg-type]


def test_random_keys_are_never_called_weak() -> None:
    for _ in range(2_000):
        checked_keys([secrets.token_bytes(32), secrets.token_hex(16), generate_key()])


@pytest.mark.parametrize(
    "weak",
    [
        "a" * 32,
        bytes(32),
        "password" * 4,
        "passwordpasswordpasswordpassword"[:31] + "x",
        "0123456789" * 3 + "01",
        "abcdefghijklmnopqrstuvwxyz012345",
        "qwertyuiopasdfghjklzxcvbnm123456",
        bytes(range(32)),
        bytes(range(32, 0, -1)),
        "ab" * 16,
        "aaaaaaaabbbbbbbbccccccccdddddddd",
        urlsafe_b64encode(bytes(32)),
        urlsafe_b64encode(b"secret!!" * 4).decode(),
    ],
    ids=repr,
)
def test_a_weak_key_is_refused_with_what_to_use_instead(weak: Any) -> None:
    with pytest.raises(InvalidValue, match=r"easily guessed.*generate_key\(\)") as error:
        EncryptedSession(MemorySession("demo"), weak)
    assert str(weak) not in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "way"),
    [
        ("short", "Passphrase"),
        ("", "Passphrase"),
        (b"", "Passphrase"),
        (TEXT + "!", "32 characters"),
        ("passphrase:four words and more..", r"Passphrase\(words\)"),
        (TEXT + "\n", r"key\.strip\(\)"),
        (RAW[:16], "32 bytes"),
        (RAW * 2, "32 bytes"),
        (RAW.hex(), r"bytes\.fromhex"),
        ("ä" * 16 + "0123456789abcdef", "ASCII"),
        ("!" * 44, "Fernet"),
        (urlsafe_b64encode(RAW)[:-1], "32 bytes"),
        (urlsafe_b64encode(RAW)[:-2].decode() + "B=", "Fernet"),
        (None, "NoneType"),
        (7, "int"),
        ([], "at least one"),
        ([TEXT, "short"], "32 characters"),
        ([[TEXT]], "list"),
    ],
    ids=repr,
)
def test_a_mis_sized_key_is_refused_with_what_to_use_instead(wrong: Any, way: str) -> None:
    with pytest.raises(InvalidValue, match=way) as error:
        EncryptedSession(MemorySession("demo"), wrong)
    if isinstance(wrong, (str, bytes)) and wrong:
        assert str(wrong) not in str(error.value)


# Passphrases


@pytest.mark.parametrize(
    "words",
    [
        "",
        "short",
        "eleven char",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "abcdefghijklm",
        "1234567890123",
        "password password",
    ],
)
def test_words_that_are_easily_guessed_are_refused(words: str) -> None:
    with pytest.raises(InvalidValue, match="four or five words"):
        Passphrase(words)


def test_a_passphrase_is_never_shown() -> None:
    phrase = Passphrase("correct horse battery staple")
    session = EncryptedSession(MemorySession("demo"), phrase)
    for shown in (repr(phrase), str(phrase), repr(session), f"{[phrase]}"):
        assert "horse" not in shown
    assert session.key_id is None


def test_an_unknown_derivation_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidValue, match="argon2id"):
        Passphrase("correct horse battery staple", kdf="argon2")


@pytest.mark.parametrize("kdf", ["scrypt", "argon2id"])
async def test_a_passphrase_opens_what_it_wrote_with_either_derivation(kdf: str) -> None:
    words = "correct horse battery staple"
    base = MemorySession("demo")
    writer = EncryptedSession(base, Passphrase(words, kdf=kdf))
    await writer.add_items([{"role": "user", "content": "a"}])
    reader = EncryptedSession(base, Passphrase(words))
    await reader.add_items([{"role": "user", "content": "b"}])
    assert [item["content"] for item in await writer.get_items()] == ["a", "b"]
    assert writer.key_id == reader.key_id is not None
    assert len({item["kdf"] for item in await base.get_items()}) == 1


async def test_two_who_begin_a_session_at_once_end_with_one_salt() -> None:
    words = "correct horse battery staple"
    base = MemorySession("demo")
    handles = [EncryptedSession(base, Passphrase(words)) for _ in range(2)]
    await asyncio.gather(
        *(handle.add_items([{"n": n}]) for n, handle in enumerate([*handles, *handles]))
    )
    assert len({item["kdf"] for item in await base.get_items()}) == 1
    assert len(await handles[0].get_items()) == 4
    assert handles[0].key_id == handles[1].key_id


async def test_the_same_words_typed_on_another_system_are_the_same_key() -> None:
    base = MemorySession("demo")
    await EncryptedSession(base, Passphrase("caf\u00e9 ja leip\u00e4\u00e4")).add_items([{"a": 1}])
    other = EncryptedSession(base, Passphrase("cafe\u0301 ja leipa\u0308a\u0308"))
    assert await other.get_items() == [{"a": 1}]


@pytest.mark.parametrize(
    "how",
    [
        None,
        7,
        "",
        "scrypt",
        "scrypt$17$8$1",
        "scrypt$17$8$1$short",
        "scrypt$19$8$1$AAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$17$999$1$AAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$-1$8$1$AAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$01$8$1$AAAAAAAAAAAAAAAAAAAAAA",
        "argon2id$3$99999999$4$AAAAAAAAAAAAAAAAAAAAAA",
        "argon2id$3$65536$999$AAAAAAAAAAAAAAAAAAAAAA",
        "pbkdf2$1$1$1$AAAAAAAAAAAAAAAAAAAAAA",
    ],
    ids=repr,
)
def test_a_store_can_not_make_a_reader_derive_for_ever(how: Any) -> None:
    with pytest.raises(ValueError, match=r"key"):
        check_derivation(how)
