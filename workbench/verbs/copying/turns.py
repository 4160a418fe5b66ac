"""Carrying the records of turns to a copy."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from typing import Any

from workbench.errors import SessionChanged, shorten
from workbench.protocols import TurnRecord
from workbench.sessions.pages import save_all

_AT_ONCE = 2_000
"""Records that are saved in one step."""


async def copy_turns(
    source: Any, target: Any, *, only: Set[str] | None = None, cells: bool = True
) -> int:
    """Save the records of ``source`` in ``target``, where they are not yet; how many it has then.

    ``only`` these turns; without ``cells`` no cell of a notebook replaces them when it runs again.
    Raises SessionChanged when they don't come back as they were written.
    """
    records = [
        _own(record, target.session_id, cells=cells)
        for record in await source.turns()
        if only is None or record.turn_id in only
    ]
    there = {record.turn_id: record for record in await target.turns()}
    new = [record for record in records if there.get(record.turn_id) != record]
    for start in range(0, len(new), _AT_ONCE):
        await save_all(target, new[start : start + _AT_ONCE])
    if new and await _differs(target, new):
        raise SessionChanged(
            f"the records of turns of {shorten(target.session_id)} don't come back as they were "
            "written: somebody else changes them, or the store is damaged"
        )
    return len(records)


def _own(record: TurnRecord, session_id: str, *, cells: bool) -> TurnRecord:
    if record.session_id != session_id:
        record = replace(record, session_id=session_id)
    if cells or (record.cell is None and record.execution is None):
        return record
    return replace(record, cell=None, execution=None)


async def _differs(target: Any, records: list[TurnRecord]) -> bool:
    found = {record.turn_id: record for record in await target.turns()}
    return any(found.get(record.turn_id) != record for record in records)
