"""What the tests of encrypted sessions share: keys, and hands that reach around the wrapper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from workbench.items import Item, encode
from workbench.protocols import Edit
from workbench.testing.data import message

KEY = "your-32-byte-encryption-key-here"
OTHER = "another-32-byte-key-for-rotation"


def letters(text: Sequence[str]) -> list[Item]:
    """A user item for each letter."""
    return [message(letter) for letter in text]


async def said(session: Any) -> str:
    """The letters of a conversation."""
    return "".join(item["content"] for item in await session.get_items())


async def change(base: Any, make: Callable[[list[Item]], list[Item]]) -> None:
    """Put other items in the place of what the base holds, as who can write to the store can."""
    items = await base.get_items()
    before, after = [encode(item) for item in items], make(items)
    await base.clear_session()
    await base.add_items(after)
    assert [encode(item) for item in after] != before, "the change changes something"


async def contents(base: Any) -> tuple[Any, ...]:
    """All that a base holds, to see that nothing was written."""
    return await base.rows(), await base.archived(), await base.turns()


async def turned(base: Any, place: int, make: Callable[[str], str]) -> None:
    """Rewrite the text of one envelope in its place."""
    row = (await base.rows())[place]
    item = {**row.item, "wb1": make(row.item["wb1"])}
    assert await base.edit(Edit(rewrite={row.key: item})) is not None
