"""The Turn: what one turn was, and how it shows itself."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workbench import render
from workbench.errors import shorten
from workbench.items import Item
from workbench.protocols import Spent, Status, TurnRecord


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and model requests of a turn. ``estimated``: counted from the text, not by a model."""

    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    estimated: bool = False

    @property
    def total_tokens(self) -> int | None:
        """Input and output together; None when either is not known."""
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return self.input_tokens + self.output_tokens

    @classmethod
    def since(cls, before: Usage | None, used: Any, *, offline: bool) -> Usage:
        """What the SDK has counted since ``before``: it counts on where a parked run goes on."""
        from workbench.models.offline import usage_is_estimated

        before = before or cls(0, 0, 0)
        requests = used.requests - (before.requests or 0)
        read = used.input_tokens - (before.input_tokens or 0)
        written = used.output_tokens - (before.output_tokens or 0)
        if requests and not read + written:  # an endpoint that reports no usage: unknown, not zero
            return cls(requests=requests)
        # A replay says again what the offline model had counted.
        return cls(requests, read, written, offline or usage_is_estimated(used))

    def plus(self, spent: Spent) -> Usage:
        """With what was spent beside the turn itself; what is not known of the turn stays so."""
        return Usage(
            (self.requests or 0) + spent.requests,
            _sum(self.input_tokens, spent.input_tokens),
            _sum(self.output_tokens, spent.output_tokens),
            self.estimated or spent.estimated,
        )


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Turn:
    """One turn of a conversation: what ``wb.ask`` and ``%%agent`` return.

    ``text`` is the final output as text, ``output`` the output itself (an object for an agent with
    an ``output_type``). ``items`` are those the turn added to the session, the user's own included.
    ``status`` is ``done``, ``pending`` (waits for an approval), ``failed`` or ``cancelled``; the
    items of the last two are in the archive, not in the history. ``seconds`` is wall time.
    ``result`` is the SDK's RunResult (None for a turn that failed).

    >>> turn = wb.ask("demo", "My name is John")
    >>> turn.text, turn.status, turn.model, len(turn.items)
    ('Nice to meet you, John.', 'done', 'offline', 2)
    """

    text: str
    items: list[Item]
    session: str
    store: str
    agent: str | None
    model: str | None
    usage: Usage
    seconds: float
    status: Status
    turn_id: str
    error: str | None = None
    output: Any = None
    result: Any = None
    notices: tuple[str, ...] = ()
    _asked: tuple[Item, ...] = ()
    """Calls of an earlier turn that this one has answered: shown with their answers."""
    _shown: dict[int, str] = field(default_factory=dict)

    @property
    def footer(self) -> str:
        """The one line below a turn: seconds, tokens, model, store."""
        return render.footer(
            seconds=self.seconds,
            input_tokens=self.usage.input_tokens,
            output_tokens=self.usage.output_tokens,
            estimated=self.usage.estimated,
            model=self.model,
            store=self.store,
            status=self.status,
        )

    def record(self, session_id: str, started_at: datetime) -> TurnRecord:
        """What is remembered of it in its session."""
        return TurnRecord(
            turn_id=self.turn_id,
            session_id=session_id,
            started_at=started_at,
            seconds=self.seconds,
            status=self.status,
            agent=self.agent,
            model=self.model,
            requests=self.usage.requests,
            input_tokens=self.usage.input_tokens,
            output_tokens=self.usage.output_tokens,
            estimated=self.usage.estimated,
            error=self.error,
        )

    def _parts(self) -> dict[str, Any]:
        return {
            "items": [*self._asked, *self.items],
            "text": self.text,
            "footer": self.footer,
            "status": self.status,
            "error": self.error,
        }

    def __repr__(self) -> str:
        """Without the text, which may be private; `str` and the notebook's forms show it."""
        return (
            f"<Turn of {shorten(self.session)}: {self.status}, {len(self.items)} items, "
            f"{self.seconds:.1f} s, {self.model}>"
        )

    def __str__(self) -> str:
        return render.turn_plain(**self._parts())

    def _repr_markdown_(self) -> str:
        return render.turn_markdown(**self._parts())

    def _repr_html_(self) -> str:
        return render.turn_html(**self._parts())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML, so that a saved notebook reads well without a kernel."""
        return render.turn_forms(**self._parts())

    def _ipython_display_(self) -> None:
        """Show the turn, or only what is left to say where this very cell has streamed it."""
        left = self._shown.get(_execution_count())
        if left is None:
            sys.modules["IPython.display"].display(self._repr_mimebundle_(), raw=True)
        elif left:
            print(left)

    def shown(self, left: str = "") -> Turn:
        """Mark the turn as on the screen of the running cell, but for what is ``left`` to say."""
        self._shown[_execution_count()] = left
        return self


def _execution_count() -> int:
    """Which cell runs now; -1 outside IPython."""
    core = sys.modules.get("IPython")
    shell = core.get_ipython() if core else None
    return int(shell.execution_count) if shell else -1
