"""A session as one turn sees it: it notes what the turn adds, and can take it out again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from workbench.errors import KeyRequired, shorten
from workbench.items import Item, is_encrypted
from workbench.protocols import Archives, KeepsRows, Session, StoredItem
from workbench.turn.approvals import answers_earlier

Look = Callable[[Sequence[Item]], object]
"""Called with what the turn sees when it first looks at the history."""

Enter = Callable[[], Awaitable[None]]
"""Awaited before each look and each write: returns when this turn may begin, raises when it has
ended."""


class Keeping(KeepsRows, Archives, Session, Protocol):
    """A session that can take a turn out of the history and keep it."""


class TurnSession:
    """``inner`` for the length of one turn; handed to the Runner in its place.

    Every item is stored under the turn's id, so that the turn can be found and archived whole even
    when another process writes to the same session meanwhile. What it does not know it passes on.
    """

    def __init__(
        self, inner: Keeping, turn_id: str, enter: Enter, look: Look | None = None
    ) -> None:
        self.inner = inner
        self.turn_id = turn_id
        self.items: list[Item] = []
        self._enter = enter
        self._look = look

    @property
    def session_id(self) -> str:
        """The id of the inner session."""
        return self.inner.session_id

    @property
    def session_settings(self) -> Any:
        """The settings of the inner session."""
        return getattr(self.inner, "session_settings", None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def get_items(self, limit: int | None = None) -> list[Any]:
        """The inner session's items; the first look waits until the turn before has ended.

        Raises KeyRequired for ciphertext: a model must not get it, and nothing plain may stand
        behind it, whoever has taken away the note that the session is encrypted.
        """
        await self._enter()
        items = await self.inner.get_items(limit)
        if any(map(is_encrypted, items)):
            raise _not_opened(self.session_id)
        look, self._look = self._look, None
        if look is not None:
            look(items)
        return items

    async def add_items(self, items: Sequence[Any]) -> None:
        """Append as part of this turn. Raises InvalidValue when the turn has ended."""
        await self._enter()
        self.items.extend(items)
        await self.inner.append(items, turn_id=self.turn_id)

    async def pop_item(self) -> Any:
        """Pop from the inner session."""
        item = await self.inner.pop_item()
        if item is not None and self.items and self.items[-1] == item:
            self.items.pop()
        return item

    async def clear_session(self) -> None:
        """Clear the inner session."""
        self.items.clear()
        await self.inner.clear_session()

    async def take_out(self, reason: str) -> None:
        """Archive what this turn has added, as one step, but for answers to calls of earlier turns:
        the tools have run.
        """
        if not self.items:  # where the history itself can't be read, there is nothing to look for
            return
        # Again where a change by another process has given some of them new keys meanwhile.
        while rows := await rows_of(self.inner, {self.turn_id}, at_least=len(self.items)):
            kept = answers_earlier([row.item for row in rows])
            rows = [row for row in rows if row.item not in kept]
            if not rows:
                return
            taken = await self.inner.archive([row.key for row in rows], reason=reason)
            if taken == len(rows):
                return


def _not_opened(session_id: str) -> KeyRequired:
    return KeyRequired(
        f"session {shorten(session_id)} holds encrypted items, and is opened without encryption; "
        "%%agent --encrypt or wb.session(name, encrypt=True) opens it by its key"
    )


async def rows_of(session: KeepsRows, turn_ids: set[str], *, at_least: int) -> list[StoredItem]:
    """The rows of these turns; the end of the history is looked at first, as they are mostly there.

    ``at_least`` is how many there must be, where that is known.
    """
    window = at_least + 500
    rows = await session.rows(window)
    mine = [row for row in rows if row.turn_id in turn_ids]
    begins_earlier = bool(mine) and mine[0] is rows[0]
    if len(rows) == window and (len(mine) < at_least or begins_earlier):
        mine = [row for row in await session.rows() if row.turn_id in turn_ids]
    return mine
