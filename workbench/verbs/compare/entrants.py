"""What a comparison that goes on compares: sides that come and go, each by its label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench import loop
from workbench.errors import InvalidValue, nearest, shorten
from workbench.verbs.agents import known_agents
from workbench.verbs.compare.sides import Side, apart, check_in_place, sides
from workbench.verbs.prices import OFFLINE, Prices
from workbench.workspace import workspace
from workbench.workspace.secrets import silent

MOST = 12
"""Sides beside each other: more can't be read, and each asks a model."""


@dataclass(slots=True)
class Entrants:
    """The ``sides``; ``session``, ``agent`` and ``model`` are as `sides` takes them, for those that
    come later."""

    sides: list[Side]
    prices: Prices
    session: Any = None
    agent: Any = None
    model: Any = None
    in_place: bool = False

    def add(self, target: str) -> Side:
        """One more, as `wb.compare` takes a text; nobody is asked for a key or a password.

        Plain code. Raises InvalidValue, UnknownSession, KeyRequired, PasswordRequired.
        """
        if len(self.sides) >= MOST:
            raise InvalidValue(f"{MOST} columns are the most: remove one first")
        with silent():
            found = sides(
                [target.strip()],
                session=self.session,
                agent=self.agent,
                model=self.model,
                prices=self.prices,
            )
        taken = apart([*self.sides, *found])
        if self.in_place:
            check_in_place(taken)
        self.sides = taken
        return taken[-1]

    def remove(self, label: str) -> None:
        """One less. Raises InvalidValue for one there isn't, and for the last."""
        self.find(label)
        if len(self.sides) == 1:
            raise InvalidValue("this is the only column: add another one first")
        self.sides = [each for each in self.sides if each.label != label]

    def find(self, label: str) -> Side:
        """The side of that label. Raises InvalidValue."""
        for each in self.sides:
            if each.label == label:
                return each
        labels = [each.label for each in self.sides]
        raise InvalidValue(
            f"nothing is compared as {shorten(label)}; {nearest(label, labels, plural='columns')}"
        )

    def kind(self, side: Side) -> str:
        """What a side is, in a word."""
        if side.own:
            return "session"
        if side.url is not None:
            return "store"
        return "agent" if side.agent is not self.agent else "model"

    def known(self) -> list[str]:
        """What could be added by name: sessions, agents, models. Plain code."""
        names = [entry.name for entry in loop.run(workspace().names())]
        found = dict.fromkeys([*names, *known_agents(), OFFLINE, *self.prices.models])
        return [name for name in found if name not in {each.label for each in self.sides}]


def entrants(
    targets: Any, *, session: Any, agent: Any, model: Any, prices: Prices, in_place: bool
) -> Entrants:
    """What ``targets`` mean; asks for passwords and keys that are not known. Raises as `sides`."""
    found = sides(targets, session=session, agent=agent, model=model, prices=prices)
    if len(found) > MOST:
        raise InvalidValue(f"a panel has {MOST} columns at most: wb.compare takes any number")
    if in_place:
        check_in_place(found)
    return Entrants(found, prices, session, agent, model, in_place)


def labels_of(found: Sequence[Side]) -> tuple[str, ...]:
    """The labels, in order."""
    return tuple(each.label for each in found)
