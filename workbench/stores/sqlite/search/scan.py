"""Looking through the items of a file one by one: where there is no index, and may be none."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from functools import partial

from workbench.items import is_encrypted
from workbench.protocols import HIDDEN, Found, Hit, Query, Report, StoredItem
from workbench.stores.scanning import Scan
from workbench.stores.sqlite import layout
from workbench.stores.sqlite.file import SQLiteFile
from workbench.stores.sqlite.search.entries import item_of
from workbench.stores.sqlite.search.tables import NOTHING

_STEP = 2_000
"""Items that are looked at before others get their turn."""

_ITEMS = """SELECT id, session_id, CAST(message_data AS BLOB), created_at, {turn_id}
    FROM {table} WHERE {where} id > ? {session} ORDER BY id LIMIT ?"""
_COUNT = "SELECT count(*) FROM agent_messages"


@dataclass(slots=True)
class _Course:
    """How far a scan has come, and what it could not look into."""

    scan: Scan[tuple[str, StoredItem]]
    done: int = 0
    encrypted: dict[str, None] = field(default_factory=dict)
    damaged: dict[str, None] = field(default_factory=dict)


async def scan_file(query: Query, file: SQLiteFile, report: Report | None = None) -> Found:
    """What a look at every item finds."""
    course = _Course(Scan(query))
    none: set[str] = set()
    names = await file.read(layout.tables, missing=none)
    if "agent_messages" not in names:
        return Found([])
    (total,) = await file.read(lambda db: db.execute(_COUNT).fetchone(), missing=(0,))
    parts = _parts(names)
    for session in [None] if query.sessions is None else query.sessions:
        for statement in parts:
            await _scan_part(statement, session, course, file, total, report)
    hits = [Hit(session_id, row, score) for (session_id, row), score in course.scan.best()]
    return Found(hits, course.scan.corpus, list(course.encrypted), list(course.damaged))


def _parts(names: set[str]) -> list[str]:
    """The statements that read all there is: the conversations, and what is hidden in them."""
    labelled = "workbench_items" in names
    turn = "(SELECT turn_id FROM workbench_items AS i WHERE i.id = agent_messages.id)"
    parts = [("agent_messages", turn if labelled else "NULL", "")]
    if "workbench_archive" in names:
        parts.append(("workbench_archive", "turn_id", f"reason = '{HIDDEN}' AND"))
    return [
        _ITEMS.format(table=table, turn_id=turn_id, where=where, session="{session}")
        for table, turn_id, where in parts
    ]


async def _scan_part(
    statement: str,
    session: str | None,
    course: _Course,
    file: SQLiteFile,
    total: int,
    report: Report | None,
) -> None:
    query = statement.format(session="" if session is None else "AND session_id = ?")
    more = () if session is None else (session,)
    after: int | None = NOTHING
    while after is not None:
        step = partial(_step, query, (after, *more, _STEP), course)
        after = await file.read(step, missing=None)
        if report is not None:
            report(course.done, max(total, course.done))


def _step(
    query: str, values: tuple[object, ...], course: _Course, db: sqlite3.Connection
) -> int | None:
    """Look at some items; the last of them, None when there are no more."""
    found = db.execute(query, values).fetchall()
    for key, session_id, data, created_at, turn_id in found:
        try:
            item = item_of(data)
        except ValueError:
            course.damaged[session_id] = None
            continue
        if is_encrypted(item):
            course.encrypted[session_id] = None
        else:
            row = StoredItem(key, item, layout.moment(created_at), turn_id)
            course.scan.look(row, (session_id, row))
    course.done += len(found)
    return found[-1][0] if len(found) == _STEP else None
