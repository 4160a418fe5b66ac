"""The contract of saving many turns at once: every session joins this."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from workbench.protocols import SavesTurns, TurnRecord
from workbench.testing.data import Make

BEGIN = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)


def turn(number: int, **more: Any) -> TurnRecord:
    """A turn that started so many seconds after BEGIN."""
    started = BEGIN + timedelta(seconds=number)
    return TurnRecord(f"t{number}", "demo", started, 0.25, "done", agent="Käthe", **more)


class SavedTurnsContract:
    """Joins SessionContract, whose fixture `make` it uses."""

    async def test_many_turns_are_saved_at_once_and_come_back_in_order(self, make: Make) -> None:
        session, other = make(), make()
        able: Any = session  # or a type checker takes it for nothing but a SavesTurns
        assert isinstance(able, SavesTurns)
        records = [turn(number, error=f"error {number}") for number in range(1_100)]
        await session.save_turns(records[::-1])
        assert await session.turns() == records
        assert await other.turns() == records

    async def test_of_turns_saved_at_once_those_with_the_same_ids_are_replaced(
        self, make: Make
    ) -> None:
        session = make()
        await session.save_turn(turn(1))
        await session.save_turns([turn(0), turn(2), replace(turn(1), error="é")])
        await session.save_turns([turn(2, parked="{}"), replace(turn(0), status="failed")])
        kept = [replace(turn(0), status="failed"), turn(1, error="é"), turn(2, parked="{}")]
        assert await session.turns() == kept

    async def test_no_turns_to_save_change_nothing(self, make: Make) -> None:
        session = make()
        await session.save_turns([])
        assert await session.turns() == []
