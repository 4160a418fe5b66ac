"""Which turns of a session wait for an approval, and what for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from workbench import items as of
from workbench.errors import CorruptItem, Unsupported, shorten
from workbench.frames.numbering import number_turns
from workbench.frames.reading import read_shown
from workbench.items import is_encrypted_text
from workbench.protocols import KeepsRows, RecordsTurns, StoredItem, TurnRecord
from workbench.turn.approvals import answered_in, asked_by, is_here, still_asked
from workbench.turn.parked import Call, Parked

SEALED = "[encrypted]"
"""Stands for the tool of a call that can't be read without the session's key."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A turn that waits. ``turn`` is its number, as users count."""

    session: str
    turn: int
    record: TurnRecord
    parked: Parked

    def rows(self) -> list[dict[str, Any]]:
        """What ``wb.pending`` shows of it."""
        asked_at = self.record.started_at + timedelta(seconds=self.record.seconds)
        return [
            {
                "session": self.session,
                "turn": self.turn,
                "call_id": call.call_id or None,
                "tool": call.tool,
                "arguments": call.arguments,
                "agent": call.agent,
                "asked_at": asked_at,
                "status": _status(call, self.parked),
            }
            for call in self.parked.calls
        ]


def _status(call: Call, kept: Parked) -> str:
    return "started" if kept.claim is not None else call.decision or "waiting"


async def waiting(session: Any, name: str) -> list[Waiting]:
    """The turns of a session that wait, oldest first. Raises Unsupported where none is recorded."""
    if not (isinstance(session, RecordsTurns) and isinstance(session, KeepsRows)):
        raise Unsupported(
            f"session {shorten(name)} records no turns, so nothing is kept of runs that wait: go "
            "on with result.to_state() of the run, or use a session of the workbench"
        )
    records = [record for record in await session.turns() if record.status == "pending"]
    shown = await read_shown(session) if records else []
    rows = [row for row, hidden in shown if not hidden]
    # Numbered as in the history, where what is hidden counts too.
    turns = number_turns((row.item, row.turn_id) for row, _hidden in shown)
    numbers = dict(zip((row.key for row, _hidden in shown), turns, strict=True))
    answered = answered_in(rows)
    found: list[Waiting] = []
    later: set[str] = set()
    for record in reversed(records):
        # A turn whose items have left the history (a rewind) waits with them.
        if not is_here(rows, record):
            continue
        kept = _parked(name, rows, record)
        ids = {call.call_id for call in kept.calls}
        # Where a part is answered, what is kept is of before: the run has gone on since.
        if not ids & later and not ids & answered and _waits(rows, record, kept):
            found.append(Waiting(name, numbers[_place(rows, record).key], record, kept))
        later |= ids - {""}
    return found[::-1]


def _waits(rows: Sequence[StoredItem], record: TurnRecord, kept: Parked) -> bool:
    return any(call.tool == SEALED for call in kept.calls) or bool(still_asked(rows, record))


def _place(rows: Sequence[StoredItem], record: TurnRecord) -> StoredItem:
    """An item of the turn that asked."""
    asked = asked_by(rows, record) or [row for row in rows if row.turn_id == record.turn_id]
    return asked[0]


def _parked(name: str, rows: Sequence[StoredItem], record: TurnRecord) -> Parked:
    if record.parked is None:  # another program's, or one of before
        return Parked(agent=record.agent, calls=_open_calls(rows, record))
    if is_encrypted_text(record.parked):
        return Parked(agent=record.agent, calls=(Call(call_id="", tool=SEALED),))
    try:
        return Parked.from_text(record.parked)
    except (ValueError, TypeError, KeyError):
        where = f"what its turn {shorten(record.turn_id)} waits for is damaged"
        raise CorruptItem(name, None, where) from None


def _open_calls(rows: Sequence[StoredItem], record: TurnRecord) -> tuple[Call, ...]:
    asked = still_asked(rows, record)
    own = [row.item for row in rows if row.turn_id == record.turn_id]
    return tuple(
        Call(
            call_id=identity,
            tool=str(item.get("name") or of.kind(item)),
            arguments=of.call_arguments(item),
            agent=record.agent,
        )
        for item in own
        if (identity := of.call_id(item) or str(item.get("id") or "")) in asked
    )
