"""The view that a grid shows, and the look under way that will replace it: a newer ends an older.

All views of a grid show the same rows, so that ``grid.shown`` says what they are.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from workbench.widgets.grid.column import GridColumn
from workbench.widgets.grid.finding import GivenUp
from workbench.widgets.grid.looking import First, Query, Told, View, look, whole_view


class Look:
    """A query that is being answered; `done` has a result when it is, or given up."""

    def __init__(self, version: int, query: Query) -> None:
        self.version, self.query = version, query
        self.stop = threading.Event()
        self.done: Future[None] = Future()


class Looks:
    """The current view of ``columns`` and its version, which counts the queries."""

    def __init__(self, columns: Sequence[GridColumn], length: int) -> None:
        self._columns = columns
        self._view = whole_view(length)
        self._versions = 0
        self.version = 0
        self._lock = threading.Lock()  # a newer look begins; a finished one becomes the view
        self._under_way: Look | None = None

    @property
    def shown(self) -> View:
        """The view, without waiting for one that is to come."""
        return self._view

    def settled(self) -> View:
        """The view when no look is under way any more. Not for the home loop: it waits."""
        while (now := self._under_way) is not None:
            now.done.result()
        return self._view

    async def settle(self) -> View:
        """As `settled`, for the home loop."""
        while (now := self._under_way) is not None:
            await asyncio.shield(asyncio.wrap_future(now.done))
        return self._view

    def begin(self, query: Query) -> Look:
        """A look that ends the one under way."""
        with self._lock:
            if self._under_way is not None:
                self._under_way.stop.set()
            self._versions += 1
            self._under_way = Look(self._versions, query)
            return self._under_way

    def run(self, now: Look, count: int, first: First, told: Told) -> View | None:
        """Answer a look, in a thread; None when a newer one came, or it was stopped."""
        try:
            view = look(self._columns, now.query, count, now.stop, first, told)
            return view if self._became(now, view) else None
        except GivenUp:
            return None
        finally:
            self.end(now)

    def end(self, now: Look) -> None:
        """Give up a look, or say that it is over."""
        with self._lock:
            now.stop.set()
            if self._under_way is now:
                self._under_way = None
            if not now.done.done():
                now.done.set_result(None)

    def _became(self, now: Look, view: View) -> bool:
        with self._lock:
            if now.stop.is_set() or self._under_way is not now:
                return False
            self._view, self.version = view, now.version
            return True


def query_given(query: Query) -> dict[str, Any]:
    """A query as the page knows it."""
    return {
        "sort": query.sort,
        "descending": query.descending,
        "search": query.search,
        "filters": [
            {"column": each.column, "values": list(each.values)}
            if each.values is not None
            else {"column": each.column, "low": each.low, "high": each.high}
            for each in query.filters
        ],
    }
