"""Encrypting what is there, changing the key, leaving: whole, verified, with nothing left over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from agents.extensions.memory import EncryptedSession as SDKEncrypted
from agents.memory import SQLiteSession as SDKSession

from tests.contract_abilities import record
from tests.sessions.encryption.encrypted import KEY, OTHER, contents, letters, said, turned
from workbench.errors import (
    EncryptionError,
    InvalidValue,
    StoreError,
    Tampered,
    WrongKey,
)
from workbench.items import Item
from workbench.protocols import Edit, Key
from workbench.sessions import EncryptedSession, MemorySession, Passphrase, SQLiteSession
from workbench.sessions.encryption.conversion import (
    Conversion,
    decrypt_session,
    encrypt_session,
    rekey_session,
)
from workbench.testing.data import ITEMS, message, same

SECRET = "zanzibar"
"""A word that is looked for in files."""


async def plain(base: Any, text: str = "abcdef") -> Any:
    """A plain conversation with an archive, turns, and an error."""
    keys = await base.append(letters(text), turn_id="t1")
    await base.archive([keys[1], keys[-1]], reason="old")
    await base.save_turn(record("t1", error="letters: a b c", session_id=base.session_id))
    await base.save_turn(record("t2", minutes=1, session_id=base.session_id))
    return base


def is_sealed(item: Item) -> bool:
    return item.keys() == {"wb1"}


async def readable(session: Any) -> tuple[Any, ...]:
    """All that a conversation holds, for a reader with the key."""
    return await session.rows(), await session.archived(), await session.turns()


async def test_an_encrypted_session_holds_what_the_plain_one_held_and_nothing_readable() -> None:
    base = await plain(MemorySession("demo"))
    before = await contents(base)
    done = await encrypt_session(base, KEY)
    assert (done.items, done.archived, done.changed) == (4, 2, 6)
    assert done.key_id == EncryptedSession(base, KEY).key_id
    rows, kept, turns = await contents(base)
    assert all(is_sealed(each.item) for each in [*rows, *kept])
    assert "letters" not in repr(turns)
    assert await readable(EncryptedSession(base, KEY)) == before
    assert [(row.key, row.created_at, row.turn_id) for row in rows] == [
        (row.key, row.created_at, row.turn_id) for row in before[0]
    ]


async def test_a_decrypted_session_is_what_it_was_before_it_was_encrypted() -> None:
    base = await plain(MemorySession("demo"))
    before = await contents(base)
    await encrypt_session(base, KEY)
    done = await decrypt_session(base, KEY)
    assert (done.items, done.archived, done.changed, done.key_id) == (4, 2, 6, None)
    assert await contents(base) == before


async def test_every_kind_of_item_comes_back_the_same() -> None:
    base = MemorySession("demo")
    await base.add_items(list(ITEMS.values()))
    await encrypt_session(base, KEY)
    await rekey_session(base, KEY, OTHER)
    await decrypt_session(base, OTHER)
    assert same(await base.get_items(), list(ITEMS.values()))


async def test_a_rekeyed_session_opens_with_the_new_key_only() -> None:
    base = await plain(MemorySession("demo"))
    before = await contents(base)
    await encrypt_session(base, KEY)
    done = await rekey_session(base, KEY, OTHER)
    assert (done.items, done.archived, done.changed) == (4, 2, 6)
    assert done.key_id == EncryptedSession(base, OTHER).key_id
    assert await readable(EncryptedSession(base, OTHER)) == before
    for call in ("get_items", "archived", "turns"):
        with pytest.raises(WrongKey):
            await getattr(EncryptedSession(base, KEY), call)()


async def test_a_session_can_go_over_to_a_passphrase_and_back() -> None:
    base = await plain(MemorySession("demo"))
    before = await contents(base)
    await encrypt_session(base, KEY)
    phrase = Passphrase("correct horse battery staple")
    await rekey_session(base, KEY, phrase)
    assert len({item["kdf"] for item in await base.get_items()}) == 1
    assert (await rekey_session(base, KEY, phrase)).changed == 0
    assert await readable(EncryptedSession(base, phrase)) == before
    await rekey_session(base, phrase, KEY)
    assert await readable(EncryptedSession(base, KEY)) == before


async def test_doing_it_again_changes_nothing() -> None:
    base = await plain(MemorySession("demo"))
    await encrypt_session(base, KEY)
    before = await contents(base)
    assert (await encrypt_session(base, KEY)).changed == 0
    assert (await rekey_session(base, OTHER, KEY)).changed == 0
    assert await contents(base) == before
    await decrypt_session(base, KEY)
    before = await contents(base)
    assert (await decrypt_session(base, KEY)).changed == 0
    assert await contents(base) == before


async def test_an_empty_session_can_be_converted() -> None:
    base = MemorySession("demo")
    for done in (
        await encrypt_session(base, KEY),
        await rekey_session(base, KEY, OTHER),
        await decrypt_session(base, OTHER),
    ):
        assert (done.items, done.archived, done.changed) == (0, 0, 0)


async def test_a_tail_that_somebody_wrote_plain_is_finished() -> None:
    base = await plain(MemorySession("demo"))
    await encrypt_session(base, KEY)
    await base.add_items(letters("xy"))
    session = EncryptedSession(base, KEY, allow_plain=True)
    await session.add_items(letters("z"))
    with pytest.raises(EncryptionError, match="encrypt_session"):
        await EncryptedSession(base, KEY).get_items()
    # z was numbered without a look at the archive, and stands behind the archived f.
    assert (await encrypt_session(base, KEY)).changed == 3
    assert await said(EncryptedSession(base, KEY)) == "acdexyz"


async def test_a_tail_that_somebody_wrote_with_the_old_key_is_finished() -> None:
    base = await plain(MemorySession("demo"))
    await encrypt_session(base, KEY)
    await rekey_session(base, KEY, OTHER)
    await EncryptedSession(base, [KEY, OTHER]).add_items(letters("x"))
    assert (await rekey_session(base, KEY, OTHER)).changed == 1
    assert await said(EncryptedSession(base, OTHER)) == "acdex"


REFUSED: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "encrypting with another key": (lambda base: encrypt_session(base, OTHER), WrongKey, "key"),
    "decrypting with another key": (lambda base: decrypt_session(base, OTHER), WrongKey, "key"),
    "rekeying from another key": (
        lambda base: rekey_session(base, OTHER, OTHER[::-1]),
        WrongKey,
        "key",
    ),
    "a weak key": (lambda base: encrypt_session(base, "a" * 32), InvalidValue, "guessed"),
    "a weak new key": (lambda base: rekey_session(base, KEY, "a" * 32), InvalidValue, "guessed"),
    "a wrapped session": (
        lambda base: encrypt_session(EncryptedSession(base, KEY), KEY),
        InvalidValue,
        "encrypted already",
    ),
    "a passphrase of the SDK's": (
        lambda base: encrypt_session(
            base, Passphrase("correct horse battery staple"), from_sdk=True
        ),
        InvalidValue,
        "from_sdk=sdk_key",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_refused_changes_nothing(name: str) -> None:
    make, kind, text = REFUSED[name]
    base = await plain(MemorySession("demo"))
    await encrypt_session(base, KEY)
    before = await contents(base)
    with pytest.raises(kind, match=text):
        await make(base)
    assert await contents(base) == before


async def test_rekeying_a_plain_session_says_what_to_do() -> None:
    base = await plain(MemorySession("demo"))
    before = await contents(base)
    with pytest.raises(EncryptionError, match=r"item 1 .*encrypt_session"):
        await rekey_session(base, KEY, OTHER)
    assert await contents(base) == before


async def test_a_damaged_item_stops_a_conversion_before_it_changes_anything() -> None:
    base = await plain(MemorySession("demo"))
    await encrypt_session(base, KEY)
    await turned(base, 2, lambda text: text[:-6] + "AAAAAA")
    before = await contents(base)
    for work in (
        encrypt_session(base, KEY),
        decrypt_session(base, KEY),
        rekey_session(base, KEY, OTHER),
    ):
        with pytest.raises(Tampered) as error:
            await work
        assert error.value.position == 3
        assert await contents(base) == before


class Forgetful(MemorySession):
    """A store that does not give back what was written: it cuts the text of what is rewritten."""

    async def edit(self, change: Edit) -> list[Key] | None:
        cut = {
            key: {**item, "wb1": item["wb1"][:-8]} if "wb1" in item else item
            for key, item in change.rewrite.items()
        }
        return await super().edit(Edit(rewrite=cut, newest=change.newest))


class Mixed(MemorySession):
    """A store that gives back other items than were written."""

    async def edit(self, change: Edit) -> list[Key] | None:
        if all("wb1" not in item for item in change.rewrite.values()):
            other = {key: message("other") for key in change.rewrite}
            if await self.archived() == [] and not hasattr(self, "done"):
                self.done = True
                return await super().edit(Edit(rewrite=other, newest=change.newest))
        return await super().edit(change)


async def test_a_store_that_loses_text_gets_its_items_back() -> None:
    base = Forgetful("demo")
    await base.append(letters("abc"))
    before = await contents(base)
    with pytest.raises(StoreError, match="put back as they were"):
        await encrypt_session(base, KEY)
    assert await contents(base) == before


async def test_a_store_that_gives_back_other_items_gets_the_right_ones_back() -> None:
    base = Mixed("demo")
    await base.append(letters("abc"))
    await encrypt_session(base, KEY)
    before = await contents(base)
    with pytest.raises(StoreError, match="put back as they were"):
        await decrypt_session(base, KEY)
    assert await contents(base) == before


async def test_progress_is_told_up_to_the_end() -> None:
    base = MemorySession("demo")
    await base.add_items([message(number) for number in range(1_200)])
    told: list[tuple[int, int]] = []
    await encrypt_session(base, KEY, progress=lambda done, total: told.append((done, total)))
    assert [total for _done, total in told] == [1_200] * len(told)
    assert [done for done, _total in told] == sorted({done for done, _total in told})
    assert (told[0], told[-1]) == ((0, 1_200), (1_200, 1_200))
    again: list[tuple[int, int]] = []
    await encrypt_session(base, KEY, progress=lambda done, total: again.append((done, total)))
    assert again == []


async def test_a_conversion_and_writers_at_the_same_time_lose_nothing() -> None:
    base = MemorySession("demo")
    await base.add_items([message(number) for number in range(300)])
    session = EncryptedSession(base, KEY, allow_plain=True)

    async def write() -> None:
        for number in range(300, 340):
            await session.add_items([message(number)])
            await asyncio.sleep(0)

    await asyncio.gather(encrypt_session(base, KEY), write(), encrypt_session(base, KEY))
    await encrypt_session(base, KEY)
    found = [item["content"] for item in await EncryptedSession(base, KEY).get_items()]
    assert found == [str(number) for number in range(340)]


async def test_two_conversions_at_once_end_with_one_of_them_whole() -> None:
    base = await plain(MemorySession("demo"))
    await encrypt_session(base, KEY)
    work = [rekey_session(base, KEY, new) for new in (OTHER, OTHER[::-1])]
    await asyncio.gather(*work, return_exceptions=True)
    whole = 0
    for key in (OTHER, OTHER[::-1]):
        try:
            whole += await said(EncryptedSession(base, key)) == "acde"
        except WrongKey:
            continue
    assert whole == 1


# What the SDK encrypted


async def old_ones(base: Any, text: str, *, key: str = KEY, age: float = 90_000) -> None:
    """Items that the SDK's EncryptedSession wrote long ago."""
    theirs = SDKEncrypted("demo", cast(Any, base), key)
    now = time.time
    time.time = lambda: now() - age
    try:
        await theirs.add_items(cast(Any, letters(text)))
    finally:
        time.time = now
    assert await theirs.get_items() == []  # expired, as the SDK sees it


