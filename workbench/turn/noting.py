"""A run that waits for an approval on a session that the call named itself.

Such a run is no turn of ours: its items are stored as the SDK hands them over. But what waits is
kept all the same, so that ``wb.pending`` shows it and ``wb.approve`` goes on with it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from workbench.errors import WorkbenchError, shorten
from workbench.protocols import KeepsRows, RecordsTurns, TurnRecord
from workbench.turn.approvals import settle
from workbench.turn.model import Choice
from workbench.turn.parked import parked, spent_so_far
from workbench.turn.record import Usage


class Noting:
    """Made when a run of ``agent`` on ``session`` begins; `ended` notes what came of it."""

    def __init__(self, session: Any, agent: Any, given: Any, choice: Choice) -> None:
        self._session = session
        self._agent = getattr(agent, "name", None)
        self._choice = choice
        self._spent = spent_so_far(given)
        self._started_at = datetime.now(UTC)

    async def ended(self, result: Any, notify: Callable[[str], object]) -> None:
        """Keep a run that waits, and let those wait no more that this one has answered."""
        session = self._session
        if not (isinstance(session, KeepsRows) and isinstance(session, RecordsTurns)):
            return
        try:
            if getattr(result, "interruptions", None):
                await session.save_turn(self._record(result))
            if self._spent is not None:
                await settle(session)
        except WorkbenchError as exc:
            name = shorten(session.session_id)  # type: ignore[attr-defined]  # it is a session
            notify(f"What waits in session {name} could not be kept for wb.approve: {exc}")

    def _record(self, result: Any) -> TurnRecord:
        used = Usage.since(self._spent, result.context_wrapper.usage, offline=self._choice.offline)
        return TurnRecord(
            turn_id=uuid.uuid4().hex,
            session_id=self._session.session_id,
            started_at=self._started_at,
            seconds=(datetime.now(UTC) - self._started_at).total_seconds(),
            status="pending",
            agent=getattr(result.last_agent, "name", None) or self._agent,
            model=self._choice.label,
            requests=used.requests,
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            estimated=used.estimated,
            parked=parked(result, self._agent).to_text(),
        )
