"""Pages of an encrypted session: what was tampered with is found page by page."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.sessions.encryption.encrypted import KEY, OTHER, change, letters, turned
from workbench.errors import EncryptionError, Tampered, WrongKey
from workbench.items import is_encrypted
from workbench.protocols import ArchivedItem, Edit, StoredItem
from workbench.sessions import EncryptedSession, MemorySession
from workbench.sessions.pages import pages
from workbench.testing.data import message


async def paged(session: Any, size: int = 2) -> str:
    """The letters of all pages."""
    return "".join(
        [row.item["content"] async for page in pages(session, size=size) for row in page]
    )


async def spoken(text: str = "abcdef") -> tuple[Any, EncryptedSession]:
    base = MemorySession("demo")
    session = EncryptedSession(base, KEY)
    await session.append(letters(text), turn_id="t1")
    return base, session


async def test_only_the_page_is_decrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    base, session = await spoken()

    async def whole(*_args: Any) -> None:
        raise AssertionError("all of it was read")

    monkeypatch.setattr(type(base), "rows", whole)
    first = (await session.page(limit=2))[-1].key
    assert [row.item["content"] for row in await session.page(first, limit=2)] == ["c", "d"]


@pytest.mark.parametrize("place", range(6))
async def test_a_changed_item_is_told_with_its_place_in_the_whole(place: int) -> None:
    base, session = await spoken()
    await turned(base, place, lambda text: text[:-6] + ("AB"[text[-6] == "A"]) + text[-5:])
    with pytest.raises(Tampered, match=f"item {place + 1} of session 'demo'"):
        await paged(session)


@pytest.mark.parametrize(
    ("one", "other"), [(1, 2), (0, 5), (2, 3), (0, 1)], ids=["across", "far", "inside", "first"]
)
async def test_items_that_changed_places_are_found_across_pages_too(one: int, other: int) -> None:
    base, session = await spoken()

    def swapped(items: list[Any]) -> list[Any]:
        items[one], items[other] = items[other], items[one]
        return items

    await change(base, swapped)
    with pytest.raises(Tampered):
        await paged(session)


async def test_an_edit_that_numbers_anew_in_between_is_no_tampering() -> None:
    _base, session = await spoken()
    first = await session.page(limit=2)
    for _ in range(12):  # until there is no room left between two numbers
        key = (await session.rows())[1].key
        await session.edit(Edit(insert=[message("x")], before=key))
    rows = await session.rows()
    assert [row.item["content"] for row in await session.page(rows[0].key, limit=3)] == ["x"] * 3
    assert first[0].item["content"] == "a"
    assert (await paged(session)).replace("x", "") == "abcdef"


async def test_with_another_key_no_page_is_read_and_none_is_put() -> None:
    base, _session = await spoken()
    wrong = EncryptedSession(base, OTHER)
    with pytest.raises(WrongKey):
        await wrong.page(limit=2)
    with pytest.raises(WrongKey):
        await wrong.put([StoredItem(1, message("x"))])
    assert len(await base.rows()) == 6


async def test_an_empty_conversation_with_an_archive_asks_for_the_key() -> None:
    base, session = await spoken("a")
    await session.archive([(await session.rows())[0].key], reason="old")
    with pytest.raises(WrongKey):
        await EncryptedSession(base, OTHER).page()
    assert await session.page() == []


async def test_plain_items_among_them_are_told_unless_they_may_pass() -> None:
    base, session = await spoken("ab")
    await base.append([message("plain")])
    with pytest.raises(EncryptionError):
        await paged(session)
    assert await paged(EncryptedSession(base, KEY, allow_plain=True)) == "abplain"


async def test_what_is_put_is_encrypted_archived_items_too() -> None:
    base, session = await spoken("a")
    when = (await session.rows())[0].created_at
    assert when is not None
    await session.put(
        [StoredItem(1, message("b"), when, "t2"), ArchivedItem(2, message("c"), "old", when)]
    )
    raw = [*await base.rows(), *await base.archived()]
    assert all(is_encrypted(each.item) for each in raw)
    assert "content" not in str([each.item for each in raw])
    assert [each.item for each in await session.archived()] == [message("c")]
    assert [(row.created_at, row.turn_id) for row in await session.rows()][1] == (when, "t2")


async def test_two_that_put_at_once_both_come_through() -> None:
    base, session = await spoken("a")
    other = EncryptedSession(base, KEY)
    for number in range(10):
        await asyncio.gather(
            session.put([StoredItem(1, message(f"s{number}"))]),
            other.put([StoredItem(1, message(f"o{number}"))]),
        )
    assert len(await EncryptedSession(base, KEY).rows()) == 21
