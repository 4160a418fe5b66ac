"""Any sequence of talking, compacting and taking back, against a plain list: undone in the end, the
conversation is that list."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sessions.compaction.conversations import assistant, call, is_summary, output, user
from workbench.items import Item
from workbench.protocols import COMPACTION
from workbench.sessions import CompactionSession, MemorySession, SQLiteSession
from workbench.sessions.compaction.groups import waiting
from workbench.stores.memory import MemoryStore

OPERATIONS = st.lists(
    st.sampled_from(
        "turn turn turn tool ask answer system pop compact dry undo after other".split()
    ),
    max_size=40,
)
LIMITS = st.tuples(st.integers(1, 9), st.none() | st.integers(0, 8), st.none() | st.integers(4, 60))
CALM = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])


# Every text is there once, so that each item can be told apart.


class Talk:
    """A conversation that compacts, and beside it the plain list of what was said."""

    def __init__(
        self, base: Callable[[], Any], most: int, keep: int | None, long: int | None
    ) -> None:
        kept = None if keep is None else min(keep, most - 1)
        self.handles = [
            CompactionSession(base(), most, "offline", keep_last=kept, max_tokens=long)
            for _ in range(2)
        ]
        self.said: list[Item] = []
        self.open: list[str] = []
        self._numbers = itertools.count()

    async def do(self, name: str) -> None:
        await getattr(self, name)(self.handles[0])

    async def _say(self, session: CompactionSession, *items: Item) -> None:
        self.said += items
        await session.add_items(list(items))
        await session.settled()

    async def turn(self, session: CompactionSession) -> None:
        number = next(self._numbers)
        await self._say(session, user(f"question {number}"), assistant(f"answer {number}"))

    async def other(self, _session: CompactionSession) -> None:
        await self.turn(self.handles[1])

    async def tool(self, session: CompactionSession) -> None:
        name = f"c{next(self._numbers)}"
        said = user(f"look {name}"), call(name), output(name), assistant(f"looked {name}")
        await self._say(session, *said)

    async def ask(self, session: CompactionSession) -> None:
        self.open.append(f"c{next(self._numbers)}")
        await self._say(session, user(f"erase {self.open[-1]}"), call(self.open[-1]))

    async def answer(self, session: CompactionSession) -> None:
        if self.open:
            name = self.open.pop(0)
            await self._say(session, output(name), assistant(f"erased {name}"))

    async def system(self, session: CompactionSession) -> None:
        await self._say(session, {"role": "system", "content": f"rule {next(self._numbers)}"})

    async def pop(self, session: CompactionSession) -> None:
        newest = await session.get_items(1)
        # Not the user's message: the one before it may be in a summary by now.
        last = newest[0] if newest else {}
        if last and not is_summary(last) and last.get("role") != "user" and last == self.said[-1]:
            self.open = [each for each in self.open if each != last.get("call_id")]
            assert await session.pop_item() == self.said.pop()

    async def compact(self, session: CompactionSession) -> None:
        await session.compact()

    async def dry(self, session: CompactionSession) -> None:
        before = await session.rows()
        await session.compact(dry_run=True)
        assert await session.rows() == before

    async def undo(self, session: CompactionSession) -> None:
        before = len(await session.archived())
        assert await session.undo_compaction() == before - len(await session.archived())

    async def after(self, session: CompactionSession) -> None:
        spent = await session.after_turn()
        assert spent is None or "was not compacted" not in str(spent.notice)

    async def check(self) -> None:
        """What holds at any moment: nothing is lost, and what must stay has stayed."""
        session = self.handles[0]
        rows, archived = await session.rows(), await session.archived()
        assert await self.handles[1].rows() == rows
        kept = [row.item for row in rows if not str(row.turn_id).startswith(COMPACTION)]
        gone = [a.item for a in archived if not str(a.turn_id).startswith(COMPACTION)]
        assert sorted(map(str, kept + gone)) == sorted(map(str, self.said))
        assert kept == [item for item in self.said if item in kept]
        protected = [self.said[index] for index in waiting(self.said)]
        protected += [item for item in self.said if item.get("role") == "system"]
        protected += [item for item in self.said if item.get("role") == "user"][-1:]
        assert all(item in kept for item in protected)

    async def end(self) -> None:
        """Everything undone, the conversation is what was said."""
        while await self.handles[0].undo_compaction():
            pass
        assert await self.handles[0].get_items() == self.said
        assert await self.handles[0].archived() == []
        for session in self.handles:
            await session.close()


async def played(base: Callable[[], Any], operations: list[str], limits: Any) -> None:
    talk = Talk(base, *limits)
    for name in operations:
        await talk.do(name)
        await talk.check()
    await talk.end()


@settings(CALM, max_examples=150)
@given(OPERATIONS, LIMITS)
def test_in_memory(operations: list[str], limits: Any) -> None:
    store = MemoryStore()
    asyncio.run(played(lambda: MemorySession("demo", store=store), operations, limits))


def in_a_file(operations: list[str], limits: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "talk.db"
        asyncio.run(played(lambda: SQLiteSession("demo", path), operations, limits))


@settings(CALM, max_examples=25)
@given(OPERATIONS, LIMITS)
def test_in_a_file(operations: list[str], limits: Any) -> None:
    in_a_file(operations, limits)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(CALM, max_examples=10_000)
@given(OPERATIONS, LIMITS)
def test_in_memory_at_night(operations: list[str], limits: Any) -> None:
    store = MemoryStore()
    asyncio.run(played(lambda: MemorySession("demo", store=store), operations, limits))


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(CALM, max_examples=1_000)
@given(OPERATIONS, LIMITS)
def test_in_a_file_at_night(operations: list[str], limits: Any) -> None:
    in_a_file(operations, limits)
