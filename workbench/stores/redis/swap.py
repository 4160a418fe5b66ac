"""Putting one record of a turn in the place of another, if nobody else has changed it."""

from __future__ import annotations

from workbench.protocols import TurnRecord
from workbench.stores.records import turn_to_json
from workbench.stores.redis.calls import Calls
from workbench.stores.redis.lines import Way
from workbench.stores.redis.reading import turns_of
from workbench.stores.redis.ticket import Request


async def swapped(
    calls: Calls, way: Way, session_id: str, before: TurnRecord, after: TurnRecord
) -> bool:
    """Whether ``before`` was what is remembered, and ``after`` is now."""
    calls.check()
    keys = calls.keys(session_id)
    (text,) = await way.do(Request(("HMGET", keys.turns, before.turn_id), list, keys.session))
    # Compared as records: a text of an earlier version lacks fields, and means the same.
    if text is None or turns_of(session_id, [text]) != [before]:
        return False
    words = (before.turn_id, text, turn_to_json(after))
    status, *_ = await calls.write(session_id, "swap_turn", *words)
    return bool(status == 1)