@pytest.mark.parametrize("sdk_key", [KEY, "x", "any words"])
async def test_what_the_sdk_wrote_is_taken_over_whatever_its_age(sdk_key: str) -> None:
    base = MemorySession("demo")
    await old_ones(base, "abc", key=sdk_key)
    await base.archive([(await base.rows())[1].key], reason="old")
    done = await encrypt_session(base, KEY, from_sdk=True if sdk_key == KEY else sdk_key)
    assert (done.items, done.archived, done.changed) == (2, 1, 3)
    session = EncryptedSession(base, KEY)
    assert await said(session) == "ac"
    assert [each.item for each in await session.archived()] == letters("b")


async def test_plain_items_among_the_sdks_are_taken_along() -> None:
    base = MemorySession("demo")
    await base.add_items(letters("a"))
    await old_ones(base, "b")
    await encrypt_session(base, KEY, from_sdk=True)
    assert await said(EncryptedSession(base, KEY)) == "ab"


async def test_what_the_sdk_wrote_is_not_taken_for_plain() -> None:
    base = MemorySession("demo")
    await old_ones(base, "ab")
    before = await contents(base)
    with pytest.raises(EncryptionError, match="from_sdk=True"):
        await encrypt_session(base, KEY)
    with pytest.raises(WrongKey, match=r"item 1 .*from_sdk=that_key"):
        await encrypt_session(base, OTHER, from_sdk=True)
    assert await contents(base) == before


