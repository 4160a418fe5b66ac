"""The runner behind ``Runner.run``: models that can answer, and runs bound to a session.

`install` puts it in place through the SDK's public hook; `uninstall` puts the SDK's own back. It is
the SDK's runner with two additions. A run that names no model gets one that can answer (the offline
model where no key is set). And while a `Binding` is active in the running context, each run that
brings no session of its own is a turn of the bound session, recorded, and taken back if it fails. A
run that starts inside another (a tool that is an agent) is part of that turn, not one of its own.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from agents.result import RunResult, RunResultStreaming
from agents.run import AgentRunner, get_default_agent_runner, set_default_agent_runner

from workbench import loop
from workbench.errors import shorten
from workbench.protocols import Session
from workbench.turn.model import OFFLINE_NOTICE, Choice, choose
from workbench.turn.record import Turn
from workbench.turn.rerun import Replacement
from workbench.turn.scope import TurnScope, inside

BEAT = 0.05
"""Seconds; see `_wakeful`."""


@dataclass(slots=True, eq=False)
class Binding:
    """A session that runs are bound to, until `end`: the length of one cell."""

    session: Session
    name: str
    model: Any = None
    api: str | None = None
    cell: str | None = None
    execution: str | None = None
    replacing: Replacement | None = None
    """What the first bound run takes out: the turns of the cell's last run."""
    notice_due: Callable[[], bool] | None = None
    """Whether it has still to be said that the offline model answers; None: the runner knows."""
    turns: list[Turn] = field(default_factory=list)
    under_way: dict[TurnScope, Callable[[], object]] = field(default_factory=dict)
    """The runs that have not ended yet, and what stops each."""
    active: bool = True

    def end(self) -> int:
        """Runs that start from now on are no longer bound; those under way are stopped and taken
        back, since their event loop may stand still from now on. Returns how many these were.
        """
        self.active = False
        left = list(self.under_way.items())
        for scope, stop in left:
            stop()
            self.turns.append(scope.abandon())
        return len(left)

    def ended(self, scope: TurnScope, turn: Turn) -> None:
        """Count the turn of a run, unless the end of the binding has done so."""
        if self.under_way.pop(scope, None) is not None and self.active:
            self.turns.append(turn)


_bound: contextvars.ContextVar[Binding | None] = contextvars.ContextVar(
    "workbench_binding", default=None
)


def bind(binding: Binding) -> None:
    """Bind the runs of the current context."""
    _bound.set(binding)


def bound() -> Binding | None:
    """The binding that counts here and now; None inside a turn, or when the cell has ended."""
    binding = _bound.get()
    return binding if binding is not None and binding.active and inside.get() is None else None


