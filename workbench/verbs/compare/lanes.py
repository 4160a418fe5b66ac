"""Running a comparison: every side at the same time, each on a conversation of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.protocols import Report
from workbench.verbs.compare.asking import Answer, Asked, Asker
from workbench.verbs.compare.keeping import Keeping
from workbench.verbs.compare.lane import Lane
from workbench.verbs.compare.scratch import Scratch, sweep
from workbench.verbs.compare.sides import Side
from workbench.workspace import Workspace

PATIENCE = 2.0
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
        lanes = [Lane(side, run) for run in range(1, self.repeat + 1) for side in self.sides]
        done, whole, gate = 0, len(lanes) * len(self.prompts), asyncio.Semaphore(self.at_once)

        def ticked() -> None:
            nonlocal done
            done += 1
            report(done, whole)

        async with Scratch(self.place) as scratch, asyncio.TaskGroup() as group:
            sweeping = group.create_task(sweep(self.place))
            tasks = [group.create_task(self._lane(each, scratch, gate, ticked)) for each in lanes]
            found = [answer for task in tasks for answer in await task]
            await asyncio.wait({sweeping}, timeout=PATIENCE)
            sweeping.cancel()
        order = {side.label: place for place, side in enumerate(self.sides)}
        return sorted(found, key=lambda each: _place_in(each.asked, order))

    async def _lane(
        self, lane: Lane, scratch: Scratch, gate: asyncio.Semaphore, ticked: Any
    ) -> list[Answer]:
        async with gate:
            try:
                await lane.open(scratch, in_place=self.in_place, keeping=self.keeping)
            except Exception as exc:  # of one side, which must not stop the others
                return self._refused(lane, exc, ticked)
            answers = []
            for number, prompt in enumerate(self.prompts, start=1):
                answers.append(await lane.ask(prompt, number, self.asker))
                ticked()
            if self.keeping is not None:
                await self.keeping.remember(lane.side, lane.run)
                scratch.keep(lane.session)
            return answers

    def _refused(self, lane: Lane, error: Exception, ticked: Any) -> list[Answer]:
        """The answers of a side whose conversation can't be had."""
        answers = []
        for number, prompt in enumerate(self.prompts, start=1):
            answers.append(lane.refused(prompt, number, error))
            ticked()
        return answers


def _place_in(asked: Asked, order: Mapping[str, int]) -> tuple[int, int, int]:
    return asked.number, order[asked.side.label], asked.run
