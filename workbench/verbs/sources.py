"""Where the pages of a history come from: a session that is read page by page, or one in memory.

Hidden items stand in their places among the others, as in ``wb.history``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from workbench.frames.reading import Read, hidden_items, read_rows, read_shown, read_turns
from workbench.protocols import (
    FindsTurns,
    KeepsRows,
    Key,
    StoredItem,
    TurnRecord,
)
from workbench.sessions.pages import paginates


@dataclass(frozen=True, slots=True)
class Page:
    """Some items of a history, one after the other, and where the next page begins."""

    reads: Sequence[Read]
    keys: tuple[Any, ...]
    end: Any
    """What `Source.page` takes to go on behind them."""


class Source(Protocol):
    """A history that can be read again and again from any page on."""

    async def page(self, after: Any, limit: int) -> Page:
        """The next ``limit`` items behind a page's ``end`` (None: from the start)."""
        ...

    async def same(self) -> bool:
        """Whether what stands among the pages is still what it was at the start."""
        ...

    async def records(self, turn_ids: Sequence[str]) -> Mapping[str, TurnRecord]:
        """The records of these turns, by their ids; those that have none are left out."""
        ...


async def source_of(session: Any) -> Source:
    """The pages of any session. One that can only be read whole is read now."""
    if not isinstance(session, KeepsRows):
        return InMemory(session, (await read_rows(session, None))[0])
    if not paginates(session):
        return InMemory(session, [_read(*each) for each in await read_shown(session)])
    return Paged(session, await _hidden(session))


class Records:
    """The records of turns: those of a page, or where they can't be found so, all at once."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._all: Mapping[str, TurnRecord] | None = None

    async def find(self, turn_ids: Sequence[str]) -> Mapping[str, TurnRecord]:
        """The records of these turns by their ids."""
        if not turn_ids:
            return {}
        if isinstance(self._session, FindsTurns):
            return _by_id(await self._session.turns_of(turn_ids))
        if self._all is None:
            self._all = _by_id(await read_turns(self._session))
        return self._all


class InMemory:
    """The pages of what was read whole."""

    def __init__(self, session: Any, reads: Sequence[Read]) -> None:
        self._reads = reads
        self.records = Records(session).find

    async def page(self, after: int | None, limit: int) -> Page:
        """As `Source`."""
        start = after or 0
        reads = self._reads[start : start + limit]
        return Page(reads, (), start + len(reads))

    async def same(self) -> bool:
        """As `Source`."""
        return True


class Paged:
    """The pages of a session that reads them, with what is hidden among them."""

    def __init__(self, session: Any, hidden: list[StoredItem]) -> None:
        self._session = session
        self._hidden = hidden
        self.records = Records(session).find

    async def page(self, after: Key | None, limit: int) -> Page:
        """As `Source`."""
        rows: list[StoredItem] = await self._session.page(after, limit=limit)
        if not self._hidden:
            return _page([(row, False) for row in rows], after)
        live = {row.key for row in rows}
        start = 0 if after is None else bisect_right(self._hidden, after, key=_key)
        hidden = [row for row in self._hidden[start : start + limit] if row.key not in live]
        both = [*((row, True) for row in hidden), *((row, False) for row in rows)]
        return _page(sorted(both, key=lambda each: each[0].key)[:limit], after)

    async def same(self) -> bool:
        """As `Source`: nothing was hidden or shown meanwhile."""
        now = await _hidden(self._session)
        return [row.key for row in now] == [row.key for row in self._hidden]


def _key(row: StoredItem) -> Any:
    return row.key


def _page(rows: Sequence[tuple[StoredItem, bool]], after: Key | None) -> Page:
    keys = tuple(row.key for row, _hidden in rows)
    return Page([_read(*each) for each in rows], keys, keys[-1] if keys else after)


def _read(row: StoredItem, hidden: bool) -> Read:
    return Read(row.item, row.item, row.created_at, row.turn_id, hidden=hidden)


async def _hidden(session: Any) -> list[StoredItem]:
    kept = await hidden_items(session)
    rows = [StoredItem(each.key, each.item, each.created_at, each.turn_id) for each in kept]
    return sorted(rows, key=_key)


def _by_id(records: Sequence[TurnRecord]) -> dict[str, TurnRecord]:
    return {each.turn_id: each for each in records}
