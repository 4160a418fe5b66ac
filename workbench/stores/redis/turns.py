"""The records of turns that Redis keeps beside the items: a hash, by the ids of the turns."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.protocols import TurnRecord
from workbench.stores.records import turn_to_json
from workbench.stores.redis.calls import Calls
from workbench.stores.redis.lines import Way
from workbench.stores.redis.reading import turns_of
from workbench.stores.redis.swap import swapped
from workbench.stores.redis.ticket import Request


class KeepsTurns:
    """A part of the Redis store, which has a ``way`` and makes its ``_calls`` by it."""

    way: Way
    _calls: Calls

    async def save_turn(self, session_id: str, record: TurnRecord) -> None:
        """Remember a turn; one with the same id is replaced."""
        await self.save_turns(session_id, [record])

    async def save_turns(self, session_id: str, records: Sequence[TurnRecord]) -> None:
        """Remember all of these turns or none of them; those with the same ids are replaced."""
        words = [word for each in records for word in (each.turn_id, turn_to_json(each))]
        if words:
            await self._calls.write(session_id, "save_turns", *words)

    async def swap_turn(self, session_id: str, before: TurnRecord, after: TurnRecord) -> bool:
        """Put one record in the place of another, if that is what is remembered."""
        return await swapped(self._calls, self.way, session_id, before, after)

    async def turns(self, session_id: str) -> list[TurnRecord]:
        """The turns of a session in the order they started."""
        keys = self._calls.keys(session_id)
        return await self.way.do(
            Request(("HVALS", keys.turns), lambda raw: turns_of(session_id, raw), keys.session)
        )

    async def turns_of(self, session_id: str, turn_ids: Sequence[str]) -> list[TurnRecord]:
        """The records of these turns, in the order they started."""
        if not turn_ids:
            return []
        keys = self._calls.keys(session_id)
        fields = [each.encode() for each in turn_ids]
        return await self.way.do(
            Request(
                ("HMGET", keys.turns, *fields),
                lambda raw: turns_of(session_id, [each for each in raw if each is not None]),
                keys.session,
            )
        )
