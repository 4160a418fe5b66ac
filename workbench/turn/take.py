"""Taking a turn: one user input, one run of the agent, one Turn."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench import loop
from workbench.errors import InvalidValue, TurnFailed, WorkbenchError, nearest, shorten
from workbench.items import Item
from workbench.protocols import Session
from workbench.turn.advice import advice
from workbench.turn.model import OFFLINE_NOTICE, choose
from workbench.turn.parked import spent_so_far
from workbench.turn.record import Turn
from workbench.turn.rerun import Earlier
from workbench.turn.scope import TurnScope, inside
from workbench.turn.wording import described

if TYPE_CHECKING:
    from agents.run_state import RunState

Emit = Callable[[tuple[str, Any]], None]
"""Receives ``("text", delta)``, ``("item", input item)`` and ``("notice", line)`` on the way."""


def ignore(_event: tuple[str, Any]) -> None:
    """For a caller who only wants the outcome."""


async def take_turn(
    session: Session,
    prompt: str | list[Item] | RunState,
    *,
    agent: Any = None,
    model: Any = None,
    api: str | None = None,
    stream: bool = True,
    emit: Emit = ignore,
    notice: Callable[[], bool] | None = None,
    name: str | None = None,
    cell: str | None = None,
    execution: str | None = None,
    replacing: Earlier | None = None,
    run_options: dict[str, Any] | None = None,
) -> Turn:
    """Run ``agent`` once on ``prompt`` (text, or a list of input items) with ``session``; or go on
    with a run that waited for approvals (a ``RunState`` of the SDK).

    ``agent`` None is a plain assistant; ``model`` goes before the agent's own; ``run_options`` are
    further keywords of ``Runner.run`` (context, max_turns, hooks, run_config, ...); ``notice`` is
    asked whether it has still to be said that the offline model answers. Raises
    TurnFailed when the model or a tool fails (the history is then as it was before), and
    CancelledError when it is stopped (likewise).
    """
    __tracebackhide__ = True
    options = known_options(run_options or {})
    agent = agent if agent is not None else plain_agent()
    choice = choose(agent, run_config=options.pop("run_config", None), model=model, api=api)
    scope = TurnScope(
        session,
        choice,
        agent,
        name=name,
        cell=cell,
        execution=execution,
        replacing=replacing,
        spent=spent_so_far(prompt),
        notify=lambda line: emit(("notice", line)),
    )
    token = inside.set(scope)
    try:
        choice.look()
        if choice.without_key and (notice is None or notice()):
            scope.say(OFFLINE_NOTICE)
        run = _streamed if stream else _whole
        result = await run(agent, prompt, scope, emit, options)
    except BaseException as exc:
        turn = await scope.failed(exc)
        if not isinstance(exc, Exception) or isinstance(exc, WorkbenchError):
            raise
        said = [f"the turn failed ({described(exc)})", advice(exc, choice.label)]
        said.append(_history_then(scope))
        raise TurnFailed("; ".join(filter(None, said)), turn) from exc
    else:
        # Before the connections are closed: a turn that is over is recorded, whatever comes then.
        return await scope.done(result)
    finally:
        inside.reset(token)
        await choice.close()


def _history_then(scope: TurnScope) -> str:
    history = f"the history of {shorten(scope.name)} is as it was before"
    if scope.kept_answers:
        return f"{history}, with what the approved tools answered: a new prompt goes on from there"
    return history


def known_options(options: dict[str, Any]) -> dict[str, Any]:
    """A copy of ``options``; one that ``Runner.run`` has not is refused: the SDK passes over it."""
    from agents import Runner

    own = {"starting_agent", "input", "session"}
    names = inspect.signature(Runner.run).parameters.keys() - own
    for name in options:
        if name not in names:
            hint = nearest(name, names, plural="options")
            raise InvalidValue(f"Runner.run has no option {name!r} here; {hint}")
    return dict(options)


def plain_agent() -> Any:
    """The agent that answers when none is named."""
    from agents import Agent

    return Agent(name="Assistant", instructions="You are a helpful assistant.")


def _runner() -> Any:
    """The SDK's own runner, whatever is installed as the default one."""
    from agents.run import AgentRunner

    return AgentRunner()


async def _whole(agent: Any, prompt: Any, scope: TurnScope, emit: Emit, options: Any) -> Any:
    return await _runner().run(
        agent, prompt, session=scope.session, run_config=scope.choice.config, **options
    )


async def _streamed(agent: Any, prompt: Any, scope: TurnScope, emit: Emit, options: Any) -> Any:
    result = _runner().run_streamed(
        agent, prompt, session=scope.session, run_config=scope.choice.config, **options
    )
    try:
        async for event in result.stream_events():
            _tell(event, emit)
    except BaseException:
        # The run goes on in a task of its own; nothing may be written after this.
        result.cancel()
        await loop.settle(_ended(result.run_loop_task))
        raise
    return result


async def _ended(task: Any) -> None:
    if task is not None:
        await asyncio.wait({task})


def _tell(event: Any, emit: Emit) -> None:
    if event.type == "raw_response_event":
        if event.data.type == "response.output_text.delta":
            emit(("text", event.data.delta))
    elif event.type == "run_item_stream_event":
        emit(("item", event.item.to_input_item()))
