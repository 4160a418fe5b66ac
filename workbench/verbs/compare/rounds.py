"""A comparison that goes on: prompt by prompt, heard while it runs, stopped one by one.

All but the making is done on the home loop. The copies live until `Rounds.close`, or until a round
that starts anew; those of a killed process are deleted as any comparison's are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from workbench import items as of
from workbench.errors import InvalidValue, shorten
from workbench.loop import settle
from workbench.verbs.compare.asking import Answer, Asker
from workbench.verbs.compare.entrants import Entrants, labels_of
from workbench.verbs.compare.lane import Lane
from workbench.verbs.compare.lanes import PATIENCE
from workbench.verbs.compare.report import Comparison
from workbench.verbs.compare.scratch import Scratch, sweep
from workbench.verbs.compare.winner import kept
from workbench.workspace import Workspace

Hear = Callable[[str, int, str, Any], object]
"""Hears of a lane, by label and run: ``begun``, ``text`` (more of the reply), ``call`` (the name of
a tool that is called), ``ended`` (the Answer)."""

Place = tuple[str, int]
"""A lane: the label of its side, and its run."""


@dataclass(slots=True)
class Rounds:
    """The rounds of one comparison; ``comparison`` is the last one, with all rounds in which the
    copies went on."""

    place: Workspace
    entrants: Entrants
    asker: Asker
    at_once: int = 16
    comparison: Comparison | None = None
    _lanes: dict[Place, Lane] = field(default_factory=dict)
    _tasks: dict[Place, asyncio.Task[Answer]] = field(default_factory=dict)
    _scratch: Scratch | None = None
    _sweeping: asyncio.Task[None] | None = None
    _busy: bool = False

    @property
    def in_place(self) -> bool:
        """Whether the conversations themselves are talked to."""
        return self.entrants.in_place

    def columns(self) -> list[tuple[str, str]]:
        """What is compared: label and kind."""
        return [(each.label, self.entrants.kind(each)) for each in self.entrants.sides]

    async def known(self) -> list[str]:
        """What could be compared too, by name."""
        return await asyncio.to_thread(self.entrants.known)

    async def ask(self, prompt: str, *, repeat: int, go_on: bool, hear: Hear) -> Comparison:
        """Ask all of them, and return when the last one has answered, failed or was stopped.

        ``go_on`` asks on in the copies of the round before; a copy is made where there is none.
        Raises InvalidValue while another round is under way.
        """
        with self._alone():
            anew = not (go_on or self.in_place)
            before = () if anew else self._answers_of_same(repeat)
            number = before[-1].asked.number + 1 if before else 1
            answers = await self._round(prompt, number, self._begun(repeat, anew=anew), anew, hear)
            self.comparison = Comparison((*before, *answers), labels_of(self.entrants.sides))
            return self.comparison

    def _answers_of_same(self, repeat: int) -> tuple[Answer, ...]:
        """The answers so far, where they are those of the very lanes that are asked next."""
        last = self.comparison
        if last is None or last.targets != labels_of(self.entrants.sides):
            return ()
        same = max(each.asked.run for each in last.answers) == repeat
        return last.answers if same else ()

    def _begun(self, repeat: int, *, anew: bool) -> dict[Place, Lane]:
        runs = [(side, run) for side in self.entrants.sides for run in range(1, repeat + 1)]
        made = {}
        for side, run in runs:
            known = None if anew else self._lanes.get((side.label, run))
            made[side.label, run] = known or Lane(side, run)
        self._lanes = made
        return made

    async def _round(
        self, prompt: str, number: int, lanes: dict[Place, Lane], anew: bool, hear: Hear
    ) -> list[Answer]:
        ready, gate = asyncio.Event(), asyncio.Semaphore(self.at_once)

        async def one(lane: Lane) -> Answer:
            await ready.wait()
            async with gate:
                hear(lane.side.label, lane.run, "begun", None)
                return await self._answer(lane, prompt, number, hear)

        async def heard(lane: Lane, task: asyncio.Task[Answer]) -> Answer:
            await asyncio.wait({task})
            answer = _stopped(lane, prompt, number) if task.cancelled() else task.result()
            hear(lane.side.label, lane.run, "ended", answer)
            return answer

        tasks = {place: asyncio.create_task(one(lane)) for place, lane in lanes.items()}
        self._tasks = tasks
        try:
            await self._prepare(anew=anew)
            ready.set()
            return await asyncio.gather(*(heard(lanes[each], tasks[each]) for each in tasks))
        finally:
            await self._ended()

    async def _prepare(self, *, anew: bool) -> None:
        if anew and self._scratch is not None:
            await self._scratch.close()
            self._scratch = None
        self._scratch = self._scratch or Scratch(self.place)
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(sweep(self.place))

    async def _answer(self, lane: Lane, prompt: str, number: int, hear: Hear) -> Answer:
        assert self._scratch is not None
        try:
            if lane.session is None:
                await lane.open(self._scratch, in_place=self.in_place)
        except Exception as exc:  # of one side, which must not stop the others
            return lane.refused(prompt, number, exc)

        def emit(event: tuple[str, Any]) -> None:
            kind, value = event
            if kind == "text":
                hear(lane.side.label, lane.run, "text", value)
            elif kind == "item" and of.is_call(value):
                hear(lane.side.label, lane.run, "call", of.call_name(value) or of.kind(value))

        return await lane.ask(prompt, number, self.asker, emit=emit)

    def stop(self, label: str | None = None) -> None:
        """End the answers of one side, or of all; the others go on."""
        for (each, _run), task in self._tasks.items():
            if label in (None, each):
                task.cancel()

    async def keep(self, label: str, run: int, name: str | None) -> str:
        """Go on with one of them: what was said in it as a session ``name`` (None: the next free
        name); in place it is that session already. Raises InvalidValue, StoreError.
        """
        side, lane = self.entrants.find(label), self._lanes.get((label, run))
        if self.in_place:
            return side.entry.name if side.entry is not None else str(side.origin.session_id)
        if lane is None or lane.session is None:
            raise InvalidValue(f"{shorten(label)} was asked nothing yet: ask first")
        if side.origin is not None and side.entry is None:
            raise InvalidValue(
                f"{shorten(label)} has no name in this workspace, so no place to keep a copy of "
                "it: wb.fork(the session object, 'NAME') makes a session that can be compared"
            )
        with self._alone():
            return await kept(self.place, lane, name)

    async def add(self, target: str) -> None:
        """Compare one more, as `Entrants.add`."""
        with self._alone():
            await asyncio.to_thread(self.entrants.add, target)

    def remove(self, label: str) -> None:
        """Compare one less; its copies stay until the others' are deleted."""
        with self._alone():
            self.entrants.remove(label)
            self._lanes = {place: lane for place, lane in self._lanes.items() if place[0] != label}

    async def close(self) -> None:
        """Stop what is under way, and delete the copies."""
        self.stop()
        await self._ended()
        if self._sweeping is not None:
            await asyncio.wait({self._sweeping}, timeout=PATIENCE)
            self._sweeping.cancel()
        if self._scratch is not None:
            await self._scratch.close()
            self._scratch = None
        self._lanes = {}

    async def _ended(self) -> None:
        tasks, self._tasks = self._tasks, {}
        for task in tasks.values():
            task.cancel()
        if tasks:
            await settle(_waited(tasks))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self._busy:
            raise InvalidValue("a round is under way: stop it, or wait for its end")
        self._busy = True
        try:
            yield
        finally:
            self._busy = False


async def _waited(tasks: dict[Place, asyncio.Task[Answer]]) -> None:
    await asyncio.wait(tasks.values())


def _stopped(lane: Lane, prompt: str, number: int) -> Answer:
    answer = lane.refused(prompt, number, asyncio.CancelledError())
    answer.stopped = True
    return answer
