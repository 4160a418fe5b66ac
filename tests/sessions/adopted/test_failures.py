"""A session that fails in the middle of an edit has, in the end, what it had before."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sessions.adopted.sessions import labelled, letters, said
from tests.sessions.four_methods import ListSession
from workbench.errors import StoreError
from workbench.protocols import Edit
from workbench.sessions.adopted import AdoptedSession


@pytest.mark.parametrize("method", ["clear_session", "add_items", "pop_item", "get_items"])
@pytest.mark.parametrize("popped", [0, 16])
async def test_a_session_that_fails_in_an_edit_is_put_back(
    method: str, popped: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.sessions.adopted.inner.Inner.popped", popped)
    inner = ListSession()
    session = AdoptedSession(inner)
    keys = await session.append(letters("abcd"), turn_id="1")
    before = await session.rows()
    change = Edit(archive=keys[:2], insert=letters("S"), before=keys[2])
    for good in range(12):
        inner.failing = {method: good}
        try:
            assert await session.edit(change) is not None
            break
        except (OSError, StoreError):
            inner.failing = {}
            assert said(await session.get_items()) == "abcd"
            assert (await session.rows(), await session.archived()) == (before, [])
    else:
        pytest.fail("it never worked")
    inner.failing = {}
    assert said(await session.get_items()) == "Scd"
    await session.close()


async def test_a_session_that_stays_broken_is_made_good_when_it_works_again() -> None:
    inner = ListSession()
    session = AdoptedSession(inner)
    keys = await session.append(letters("abcdefghijklmnopqrstuvwxyz"), turn_id="1")
    inner.failing = {"add_items": 0}
    with pytest.raises(StoreError, match=r"all of it is in sqlite:///.*companions\.db"):
        await session.archive(keys[:20], reason="old")
    assert inner.items == []
    with pytest.raises(OSError, match="add_items"):
        await session.get_items()
    inner.failing = {}
    assert said(await session.get_items()) == "abcdefghijklmnopqrstuvwxyz"
    assert {turn for _letter, turn in await labelled(session)} == {"1"}
    assert await session.archived() == []
    await session.close()


class Small(ListSession):
    """Has room for five items, and drops what is more without a word."""

    async def add_items(self, items: list[Any]) -> None:
        await super().add_items(items)
        self.items = self.items[:5]


async def test_a_session_that_does_not_keep_what_it_is_given_says_so() -> None:
    session = AdoptedSession(inner := Small())
    keys = await session.append(letters("abcd"), turn_id="1")
    with pytest.raises(StoreError, match="kept 5 of 6 items"):
        await session.edit(Edit(insert=letters("xy"), before=keys[0]))
    assert said(inner.items) == "abcd"
    await session.close()