async def test_a_damaged_item_of_the_sdks_is_named_by_its_place() -> None:
    base = MemorySession("demo")
    await old_ones(base, "abc")
    row = (await base.rows())[1]
    cut = {**row.item, "payload": row.item["payload"][:-12] + "AAAAAAAAAAA="}
    await base.edit(Edit(rewrite={row.key: cut}))
    with pytest.raises(Tampered) as error:
        await encrypt_session(base, KEY, from_sdk=True)
    assert error.value.position == 2


async def test_a_session_of_the_sdk_is_encrypted_where_it_is(tmp_path: Path) -> None:
    theirs = SDKSession("demo", tmp_path / "theirs.db")
    await theirs.add_items(cast(Any, letters("abc")))
    done = await encrypt_session(theirs, KEY)
    assert (done.items, done.changed) == (3, 3)
    assert all(is_sealed(cast(Any, item)) for item in await theirs.get_items())
    session = EncryptedSession(theirs, KEY)
    assert await said(session) == "abc"
    await session.add_items(letters("d"))
    await decrypt_session(theirs, KEY)
    assert await theirs.get_items() == letters("abcd")
    theirs.close()


# Nothing is left over


async def written(path: Path) -> SQLiteSession:
    """A file that has held the word live, archived, popped, cleared, and in an error."""
    base = SQLiteSession("demo", path)
    other = SQLiteSession("other", path)
    keys = await base.append([message(f"{SECRET} {number}") for number in range(50)], turn_id="t")
    await base.archive(keys[:10], reason="old")
    await base.pop_item()
    await base.save_turn(record("t", error=f"{SECRET}!"))
    await other.add_items([message(f"{SECRET} elsewhere")])
    await other.clear_session()
    await other.close()
    return base


