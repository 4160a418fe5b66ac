"""A conversation with all that can be carried, and whether a copy has it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import workbench as wb
from tests.contract_abilities import record
from workbench import loop
from workbench.protocols import COMPACTION, HIDDEN
from workbench.testing.data import message
from workbench.workspace import workspace


def base(name: str) -> Any:
    """The session of a name, as it is stored."""
    return workspace().base(loop.run(workspace().get(name)))


def readable(name: str) -> Any:
    """The session of a name, in plain text."""
    return workspace().plain(loop.run(workspace().get(name)))


def full(name: str = "demo", **settings: Any) -> None:
    """Turns with records, hidden, rewound and compacted items, tags, an agent."""
    wb.session(name, **settings)
    session = readable(name)
    keys = []
    for number in range(6):
        items = [message(f"q{number}"), {"role": "assistant", "content": f"a{number}"}]
        keys += loop.run(session.append(items, turn_id=f"t{number}"))
        told = record(f"t{number}", minutes=number, session_id=name, error=f"e{number}", cell="c")
        loop.run(session.save_turn(told))
    loop.run(session.archive(keys[-2:], reason="rewound"))
    loop.run(session.archive(keys[:2], reason=f"{COMPACTION}1"))
    loop.run(session.archive(keys[5:6], reason=HIDDEN))
    wb.tag(name, "red", "blue", title="A title", metadata={"score": 1})
    loop.run(workspace().remember(name, agent="ada", model="offline"))


def told(session: Any) -> tuple[Any, ...]:
    """All that a session tells but keys, and times in milliseconds: what a copy must tell too."""
    rows, kept = loop.run(session.rows()), loop.run(session.archived())
    order = sorted([*(row.key for row in rows), *(each.key for each in kept)])
    places = {key: place for place, key in enumerate(order)}
    live = [(places[row.key], row.item, row.turn_id, row.created_at) for row in rows]
    archive = [
        (places[e.key], e.item, e.reason, e.turn_id, e.created_at, _tick(e.archived_at))
        for e in kept
    ]
    turns = [(t.turn_id, t.started_at, t.error, t.cell) for t in loop.run(session.turns())]
    return live, archive, turns


def _tick(moment: datetime) -> datetime:
    """Without the microseconds: they may tell what was archived first within a millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)
