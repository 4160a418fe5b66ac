"""Two programs with one encrypted session: each change is overtaken by another's, in every pair.

Items carry numbers that say where they belong. Whatever comes in between, these have to ascend in
the conversation afterwards: else every reader would say that it was tampered with.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.sessions.encryption.encrypted import KEY, letters, said
from tests.stores.redis.places import empty_server
from workbench.protocols import Edit
from workbench.sessions import EncryptedSession, MemorySession, RedisSession, SQLiteSession

Change = Callable[[EncryptedSession], Awaitable[Any]]


class Overtaken:
    """A base whose next edit comes second: somebody else's is made right before it."""

    def __init__(self, base: Any, first: Callable[[], Awaitable[Any]]) -> None:
        self.base, self.first = base, first
        self.left = 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.base, name)

    async def edit(self, change: Edit) -> Any:
        if self.left:
            self.left = 0
            await self.first()
        return await self.base.edit(change)


def back(*wanted: str) -> Change:
    """Bring these back from the archive."""

    async def change(session: EncryptedSession) -> None:
        kept = [each.key for each in await session.archived() if each.item["content"] in wanted]
        await session.edit(Edit(restore=kept))

    return change


def behind(letter: str) -> Change:
    """Append this."""
    return lambda session: session.append(letters(letter))


def in_front_of(place: int, letter: str) -> Change:
    """Put this in front of the item at this place."""

    async def change(session: EncryptedSession) -> None:
        rows = await session.rows()
        await session.edit(Edit(insert=letters(letter), before=rows[min(place, len(rows) - 1)].key))

    return change


def summarised(session: EncryptedSession) -> Awaitable[Any]:
    """Put one item in the place of all but the last."""

    async def change() -> None:
        rows = await session.rows()
        taken = [row.key for row in rows[:-1]]
        await session.edit(Edit(archive=taken, insert=letters("S"), before=rows[-1].key))

    return change()


CHANGES: dict[str, Change] = {
    "restore b": back("b"),
    "restore c": back("c"),
    "restore both": back("b", "c"),
    "append": behind("x"),
    "insert in front": in_front_of(0, "y"),
    "insert between": in_front_of(1, "z"),
    "summarise": summarised,
}


async def prepared(session: EncryptedSession, early: str, late: str) -> None:
    """A conversation with b and c in the archive; those of ``late`` were added without them."""
    await session.append(letters(early))
    rows = await session.rows()
    await session.archive([row.key for row in rows if row.item["content"] in "bc"], reason="hidden")
    if late:
        await session.append(letters(late))


@pytest.mark.parametrize("said_when", ["abcdef ", "abcde f", "abc def", "abc d"])
@pytest.mark.parametrize("one", CHANGES)
@pytest.mark.parametrize("kind", ["memory", "sqlite", "redis"])
async def test_a_change_that_is_overtaken_leaves_a_readable_conversation(
    kind: str, one: str, said_when: str, tmp_path: Path
) -> None:
    url = empty_server().url if kind == "redis" else ""

    def base(name: str) -> Any:
        if kind == "memory":
            return MemorySession(name)
        return RedisSession(name, url) if url else SQLiteSession(name, tmp_path / "chats.db")

    for number, other in enumerate(CHANGES):
        below = base(f"s{number}")
        mine, theirs = EncryptedSession(below, KEY), EncryptedSession(below, KEY)
        await prepared(theirs, *said_when.split(" "))
        before = _texts(await theirs.rows(), await theirs.archived())

        async def overtake(session: Any = theirs, other: str = other) -> None:
            await CHANGES[other](session)

        slow = Overtaken(below, overtake)
        mine.base = mine._contents.base = mine._changes.base = slow
        await CHANGES[one](mine)
        assert not slow.left, "it was overtaken"
        rows, kept = await theirs.rows(), await theirs.archived()
        old = [letter for letter in "".join(_texts(rows, [])) if letter in "abcdef"]
        assert old == sorted(old), f"{one} after {other}: {await said(theirs)}"
        assert set(before) <= set(_texts(rows, kept))
        await back(*"abcdef")(theirs)
        whole = said_when.replace(" ", "")
        assert "".join(each for each in await said(theirs) if each in whole) == whole
    await below.close()


def _texts(rows: Sequence[Any], kept: Sequence[Any]) -> list[str]:
    return [row.item["content"] for row in itertools.chain(rows, kept)]
