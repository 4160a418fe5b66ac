"""Answers stand behind their calls, also where the conversation has gone on before an approval.

The run that goes on adds them at the end. Endpoints that speak chat completions refuse a history in
which anything stands between a call and its answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from workbench.errors import Unsupported
from workbench.protocols import Edit, Edits, StoredItem
from workbench.turn.approvals import answers_earlier

_TRIES = 3
"""How often it is tried while others write to the session; it is done the next time then."""


async def put_beside(session: Any, turn_id: str, answers: str) -> None:
    """Move what the turn ``answers`` has answered of ``turn_id`` to the end of that one."""
    if not isinstance(session, Edits):
        return
    with suppress(Unsupported):  # a service that can't put items between others
        for _ in range(_TRIES):
            change = _change(await session.rows(), turn_id, answers)  # type: ignore[attr-defined]
            if change is None or await session.edit(change) is not None:
                return


def _change(rows: Sequence[StoredItem], turn_id: str, answers: str) -> Edit | None:
    """The step that puts them in place; None when they are, or there are none."""
    places = [place for place, row in enumerate(rows) if row.turn_id == turn_id]
    own = [row for row in rows if row.turn_id == answers]
    given = answers_earlier([row.item for row in own])
    moved = [row for row in own if row.item in given]
    if not places or not moved:
        return None
    behind = rows[places[-1] + 1]
    if behind.key == moved[0].key:
        return None
    return Edit(
        delete=[row.key for row in moved],
        insert=[row.item for row in moved],
        before=behind.key,
        turn_id=answers,
    )
