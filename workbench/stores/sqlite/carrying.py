"""Giving and taking items of a SQLite file as the texts that they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial
from operator import lt
from types import EllipsisType
from typing import Any

from workbench.protocols import PAGE, Key, Texts
from workbench.stores.keys import checked_after
from workbench.stores.sqlite import layout
from workbench.stores.sqlite.file import SQLiteFile
from workbench.stores.sqlite.importing import Row, put
from workbench.stores.sqlite.paging import PAGE_OF_FOREIGN_ROWS, PAGE_OF_ROWS, bounds
from workbench.stores.texts import checked, microseconds, moment

_NOTHING = Texts((), (), (), ())

# A column of a page in one piece: whoever reads row by row, among other threads that have much to
# do, waits for its turn as often. The mark between two is nowhere in JSON.
_JOINED = """SELECT count(*), CAST(group_concat(id, x'1e') AS BLOB),
        CAST(group_concat(message_data, x'1e') AS BLOB),
        CAST(group_concat(CASE typeof(created_at) WHEN 'text' THEN created_at ELSE '' END, x'1e')
            AS BLOB),
        CAST(group_concat(coalesce('=' || turn_id, ''), x'1e') AS BLOB)
    FROM ({page})"""
_COLUMNS = _JOINED.format(page=PAGE_OF_ROWS)
_FOREIGN_COLUMNS = _JOINED.format(page=PAGE_OF_FOREIGN_ROWS)


class Carries:
    """A part of the SQLite store, which has a ``file``."""

    file: SQLiteFile

    async def texts(
        self, session_id: str, after: Key | None = None, *, limit: int = PAGE
    ) -> Texts | None:
        """As `page`, but each item as its text."""
        work = partial(read_texts, session_id, checked_after(after), limit)
        return await self.file.read(work, missing=_NOTHING)

    async def put_texts(
        self, session_id: str, given: Texts, *, newest: Key | EllipsisType | None = ...
    ) -> Sequence[Key] | None:
        """As `put`, each item kept as the very text. Raises InvalidItem."""
        rows = _rows(checked(given))
        if not rows:
            return []
        return await self.file.write(partial(put, session_id, rows, newest))


def read_texts(
    session_id: str, after: int | None, limit: int, db: sqlite3.Connection
) -> Texts | None:
    """The next ``limit`` texts behind the key ``after``; None where they don't come in line."""
    names = layout.tables(db)
    if "agent_messages" not in names:
        return _NOTHING
    query = _COLUMNS if "workbench_items" in names else _FOREIGN_COLUMNS
    count, *joined = db.execute(query, (session_id, *bounds(after, limit))).fetchone()
    if not count:
        return _NOTHING
    keys, texts, created, turns = (column.split(b"\x1e") for column in joined)
    found = list(map(int, keys))
    # SQLite promises no order of what it joins, and what is no JSON may hold the mark itself.
    in_line = {len(keys), len(texts), len(created), len(turns)} == {count}
    if not in_line or not all(map(lt, found, found[1:])):
        return None
    # The items of one append have one time and one turn.
    times = {each: microseconds(layout.moment(each.decode())) for each in set(created)}
    turn_ids = {each: each[1:].decode() if each else None for each in set(turns)}
    return Texts(found, texts, [times[at] for at in created], [turn_ids[each] for each in turns])


def _rows(given: Texts) -> list[Row]:
    known = {each: _stamp(each) for each in set(given.created_at)}
    return [
        Row(text.decode(), known[created], turn_id)
        for text, created, turn_id in zip(
            given.texts, given.created_at, given.turn_ids, strict=True
        )
    ]


def _stamp(created: int | None) -> Any:
    when = moment(created)
    return None if when is None else layout.stamp(when)
