"""What a frame shows of the turns of a session, and later only what is new of them."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any

import orjson

from workbench.protocols import TurnColumns
from workbench.stores.sqlite import layout
from workbench.stores.sqlite.finding import turn_of
from workbench.stores.sqlite.mark import Mark, State
from workbench.stores.sqlite.parting import (
    AT_ONCE,
    PARTING,
    NotGrouped,
    decoded,
    grouped,
    next_size,
    work_beside,
)
from workbench.stores.sqlite.reading import collector_paused, in_a_step, steps

_ALL_TURNS = "SELECT NULL, record FROM workbench_turns WHERE session_id = ?"
_NUMBERED_TURNS = "SELECT number, record FROM workbench_turns WHERE session_id = ?"
# By number: the records of all sessions that were saved since, and not all of this session's.
_NEW_TURNS = "SELECT number, record FROM workbench_turns WHERE number > ? AND +session_id = ?"
_GROUP = f"""SELECT count(*), max(started_at), json_group_array(number), {grouped("record")}
    FROM (SELECT started_at, number, record FROM workbench_turns
        WHERE session_id = ? AND (started_at, number) > (?, ?)
        ORDER BY started_at, number LIMIT ?)"""
_NEEDED = itemgetter("turn_id", "started_at", "session_id", "seconds", "status")
_SHOWN = ("agent", "model", "input_tokens", "output_tokens")
_DAMAGED = (ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns as columns, the number of the newest, and whether these are all there are."""

    columns: TurnColumns
    last: int
    anew: bool


def read_turns(
    session_id: str,
    since: Mark | None,
    state: State,
    pause_gc: bool,
    db: sqlite3.Connection,
) -> Turns:
    """What is new of turns behind ``since``; all of them where nothing is known of any."""
    if "workbench_turns" not in layout.tables(db):
        return Turns(TurnColumns(), 0, True)
    last = since.last_turn if since is not None and since.knows_turns_of(state) else 0
    if state.version != layout.VERSION:
        cursor = db.execute(_ALL_TURNS, (session_id,))
        return _row_by_row(session_id, cursor, 0, pause_gc)
    if last:
        return _row_by_row(session_id, db.execute(_NEW_TURNS, (last, session_id)), last, pause_gc)
    with suppress(NotGrouped):
        return _all_at_once(session_id, pause_gc, db)
    return _row_by_row(session_id, db.execute(_NUMBERED_TURNS, (session_id,)), 0, pause_gc)


@dataclass(frozen=True, slots=True)
class _Group:
    """Some records that come one after the other, with their numbers (a JSON array)."""

    count: int
    numbers: str
    data: bytes
    more: bool

    def columns(self) -> list[Sequence[Any]]:
        """What is shown of them, column by column. Raises NotGrouped."""
        found = decoded(self.data, self.count)
        try:
            turn_ids, started_at, *_ = zip(*map(_NEEDED, found), strict=True)
            list(map(datetime.fromisoformat, started_at))
        except _DAMAGED as exc:
            raise NotGrouped from exc
        agents, models, *tokens = ([each.get(name) for each in found] for name in _SHOWN)
        return [turn_ids, _alike(agents), _alike(models), *tokens]


def _alike(texts: list[Any]) -> list[Any]:
    """The same with each text once in memory: of many turns most have one agent and model."""
    if not set(map(type, texts)) <= {str, type(None)}:
        raise NotGrouped
    once = dict.fromkeys(texts)
    once.update(zip(once, once, strict=True))
    return list(map(once.__getitem__, texts))


def _all_at_once(session_id: str, pause_gc: bool, db: sqlite3.Connection) -> Turns:
    columns: tuple[list[Any], ...] = ([], [], [], [], [])
    last = 0

    def take(group: _Group) -> None:
        nonlocal last
        with collector_paused(pause_gc and group.more):
            for column, more in zip(columns, group.columns(), strict=True):
                column += more
        last = max(last, *orjson.loads(group.numbers))

    work_beside(take, _groups(session_id, db))
    return Turns(TurnColumns(*columns), last, True)


def _groups(session_id: str, db: sqlite3.Connection) -> Iterator[_Group]:
    begun, number, rows, more = -math.inf, 0, AT_ONCE, True  # SQLite has numbers before texts
    while more:
        try:
            values = PARTING, session_id, begun, number, rows
            count, begun, numbers, data = db.execute(_GROUP, values).fetchone()
        except sqlite3.Error as exc:  # too long for one value
            raise NotGrouped from exc
        if not count:
            return
        more = count == rows
        yield _Group(count, numbers, data, more)
        number, rows = orjson.loads(numbers)[-1], next_size(count, len(data))


def _row_by_row(session_id: str, cursor: sqlite3.Cursor, since: int, pause_gc: bool) -> Turns:
    turns: list[tuple[Any, ...]] = []
    last = since
    for rows in steps(cursor):
        turns += in_a_step(partial(_shown, session_id), rows, pause_gc)
        last = max(last, *(number or 0 for number, _record in rows))
    columns = TurnColumns(*zip(*turns, strict=True)) if turns else TurnColumns()
    return Turns(columns, last, not since)


def _shown(session_id: str, rows: list[tuple[int | None, str]]) -> list[tuple[Any, ...]]:
    return [_turn(session_id, record) for _number, record in rows]


def _turn(session_id: str, record: str) -> tuple[Any, ...]:
    """What a frame shows of a turn; made of the whole record, it takes three times as long."""
    try:
        found = orjson.loads(record)
        turn_id, started_at, *_ = _NEEDED(found)
        datetime.fromisoformat(started_at)
        return turn_id, *(found.get(name) for name in _SHOWN)
    except _DAMAGED:
        turn = turn_of(session_id, record)  # raises, or knows better
    return turn.turn_id, *(getattr(turn, name) for name in _SHOWN)
