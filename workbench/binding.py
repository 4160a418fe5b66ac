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
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from agents.result import RunResult, RunResultStreaming
from agents.run import AgentRunner, get_default_agent_runner, set_default_agent_runner

from workbench import loop
from workbench.errors import WorkbenchError, shorten
from workbench.protocols import Session
from workbench.turn.advice import advice
from workbench.turn.model import OFFLINE_NOTICE, Choice, choose
from workbench.turn.noting import Noting
from workbench.turn.parked import spent_so_far
from workbench.turn.record import Turn
from workbench.turn.rerun import Earlier
from workbench.turn.scope import TurnScope, inside
from workbench.turn.tasks import follow, stopper, wakeful


@dataclass(slots=True, eq=False)
class Binding:
    """A session that runs are bound to, until `end`: the length of one cell."""

    session: Session
    name: str
    notice_due: Callable[[], bool]
    """Whether it has still to be said that the offline model answers."""
    model: Any = None
    api: str | None = None
    cell: str | None = None
    execution: str | None = None
    replacing: Earlier | None = None
    """What the first bound run takes out: the turns of the cell's last run."""
    turns: list[Turn] = field(default_factory=list)
    under_way: dict[TurnScope, Callable[[], object]] = field(default_factory=dict)
    """The runs that have not ended yet, and what stops each."""
    behind: dict[int, Future[Turn]] = field(default_factory=dict)
    """What still comes after some of the turns, by their index: compactions."""
    active: bool = True

    def end(self) -> int:
        """Runs that start from now on are no longer bound; those under way are stopped and taken
        back, since their event loop may stand still from now on. Returns how many these were.
        Waits for the compactions that come after turns. Raises the first StoreError of a run that
        could not be taken back, after all were tried.
        """
        self.active = False
        left = list(self.under_way.items())
        errors: list[WorkbenchError] = []
        for scope, stop in left:  # all of them, before the end of one lets the next begin
            scope.shut()
            stop()
        for scope, _stop in left:
            try:
                self.turns.append(scope.abandon())
            except WorkbenchError as exc:
                errors.append(exc)
        for index, behind in self.behind.items():
            try:
                self.turns[index] = behind.result()
            except WorkbenchError as exc:
                errors.append(exc)
            except KeyboardInterrupt:  # who has no patience for it keeps the turn as it was
                behind.cancel()
        if errors:
            raise errors[0]
        return len(left)

    async def ended(self, scope: TurnScope, end: Awaitable[Turn]) -> None:
        """Await the ``end`` of a run and count its turn, unless the end of the cell has done so."""
        try:
            turn = await end
            if self.active:
                self.turns.append(turn)
                if scope.behind is not None and scope.after_at_home:
                    self.behind[len(self.turns) - 1] = scope.behind
        finally:
            self.under_way.pop(scope, None)


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
        self.before: AgentRunner | None = None
        """The runner whose place this one has taken."""
        self._told = False

    async def run(self, starting_agent: Any, input: Any, **kwargs: Any) -> RunResult:
        """As ``Runner.run``."""
        choice, kwargs = self._prepared(starting_agent, kwargs)
        binding = self._binding_for(kwargs)
        try:
            with wakeful():
                if binding is None:
                    noting = Noting(kwargs.get("session"), starting_agent, input, choice)
                    result = await super().run(starting_agent, input, **kwargs)
                    await noting.ended(result, self.notify)
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
            noting = Noting(kwargs.get("session"), starting_agent, input, choice)
            result = super().run_streamed(starting_agent, input, **kwargs)
            follow(result, partial(self._unbound, result, choice, noting))
            return result
        scope = self._scope(binding, choice, starting_agent, input)
        token = inside.set(scope)
        try:
            result = super().run_streamed(
                starting_agent, input, **{**kwargs, "session": scope.session}
            )
        finally:
            inside.reset(token)
        binding.under_way[scope] = result.cancel
        follow(result, partial(self._streamed, result, choice, scope, binding))
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
        if kwargs.get("session") is not None:  # one may well be empty, and so count as false
            return None
        own = ("conversation_id", "previous_response_id", "auto_previous_response_id")
        return None if any(kwargs.get(name) for name in own) else bound()

    def _scope(self, binding: Binding, choice: Choice, agent: Any, input: Any) -> TurnScope:
        replacing, binding.replacing = binding.replacing, None
        return TurnScope(
            binding.session,
            choice,
            agent,
            name=binding.name,
            cell=binding.cell,
            execution=binding.execution,
            replacing=replacing,
            spent=spent_so_far(input),
            notify=self.notify,
        )

    async def _bound_run(
        self, binding: Binding, choice: Choice, agent: Any, input: Any, kwargs: dict[str, Any]
    ) -> RunResult:
        scope = self._scope(binding, choice, agent, input)
        token = inside.set(scope)
        binding.under_way[scope] = stopper()
        try:
            result = await super().run(agent, input, **{**kwargs, "session": scope.session})
        except asyncio.CancelledError as exc:
            await self._failed(scope, binding, exc)
            # Somebody stopped it: to show where in the client's connection takes a second by itself
            raise exc.with_traceback(None) from None
        except BaseException as exc:
            await self._failed(scope, binding, exc)
            raise
        finally:
            inside.reset(token)
        await binding.ended(scope, scope.done(result))
        return result

    async def _failed(self, scope: TurnScope, binding: Binding, exc: BaseException) -> None:
        await binding.ended(scope, scope.failed(exc))
        if hint := advice(exc, scope.choice.label):
            exc.add_note(f"{hint[0].upper()}{hint[1:]}.")
        kept = ", with what the approved tools answered" if scope.kept_answers else ""
        exc.add_note(
            f"The history of session {shorten(binding.name)} is as it was before this run{kept}."
        )

    async def _unbound(
        self,
        result: RunResultStreaming,
        choice: Choice,
        noting: Noting,
        error: BaseException | None,
    ) -> None:
        """As `_streamed`, of a run that is bound to nothing."""
        try:
            if error is None:
                await noting.ended(result, self.notify)
        finally:
            await choice.close()
        if error is None:
            self._tell(choice, None)

    async def _streamed(
        self,
        result: RunResultStreaming,
        choice: Choice,
        scope: TurnScope,
        binding: Binding,
        error: BaseException | None,
    ) -> None:
        """What remains to be done when a streamed run has ended, one way or the other."""
        try:
            if error is None:
                await binding.ended(scope, scope.done(result, wait=False))
            else:
                await self._failed(scope, binding, error)
        finally:
            await choice.close()
        if error is None:
            self._tell(choice, binding)

    def _tell(self, choice: Choice, binding: Binding | None) -> None:
        """Say once a session that the offline model answers."""
        if not choice.without_key:
            return
        due = binding.notice_due() if binding is not None else not self._told
        self._told = self._told or binding is None
        if due:
            self.notify(OFFLINE_NOTICE)


def install(notify: Callable[[str], None] = print) -> WorkbenchRunner:
    """Put our runner in place of the SDK's default one; twice is once.

    >>> from agents import Agent, Runner
    >>> runner = wb.install()  # in a script; %load_ext workbench does it in a notebook
    >>> result = await Runner.run(Agent(name="Assistant"), "My name is John")
    >>> result.final_output
    'Nice to meet you, John.'
    """
    current = get_default_agent_runner()
    if not isinstance(current, WorkbenchRunner):
        before, current = current, WorkbenchRunner(notify)
        current.before = before
        set_default_agent_runner(current)
    return current


def uninstall() -> None:
    """Put the runner back that was there before (the SDK's own, mostly), if ours is in place.

    >>> runner = wb.install()
    >>> wb.uninstall()
    >>> from agents.run import get_default_agent_runner
    >>> get_default_agent_runner() is runner
    False
    """
    current = get_default_agent_runner()
    if isinstance(current, WorkbenchRunner):
        set_default_agent_runner(current.before)
