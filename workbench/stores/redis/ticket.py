"""What is asked of Redis, and who waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from workbench.stores.redis.wire import Command, Word

T = TypeVar("T")


class Left(Exception):
    """The line was left before the work was begun: ask the next one."""


@dataclass(slots=True)
class Request(Generic[T]):
    """One command: ``route`` is a key of its session (None: any server, or the one of ``node``).

    ``again`` is where the command says that it is sent again. ``script`` is the source of what it
    calls by its SHA-1. ``read`` makes the answer of the reply, on the line's thread; it may raise.
    """

    command: Command = field(repr=False)
    read: Callable[[Any], T]
    route: bytes | None = None
    again: int | None = None
    script: bytes | None = field(default=None, repr=False)

    def repeated(self, seconds: float) -> Request[T]:
        """The same, saying that it may have been done already, so long ago at most."""
        if self.again is None:
            return self
        milliseconds = str(max(1, round(seconds * 1000))).encode()
        return replace(self, command=self._with(self.again, milliseconds))

    def in_full(self) -> Request[T]:
        """The same, with the script itself for a server that does not know it."""
        return replace(self, command=("EVAL", self.script or b"", *self.command[2:]), script=None)

    def _with(self, index: int, word: Word) -> Command:
        return (*self.command[:index], word, *self.command[index + 1 :])


@dataclass(slots=True, eq=False)
class Ticket(Generic[T]):
    """A request that waits for its turn, and then its outcome."""

    request: Request[T]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]
    result: T | None = None
    error: BaseException | None = None
    told: bool = False
    begun: float | None = None
    tries: int = 0
    sent: float | None = None
    """When it may have been done for the first time."""
