"""Whoever can write to the store can't make a reader believe another conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract_abilities import record
from tests.sessions.encryption.encrypted import KEY, change, contents, letters, said, turned
from workbench.errors import EncryptionError, Tampered, WorkbenchError
from workbench.items import Item, decode
from workbench.protocols import Edit
from workbench.sessions import EncryptedSession, MemorySession
from workbench.stores.memory import MemoryStore

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


async def written(text: str = "abcdef") -> tuple[EncryptedSession, MemorySession]:
    """An encrypted conversation and its base."""
    base = MemorySession("demo")
    session = EncryptedSession(base, KEY)
    await session.add_items(letters(text))
    return session, base


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, 5), st.integers(0, 10_000), st.sampled_from(ALPHABET))
def test_a_changed_character_is_found_at_its_place_wherever_it_is(
    item: int, place: int, letter: str
) -> None:
    asyncio.run(changed_somewhere(item, place, letter))


async def changed_somewhere(item: int, place: int, letter: str) -> None:
    session, base = await written()
    text = (await base.rows())[item].item["wb1"]
    place %= len(text)
    if text[place] == letter:
        return
    await turned(base, item, lambda text: text[:place] + letter + text[place + 1 :])
    before = await contents(base)
    for limit in (None, 6 - item, 6):
        with pytest.raises(Tampered) as error:
            await session.get_items(limit)
        assert error.value.position == item + 1
        assert error.value.key == before[0][item].key
    with pytest.raises(Tampered):
        await session.rows()
    assert await contents(base) == before


def swap(items: list[Item]) -> list[Item]:
    return [items[0], items[2], items[1], *items[3:]]


CHANGES: dict[str, tuple[Callable[[list[Item]], list[Item]], int, str]] = {
    "two swapped": (swap, 3, "moved"),
    "reversed": (lambda items: items[::-1], 2, "moved"),
    "newest again": (lambda items: [*items, items[-1]], 7, "twice"),
    "oldest again at the end": (lambda items: [*items, items[0]], 7, "twice"),
    "oldest again at the front": (lambda items: [items[0], *items], 2, "twice"),
    "newest in front": (lambda items: [items[5], *items[:5]], 2, "moved"),
    "another one again": (lambda items: [*items[:3], items[1], *items[4:]], 4, "twice"),
    "cut": (
        lambda items: [*items[:2], {"wb1": items[2]["wb1"][:-9]}, *items[3:]],
        3,
        "changed|not whole",
    ),
    "no envelope": (lambda items: [*items[:2], {"wb1": "AAAA"}, *items[3:]], 3, "cut short"),
    "another field": (
        lambda items: [*items[:2], {**items[2], "role": "user"}, *items[3:]],
        3,
        "not whole",
    ),
    "another derivation": (
        lambda items: [*items[:2], {**items[2], "kdf": "scrypt"}, *items[3:]],
        3,
        "derived",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_repeated_reordered_and_cut_items_are_found(name: str) -> None:
    make, position, reason = CHANGES[name]
    session, base = await written()
    await change(base, make)
    for call in (session.get_items, session.rows, lambda: session.get_items(100)):
        with pytest.raises(Tampered, match=reason) as error:
            await call()
        assert error.value.position == position


async def test_a_ciphertext_of_another_session_is_no_item_of_this_one() -> None:
    store = MemoryStore()
    one, two = MemorySession("one", store=store), MemorySession("two", store=store)
    first, second = EncryptedSession(one, KEY), EncryptedSession(two, KEY)
    await first.add_items(letters("abc"))
    await second.add_items(letters("xyz"))
    theirs = await two.get_items()
    await change(one, lambda items: [items[0], theirs[1], items[2]])
    with pytest.raises(Tampered, match="another session") as error:
        await first.get_items()
    assert error.value.position == 2
    assert await said(second) == "xyz"


async def test_a_changed_newest_item_is_neither_popped_nor_written_after() -> None:
    session, base = await written("abc")
    await turned(base, 2, lambda text: text[:-6] + "AAAAAA")
    before = await contents(base)
    calls: list[Callable[[], Any]] = [
        session.pop_item,
        session.clear_session,
        session.turns,
        session.describe,
        lambda: session.add_items(letters("d")),
        lambda: session.edit(Edit(insert=letters("d"), before=before[0][0].key)),
        lambda: session.archive([before[0][0].key], reason="x"),
        lambda: session.save_turn(record("t1", error="e")),
    ]
    for call in calls:
        with pytest.raises(Tampered) as error:
            await call()
        assert error.value.position == 3
        assert await contents(base) == before


async def test_a_damaged_item_can_be_moved_out_of_the_way_as_the_error_says() -> None:
    session, base = await written("abc")
    await turned(base, 1, lambda text: text[:-6] + "AAAAAA")
    with pytest.raises(Tampered, match=r"session\.archive\(\[") as error:
        await session.get_items()
    assert error.value.key is not None
    assert await session.archive([error.value.key], reason="damaged") == 1
    assert await said(session) == "ac"
    with pytest.raises(Tampered, match="demo"):
        await session.archived()


async def test_a_damaged_newest_item_can_be_moved_out_of_the_way_too() -> None:
    session, base = await written("abc")
    await turned(base, 2, lambda text: text[:-6] + "AAAAAA")
    with pytest.raises(Tampered) as error:
        await session.get_items()
    assert error.value.key is not None
    assert await session.archive([error.value.key], reason="damaged") == 1
    assert await said(session) == "ab"


async def test_an_archive_that_holds_an_item_twice_is_refused() -> None:
    session, base = await written("abc")
    await base.add_items([(await base.get_items())[0]])
    rows = await base.rows()
    await base.archive([rows[0].key, rows[3].key], reason="copied")
    assert await said(session) == "bc"
    with pytest.raises(Tampered, match="twice"):
        await session.archived()


async def test_a_plain_item_among_encrypted_ones_is_an_error_with_a_way_on() -> None:
    session, base = await written("ab")
    await base.add_items(letters("c"))
    before = await contents(base)
    for call in (session.get_items, session.pop_item, lambda: session.add_items(letters("d"))):
        with pytest.raises(EncryptionError, match=r"item 3 .*allow_plain=True") as error:
            await call()
        assert not isinstance(error.value, Tampered)
    assert await contents(base) == before


async def test_plain_items_pass_while_migrating_and_what_is_written_is_encrypted() -> None:
    base = MemorySession("demo")
    await base.add_items(letters("ab"))
    session = EncryptedSession(base, KEY, allow_plain=True)
    await session.add_items(letters("c"))
    await base.add_items(letters("d"))
    await session.add_items(letters("e"))
    assert await said(session) == "abcde"
    assert ["wb1" in item for item in await base.get_items()] == [False, False, True, False, True]
    assert await session.pop_item() == letters("e")[0]
    assert await session.pop_item() == letters("d")[0]
    key = (await session.rows())[1].key
    await session.edit(Edit(insert=letters("x"), before=key, rewrite={key: letters("B")[0]}))
    assert await said(session) == "axBc"


async def test_the_error_text_of_a_turn_belongs_to_its_turn() -> None:
    session, base = await written("a")
    for turn_id in ("t1", "t2"):
        await session.save_turn(record(turn_id, error=f"{turn_id}: secret words"))
    assert [turn.error for turn in await session.turns()] == [
        "t1: secret words",
        "t2: secret words",
    ]
    stored = await base.turns()
    assert "secret" not in repr(stored)
    await base.save_turn(record("t1", error=stored[1].error))
    with pytest.raises(Tampered, match="t1"):
        await session.turns()
    await base.save_turn(record("t1", error='{"wb1": "AAAA"}'))
    with pytest.raises(Tampered, match="t1"):
        await session.turns()


async def test_an_error_text_can_not_be_made_an_item() -> None:
    session, base = await written("a")
    await session.save_turn(record("t1", error="words"))
    (turn,) = await base.turns()
    assert turn.error is not None
    await base.add_items([decode(turn.error)])
    with pytest.raises(Tampered):
        await session.get_items()
    await base.archive([(await base.rows())[1].key], reason="x")
    with pytest.raises(Tampered, match="never an item"):
        await session.archived()


async def test_errors_show_neither_keys_nor_items() -> None:
    session, base = await written("ab")
    await turned(base, 1, lambda text: text[:-6] + "AAAAAA")
    with pytest.raises(WorkbenchError) as error:
        await session.get_items()
    shown = f"{error.value!r} {error.value} {session!r}"
    assert KEY not in shown
    assert (await base.get_items())[1]["wb1"][10:30] not in shown
