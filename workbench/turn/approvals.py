"""Approvals: a turn that waits for one is over when a later run has answered its calls.

The run that goes on is a turn of its own (its cell may run again by itself), so the turn that
waited has to be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from workbench import items as of
from workbench.items import Item


async def settle_answered(session: Any, turn_id: str, added: Sequence[Item]) -> None:
    """Record the pending turns of ``session`` as done whose calls all have an output by now.

    ``added`` are the items of the turn ``turn_id``, which has just ended; nothing is looked up when
    they answer no earlier call.
    """
    if not _answers_earlier(added):
        return
    rows = await session.rows()
    answered = {of.call_id(row.item) for row in rows if of.is_output(row.item)}
    for record in await session.turns():
        own = [row.item for row in rows if row.turn_id == record.turn_id]
        calls = {of.call_id(item) for item in own if of.is_call(item)}
        if record.status == "pending" and record.turn_id != turn_id and calls <= answered:
            await session.save_turn(replace(record, status="done"))


def _answers_earlier(added: Sequence[Item]) -> bool:
    calls = {of.call_id(item) for item in added if of.is_call(item)}
    return any(of.is_output(item) and of.call_id(item) not in calls for item in added)
