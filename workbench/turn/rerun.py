"""Running a cell again: what happens to the turns that the cell took the last time.

A turn record knows its cell and which run of the cell it belongs to. While the last run's turns are
still the end of the history, ``replace`` archives them, and the cell's new turn takes their place;
should that one fail, they are put back. Otherwise the new turn is appended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.errors import shorten
from workbench.protocols import Key, TurnRecord
from workbench.turn.session import rows_of


@dataclass(slots=True)
class Replacement:
    """Takes a cell's earlier turns out of ``session`` and puts them back if the new one fails."""

    session: Any
    records: Sequence[TurnRecord]
    keys: Sequence[Key]

    async def apply(self) -> None:
        """Archive the earlier turns; their records say that they were replaced."""
        await self.session.archive(self.keys, reason="replaced: the cell was run again")
        for record in self.records:
            await self.session.save_turn(replace(record, status="replaced"))

    async def undo(self) -> None:
        """Put the earlier turns back where they were."""
        await self.session.restore(self.keys)
        for record in self.records:
            await self.session.save_turn(record)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The turns that a cell's last run left in a session, and whether they are still its end."""

    records: Sequence[TurnRecord]
    keys: Sequence[Key]
    is_last: bool


async def earlier_turns(session: Any, cell: str | None, execution: str | None) -> Earlier | None:
    """What the run of ``cell`` before this ``execution`` of it left in ``session``, if anything."""
    if cell is None:
        return None
    records = [
        record
        for record in await session.turns()
        if record.cell == cell
        and record.execution != execution
        and record.status in ("done", "pending")
    ]
    if not records:
        return None
    records = [record for record in records if record.execution == records[-1].execution]
    rows = await rows_of(session, {record.turn_id for record in records}, at_least=1)
    if not rows:
        return None
    newest = await session.rows(len(rows))
    mine = [row.key for row in rows]
    return Earlier(records, mine, [row.key for row in newest] == mine)


def replaced_notice(name: str) -> str:
    """What is said when a cell's last turn is replaced."""
    return (
        f"Replaced this cell's last turn of session {shorten(name)} "
        "(the old one is in the archive; --rerun append keeps both)."
    )


def appended_notice(name: str) -> str:
    """What is said when it can't be: the conversation has gone on since."""
    return (
        f"Session {shorten(name)} has gone on since this cell ran, so this turn was appended "
        "(--rerun fork starts a branch before it)."
    )
