"""What only the whole of a history tells about its parts, in memory that does not grow with it.

The number of a turn depends on all turns before it, a turn's tokens lie on its last assistant item,
and the tool of an output is named by its call. Any of these may be a million items away: a turn is
taken up again when a parked approval is answered, or when what was rewound is restored. So a long
history is read twice: once for this, and once for its frames.

What is remembered lies in a temporary SQLite database, which SQLite keeps on disk beyond a few
megabytes and deletes by itself (https://www.sqlite.org/inmemorydb.html, temporary databases). It
holds numbers alone: an encrypted conversation leaves nothing readable there.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from workbench import items as of
from workbench.frames.numbering import Counter, turn_label
from workbench.frames.reading import Read

_CACHE = 8_000
"""Kilobytes of the temporary database that stay in memory."""

_SCHEMA = (
    "CREATE TABLE turns (id INTEGER PRIMARY KEY, number INTEGER, counted INTEGER, spoke INTEGER)",
    "CREATE TABLE tools (id INTEGER PRIMARY KEY, name INTEGER)",
)
_SAW_TURN = """INSERT INTO turns (id, number, counted, spoke) VALUES (?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
        counted = CASE WHEN excluded.spoke OR NOT spoke THEN excluded.counted ELSE counted END,
        spoke = spoke OR excluded.spoke"""
_SAW_TOOL = "INSERT OR REPLACE INTO tools (id, name) VALUES (?, ?)"
_TURNS = """SELECT id, number, counted FROM turns
    WHERE id IN (SELECT value FROM json_each(?))"""
_TOOLS = "SELECT id, name FROM tools WHERE id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the whole history tells of one page of it."""

    turns: Mapping[str, int]
    """The number of each turn, by its label."""
    counted: Mapping[str, int]
    """The order of the item that the tokens of a turn lie on, by its id."""
    tools: Mapping[str, str]
    """The name of the tool, by the id of its call."""


class Survey:
    """Looks at a history from its start, page by page; `facts` are complete at its end."""

    def __init__(self) -> None:
        self.items = 0
        self.encrypted = 0
        """How many of the items are encrypted."""
        self.counter = Counter()
        # Closed by whoever holds it, in whatever thread a generator happens to end.
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for statement in ("PRAGMA journal_mode=OFF", f"PRAGMA cache_size=-{_CACHE}", *_SCHEMA):
            self._db.execute(statement)
        self._db.execute("BEGIN")
        # With a key that nobody knows, a name can't be made to look like another one.
        self._key = os.urandom(16)
        self._names: dict[str, int] = {}

    def look(self, reads: Sequence[Read]) -> None:
        """Take in the next page."""
        labels = {turn_label(each.turn_id) for each in reads} - {None}
        known = self._numbers(label for label in labels if label is not None)
        ends: dict[str, tuple[int, bool]] = {}
        tools: dict[str, str] = {}
        for order, each in enumerate(reads, start=self.items + 1):
            self.counter.number(each.item, each.turn_id, known)
            if each.turn_id is not None:
                spoke = of.role(each.item) == "assistant"
                if spoke or each.turn_id not in ends or not ends[each.turn_id][1]:
                    ends[each.turn_id] = order, spoke
            if (name := of.call_name(each.item)) and (call := of.call_id(each.item)):
                tools[call] = name
        self.items += len(reads)
        self.encrypted += sum(of.is_encrypted(each.item) for each in reads)
        self._db.executemany(
            _SAW_TURN,
            [(self._id(turn), known.get(turn), *end) for turn, end in ends.items()],
        )
        self._db.executemany(
            _SAW_TOOL, [(self._id(call), self._name(name)) for call, name in tools.items()]
        )

    def facts(self, reads: Sequence[Read]) -> Facts:
        """What there is to know for one page of those that were looked at."""
        turns = {self._id(each.turn_id): each.turn_id for each in reads if each.turn_id is not None}
        found = self._db.execute(_TURNS, (json.dumps(list(turns)),)).fetchall()
        numbers = {turns[each]: number for each, number, _counted in found if number is not None}
        counted = {turns[each]: order for each, _number, order in found}
        return Facts(numbers, counted, self._tools(reads))

    def close(self) -> None:
        """Let go of the temporary database. Safe to call twice."""
        self._db.close()

    def _numbers(self, labels: Iterable[str]) -> dict[str, int]:
        """The numbers of those labels that came up before."""
        ids = {self._id(label): label for label in set(labels)}
        found = self._db.execute(_TURNS, (json.dumps(list(ids)),))
        return {ids[each]: number for each, number, _counted in found}

    def _tools(self, reads: Sequence[Read]) -> dict[str, str]:
        calls = {
            self._id(call): call
            for each in reads
            if of.is_output(each.item) and (call := of.call_id(each.item))
        }
        names = list(self._names)
        found = self._db.execute(_TOOLS, (json.dumps(list(calls)),)).fetchall()
        return {calls[each]: names[number] for each, number in found}

    def _name(self, name: str) -> int:
        return self._names.setdefault(name, len(self._names))

    def _id(self, text: str) -> int:
        data = text.encode("utf-8", "surrogatepass")
        digest = blake2b(data, digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "big", signed=True)
