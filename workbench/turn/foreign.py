"""A turn on a session that keeps no rows (the SDK's own classes): the safe, slower path.

It can't archive, so a turn that fails is taken out item by item with ``pop_item``, each one
compared with what the turn added; what is not the turn's own is put back and left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench import items as of
from workbench.items import Item
from workbench.own_loop import asked
from workbench.protocols import Session
from workbench.turn.approvals import answers_earlier
from workbench.turn.session import Enter


class ForeignTurn:
    """``inner`` for the length of one turn, noting what the turn adds.

    All else is the inner session's own, its class too: the SDK treats some of them specially.
    """

    def __init__(self, inner: Session, enter: Enter) -> None:
        self.inner = inner
        self.items: list[Item] = []
        self._enter = enter

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    @property  # type: ignore[misc]  # what isinstance asks for; the SDK does, for its own classes
    def __class__(self) -> type:
        return type(self.inner)

    async def get_items(self, limit: int | None = None) -> list[Any]:
        """The inner session's items; the first look waits until the turn before has ended."""
        await self._enter()
        # Not every session takes None for what it has by default.
        get = self.inner.get_items
        return await asked(self.inner, get() if limit is None else get(limit))

    async def add_items(self, items: list[Any]) -> None:
        """Append to the inner session."""
        await self._enter()
        self.items.extend(items)  # before it is known to have worked: it may have, if cancelled
        await asked(self.inner, self.inner.add_items(items))

    async def pop_item(self) -> Any:
        """Pop from the inner session."""
        item = await self.inner.pop_item()
        if item is not None and self.items and _same(item, self.items[-1]):
            self.items.pop()
        return item

    async def clear_session(self) -> None:
        """Clear the inner session."""
        self.items.clear()
        await self.inner.clear_session()

    async def take_out(self, reason: str) -> None:
        """Pop what the turn has added, newest first; stop at the first item that isn't its own, or
        that answers a call of an earlier turn: the tool has run.
        """
        # Once only: a second look could take another turn's items for its own.
        kept = answers_earlier(self.items)
        last = max((place for place, item in enumerate(self.items, 1) if item in kept), default=0)
        own, self.items = self.items[last:], []
        while own and (item := await self.inner.pop_item()) is not None:
            while own and not _same(item, own[-1]):
                own.pop()  # it never arrived
            if not own:
                await self.inner.add_items([item])
                return
            own.pop()


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two items say the same: some sessions give items ids, or content in parts."""
    return one == other or _meaning(one) == _meaning(other)


def _meaning(item: Mapping[str, Any]) -> Sequence[Any]:
    return of.kind(item), of.role(item), of.call_id(item), of.text(item)
