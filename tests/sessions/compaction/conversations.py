"""What the tests of compaction share: turns of a conversation, and looks under the wrapper."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

from workbench import items as of
from workbench.items import Item
from workbench.models.reading import SUMMARY_HEADER
from workbench.protocols import COMPACTION
from workbench.sessions import CompactionSession, MemorySession


def user(text: object) -> Item:
    return {"role": "user", "content": str(text)}


def assistant(text: object) -> Item:
    return {"role": "assistant", "content": str(text)}


def call(identity: str, **more: Any) -> Item:
    return {
        "type": "function_call",
        "call_id": identity,
        "name": "look",
        "arguments": "{}",
        **more,
    }


def output(identity: str, said: str = "found") -> Item:
    return {"type": "function_call_output", "call_id": identity, "output": said}


def reasoning(identity: str) -> Item:
    return {"type": "reasoning", "id": identity, "summary": []}


def turns(count: int, *, first: int = 0) -> list[Item]:
    """So many turns, a question and an answer each."""
    numbers = range(first, first + count)
    return [item for n in numbers for item in (user(f"question {n}"), assistant(f"answer {n}"))]


def is_summary(item: Item) -> bool:
    return of.kind(item) == "message" and of.text(item).startswith(SUMMARY_HEADER)


def shape(items: Sequence[Any]) -> list[str]:
    """Each item in short: what it says, ``S`` for a summary."""
    return ["S" if is_summary(item) else str(item.get("content") or kind(item)) for item in items]


def kind(item: Item) -> str:
    return f"{item.get('type')}:{item.get('call_id') or item.get('id')}"


async def compacted_keys(session: Any) -> list[str]:
    """The reasons of what compactions have archived, in their order, each once."""
    reasons = [each.reason for each in await session.archived()]
    return list(dict.fromkeys(each for each in reasons if each.startswith(COMPACTION)))


def compacting(base: Any = None, max_messages: int | None = 6, **options: Any) -> CompactionSession:
    return CompactionSession(base or MemorySession("demo"), max_messages, **options)


async def talk(session: Any, count: int, *, first: int = 0) -> None:
    """So many turns as the SDK's Runner stores them: the question, then the answer."""
    items = turns(count, first=first)
    for question, answer in zip(items[::2], items[1::2], strict=True):
        await session.get_items()
        await session.add_items([question])
        await session.add_items([answer])


class Slow:
    """A summary that waits until it is let."""

    def __init__(self) -> None:
        self.started, self.go = threading.Event(), threading.Event()
        self.given: list[list[Any]] = []

    def __call__(self, items: list[Any]) -> str:
        self.given.append(items)
        self.started.set()
        assert self.go.wait(20)
        return f"{len(items)} items"

    async def under_way(self) -> None:
        assert await asyncio.to_thread(self.started.wait, 20)
