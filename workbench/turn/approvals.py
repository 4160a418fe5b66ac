"""Approvals: a turn that waits for one is over when a later run has answered its calls.

The run that goes on is a turn of its own (its cell may run again by itself), so the turn that
waited has to be told. What an approved tool has answered stays in the history, whatever becomes of
that run: the tool has done its work, and must not do it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from workbench import items as of
from workbench.items import Item
from workbench.protocols import StoredItem, TurnRecord
from workbench.turn.parked import parked_ids


async def settle_answered(session: Any, turn_id: str, added: Sequence[Item]) -> None:
    """Record the pending turns of ``session`` as done whose calls all have an output by now.

    ``added`` are the items of the turn ``turn_id``, which has just ended; nothing is looked up when
    they answer no earlier call.
    """
    if answers_earlier(added):
        await settle(session, but=turn_id)


async def settle(session: Any, *, but: str | None = None) -> None:
    """As `settle_answered`, for all turns ``but`` one."""
    records = [record for record in await session.turns() if record.status == "pending"]
    rows = await session.rows() if records else []
    for record in records:
        # One whose items have all left the history (a rewind) waits on with them.
        if record.turn_id != but and is_here(rows, record) and not still_asked(rows, record):
            await session.save_turn(replace(record, status="done", parked=None))


def answers_earlier(added: Sequence[Item]) -> list[Item]:
    """Those of the items of a turn that answer calls of an earlier one."""
    calls = {_asks(item) for item in added}
    return [item for item in added if (found := _answers(item)) is not None and found not in calls]


def still_asked(rows: Sequence[StoredItem], record: TurnRecord) -> set[str]:
    """The ids of what a turn has asked for and nothing in ``rows``, a whole history, answers."""
    return {found for row in asked_by(rows, record) if (found := _asks(row.item))} - answered_in(
        rows
    )


def asked_by(rows: Sequence[StoredItem], record: TurnRecord) -> list[StoredItem]:
    """The calls and requests of a turn in ``rows``: its own, and those that its run waits for."""
    ids = parked_ids(record)
    asking = [(row, found) for row in rows if (found := _asks(row.item)) is not None]
    return [row for row, found in asking if row.turn_id == record.turn_id or found in ids]


def is_here(rows: Sequence[StoredItem], record: TurnRecord) -> bool:
    """Whether anything of a turn is in ``rows``."""
    own = any(row.turn_id == record.turn_id for row in rows)
    return own or bool(asked_by(rows, record))


def answered_in(rows: Sequence[StoredItem]) -> set[str]:
    """The ids of all calls and requests that are answered in ``rows``."""
    return {found for row in rows if (found := _answers(row.item)) is not None}


def left_open(items: Sequence[Item]) -> list[str]:
    """The tools that the last turn of a history has called and that have not answered."""
    tail: list[Item] = []
    for item in reversed(items):
        if of.is_user_message(item):
            break
        tail.append(item)
    answered = {_answers(item) for item in tail}
    asked = [item for item in reversed(tail) if (found := _asks(item)) and found not in answered]
    return [str(item.get("name") or of.kind(item)) for item in asked]


def _asks(item: Item) -> str | None:
    if of.kind(item) == "mcp_approval_request":
        found = item.get("id")
        return found if isinstance(found, str) else None
    # A hosted tool answers within its call.
    hosted = of.output_text(item) if of.is_call(item) else ""
    return of.call_id(item) if of.is_call(item) and not hosted else None


def _answers(item: Item) -> str | None:
    if of.kind(item) == "mcp_approval_response":
        found = item.get("approval_request_id")
        return found if isinstance(found, str) else None
    return of.call_id(item) if of.is_output(item) else None
