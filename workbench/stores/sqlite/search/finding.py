"""Asking the index: which items have the words, which of them fit, and what they hold."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from workbench.errors import CorruptItem
from workbench.items import is_encrypted
from workbench.protocols import HIDDEN, Corpus, Found, Hit, Query, StoredItem
from workbench.stores.scanning import MARKS, fits
from workbench.stores.sqlite import layout
from workbench.stores.sqlite.reading import read_newest
from workbench.stores.sqlite.search.entries import item_of, match, match_of
from workbench.stores.sqlite.search.tables import numbers

_SPARE = 32
"""More hits are asked for than wanted: some may turn out not to fit."""

_KEYS = 500
"""Keys that one statement looks for."""

_MOST = 2**53
"""A limit that is none."""

_BEGIN, _END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

_RANKED = """SELECT rowid, -bm25(workbench_words, 0.0, 1.0) AS score FROM workbench_words
    WHERE workbench_words MATCH ? ORDER BY score DESC, rowid DESC LIMIT ?"""
_JOINED = """SELECT m.id, -bm25(workbench_words, 0.0, 1.0) AS score
    FROM workbench_words CROSS JOIN {} AS m ON m.id = workbench_words.rowid
    WHERE workbench_words MATCH ? {} ORDER BY score DESC, m.id DESC LIMIT ?"""
_IS_HIDDEN = f"AND m.reason = '{HIDDEN}'"
_ANY_HIDDEN = f"SELECT 1 FROM workbench_archive WHERE reason = '{HIDDEN}' LIMIT 1"
# Times as SQLite writes them are compared as texts; what is written otherwise is looked at later,
# and so is a session with a NUL in its name, which JSON's functions cut there.
_TIMES = """AND (length(m.created_at) < 19 OR substr(m.created_at, 11) GLOB '*[^ 0-9:.]*'
        OR (m.created_at >= ? AND m.created_at < ?))"""
_SESSIONS = """AND (m.session_id IN (SELECT value FROM json_each(?))
        OR instr(m.session_id, char(0)))"""

_ROWS = """SELECT id, session_id, CAST(message_data AS BLOB), created_at, turn_id
    FROM agent_messages LEFT JOIN workbench_items USING (id) WHERE id IN ({})"""
_HIDDEN_ROWS = f"""SELECT id, session_id, CAST(message_data AS BLOB), created_at, turn_id
    FROM workbench_archive WHERE reason = '{HIDDEN}' AND id IN ({{}})"""
_HAVING = "SELECT count(*) FROM workbench_words WHERE workbench_words MATCH ?"
_DAMAGED = """SELECT DISTINCT session_id FROM workbench_search_gaps AS g WHERE id <> 0
    AND EXISTS (SELECT 1 FROM agent_messages AS m WHERE m.id = g.id)"""
_ENCRYPTED = "SELECT session_id FROM workbench_search_gaps WHERE id = 0"


Ranked = tuple[int, float]
"""The id of an item that has the words, and its score."""


def find(query: Query, db: sqlite3.Connection) -> Found:
    """What the index finds, all of it read in one transaction. Raises sqlite3.Error."""
    wanted = None if query.sessions is None else frozenset(query.sessions)
    gaps = (_sessions(_ENCRYPTED, wanted, db), _sessions(_DAMAGED, wanted, db))
    encrypted = [each for each in gaps[0] if _is_encrypted(each, db)]
    hits = _hits(query, wanted, db)
    return Found(hits, _corpus(query, db) if hits else None, encrypted, gaps[1])


def _corpus(query: Query, db: sqlite3.Connection) -> Corpus:
    """All that is in the index, whatever was asked for of it."""
    asked = map(match_of, query.phrases)
    having = tuple(db.execute(_HAVING, (each,)).fetchone()[0] for each in asked)
    (texts, _marks, length) = numbers(db)
    return Corpus(texts, length + MARKS * texts, having)


def _hits(query: Query, wanted: frozenset[str] | None, db: sqlite3.Connection) -> list[Hit]:
    """The best hits. First a few are looked at, which is enough unless many of those that have the
    words are archived by now, or were stored at other times or in other sessions.
    """
    if wanted is not None and not wanted:
        return []
    asked = min(query.limit, _MOST) + _SPARE
    ranked: list[Ranked] = db.execute(_RANKED, (match(query), asked)).fetchall()
    while True:
        hits = _checked(ranked, query, wanted, db)
        # Fewer than were asked for are all there are.
        if len(hits) >= query.limit or len(ranked) < asked:
            return hits[: query.limit]
        asked = min(8 * asked, _MOST)
        ranked = _joined(query, asked, db)


def _joined(query: Query, limit: int, db: sqlite3.Connection) -> list[Ranked]:
    """Those that are still in a conversation, at the times and in the sessions asked for."""
    narrower, values = _narrower(query)
    given = (match(query), *values, limit)
    found = db.execute(_JOINED.format("agent_messages", narrower), given).fetchall()
    if db.execute(_ANY_HIDDEN).fetchone():
        hidden = _JOINED.format("workbench_archive", f"{_IS_HIDDEN} {narrower}")
        found += db.execute(hidden, given).fetchall()
        found.sort(key=lambda each: (each[1], each[0]), reverse=True)
    return found[:limit]


def _narrower(query: Query) -> tuple[str, list[str]]:
    """What SQL can tell of the times and the sessions asked for, and the values for it."""
    parts: list[str] = []
    values: list[str] = []
    if query.since is not None or query.until is not None:
        parts.append(_TIMES)
        values += [_text(query.since or _BEGIN), _text(query.until or _END)]
    if query.sessions is not None:
        parts.append(_SESSIONS)
        values.append(json.dumps(list(query.sessions)))
    return " ".join(parts), values


def _text(time: datetime) -> str:
    """A time that is no greater than any way in which SQLite writes it."""
    text = time.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return text.rstrip("0") if time.microsecond else text


def _checked(
    ranked: Sequence[Ranked], query: Query, wanted: frozenset[str] | None, db: sqlite3.Connection
) -> list[Hit]:
    """The first hits, enough of them: what another program has changed meanwhile is left out."""
    hits: list[Hit] = []
    step = min(_KEYS, query.limit + _SPARE)
    for start in range(0, len(ranked), step):
        some = ranked[start : start + step]
        rows = _rows([key for key, _score in some], wanted, db)
        for key, score in some:
            session_id, row = rows.get(key, ("", None))
            if row is not None and fits(row.item, row.created_at, query):
                hits.append(Hit(session_id, row, score))
        if len(hits) >= query.limit:
            break
    return hits


def _rows(
    keys: Sequence[int], wanted: frozenset[str] | None, db: sqlite3.Connection
) -> dict[int, tuple[str, StoredItem]]:
    marks = ", ".join("?" * len(keys))
    found: dict[int, tuple[str, StoredItem]] = {}
    for query in (_HIDDEN_ROWS, _ROWS):
        for key, session_id, data, created_at, turn_id in db.execute(query.format(marks), keys):
            if wanted is None or session_id in wanted:
                with suppress(ValueError):
                    row = StoredItem(key, item_of(data), layout.moment(created_at), turn_id)
                    found[key] = session_id, row
    return found


def _sessions(query: str, wanted: frozenset[str] | None, db: sqlite3.Connection) -> list[str]:
    found: Iterable[tuple[str]] = db.execute(query)
    return [each for (each,) in found if wanted is None or each in wanted]


def _is_encrypted(session_id: str, db: sqlite3.Connection) -> bool:
    """Whether a session that had encrypted items has some still."""
    try:
        newest = read_newest(session_id, db)
    except CorruptItem:
        return False
    return newest is not None and is_encrypted(newest[1])
