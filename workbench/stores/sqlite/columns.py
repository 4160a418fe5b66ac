"""Reading a long history from a SQLite file as columns, and later only what is new of it.

Items are decoded some thousands at a time, handed on, and let go of: see
`workbench.stores.sqlite.reading` for what a million dicts at once would cost. No columns are kept
in the file. Measured on 100,000 items: to decode the texts, which a frame needs anyway, and take
the columns out of them took 0.34 s; to read the same columns from a table (role, type, name, ids,
place of the content in the text) 0.38 s, in a file of 20 % more, beside what each append would pay.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import orjson

from workbench.errors import CorruptItem
from workbench.items import Item
from workbench.protocols import HIDDEN, ItemColumns, Scanned, TakesColumns, TurnColumns
from workbench.stores.sqlite import layout
from workbench.stores.sqlite.grouped import Group, groups
from workbench.stores.sqlite.mark import Mark, Moment, State, tail
from workbench.stores.sqlite.parting import NotGrouped, work_beside
from workbench.stores.sqlite.reading import (
    STEP,
    Undecodable,
    collector_paused,
    in_a_step,
    item_of,
    steps,
)
from workbench.stores.sqlite.standing import Standing
from workbench.stores.sqlite.times import arrow_times
from workbench.stores.sqlite.turn_columns import Turns, read_turns

T = TypeVar("T")
Row = tuple[int, bytes, Any, str | None, str | None]
"""Id, text, time, turn, and why it is archived."""

_FIRST = -(2**63)
_LAST = 2**63 - 1
_ITEMS = """SELECT id, CAST(message_data AS BLOB), created_at, turn_id, NULL
    FROM agent_messages LEFT JOIN workbench_items USING (id)
    WHERE session_id = ? AND id > ? ORDER BY id LIMIT ?"""
_FOREIGN_ITEMS = """SELECT id, CAST(message_data AS BLOB), created_at, NULL, NULL
    FROM agent_messages WHERE session_id = ? AND id > ? ORDER BY id LIMIT ?"""
_KEPT = """SELECT id, CAST(message_data AS BLOB), created_at, turn_id, reason
    FROM workbench_archive
    WHERE session_id = :session AND id > :after AND id <= :until AND (:full OR reason = :hidden)"""
_ANY_KEPT = f"SELECT EXISTS ({_KEPT})"


def scan(
    session_id: str,
    taker: Callable[[], TakesColumns[T]],
    since: Mark | None,
    full: bool,
    limit: int | None,
    pause_gc: bool,
    db: sqlite3.Connection,
) -> Scanned[T]:
    """The next ``limit`` items behind ``since``, as `workbench.protocols.Columnar.scan`."""
    moment = Moment.now(db)
    if since is not None and since.moment == moment and not since.more:
        return Scanned(None, TurnColumns(), since, False, False, False, since.total)
    state = State.now(session_id, db)
    if since is not None and not since.holds(session_id, moment, state, db):
        since = None
    look = _Look(session_id, full, pause_gc, db, layout.tables(db))
    taken = look.items(taker(), since, limit)
    turns = Turns(TurnColumns(), 0 if since is None else since.last_turn, False)
    if not taken.more:
        turns = read_turns(session_id, since, state, pause_gc, db)
    mark = Mark(
        moment=moment,
        state=state,
        last=taken.last,
        count=taken.count,
        tail=tail(session_id, taken.last, db) if taken.count else None,
        kept=taken.kept,
        last_turn=turns.last,
        total=taken.total,
        more=taken.more,
        standing=None if taken.more or not taken.count else Standing.now(taken.count, db),
    )
    return Scanned(
        taken.made, turns.columns, mark, since is None, turns.anew, taken.more, taken.total
    )


@dataclass(frozen=True, slots=True)
class _Taken:
    made: Any
    last: int
    count: int
    kept: bool
    total: int
    more: bool


@dataclass(slots=True)
class _Place:
    """How far a reading is: behind the id ``after``, with ``read`` items of the conversation."""

    after: int
    read: int = 0

    def reached(self, last: int, count: int) -> None:
        """``count`` more were read, the last of them with the id ``last``."""
        self.after = last
        self.read += count


@dataclass(slots=True)
class _Look:
    """One reading of a session, inside a transaction."""

    session_id: str
    full: bool
    pause_gc: bool
    db: sqlite3.Connection
    tables: set[str]

    def items(self, taker: TakesColumns[Any], since: Mark | None, limit: int | None) -> _Taken:
        """Hand the next items to ``taker``."""
        if "agent_messages" not in self.tables:
            return _Taken(None, _FIRST, 0, False, 0, False)
        after, count = (_FIRST, 0) if since is None else (since.last, since.count)
        kept = self._any_kept() if since is None else since.kept
        place = _Place(after)
        if not kept:
            with suppress(NotGrouped):
                self._grouped(taker, place, limit)
        self._row_by_row(taker, place, None if limit is None else limit - place.read, kept)
        total = self._total(since, count + place.read)
        more = place.read == limit
        return _Taken(taker.made(), place.after, count + place.read, kept, total, more)

    def _grouped(self, taker: TakesColumns[Any], place: _Place, limit: int | None) -> None:
        labelled = "workbench_items" in self.tables
        found = groups(self.session_id, place.after, limit, labelled, self.db)

        def take(group: Group) -> None:
            with collector_paused(self.pause_gc and group.count >= STEP):
                taker.add(group.columns())
            place.reached(group.last, group.count)

        work_beside(take, found)

    def _row_by_row(
        self, taker: TakesColumns[Any], place: _Place, limit: int | None, kept: bool
    ) -> None:
        after = place.after
        cursor = self._live(after, limit)
        for rows in self._among_kept(cursor, after, limit) if kept else steps(cursor):
            in_a_step(partial(self._add, taker), rows, self.pause_gc)
            read = sum(row[4] is None for row in rows) if kept else len(rows)
            place.reached(rows[-1][0], read)

    def _live(self, after: int, limit: int | None) -> sqlite3.Cursor:
        query = _ITEMS if "workbench_items" in self.tables else _FOREIGN_ITEMS
        return self.db.execute(query, (self.session_id, after, -1 if limit is None else limit))

    def _total(self, since: Mark | None, known: int) -> int:
        if since is not None:
            return max(since.total, known)
        (total,) = self.db.execute(layout.COUNT_ITEMS, (self.session_id,)).fetchone()
        return int(total)

    def _any_kept(self) -> bool:
        return "workbench_archive" in self.tables and bool(
            self.db.execute(_ANY_KEPT, self._wanted(_FIRST, _LAST)).fetchone()[0]
        )

    def _wanted(self, after: int, until: int) -> dict[str, Any]:
        asked = {"session": self.session_id, "full": self.full, "hidden": HIDDEN}
        return {**asked, "after": after, "until": until}

    def _among_kept(
        self, cursor: sqlite3.Cursor, after: int, limit: int | None
    ) -> Iterator[list[Row]]:
        """The items with archived ones in their places, a step at a time."""
        rows: list[Row] = cursor.fetchall()
        until = rows[-1][0] if len(rows) == limit else _LAST
        rows += self.db.execute(_KEPT, self._wanted(after, until))
        rows.sort(key=lambda row: row[0])
        for start in range(0, len(rows), STEP):
            yield rows[start : start + STEP]

    def _add(self, taker: TakesColumns[Any], rows: list[Row]) -> list[None]:
        keys, texts, times, turn_ids, reasons = zip(*rows, strict=True)
        items = self._decoded(keys, texts, reasons)
        taker.add(ItemColumns(_arrow_texts(texts), items, arrow_times(times), turn_ids, reasons))
        return []

    def _decoded(
        self,
        keys: tuple[int, ...],
        texts: tuple[bytes, ...],
        reasons: tuple[str | None, ...],
    ) -> list[Item]:
        try:
            items: list[Item] = list(map(orjson.loads, texts))
            if set(map(type, items)) == {dict}:
                return items
        except ValueError:
            pass
        # Slowly: what only orjson refuses is decoded, the rest gets its place.
        return [self._item(*row) for row in zip(keys, texts, reasons, strict=True)]

    def _item(self, key: int, text: bytes, reason: str | None) -> Item:
        try:
            return item_of(key, text)
        except Undecodable as exc:
            if reason is not None:
                where, held = None, f"archived row {key} holds {exc}"
                raise CorruptItem(self.session_id, where, held) from exc.__cause__
            query = self.db.execute(layout.COUNT_ITEMS_UP_TO, (self.session_id, key))
            (position,) = query.fetchone()
            raise CorruptItem(
                self.session_id, position, f"row {key} holds {exc}", key=key
            ) from exc.__cause__


def _arrow_texts(texts: tuple[bytes, ...]) -> Any:
    import pyarrow as pa

    return pa.array(texts, pa.large_binary(), memory_pool=pa.system_memory_pool())
