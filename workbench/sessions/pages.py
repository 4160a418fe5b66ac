"""Reading a conversation in pages, and taking in what another session kept: for any session.

Where a session (or its store) has the ability, it is asked; elsewhere there is a way that works all
the same: the history is read once and cut into pages, and items are appended turn by turn.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from types import EllipsisType
from typing import Any

from workbench.errors import InvalidValue
from workbench.protocols import (
    PAGE,
    ArchivedItem,
    Archives,
    CarriesTexts,
    Imports,
    Key,
    Paginates,
    SavesTurns,
    StoredItem,
    TurnRecord,
)
from workbench.sessions.layers import innermost
from workbench.stores.keys import no_key


async def pages(session: Any, *, size: int = PAGE) -> AsyncIterator[list[StoredItem]]:
    """The items of a session that keeps rows, oldest first, ``size`` at a time.

    What is appended meanwhile comes at the end. Raises InvalidValue for a size below 1.
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise InvalidValue(f"a page has at least one item, not {size!r}")
    if not paginates(session):
        rows = await session.rows()
        for start in range(0, len(rows), size):
            yield rows[start : start + size]
        return
    after: Key | None = None
    while page := await session.page(after, limit=size):
        yield page
        after = page[-1].key


def paginates(session: Any) -> bool:
    """Whether a page is read without reading all that lies before it."""
    session = innermost(session)
    reads_whole = getattr(session, "reads_whole", False)
    return not reads_whole and isinstance(getattr(session, "store", session), Paginates)


def carries_texts(session: Any) -> bool:
    """Whether items are kept as texts that can be carried; what stands around a session, and shows
    other items than that keeps, has not this ability."""
    can = isinstance(session, CarriesTexts)
    return can and isinstance(getattr(session, "store", session), CarriesTexts)


def page_of(rows: Sequence[StoredItem], after: Key | None, limit: int) -> list[StoredItem]:
    """The page behind ``after`` of all the rows of a session, whose keys ascend."""
    try:
        start = 0 if after is None else bisect_right(rows, after, key=_key)
    except TypeError:
        raise no_key(after) from None
    return list(rows[start : start + limit])


def among(records: Sequence[TurnRecord], turn_ids: Sequence[str]) -> list[TurnRecord]:
    """The records of these turns."""
    wanted = set(turn_ids)
    return [each for each in records if each.turn_id in wanted]


async def save_all(session: Any, records: Sequence[TurnRecord]) -> None:
    """As `SavesTurns.save_turns`, for any session that records turns: one by one, if need be."""
    if isinstance(session, SavesTurns):
        await session.save_turns(records)
        return
    for record in records:
        await session.save_turn(record)


def _key(row: StoredItem) -> Any:
    return row.key


async def one_page(session: Any, after: Key | None, *, limit: int) -> list[StoredItem]:
    """The page behind ``after`` of any session that keeps rows."""
    if isinstance(session, Paginates):
        return await session.page(after, limit=limit)
    return page_of(await session.rows(), after, limit)


async def put_into(
    session: Any,
    rows: Sequence[StoredItem | ArchivedItem],
    *,
    newest: Key | EllipsisType | None = ...,
) -> list[Key] | None:
    """As `Imports.put`, for any session that keeps rows."""
    if isinstance(session, Imports):
        return await session.put(rows, newest=newest)
    return await put_plainly(session, rows, newest=newest)


async def put_plainly(
    session: Any,
    rows: Sequence[StoredItem | ArchivedItem],
    *,
    newest: Key | EllipsisType | None = ...,
) -> list[Key] | None:
    """As `Imports.put` with what every session can: times are those of now, and the items of each
    turn, and what is archived, are steps of their own.
    """
    if newest is not ...:
        found = await session.rows(1)
        if newest != (found[0].key if found else None):
            return None
    keys: list[Key] = []
    for (turn_id, reason), group in groupby(rows, key=_turn_and_reason):
        added = await session.append([each.item for each in group], turn_id=turn_id)
        if reason is not None and isinstance(session, Archives):
            await session.archive(added, reason=reason)
        keys += added
    return keys


def _turn_and_reason(row: StoredItem | ArchivedItem) -> tuple[str | None, str | None]:
    return row.turn_id, row.reason if isinstance(row, ArchivedItem) else None
