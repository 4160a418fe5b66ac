"""The items of a session, some thousands as one value: see `workbench.stores.sqlite.parting`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from workbench.protocols import ItemColumns
from workbench.stores.sqlite.parting import (
    AT_ONCE,
    PARTING,
    NotGrouped,
    decoded,
    grouped,
    next_size,
)
from workbench.stores.sqlite.times import arrow_times

# Of a subquery with a limit SQLite keeps the order: it has to make it to know where to stop. An
# ORDER BY inside of group_concat needs SQLite 3.44.
_GROUP = f"""SELECT count(*), max(id), {grouped("message_data")},
        json_group_array(created_at), {{turn_ids}}
    FROM (SELECT id, message_data, created_at{{turn_id}} FROM agent_messages {{turns}}
        WHERE session_id = ? AND id > ? ORDER BY id LIMIT ?)"""
_LABELLED = _GROUP.format(
    turn_ids="json_group_array(turn_id)",
    turn_id=", turn_id",
    turns="LEFT JOIN workbench_items USING (id)",
)
_FOREIGN = _GROUP.format(turn_ids="NULL", turn_id="", turns="")


@dataclass(frozen=True, slots=True)
class Group:
    """Some consecutive items, the last of them with the id ``last``; ``more``: others may follow.

    ``data`` are their texts, ``times`` and ``turn_ids`` JSON arrays (None: there are no turn ids).
    """

    count: int
    last: int
    data: bytes
    times: str
    turn_ids: str | None
    more: bool

    def columns(self) -> ItemColumns:
        """The items, decoded. Raises NotGrouped."""
        items = decoded(self.data, self.count)
        none = (None,) * self.count
        try:
            times = arrow_times(orjson.loads(self.times))
            turn_ids = none if self.turn_ids is None else orjson.loads(self.turn_ids)
        except ValueError as exc:
            raise NotGrouped from exc
        return ItemColumns(self._texts(), items, times, turn_ids, none)

    def _texts(self) -> Any:
        """The texts as Arrow, one by one."""
        import pyarrow as pa
        import pyarrow.compute as pc

        inside = pa.array([1, len(self.data) - 1], pa.int64()).buffers()[1]
        buffers = [None, inside, pa.py_buffer(self.data)]
        whole = pa.Array.from_buffers(pa.large_binary(), 1, buffers)
        pool = pa.system_memory_pool()
        texts = pc.split_pattern(whole, pattern=PARTING, memory_pool=pool).flatten()
        if len(texts) != self.count:
            raise NotGrouped
        return texts


def groups(
    session_id: str, after: int, limit: int | None, labelled: bool, db: sqlite3.Connection
) -> Iterator[Group]:
    """The next ``limit`` items behind the id ``after``; ``labelled``: the file has turn ids.

    Raises NotGrouped where SQLite can't put them together.
    """
    rows, more = AT_ONCE, True
    while more and limit != 0:
        asked = rows if limit is None else min(rows, limit)
        values = PARTING, session_id, after, asked
        try:
            found = db.execute(_LABELLED if labelled else _FOREIGN, values).fetchone()
        except sqlite3.Error as exc:  # too long for one value, or a time that JSON can't hold
            raise NotGrouped from exc
        count, last, data, times, turn_ids = found
        if not count:
            return
        limit = None if limit is None else limit - count
        more = count == asked and limit != 0
        yield Group(count, last, data, times, turn_ids, more)
        after, rows = last, next_size(count, len(data))