def in_files(folder: Path) -> list[str]:
    """The files that hold the word."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if SECRET.encode() in path.read_bytes()]


async def test_no_file_holds_a_word_of_it_afterwards(tmp_path: Path) -> None:
    base = await written(tmp_path / "chats.db")
    assert in_files(tmp_path)
    done = await encrypt_session(base, KEY)
    assert done.notes == ()
    assert in_files(tmp_path) == []
    session = EncryptedSession(base, KEY)
    await session.add_items([message(f"{SECRET} again")])
    await session.save_turn(record("t2", error=f"{SECRET}!"))
    await session.archive([(await session.rows())[0].key], reason="old")
    await session.pop_item()
    await session.edit(
        Edit(insert=[message(SECRET)], before=(await session.rows())[0].key, turn_id="t3")
    )
    assert in_files(tmp_path) == []
    assert len(await session.get_items()) == 39
    await session.close()
    assert in_files(tmp_path) == []


async def test_a_session_that_can_not_be_scrubbed_says_so() -> None:
    class Bare:
        """A session with the four methods of the SDK and no way to overwrite."""

        session_settings = None

        def __init__(self) -> None:
            self.session_id = "demo"
            self._inner = MemorySession("demo")
            self.get_items = self._inner.get_items
            self.add_items = self._inner.add_items
            self.pop_item = self._inner.pop_item
            self.clear_session = self._inner.clear_session

    done = await encrypt_session(Bare(), KEY)
    assert isinstance(done, Conversion)
    assert done.notes
    assert all(note.endswith(".") for note in done.notes)
