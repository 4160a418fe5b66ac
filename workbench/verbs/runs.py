"""Runs that wait for an approval, with what of them only this program has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.turn.record import Turn
from workbench.workspace import workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A run that waits: its agent (None: not known), and its result with its context."""

    agent: Any
    result: Any


def keep_run(turn: Turn, agent: Any = None) -> None:
    """Have the run of a turn at hand, if it waits, as long as this program lives."""
    if turn.status == "pending":
        workspace().runs[turn.turn_id] = Live(agent=agent, result=turn.result)


def kept_run(turn_id: str) -> Live | None:
    """The run of a turn that waits; None when it began in another program."""
    found: Live | None = workspace().runs.get(turn_id)
    return found


def drop_run(turn_id: str) -> None:
    """Let go of a run that waits no more."""
    workspace().runs.pop(turn_id, None)
