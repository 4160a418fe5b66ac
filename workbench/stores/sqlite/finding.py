"""Finding what belongs to some items of a long conversation without reading all that is kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from workbench.errors import CorruptItem
from workbench.protocols import TurnRecord
from workbench.stores.records import turn_from_json
from workbench.stores.sqlite import layout

# CROSS JOIN: SQLite takes the tables in this order. It would else read all turns of the session, as
# those come in the order that is asked for (https://www.sqlite.org/optoverview.html, 7.3).
_TURNS_OF = """SELECT record
    FROM (SELECT DISTINCT value FROM json_each(?)) AS wanted CROSS JOIN workbench_turns AS turn
    WHERE turn.session_id = ? AND turn.turn_id = wanted.value
    ORDER BY turn.started_at, turn.rowid"""


def read_turns_of(
    session_id: str, turn_ids: Sequence[str], db: sqlite3.Connection
) -> list[TurnRecord]:
    """The records of these turns, in the order they started. Raises CorruptItem."""
    if "workbench_turns" not in layout.tables(db):
        return []
    found = db.execute(_TURNS_OF, (json.dumps(turn_ids), session_id))
    return [turn_of(session_id, record) for (record,) in found]


def turn_of(session_id: str, record: str) -> TurnRecord:
    """The record of a turn from its text. Raises CorruptItem."""
    try:
        return turn_from_json(record)
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise CorruptItem(session_id, None, "the record of a turn is damaged") from exc
