"""One turn at a time on a session, within a process.

Two runs at once on one session would read the same history and interleave their items. A second
turn waits for the first instead. (Turns of two processes can still meet; each keeps its own items
apart by its turn id.) The locks belong to the home loop, so turns of any loop can wait for each
other. A wait that can't end is refused: see `TurnLock.acquire`.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Hashable
from typing import Any

from workbench.errors import InvalidValue, shorten
from workbench.loop import at_home, blocked, home


class _Place(asyncio.Lock):
    """The lock of one conversation, and the event loop of the turn that holds it."""

    holder: asyncio.AbstractEventLoop | None = None


_places: weakref.WeakValueDictionary[Hashable, _Place] = weakref.WeakValueDictionary()


def under_way(session: Any) -> bool:
    """Whether a turn of ``session`` is being taken in this process."""
    place = _places.get((home().pid, _key_of(session)))
    return place is not None and place.locked()


def _key_of(session: Any) -> Hashable:
    store = getattr(session, "store", None)
    # A handle is thin: what counts is the conversation it is on.
    return (id(store), session.session_id) if store is not None else id(session)


class TurnLock:
    """The right to take a turn on a session; held from the first look until `release`, once.

    ``outer`` is the lock of the turn that this one is started in, by a tool.
    """

    def __init__(self, session: Any, outer: TurnLock | None = None) -> None:
        self._key = _key_of(session)
        self._name = session.session_id
        self._outer = outer
        self._place: _Place | None = None
        self._ended = False

    async def acquire(self) -> None:
        """Wait for the turn; at once when it is held already.

        Raises InvalidValue when the turn has ended, and when the turn to wait for waits for this
        one itself: it is the turn that this one was started in, or it needs the event loop that
        stands still meanwhile.
        """
        self._refuse_ended()
        if self._place is None:
            self._refuse_inside_itself()
            await at_home(self._taken(asyncio.get_running_loop()))

    async def _taken(self, here: asyncio.AbstractEventLoop) -> None:
        key = (home().pid, self._key)
        place = _places.get(key)
        if place is None:
            place = _places[key] = _Place()
        if place.locked() and place.holder in blocked.get():
            raise InvalidValue(
                f"a run of session {shorten(self._name)} is still under way in this cell; read its "
                "stream to the end, or await its task, before the next turn"
            )
        await place.acquire()
        if self._ended:  # given up while it waited: nobody would release it
            place.release()
        self._refuse_ended()
        place.holder = here
        self._place = place  # noted here: a caller that is cancelled just now has it all the same

    def _refuse_inside_itself(self) -> None:
        outer = self._outer
        while outer is not None:
            if outer._key == self._key:
                raise InvalidValue(
                    f"this code runs inside a turn of session {shorten(self._name)} (a tool?), "
                    "so it can't take another turn of it; use a session of its own"
                )
            outer = outer._outer

    def _refuse_ended(self) -> None:
        if self._ended:
            raise InvalidValue("this run was stopped when its cell ended; nothing more is written")

    def hand_over(self) -> None:
        """What still holds the lock no longer needs the event loop of the run."""
        if self._place is not None:
            self._place.holder = None

    def end(self) -> None:
        """Refuse to `acquire` from now on, so that the run writes no more; releases nothing."""
        self._ended = True

    def release(self) -> None:
        """End, and let the next turn begin. Safe to call twice."""
        self.end()
        place, self._place = self._place, None
        if place is not None:
            home().loop.call_soon_threadsafe(place.release)
