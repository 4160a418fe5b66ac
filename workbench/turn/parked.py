"""A run that waits for approvals, kept with the record of its turn for any program to go on.

What is kept is the SDK's ``RunState`` in its own JSON form, the calls that wait, what was decided
of each, and who has begun to go on. Not kept is the object that was passed as ``context=``: it may
hold secrets, and has to be given again in another program.
"""

from __future__ import annotations

import json
import os
import socket
import zlib
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from workbench.protocols import TurnRecord
from workbench.turn.record import Usage

if TYPE_CHECKING:
    from agents.run_state import RunState

Decision = Literal["approved", "rejected"]

_QUICK = 1
"""How hard it is compressed: a state holds the history, with all that is attached in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a tool that needs an approval, and what was decided of it."""

    call_id: str
    tool: str
    arguments: str | None = None
    """As the model wrote them: JSON, mostly."""
    agent: str | None = None
    decision: Decision | None = None
    always: bool = False
    """Whether the decision counts for later calls of this tool in the same run."""
    message: str | None = None
    """What the model is told of a rejection; None: the SDK's own words."""

    def decided(self, decision: Decision, *, always: bool, message: str | None) -> Call:
        """The call with this decision in the place of any before."""
        return replace(self, decision=decision, always=always, message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who goes on with the run, or has tried to: ``failed`` when that came to an end."""

    at: str
    by: str
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """What waits. ``agent`` is the one that the run began with; ``state`` is packed, None where the
    SDK can't write it down; ``context`` is the type of what was passed as such, None for nothing.
    """

    agent: str | None
    calls: tuple[Call, ...]
    state: str | None = field(repr=False, default=None)
    context: str | None = None
    claim: Claim | None = None

    @property
    def is_decided(self) -> bool:
        """Whether nothing waits for a decision any more."""
        return all(call.decision is not None for call in self.calls)

    def to_text(self) -> str:
        """As a turn's record keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Parked:
        """What `to_text` wrote. Raises ValueError, TypeError or KeyError when it is damaged."""
        values = _object(json.loads(text))
        claim = values.get("claim")
        return cls(
            agent=values["agent"],
            calls=tuple(Call(**_known(Call, each)) for each in values["calls"]),
            state=values.get("state"),
            context=values.get("context"),
            claim=Claim(**_known(Claim, claim)) if claim else None,
        )


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"a JSON {type(value).__name__} where an object was expected")
    return value


def _known(kind: type, value: Any) -> dict[str, Any]:
    """Without the fields that a later version added."""
    values = _object(value)
    return {name: value for name, value in values.items() if name in kind.__dataclass_fields__}  # type: ignore[attr-defined]  # kind is a dataclass


def claimed() -> Claim:
    """That this program goes on with a run, from now."""
    return Claim(at=datetime.now(UTC).isoformat(), by=f"process {os.getpid()} on {_host()}")


def _host() -> str:
    return socket.gethostname() or "this machine"


def parked(result: Any, agent: str | None) -> Parked:
    """What is to be kept of a result of the SDK with interruptions; ``agent`` began the run."""
    context = result.context_wrapper.context
    return Parked(
        agent=agent,
        calls=tuple(_call(each, number) for number, each in enumerate(result.interruptions)),
        state=_packed(result),
        context=None if context is None or context == {} else type(context).__name__,
    )


def _call(interruption: Any, number: int) -> Call:
    return Call(
        call_id=interruption_id(interruption) or f"call {number + 1}",
        tool=interruption.qualified_name or interruption.name or "unknown",
        arguments=interruption.arguments,
        agent=getattr(interruption.agent, "name", None),
    )


def interruption_id(interruption: Any) -> str | None:
    """The id of the call that an interruption of the SDK is about; of an MCP request its own."""
    raw = interruption.raw_item
    for name in ("call_id", "id"):
        value = raw.get(name) if isinstance(raw, dict) else getattr(raw, name, None)
        if isinstance(value, str) and value:
            return value
    return None


def _packed(result: Any) -> str | None:
    try:
        state = json.dumps(_without_context(_as_json(result.to_state())))
    except Exception:  # agents that can't be told apart, odd objects: the turn is over all the same
        return None
    return b64encode(zlib.compress(state.encode(), _QUICK)).decode()


def _as_json(state: RunState) -> dict[str, Any]:
    # With a serializer the SDK does not warn of contexts that it can't keep.
    return state.to_json(context_serializer=lambda _context: {})


def _without_context(value: Any) -> Any:
    """The JSON of a state, and of those nested in it, without what was passed as context."""
    if isinstance(value, list):
        return [_without_context(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {name: _without_context(each) for name, each in value.items()}
    if "context_meta" in value and "approvals" in value:
        none = {"serialized_via": "none", "requires_deserializer": False, "omitted": False}
        kept |= {"context": {} if value.get("context") == {} else None}
        kept |= {"context_meta": {"original_type": "none", **none}}
    return kept


def parked_ids(record: TurnRecord) -> set[str]:
    """The ids of the calls that the run of a turn waits for; none where that can't be read."""
    try:
        calls = Parked.from_text(record.parked or "").calls
    except (ValueError, TypeError, KeyError):
        return set()
    return {call.call_id for call in calls}


async def unpacked(kept: Parked, agent: Any, *, context: Any = None) -> RunState:
    """The state of the SDK with every decision in it, to be run with ``Runner``.

    Raises the SDK's UserError where the agent has not what the run needs, ValueError for a damaged
    state.
    """
    from agents.run_state import RunState

    data = json.loads(zlib.decompress(b64decode(kept.state or "")))
    state = await RunState.from_json(agent, data, context_override=context)
    decided(state, kept)
    return state


def decided(state: RunState, kept: Parked) -> None:
    """Tell ``state`` what was decided."""
    calls = {call.call_id: call for call in kept.calls}
    for number, item in enumerate(state.get_interruptions()):
        call = calls[interruption_id(item) or f"call {number + 1}"]
        if call.decision == "approved":
            state.approve(item, always_approve=call.always)
        elif call.decision == "rejected":
            state.reject(item, always_reject=call.always, rejection_message=call.message)


def has_begun(state: RunState, kept: Parked) -> bool:
    """Whether a run that went on from ``state`` has begun to call a tool that was approved.

    True where nobody can tell: of a call within an agent that is a tool, for one.
    """
    from agents.exceptions import UserError

    try:
        context = _as_json(state)["context"]
    except (UserError, TypeError, ValueError):
        return True
    known = context.get("tool_invocations", {})
    approved = [call.call_id for call in kept.calls if call.decision == "approved"]
    return any(known.get(each, {}).get("executed", True) for each in approved)


def spent_so_far(state: Any) -> Usage | None:
    """What a run had spent when it was parked: the SDK goes on counting from there.

    None for what is no state, and where the state can't tell.
    """
    if not hasattr(state, "get_interruptions"):
        return None
    from agents.exceptions import UserError

    try:
        used = _as_json(state)["context"]["usage"]
    except (UserError, TypeError, ValueError, KeyError):
        return Usage(0, 0, 0)
    return Usage(used.get("requests"), used.get("input_tokens"), used.get("output_tokens"))
