"""What a chat panel asks others to do: it opens nothing and knows no verbs itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from workbench.items import Item

Emit = Callable[[tuple[str, Any]], None]
"""Receives what happens on the way, as in `workbench.turn.take_turn`."""


class Desk(Protocol):
    """One conversation, and what can be done with it; everything is awaited on the home loop.

    ``agent`` and ``model`` are what the reader has picked, "" for what counts without that.
    """

    @property
    def session(self) -> Any:
        """The session of the conversation."""
        ...

    @property
    def name(self) -> str:
        """How it is called."""
        ...

    @property
    def where(self) -> str:
        """Where it is kept, without secrets."""
        ...

    async def names(self) -> list[str]:
        """The conversations that can be opened."""
        ...

    def agents(self) -> list[tuple[str, str]]:
        """The agents that can be picked, and how they are called; "" first."""
        ...

    def models(self) -> list[tuple[str, str]]:
        """The models that can be picked, and how they are called; "" first."""
        ...

    def check(self, *, agent: str, model: str) -> None:
        """Raise InvalidValue for a choice that there is not, before anything is changed."""
        ...

    def prompt(self, text: str, files: Sequence[tuple[str, bytes]]) -> str | list[Item]:
        """What is said, with files by their names. Raises InvalidValue."""
        ...

    async def take(self, prompt: str | list[Item], emit: Emit, *, agent: str, model: str) -> Any:
        """Take a turn. Raises TurnFailed, and CancelledError when it is stopped: the history is
        then as it was."""
        ...

    async def decide(
        self,
        call_id: str,
        emit: Emit,
        *,
        approve: bool,
        always: bool,
        again: bool,
        message: str | None,
        agent: str,
        model: str,
    ) -> Any:
        """Approve or reject a call; the turn that goes on then, None while others wait."""
        ...

    async def waiting(self) -> list[dict[str, Any]]:
        """The calls that wait for an approval."""
        ...

    async def rewind(self, turn: int) -> None:
        """Take the turns after this one out."""
        ...

    async def restore(self) -> None:
        """Put back what was taken out last."""
        ...

    async def fork(self, turn: int) -> str:
        """Begin a new conversation with the turns up to this one; its name."""
        ...

    async def open(self, name: str) -> None:
        """Turn to another conversation, made if it is new."""
        ...

    async def spent(self, *, agent: str, model: str) -> dict[str, Any]:
        """Tokens, seconds and dollars of the conversation, and how much of the window is used."""
        ...
