"""Going on with a run that waited, when all of it is decided.

What is decided is written first, with who goes on, in one conditional step: whoever comes second
finds it decided. Only then the run begins.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from workbench import items as of
from workbench import loop
from workbench.errors import (
    InvalidValue,
    NotFound,
    StoreLocked,
    Unsupported,
    nearest,
    shorten,
)
from workbench.items import Item
from workbench.live import live
from workbench.protocols import RecordsTurns, SwapsTurns, TurnRecord
from workbench.turn.model import choose
from workbench.turn.parked import Parked, decided, has_begun, unpacked
from workbench.turn.record import Turn
from workbench.turn.take import Emit, known_options, take_turn
from workbench.verbs.agents import agent_called, known_agents
from workbench.verbs.approve.deciding import Deciding, lost
from workbench.verbs.approve.placing import put_beside
from workbench.verbs.approve.waiting import Waiting, waiting
from workbench.verbs.runs import Live, drop_run, keep_run, kept_run
from workbench.verbs.talk import first_notice, on_screen

_TRIES = 20
"""How often a decision is made anew because others decide at the same time."""


@dataclass(slots=True)
class Run:
    """How to go on: as ``wb.ask`` takes it, and further keywords of ``Runner.run``."""

    name: str
    agent: Any = None
    model: Any = None
    api: str | None = None
    context: Any = None
    stream: bool = True
    run_options: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, options: dict[str, Any]) -> Run:
        """From the keywords of a call; those that are not its own are the SDK's."""
        own = {key: options[key] for key in options if key in ("agent", "model", "api", "context")}
        rest = {key: options[key] for key in options if key not in own and key != "stream"}
        return cls(name, **own, stream=options.get("stream", True), run_options=rest)


@dataclass(frozen=True, slots=True)
class Ready:
    """A turn whose calls are all decided: claimed, with all that its run needs."""

    before: TurnRecord
    claimed: TurnRecord
    parked: Parked
    agent: Any
    state: Any


def decide(session: Any, decision: Deciding, run: Run) -> Turn | None:
    """Write a decision down, and go on if nothing else waits; None where something does."""
    __tracebackhide__ = True
    ready = loop.run(_claimed(session, decision, run))
    return None if ready is None else _gone_on(session, ready, run)


async def decided_on(session: Any, decision: Deciding, run: Run, emit: Emit) -> Turn | None:
    """As `decide`, awaited on the home loop; ``emit`` is told what happens on the way."""
    ready = await _claimed(session, decision, run)
    return None if ready is None else await _to_its_end(session, ready, run, emit)


async def _claimed(session: Any, decision: Deciding, run: Run) -> Ready | None:
    for _ in range(_TRIES):
        turn, kept = decision.of(run.name, await waiting(session, run.name))
        ready = await _ready(turn, kept, run) if kept.is_decided else None
        after = replace(turn.record, parked=kept.to_text())
        if await _swapped(session, turn.record, after):
            return ready
    raise StoreLocked(
        f"others decide about session {shorten(run.name)} all the time; nothing was decided here"
    )


async def _swapped(session: Any, before: TurnRecord, after: TurnRecord) -> bool:
    if isinstance(session, SwapsTurns):
        return await session.swap_turn(before, after)
    await session.save_turn(after)  # a session from outside: nobody else is known to write to it
    return True


async def _ready(turn: Waiting, kept: Parked, run: Run) -> Ready:
    """All that the run needs, looked for before anything is written. Raises what is missing."""
    there = kept_run(turn.record.turn_id)
    agent = run.agent or _agent(kept.agent, there, run.name)
    context = run.context
    if context is None and there is not None:
        context = there.result.context_wrapper.context
    if kept.context is not None and context is None:
        raise InvalidValue(
            f"this run has a context, a {kept.context}, which is never written down: give it again "
            "with context="
        )
    known_options(run.run_options)
    choice = choose(
        agent, run_config=run.run_options.get("run_config"), model=run.model, api=run.api
    )
    try:
        choice.look()
    finally:
        await choice.close()
    state = await _state(turn, kept, agent, context, there)
    after = replace(turn.record, parked=kept.to_text())
    return Ready(turn.record, after, kept, agent, state)


async def _state(turn: Waiting, kept: Parked, agent: Any, context: Any, there: Live | None) -> Any:
    from agents.exceptions import UserError

    if kept.state is None:
        if there is None:
            raise lost(turn)
        state = there.result.to_state()
        decided(state, kept)
        return state
    try:
        return await unpacked(kept, agent, context=context)
    except UserError as exc:
        raise Unsupported(
            f"the run of turn {turn.turn} of session {shorten(turn.session)} can't go on with this "
            f"agent {shorten(str(agent.name))}: {exc}. Define it as it was then"
        ) from exc
    except (ValueError, KeyError, zlib.error) as exc:
        raise lost(turn) from exc


def _agent(name: str | None, there: Live | None, session: str) -> Any:
    """The agent that the run began with: as it is defined now, or else as it was then."""
    found = agent_called(name) if name is not None else None
    if found is None and there is not None:
        found = there.agent or there.result.last_agent
    if found is None:
        hint = nearest(name or "", {each.name for each in known_agents().values()}, plural="agents")
        raise NotFound(
            f"the run of session {shorten(session)} goes on with agent {shorten(name or '?')}, "
            f"which is not defined here: define it, or pass agent=; {hint}"
        )
    return found


def _gone_on(session: Any, ready: Ready, run: Run) -> Turn:
    __tracebackhide__ = True
    return on_screen(live(run.stream), lambda emit: _to_its_end(session, ready, run, emit))


async def _to_its_end(session: Any, ready: Ready, run: Run, emit: Emit) -> Turn:
    __tracebackhide__ = True
    try:
        turn = await take_turn(
            session,
            ready.state,
            agent=ready.agent,
            model=run.model,
            api=run.api,
            stream=run.stream,
            emit=emit,
            notice=partial(first_notice, run.name),
            name=run.name,
            run_options=run.run_options,
        )
    except BaseException:
        await loop.settle(_given_up(session, ready))
        raise
    await loop.settle(_ended(session, ready, turn))
    turn = replace(turn, _asked=_answered(ready.parked, turn))
    keep_run(turn, ready.agent)
    return turn


def _answered(kept: Parked, turn: Turn) -> tuple[Item, ...]:
    """The calls that the turn has answered, as items to be shown."""
    ids = {of.call_id(item) for item in turn.items if of.is_output(item)}
    return tuple(
        {
            "type": "function_call",
            "call_id": call.call_id,
            "name": call.tool,
            "arguments": call.arguments,
        }
        for call in kept.calls
        if call.call_id in ids
    )


async def _ended(session: Any, ready: Ready, turn: Turn) -> None:
    """The turn waits no more: a run that went on and waits again is a turn of its own."""
    drop_run(ready.before.turn_id)
    await put_beside(session, ready.before.turn_id, turn.turn_id)
    await _swapped(session, ready.claimed, replace(ready.claimed, status="done", parked=None))


async def _given_up(session: RecordsTurns, ready: Ready) -> None:
    """The run has failed: a tool that it has begun to call may have done its work."""
    kept, claim = ready.parked, ready.parked.claim
    assert claim is not None
    begun = has_begun(ready.state, kept)
    after = replace(kept, claim=replace(claim, failed=True) if begun else None)
    await _swapped(session, ready.claimed, replace(ready.claimed, parked=after.to_text()))
