"""Running a cell again: what happens to the turns that the cell took the last time.

A turn record knows its cell and which run of the cell it belongs to. While the last run's turns are
still the end of the history, ``replace`` archives them, and the cell's new turn takes their place;
should that one fail, they are put back. Otherwise the new turn is appended. Keys are looked up when
they are needed: a compaction gives new ones to the items behind its summary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.errors import shorten
from workbench.protocols import COMPACTION, EndsTurns, Key, TurnRecord
from workbench.turn.session import rows_of

_REPLACED = "replaced: the cell was run again"


@dataclass(slots=True)
class Earlier:
    """The turns that a cell's last run left in ``session``: to be replaced by a new one, and put
    back if that one fails.
    """

    session: Any
    records: Sequence[TurnRecord]
    keys: Sequence[Key]
    """Of their items in the history, as they were last seen."""
    turn_ids: set[str]
    """Of all turns of that run of the cell, those that have left the history included."""
    _taken_out: bool = False

    async def take_out(self) -> bool:
        """Archive these turns; their records say that they were replaced.

        False, and nothing changes, when they are no longer the end of the history, or a part of
        them has gone into a summary. To be called by the turn that takes their place, in its own
        time: the conversation may go on until then.
        """
        newest = await self.session.rows(len(self.keys))
        if len(newest) < len(self.keys) or not {row.turn_id for row in newest} <= self.turn_ids:
            return False
        if isinstance(self.session, EndsTurns) and await self._summarised():
            return False
        self._taken_out = True  # before it is known to have worked: it may have, if it breaks off
        self.keys = [row.key for row in newest]
        if await self.session.archive(self.keys, reason=_REPLACED) < len(self.keys):
            rows = await rows_of(self.session, self.turn_ids, at_least=1)
            await self.session.archive([row.key for row in rows], reason=_REPLACED)
        for record in self.records:
            await self.session.save_turn(replace(record, status="replaced", parked=None))
        return True

    async def put_back(self) -> None:
        """Put the turns back where they were, if they were taken out."""
        if not self._taken_out:
            return
        if await self.session.restore(self.keys) < len(self.keys):
            archived = await self.session.archived()
            mine = [
                kept
                for kept in archived
                if kept.reason == _REPLACED and kept.turn_id in self.turn_ids
            ]
            await self.session.restore([kept.key for kept in mine])
        for record in self.records:
            await self.session.save_turn(record)

    async def _summarised(self) -> bool:
        return any(
            kept.reason.startswith(COMPACTION) and kept.turn_id in self.turn_ids
            for kept in await self.session.archived()
        )


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
    turn_ids = {record.turn_id for record in records}
    rows = await rows_of(session, turn_ids, at_least=1)
    if not rows:
        return None
    here = {row.turn_id for row in rows}
    records = [record for record in records if record.turn_id in here]
    return Earlier(session, records, [row.key for row in rows], turn_ids)


def replaced_notice(name: str) -> str:
    """What is said when a cell's last turn was replaced."""
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
