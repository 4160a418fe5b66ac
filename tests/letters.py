"""Conversations of single letters, and looks at all that a session can tell of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.testing.data import message, texts


async def live(session: Any) -> str:
    """The letters of the conversation, as items and as rows."""
    rows = await session.rows()
    found = texts([row.item for row in rows])
    assert found == texts(await session.get_items())
    keys = [row.key for row in rows]
    assert keys == sorted(set(keys)), "keys ascend"
    assert not {each.key for each in await session.archived()} & set(keys)
    return "".join(found)


async def kept(session: Any) -> str:
    """The letters of the archive, in the order they were archived."""
    return "".join(texts([each.item for each in await session.archived()]))


async def labels(session: Any) -> dict[str, str | None]:
    """For each letter of the conversation the turn it belongs to."""
    return {row.item["content"]: row.turn_id for row in await session.rows()}


def letters(text: Sequence[str]) -> list[Any]:
    """A user item for each letter."""
    return [message(letter) for letter in text]


async def everything(session: Any) -> tuple[Any, ...]:
    """All that an edit could change."""
    return await session.rows(), await session.archived(), await session.turns()
