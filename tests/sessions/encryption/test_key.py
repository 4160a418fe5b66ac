"""The key of an encrypted session: a wrong one changes nothing; several can read, one writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from agents.extensions.memory import EncryptedSession as SDKEncrypted
from agents.memory import SQLiteSession as SDKSession
from cryptography.exceptions import InvalidTag

from tests.contract_abilities import record
from tests.sessions.encryption.encrypted import KEY, OTHER, contents, letters, said
from tests.sessions.encryption.independent_reader import read
from workbench.errors import EncryptionError, InvalidValue, WrongKey
from workbench.protocols import Edit
from workbench.sessions import (
    CompactionSession,
    EncryptedSession,
    MemorySession,
    Passphrase,
    generate_key,
)

CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "get_items": lambda session, key: session.get_items(),
    "the newest": lambda session, key: session.get_items(1),
    "none of them": lambda session, key: session.get_items(0),
    "rows": lambda session, key: session.rows(),
    "no rows": lambda session, key: session.rows(0),
    "archived": lambda session, key: session.archived(),
    "turns": lambda session, key: session.turns(),
    "describe": lambda session, key: session.describe(),
    "pop_item": lambda session, key: session.pop_item(),
    "clear_session": lambda session, key: session.clear_session(),
    "add_items": lambda session, key: session.add_items(letters("x")),
    "append": lambda session, key: session.append(letters("x"), turn_id="t"),
    "save_turn": lambda session, key: session.save_turn(record("t1", error="words")),
    "archive": lambda session, key: session.archive([key], reason="x"),
    "restore": lambda session, key: session.restore([key]),
    "insert": lambda session, key: session.edit(Edit(insert=letters("x"), before=key)),
    "delete": lambda session, key: session.edit(Edit(delete=[key])),
    "rewrite": lambda session, key: session.edit(Edit(rewrite={key: letters("x")[0]})),
}
KEYS: dict[str, Callable[[], Any]] = {
    "text": lambda: OTHER,
    "random": generate_key,
    "passphrase": lambda: Passphrase("correct horse battery staple"),
    "list": lambda: [OTHER, generate_key()],
}


@pytest.mark.parametrize("archived", [False, True], ids=["live", "only an archive"])
@pytest.mark.parametrize("wrong", KEYS)
@pytest.mark.parametrize("name", CALLS)
async def test_a_wrong_key_says_so_and_changes_nothing(
    name: str, wrong: str, archived: bool
) -> None:
    base = MemorySession("demo")
    keys = await EncryptedSession(base, KEY).append(letters("abc"), turn_id="t1")
    await EncryptedSession(base, KEY).save_turn(record("t1", error="words"))
    await base.archive(keys[:1] if not archived else keys, reason="old")
    before = await contents(base)
    key = keys[0] if name == "restore" else keys[1]
    with pytest.raises(WrongKey, match="demo"):
        await CALLS[name](EncryptedSession(base, KEYS[wrong]()), key)
    assert await contents(base) == before


async def test_a_wrong_key_is_told_where_there_is_nothing_to_show_either() -> None:
    base = MemorySession("demo")
    await EncryptedSession(base, KEY).add_items(letters("x"))
    wrong = EncryptedSession(base, OTHER)
    for look in (wrong.archived, wrong.turns, lambda: wrong.get_items(0)):
        with pytest.raises(WrongKey):
            await look()


async def test_the_error_names_the_keys_by_their_ids() -> None:
    base = MemorySession("demo")
    session = EncryptedSession(base, KEY)
    await session.add_items(letters("a"))
    other = EncryptedSession(base, OTHER)
    assert session.key_id != other.key_id
    with pytest.raises(WrongKey, match=f"item 1 .*{session.key_id}.*{other.key_id}"):
        await other.get_items()


async def test_a_wrong_passphrase_says_so() -> None:
    base = MemorySession("demo")
    await EncryptedSession(base, Passphrase("correct horse battery staple")).add_items(letters("a"))
    with pytest.raises(WrongKey, match="passphrase"):
        await EncryptedSession(base, Passphrase("wrong horse battery staple")).get_items()


async def test_the_first_key_writes_and_all_read() -> None:
    base = MemorySession("demo")
    await EncryptedSession(base, OTHER).add_items(letters("ab"))
    both = EncryptedSession(base, [KEY, OTHER])
    await both.add_items(letters("c"))
    assert await said(both) == await said(EncryptedSession(base, [OTHER, KEY])) == "abc"
    assert both.key_id == EncryptedSession(base, KEY).key_id
    with pytest.raises(WrongKey, match="item 1 "):
        await EncryptedSession(base, KEY).get_items()
    assert len(await EncryptedSession(base, KEY).get_items(1)) == 1
    with pytest.raises(WrongKey, match="item 3 "):
        await EncryptedSession(base, OTHER).get_items()


async def test_a_passphrase_is_unlocked_when_it_is_first_needed() -> None:
    base = MemorySession("demo")
    phrase = Passphrase("correct horse battery staple")
    first = EncryptedSession(base, phrase)
    assert first.key_id is None
    await first.add_items(letters("a"))
    second = EncryptedSession(base, [phrase, KEY])
    assert second.key_id is None
    assert await said(second) == "a"
    assert second.key_id == first.key_id is not None


async def test_the_same_item_in_two_sessions_is_encrypted_with_two_keys() -> None:
    base = MemorySession("one")
    await EncryptedSession(base, KEY).add_items(letters("a"))
    (envelope,) = await base.get_items()
    assert read(envelope, KEY.encode(), "one")[1] == letters("a")[0]
    with pytest.raises(AssertionError):
        read(envelope, OTHER.encode(), "one")
    with pytest.raises(InvalidTag):
        read(envelope, KEY.encode(), "two")


async def test_info_tells_the_key_id_and_never_the_key() -> None:
    session = EncryptedSession(MemorySession("demo"), KEY)
    told = await session.describe()
    assert told["encryption"] == f"AES-256-GCM, key {session.key_id}"
    assert KEY not in repr((told, session, vars(session)))


# What can be a base


def test_a_summary_of_ciphertext_is_refused_with_the_right_order() -> None:
    inner = CompactionSession(MemorySession("demo"))
    with pytest.raises(InvalidValue, match=r"CompactionSession\(EncryptedSession\("):
        EncryptedSession(inner, KEY)


def test_encrypting_twice_is_refused() -> None:
    encrypted = EncryptedSession(MemorySession("demo"), KEY)
    with pytest.raises(InvalidValue, match="encrypted already"):
        EncryptedSession(encrypted, KEY)
    theirs = SDKEncrypted("demo", SDKSession("demo"), KEY)
    with pytest.raises(InvalidValue, match="encrypted already"):
        EncryptedSession(theirs, KEY)
    theirs.underlying_session.close()  # type: ignore[attr-defined]


def test_what_is_no_session_is_refused() -> None:
    with pytest.raises(InvalidValue, match="not a str"):
        EncryptedSession("demo", KEY)


async def test_what_the_sdk_encrypted_is_an_error_that_says_how_to_take_it_over() -> None:
    base = MemorySession("demo")
    theirs = SDKEncrypted("demo", cast(Any, base), KEY)
    await theirs.add_items(cast(Any, letters("a")))
    before = await contents(base)
    for allow_plain in (False, True):
        session = EncryptedSession(base, KEY, allow_plain=allow_plain)
        for call in (session.get_items, session.pop_item, session.clear_session):
            with pytest.raises(EncryptionError, match="from_sdk=True"):
                await call()
    assert await contents(base) == before
