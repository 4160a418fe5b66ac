"""What a decision makes of the calls that wait. Pure: nothing is read or written here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from workbench.errors import InvalidValue, Unsupported, nearest, shorten
from workbench.turn.parked import Call, Decision, Parked, claimed
from workbench.verbs.approve.waiting import SEALED, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """A decision: of which calls (none named: of the one that waits), and how it is meant.

    ``again`` counts where the run has been begun before and has not ended.
    """

    decision: Decision
    calls: tuple[str, ...] = ()
    always: bool = False
    message: str | None = None
    again: bool = False

    def of(self, session: str, found: Sequence[Waiting]) -> tuple[Waiting, Parked]:
        """The turn that it is about, and what it makes of that. Raises InvalidValue."""
        turn = self._turn(session, found)
        self._check(turn)
        calls = self.calls or self._meant(turn)
        after = tuple(self._decided(turn.parked.calls, set(calls)))
        kept = replace(turn.parked, calls=after, claim=None)
        return turn, replace(kept, claim=claimed()) if kept.is_decided else kept

    def _turn(self, session: str, found: Sequence[Waiting]) -> Waiting:
        if not found:
            raise InvalidValue(f"no call of session {shorten(session)} waits for an approval")
        if not self.calls:
            return found[-1]
        known = {call.call_id: turn for turn in found for call in turn.parked.calls}
        for identity in self.calls:
            if identity not in known:
                hint = nearest(identity, known, plural="calls")
                raise InvalidValue(
                    f"no call {shorten(identity)} of session {shorten(session)} waits for an "
                    f"approval; {hint}"
                )
        turns = {known[identity].record.turn_id for identity in self.calls}
        if len(turns) > 1:
            raise InvalidValue("these calls belong to several turns: decide them turn by turn")
        return known[self.calls[0]]

    def _check(self, turn: Waiting) -> None:
        calls = turn.parked.calls
        if any(call.tool == SEALED for call in calls):
            raise InvalidValue(
                f"what waits in session {shorten(turn.session)} is encrypted: give its key "
                "(WORKBENCH_KEY, or key= of wb.session)"
            )
        if (claim := turn.parked.claim) is not None and not self.again:
            tools = ", ".join(dict.fromkeys(call.tool for call in calls))
            how = "has failed" if claim.failed else "has not ended, or was cut off"
            raise InvalidValue(
                f"the run that {shorten(tools)} was approved for was begun at {claim.at[:19]} UTC "
                f"by {claim.by} and {how}: the tool may have done its work already. again=True "
                "decides once more, and an approved tool is then called once more"
            )

    def _meant(self, turn: Waiting) -> tuple[str, ...]:
        """The calls that are meant where none is named: the only one, or where all are decided and
        the run came to nothing, those decided so (a rejection is of all of them).
        """
        calls = turn.parked.calls
        open_ones = [call for call in calls if call.decision is None]
        if not open_ones:
            rejects = self.decision == "rejected"
            same = [call for call in calls if rejects or call.decision == self.decision]
            if same:
                return tuple(call.call_id for call in same)
            open_ones = list(calls)
        if len(open_ones) == 1:
            return (open_ones[0].call_id,)
        names = ", ".join(f"{call.call_id} ({call.tool})" for call in open_ones[:8])
        raise InvalidValue(
            f"{len(open_ones)} calls of session {shorten(turn.session)} wait for an approval: say "
            f"which by call_id, one or a list: {names}"
        )

    def _decided(self, calls: Iterable[Call], wanted: set[str]) -> Iterable[Call]:
        calls = list(calls)
        tools = {(call.agent, call.tool) for call in calls if call.call_id in wanted}
        for call in calls:
            # "Always" counts for this agent's tool, in the same run: the calls beside it too.
            same = self.always and call.decision is None and (call.agent, call.tool) in tools
            if call.call_id in wanted or same:
                yield call.decided(self.decision, always=self.always, message=self.message)
            else:
                yield call


def lost(turn: Waiting) -> Unsupported:
    """The error for a turn whose run can't be gone on with here."""
    tools = ", ".join(call.tool for call in turn.parked.calls)
    return Unsupported(
        f"turn {turn.turn} of session {shorten(turn.session)} waits for {shorten(tools)}, and "
        "nothing is kept here that its run could go on with; a new prompt goes on without it"
    )
