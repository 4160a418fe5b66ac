"""Copying a conversation within a Redis server, in one step and without reading it out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench.protocols import HIDDEN, TurnRecord
from workbench.stores.records import turn_to_json
from workbench.stores.redis.calls import Calls, Word
from workbench.stores.redis.layout import token

_UNLABELLED = 2
"""What branch.lua answers where the origin's messages need labels first."""


async def branch(
    calls: Calls, session_id: str, target: str, until: int | None, records: Sequence[TurnRecord]
) -> int | None:
    """Copy items up to ``until`` to ``target``; how many, None when that has any already.

    ``records`` are the turns of the origin, of which those go along that the items belong to.
    """
    words = tuple(_words(target, until, records))
    while True:
        origin = calls.keys(session_id).all
        status, *copied = await calls.write(target, "branch", *words, beside=origin)
        if status != _UNLABELLED:
            return int(copied[0]) if status else None
        await calls.write(session_id, "label")


def _words(target: str, until: int | None, records: Sequence[TurnRecord]) -> Iterator[Word]:
    yield "" if until is None else until
    yield token(HIDDEN)
    yield len(records)
    for record in records:
        own = replace(record, session_id=target, cell=None, execution=None)
        yield from (token(record.turn_id), record.turn_id, turn_to_json(own))
