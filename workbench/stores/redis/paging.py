"""A page of a session in Redis, and what is put into one as another session kept it."""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import Any

from workbench.errors import StoreReadOnly, StoreUnusable
from workbench.items import encode
from workbench.protocols import ArchivedItem, Key, StoredItem
from workbench.stores.redis.calls import Calls, Word
from workbench.stores.redis.layout import microseconds, token
from workbench.stores.redis.reading import Look, rows_of

_MOST = 10**9
"""Items that a list in Redis can hold, about: a limit that is none."""


async def read_page(
    calls: Calls, session_id: str, after: int | None, limit: int, pause_gc: bool
) -> list[StoredItem] | None:
    """The next ``limit`` items behind the key ``after``.

    Messages of other programs get their labels here; None where nothing may be written.
    """

    def read(reply: list[Any]) -> list[StoredItem] | None:
        *seen, first = reply
        look = Look(seen, first=int(first))
        return rows_of(session_id, look, look.labels, pause_gc) if look.is_labelled else None

    words = page_words(after, limit)
    while True:
        page = await calls.ask(session_id, "page", read, *words)
        if page is not None:
            return page
        try:
            await calls.write(session_id, "label")
        except (StoreReadOnly, StoreUnusable):
            return None


def page_words(after: int | None, limit: int) -> tuple[Word, Word]:
    """What page.lua is asked: how many items, and behind which key."""
    return min(limit, _MOST), "" if after is None else after


def part_of(rows: Sequence[StoredItem], after: int | None, limit: int) -> list[StoredItem]:
    """The page of rows that were read as a whole."""
    behind = rows if after is None else [row for row in rows if int(row.key) > after]
    return list(behind[:limit])


async def put(
    calls: Calls,
    session_id: str,
    rows: Sequence[StoredItem | ArchivedItem],
    newest: Key | EllipsisType | None,
) -> list[Key] | None:
    """Append ``rows``; their keys, None when ``newest`` is another. Raises InvalidItem."""
    texts = [encode(row.item) for row in rows]
    if not rows:
        return []
    wanted: Word = "*" if newest is ... else "" if newest is None else str(newest)
    words = [word for row, text in zip(rows, texts, strict=True) for word in _words(row, text)]
    done, *first = await calls.write(session_id, "put", wanted, len(rows), *words)
    return list(range(first[0], first[0] + len(rows))) if done else None


def _words(row: StoredItem | ArchivedItem, text: str) -> tuple[Word, Word]:
    """The text, and what of its label is known here: see store.lua."""
    known = f"{microseconds(row.created_at)} {token(row.turn_id)}"
    if isinstance(row, ArchivedItem):
        known += f" {microseconds(row.archived_at)} {token(row.reason)}"
    return text, known
