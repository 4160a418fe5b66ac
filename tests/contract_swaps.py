"""The contract of changing a turn's record only if nobody else has: every session joins this."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.contract_turns import SavedTurnsContract
from workbench.protocols import SwapsTurns, TurnRecord
from workbench.testing.data import Make, message

BEGIN = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)


def waiting(turn_id: str, *, minutes: int = 0, **more: Any) -> TurnRecord:
    """A turn that waits for an approval since so many minutes after BEGIN."""
    return TurnRecord(turn_id, "demo", BEGIN + timedelta(minutes=minutes), 0.25, "pending", **more)


class SwapsContract(SavedTurnsContract):
    """Joins SessionContract, whose fixture `make` it uses."""

    async def test_a_record_is_swapped_for_another_one(self, make: Make) -> None:
        session = make()
        able: Any = session  # or a type checker takes it for nothing but a SwapsTurns
        assert isinstance(able, SwapsTurns)
        await session.append([message("a")], turn_id="t1")
        await session.save_turn(waiting("t1", parked='{"said": "héllo"}'))
        await session.save_turn(waiting("t2", minutes=1))
        before, other = await session.turns()
        after = replace(before, status="done", parked=None, error="odd \u2603")
        assert await session.swap_turn(before, after)
        assert await session.turns() == [after, other]

    async def test_what_another_has_changed_is_not_swapped(self, make: Make) -> None:
        session = make()
        await session.append([message("a")], turn_id="t1")
        await session.save_turn(waiting("t1"))
        (seen,) = await session.turns()
        await session.save_turn(replace(seen, error="changed meanwhile"))
        kept = await session.turns()
        assert not await session.swap_turn(seen, replace(seen, status="done"))
        assert not await session.swap_turn(waiting("t9"), waiting("t9", error="gone"))
        assert await session.turns() == kept

    async def test_of_many_at_once_one_swaps(self, make: Make) -> None:
        one, other = make(), make()
        await one.append([message("a")], turn_id="t1")
        await one.save_turn(waiting("t1"))
        (seen,) = await one.turns()
        tries = [
            session.swap_turn(seen, replace(seen, parked=f"{number}"))
            for number, session in enumerate([one, other] * 4)
        ]
        won = [number for number, swapped in enumerate(await asyncio.gather(*tries)) if swapped]
        assert len(won) == 1
        assert [each.parked for each in await other.turns()] == [str(won[0])]