class WorkbenchRunner(AgentRunner):
    """The SDK's runner with a model that can answer, and with bound sessions."""

    def __init__(self, notify: Callable[[str], None] = print) -> None:
        self.notify = notify
        self._told: set[str] = set()

    async def run(self, starting_agent: Any, input: Any, **kwargs: Any) -> RunResult:
        """As ``Runner.run``."""
        choice, kwargs = self._prepared(starting_agent, kwargs)
        binding = self._binding_for(kwargs)
        try:
            with _wakeful():
                if binding is None:
                    result = await super().run(starting_agent, input, **kwargs)
                else:
                    result = await self._bound_run(binding, choice, starting_agent, input, kwargs)
        finally:
            await choice.close()
        self._tell(choice, binding)
        return result

    def run_sync(self, starting_agent: Any, input: Any, **kwargs: Any) -> RunResult:
        """As ``Runner.run_sync``, and in a notebook cell too: the run is on the home loop."""
        return loop.run(self.run(starting_agent, input, **kwargs))

    def run_streamed(self, starting_agent: Any, input: Any, **kwargs: Any) -> RunResultStreaming:
        """As ``Runner.run_streamed``."""
        choice, kwargs = self._prepared(starting_agent, kwargs)
        binding = self._binding_for(kwargs)
        if binding is None:
            result = super().run_streamed(starting_agent, input, **kwargs)
            _follow(result, partial(self._streamed, result, choice, None, None))
            return result
        scope = self._scope(binding, choice, starting_agent)
        token = inside.set(scope)
        try:
            result = super().run_streamed(
                starting_agent, input, **{**kwargs, "session": scope.session}
            )
        finally:
            inside.reset(token)
        binding.under_way[scope] = result.cancel
        _follow(result, partial(self._streamed, result, choice, scope, binding))
        return result

    def _prepared(self, agent: Any, kwargs: dict[str, Any]) -> tuple[Choice, dict[str, Any]]:
        binding = bound()
        choice = choose(
            agent,
            run_config=kwargs.get("run_config"),
            model=binding.model if binding is not None else None,
            api=binding.api if binding is not None else None,
        )
        return choice, {**kwargs, "run_config": choice.config}

    @staticmethod
    def _binding_for(kwargs: dict[str, Any]) -> Binding | None:
        """The binding, unless the call says itself where its history is kept."""
        own = ("session", "conversation_id", "previous_response_id", "auto_previous_response_id")
        return None if any(kwargs.get(name) for name in own) else bound()

    @staticmethod
    def _scope(binding: Binding, choice: Choice, agent: Any) -> TurnScope:
        replacing, binding.replacing = binding.replacing, None
        return TurnScope(
            binding.session,
            choice,
            agent,
            name=binding.name,
            cell=binding.cell,
            execution=binding.execution,
            replacing=replacing,
        )

    async def _bound_run(
        self, binding: Binding, choice: Choice, agent: Any, input: Any, kwargs: dict[str, Any]
    ) -> RunResult:
        scope = self._scope(binding, choice, agent)
        token = inside.set(scope)
        binding.under_way[scope] = _stopper()
        try:
            result = await super().run(agent, input, **{**kwargs, "session": scope.session})
        except BaseException as exc:
            await self._failed(scope, binding, exc)
            raise
        finally:
            inside.reset(token)
        binding.ended(scope, await scope.done(result))
        return result

    async def _failed(self, scope: TurnScope, binding: Binding, exc: BaseException) -> None:
        binding.ended(scope, await scope.failed(exc))
        exc.add_note(
            f"The history of session {shorten(binding.name)} is as it was before this run."
        )

    async def _streamed(
        self,
        result: RunResultStreaming,
        choice: Choice,
        scope: TurnScope | None,
        binding: Binding | None,
        error: BaseException | None,
    ) -> None:
        """What remains to be done when a streamed run has ended, one way or the other."""
        try:
            if scope is not None and binding is not None:
                if error is None:
                    binding.ended(scope, await scope.done(result))
                else:
                    await self._failed(scope, binding, error)
        finally:
            await choice.close()
        if error is None:
            self._tell(choice, binding)

    def _tell(self, choice: Choice, binding: Binding | None) -> None:
        """Say once a session that the offline model answers."""
        if not choice.offline:
            return
        name = binding.name if binding is not None else ""
        counted = binding.notice_due if binding is not None else None
        due = counted() if counted is not None else name not in self._told
        self._told.add(name)
        if due:
            self.notify(OFFLINE_NOTICE)


@contextmanager
def _wakeful() -> Iterator[None]:
    """Let the running event loop wake up every BEAT seconds.

    A kernel answers an interrupt of a cell that awaits by a callback in its own loop
    (``ipykernel.ipkernel._cancel_on_sigint``), which does not wake one that sleeps: without this,
    the cell would stop only when the model answers.
    """
    here = asyncio.get_running_loop()

    awake = True

    def again() -> None:
        if awake:
            here.call_later(BEAT, again)

    again()
    try:
        yield
    finally:
        awake = False


def _stopper() -> Callable[[], object]:
    """What cancels the running task, from any thread."""
    task = asyncio.current_task()
    assert task is not None
    return partial(asyncio.get_running_loop().call_soon_threadsafe, task.cancel)


def _follow(
    result: RunResultStreaming, then: Callable[[BaseException | None], Coroutine[Any, Any, None]]
) -> None:
    """Have ``then(error)`` awaited as part of the run itself.

    The run's task is put inside one that goes on to ``then``, as the SDK does for its sandboxes: so
    ``stream_events`` ends only when the turn is recorded, or taken back.
    """
    original = result.run_loop_task
    assert original is not None

    async def to_the_end() -> Any:
        cancelled = False
        while not original.done():
            try:
                await asyncio.wait({original}, timeout=BEAT)
            except asyncio.CancelledError:
                cancelled = True
                original.cancel()
        stopped = cancelled or original.cancelled()
        await then(asyncio.CancelledError() if stopped else original.exception())
        return original.result()

    def pass_on(task: asyncio.Task[Any]) -> None:
        # A task that is cancelled before its first step never enters its coroutine.
        if task.cancelled():
            original.cancel()

    result.run_loop_task = asyncio.create_task(to_the_end())
    result.run_loop_task.add_done_callback(pass_on)


def install(notify: Callable[[str], None] = print) -> WorkbenchRunner:
    """Put our runner in place of the SDK's default one; twice is once."""
    current = get_default_agent_runner()
    if not isinstance(current, WorkbenchRunner):
        current = WorkbenchRunner(notify)
        set_default_agent_runner(current)
    return current


def uninstall() -> None:
    """Put the SDK's own runner back, if ours is in place."""
    if isinstance(get_default_agent_runner(), WorkbenchRunner):
        set_default_agent_runner(None)
