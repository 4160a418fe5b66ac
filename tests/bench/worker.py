"""A process that does the rounds of one side; `tests.bench.team` starts and talks to it.

Each side has a process of its own, as in a program that uses one or the other: in one process the
threads of the one would decide on which CPU those of the other wake up, which is what a short round
mostly consists of. Both import the SDK, so that the garbage collector has as much to look at.

Lines of JSON on stdin: ``["open", side, plan, arguments]``, ``["round"]``, ``["close"]``; each is
answered by a line on stdout. Plans that are open are numbered: ``["round", 1]``.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from typing import Any

import agents  # noqa: F401

from tests.bench.plans import PLANS, Round


class Worker:
    """The plans that are open, and their rounds."""

    def __init__(self) -> None:
        self.stack = AsyncExitStack()
        self.rounds: list[Round] = []

    async def open(self, plan: str, side: str, arguments: dict[str, Any]) -> int:
        """Open a plan; returns its number."""
        opened = await self.stack.enter_async_context(PLANS[plan](side, **arguments))
        self.rounds.append(opened)
        return len(self.rounds) - 1

    async def round(self, number: int) -> Any:
        """Do one round of a plan."""
        return await self.rounds[number]()

    async def close(self) -> None:
        """Close all plans; the next one that is opened is number 0 again."""
        self.rounds.clear()
        await self.stack.aclose()


async def main() -> None:
    """Do what is asked for until stdin ends."""
    worker = Worker()
    while line := sys.stdin.readline():
        verb, *arguments = json.loads(line)
        print(json.dumps(await getattr(worker, verb)(*arguments)), flush=True)
    await worker.close()


if __name__ == "__main__":
    asyncio.run(main())
