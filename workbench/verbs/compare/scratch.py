"""Throw-away conversations: made for one comparison, and nothing is left of them.

They are deleted when the comparison ends, also after an error or an interrupt; what one leaves that
is killed before is deleted by the next (`workbench.verbs.compare.journal`).
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence
from typing import Any, Self

from workbench.errors import WorkbenchError, shorten
from workbench.loop import settle
from workbench.sessions.layers import innermost
from workbench.verbs.compare.journal import PREFIX, Journal, left_over, noted
from workbench.workspace import Workspace, handle

_log = logging.getLogger("workbench")


def new_id() -> str:
    """An id that no session has."""
    return PREFIX + uuid.uuid4().hex


class Scratch:
    """The throw-away conversations of one comparison; deleted at the end of the ``async with``."""

    def __init__(self, place: Workspace) -> None:
        self._journal = Journal(place.folder)
        self._sessions: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    def add(self, session: Any) -> None:
        """Delete ``session`` at the end. To be called before anything is written to it."""
        self._journal.add(session)
        self._sessions.append(session)

    def keep(self, session: Any) -> None:
        """Leave it there after all."""
        self._sessions = [each for each in self._sessions if each is not session]

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Delete what was not kept; once is enough."""
        await settle(self._clear())

    async def _clear(self) -> None:
        sessions, self._sessions = self._sessions, []
        done = await asyncio.gather(*map(_cleared, sessions))
        self._journal.close(forget=all(done))


async def _cleared(session: Any) -> bool:
    keeper = innermost(session)  # what can't be decrypted can be deleted
    try:
        await keeper.clear_session()
    except WorkbenchError as exc:
        _log.warning(
            "the throw-away conversation %s was not deleted, the next comparison tries again: %s",
            shorten(keeper.session_id),
            exc,
        )
        return False
    return True


async def sweep(place: Workspace) -> None:
    """Delete what comparisons left that were killed."""
    for journal in left_over(place.folder):
        with journal:
            if await _swept(place, journal.lines()):
                journal.forget()


async def _swept(place: Workspace, lines: Sequence[str]) -> bool:
    """Whether all are gone; a store that can't be reached just now is tried another time."""
    gone = True
    for session_id, url in filter(None, map(noted, lines)):
        try:
            await handle(place.store_at(url), session_id).clear_session()
        except Exception:  # whatever is wrong with it is no matter of the comparison that runs
            gone = False
    return gone
