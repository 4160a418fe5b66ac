"""What the panel of a comparison is given: who is compared, and how they are asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from workbench.render.side_by_side import Reply, Round

Hear = Callable[[str, int, str, Any], object]
"""Hears of one answer, by label and run (from 1): ``begun``, ``text`` (more of it), ``call`` (the
name of a tool that is called), ``ended`` (an `Answered`)."""


class Answered(Protocol):
    """One answer that has ended."""

    @property
    def status(self) -> str:
        """``done``, ``pending``, ``failed`` or ``cancelled``."""
        ...

    @property
    def reply(self) -> Reply:
        """What there is to read of it."""
        ...


class Compared(Protocol):
    """A comparison, as ``wb.compare`` returns it."""

    @property
    def rounds(self) -> int:
        """How many prompts there were."""
        ...

    @property
    def frame(self) -> Any:
        """A row for each answer."""
        ...

    def round(self, number: int) -> Round:
        """The replies to one prompt, and the facts about them."""
        ...

    def measures(self, number: int) -> Sequence[dict[str, Any]]:
        """What one prompt took of each, in numbers."""
        ...

    def _repr_mimebundle_(self) -> dict[str, str]:
        """How it reads where no widget can be shown."""
        ...


class Contest(Protocol):
    """What is compared, and what one can do with it; all of it on the home loop."""

    @property
    def in_place(self) -> bool:
        """Whether the conversations themselves are talked to."""
        ...

    def columns(self) -> list[tuple[str, str]]:
        """What is compared: label and kind (session, store, agent, model)."""
        ...

    async def known(self) -> list[str]:
        """What could be compared too, by name."""
        ...

    async def ask(self, prompt: str, *, repeat: int, go_on: bool, hear: Hear) -> Compared:
        """Ask all; returns when the last one has ended."""
        ...

    def stop(self, label: str | None = None) -> None:
        """End the answers of one, or of all."""
        ...

    async def add(self, target: str) -> None:
        """Compare one more."""
        ...

    def remove(self, label: str) -> None:
        """Compare one less."""
        ...

    async def keep(self, label: str, run: int, name: str | None) -> str:
        """Go on with one: the name of the session that it is then."""
        ...

    async def close(self) -> None:
        """Stop what is under way, and delete the copies."""
        ...
