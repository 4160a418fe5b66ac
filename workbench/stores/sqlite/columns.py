"""Reading a long history from a SQLite file as columns, and later only what is new of it.

Items are decoded a few hundred at a time, handed on, and let go of: see
`workbench.stores.sqlite.reading` for what a million dicts at once would cost. No columns are kept
in the file. Measured on 100,000 items: to decode the texts, which a frame needs anyway, and take
the columns out of them took 0.34 s; to read the same columns from a table (role, type, name, ids,
place of the content in the text) 0.38 s, in a file of 20 % more, beside what each append would pay.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any, TypeVar

import orjson

from workbench.errors import CorruptItem
from workbench.items import Item
from workbench.protocols import HIDDEN, ItemColumns, Scanned, TakesColumns, TurnColumns
from workbench.stores.sqlite import layout
from workbench.stores.sqlite.finding import turn_of
from workbench.stores.sqlite.mark import Mark, Moment, State, tail
from workbench.stores.sqlite.reading import STEP, Undecodable, in_a_step, item_of

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
_ALL_TURNS = "SELECT NULL, record FROM workbench_turns WHERE session_id = ?"
_NUMBERED_TURNS = "SELECT number, record FROM workbench_turns WHERE session_id = ?"
# By number: the records of all sessions that were saved since, and not all of this session's.
_NEW_TURNS = "SELECT number, record FROM workbench_turns WHERE number > ? AND +session_id = ?"
_TIMES = {str, type(None)}
_NEEDED = itemgetter("turn_id", "started_at", "session_id", "seconds", "status")


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
    turns, last_turn, anew_turns = TurnColumns(), 0 if since is None else since.last_turn, False
    if not taken.more:
        known = since if since is not None and since.knows_turns_of(state) else None
        turns, last_turn, anew_turns = look.turns(known, state)
    mark = Mark(
        moment=moment,
        state=state,
        last=taken.last,
        count=taken.count,
        tail=tail(session_id, taken.last, db) if taken.count else None,
        kept=taken.kept,
        last_turn=last_turn,
        total=taken.total,
        more=taken.more,
    )
    return Scanned(taken.made, turns, mark, since is None, anew_turns, taken.more, taken.total)


@dataclass(frozen=True, slots=True)
class _Taken:
    made: Any
    last: int
    count: int
    kept: bool
    total: int
    more: bool


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
        cursor = self._live(after, limit)
        read = 0
        for rows in self._among_kept(cursor, after, limit) if kept else _steps(cursor):
            in_a_step(partial(self._add, taker), rows, self.pause_gc)
            after = rows[-1][0]
            read += sum(row[4] is None for row in rows) if kept else len(rows)
        total = self._total(since, count + read)
        return _Taken(taker.made(), after, count + read, kept, total, read == limit)

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
        taker.add(ItemColumns(texts, items, arrow_times(times), turn_ids, reasons))
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

    def turns(self, since: Mark | None, state: State) -> tuple[TurnColumns, int, bool]:
        """What is new of turns, the number of the newest, and whether they are all there are."""
        if "workbench_turns" not in self.tables:
            return TurnColumns(), 0, True
        if state.version != layout.VERSION:
            cursor = self.db.execute(_ALL_TURNS, (self.session_id,))
        elif since is None:
            cursor = self.db.execute(_NUMBERED_TURNS, (self.session_id,))
        else:
            cursor = self.db.execute(_NEW_TURNS, (since.last_turn, self.session_id))
        turns: list[tuple[Any, ...]] = []
        last = 0 if since is None else since.last_turn
        for rows in _steps(cursor):
            turns += in_a_step(self._turns, rows, self.pause_gc)
            last = max(last, *(number or 0 for number, _record in rows))
        columns = TurnColumns(*zip(*turns, strict=True)) if turns else TurnColumns()
        anew = since is None or state.version != layout.VERSION
        return columns, last, anew

    def _turns(self, rows: list[tuple[int | None, str]]) -> list[tuple[Any, ...]]:
        return [self._turn(record) for _number, record in rows]

    def _turn(self, record: str) -> tuple[Any, ...]:
        """What a frame shows of a turn; made of the whole record, it takes three times as long."""
        try:
            found = orjson.loads(record)
            turn_id, started_at, *_ = _NEEDED(found)
            datetime.fromisoformat(started_at)
            get = found.get
            tokens = get("input_tokens"), get("output_tokens")
            return (turn_id, get("agent"), get("model"), *tokens)
        except (ValueError, KeyError, TypeError, AttributeError):
            turn = turn_of(self.session_id, record)  # raises, or knows better
        return turn.turn_id, turn.agent, turn.model, turn.input_tokens, turn.output_tokens


def _steps(cursor: sqlite3.Cursor) -> Iterator[list[Any]]:
    while rows := cursor.fetchmany(STEP):
        yield rows


def arrow_times(values: tuple[Any, ...]) -> Any:
    """Stored times as an Arrow array of timestamp[us, UTC]; null for what is none."""
    import pyarrow as pa

    utc = pa.timestamp("us", "UTC")
    if set(map(type, values)) <= _TIMES:
        try:
            return pa.array(values, pa.string()).cast(pa.timestamp("us")).cast(utc)
        except pa.ArrowException:  # one is written in another form
            pass
    return pa.array(map(layout.moment, values), utc)
