"""Running a comparison: every side at the same time, each on a conversation of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.protocols import Report
from workbench.turn.wording import described
from workbench.verbs.compare.asking import Answer, Asked, Asker, place_of
from workbench.verbs.compare.forks import beside, copied, reads_back
from workbench.verbs.compare.keeping import Keeping
from workbench.verbs.compare.scratch import Scratch, new_id, sweep
from workbench.verbs.compare.sides import Side
from workbench.workspace import Workspace

_PATIENCE = 2.0
"""Seconds that a store with left-overs of a killed comparison gets to answer; then another time."""


@dataclass(frozen=True, slots=True)
class Race:
    """A comparison to run: ``repeat`` times each of ``sides``, ``at_once`` at the same time.

    ``keeping`` gives the copies names; None throws them away.
    """

    place: Workspace
    sides: Sequence[Side]
    prompts: Sequence[Any]
    asker: Asker
    repeat: int = 1
    in_place: bool = False
    keeping: Keeping | None = None
    at_once: int = 16

    async def run(self, report: Report) -> list[Answer]:
        """The answers by prompt, side and run; whatever happens, no copy is left behind."""
        lanes = [(side, run) for run in range(1, self.repeat + 1) for side in self.sides]
        done, whole, gate = 0, len(lanes) * len(self.prompts), asyncio.Semaphore(self.at_once)

        def ticked() -> None:
            nonlocal done
            done += 1
            report(done, whole)

        async with Scratch(self.place) as scratch, asyncio.TaskGroup() as group:
            sweeping = group.create_task(sweep(self.place))
            tasks = [
                group.create_task(self._lane(side, run, scratch, gate, ticked))
                for side, run in lanes
            ]
            found = [answer for task in tasks for answer in await task]
            await asyncio.wait({sweeping}, timeout=_PATIENCE)
            sweeping.cancel()
        order = {side.label: place for place, side in enumerate(self.sides)}
        return sorted(found, key=lambda each: _place_in(each.asked, order))

    async def _lane(
        self, side: Side, run: int, scratch: Scratch, gate: asyncio.Semaphore, ticked: Any
    ) -> list[Answer]:
        async with gate:
            try:
                session, true = await self._conversation(side, run, scratch)
            except Exception as exc:  # of one side, which must not stop the others
                return self._refused(side, run, described(exc), ticked)
            answers = []
            for number, prompt in enumerate(self.prompts, start=1):
                asked = Asked(prompt, number, side, run)
                answers.append(await self.asker.ask(session, asked, copy_is_true=true))
                ticked()
            if self.keeping is not None:
                await self.keeping.remember(side, run)
                scratch.keep(session)
            return answers

    async def _conversation(self, side: Side, run: int, scratch: Scratch) -> tuple[Any, bool]:
        """What the prompts are asked on, and whether it holds what the origin does."""
        if self.in_place:
            return side.origin, True
        if self.keeping is None:
            copy = beside(side.origin, new_id(), store=side.store)
        else:
            store = self.keeping.store(side)
            copy = beside(side.origin, self.keeping.name(side, run), store=store)
        scratch.add(copy)
        if side.origin is None:
            return copy, True
        await copied(side.origin, copy)
        return copy, await reads_back(side.origin, copy)

    def _refused(self, side: Side, run: int, error: str, ticked: Any) -> list[Answer]:
        """The answers of a side whose conversation can't be had."""
        answers = []
        for number, prompt in enumerate(self.prompts, start=1):
            place = place_of(side.origin) if side.store is None else side.store.url
            answers.append(Answer(Asked(prompt, number, side, run), place=place, error=error))
            ticked()
        return answers


def _place_in(asked: Asked, order: Mapping[str, int]) -> tuple[int, int, int]:
    return asked.number, order[asked.side.label], asked.run
