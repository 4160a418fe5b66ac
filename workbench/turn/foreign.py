"""A turn on a session that keeps no rows (the SDK's own classes): the safe, slower path.

It can't archive, so a turn that fails is taken out item by item with ``pop_item``, each one
compared with what the turn added; what is not the turn's own is put back and left alone.
"""

from __future__ import annotations

from workbench.items import Item
from workbench.protocols import Session
from workbench.turn.session import Enter

_ALL = 2**31 - 1
"""A limit that no history reaches: an explicit one counts before the session's own settings."""


class ForeignTurn:
    """Watches ``session`` during one turn; the Runner gets the session itself."""

    def __init__(self, session: Session, enter: Enter) -> None:
        self.session = session
        self._enter = enter
        self._before: int | None = None
        self.items: list[Item] = []

    async def begin(self) -> None:
        """Note where the history ends before the turn."""
        await self._enter()
        self._before = len(await everything(self.session))

    async def look(self) -> None:
        """Note what the turn has added."""
        if self._before is not None:
            self.items = (await everything(self.session))[self._before :]

    async def take_out(self, reason: str) -> None:
        """Pop what the turn has added, newest first; stop at an item that isn't the turn's."""
        await self.look()
        for expected in reversed(self.items):
            item = await self.session.pop_item()
            if item != expected:
                if item is not None:
                    await self.session.add_items([item])
                return


async def everything(session: Session) -> list[Item]:
    """All items of a session, also of one whose settings limit what a plain look shows."""
    return await session.get_items(_ALL)
