"""What stands on the page of a comparison. Pure: each change is also the message about it.

The messages are numbered, so that a page that missed one, as it was made in between, asks for the
whole (`Board.all`). A text is sent once: in pieces, and again only where it ends as another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from workbench.render.side_by_side import Reply, Round, parts
from workbench.render.text import shown

EARLIER = 20
"""Rounds that stay on the page."""

Place = tuple[int, int]
"""A cell of a round: which column, and which run, from 0."""


@dataclass(slots=True)
class Board:
    """``rounds`` are those that the page shows, the last one as it is under way."""

    rounds: list[dict[str, Any]] = field(default_factory=list)
    seq: int = 0

    def all(self) -> dict[str, Any]:
        """The whole page, as it is after message ``seq``."""
        return {"rounds": self.rounds, "seq": self.seq}

    def begin(self, prompt: str, titles: Sequence[str], repeat: int) -> dict[str, Any]:
        """A new round, in which everybody waits."""
        cells = [[_cell() for _ in range(repeat)] for _ in titles]
        number = self.rounds[-1]["number"] + 1 if self.rounds else 1
        said = {"prompt": whole(prompt), "titles": [whole(title) for title in titles]}
        made = {"number": number, **said, "cells": cells}
        self.rounds = [*self.rounds[1 - EARLIER :], {**made, "over": False}]
        return self._message(round=deepcopy(self.rounds[-1]))

    def change(self, place: Place, **changes: Any) -> dict[str, Any]:
        """Other values of a cell."""
        cell = self._at(place)
        cell.update(changes)
        return self._message(at=place, change=changes)

    def more(self, place: Place, text: str) -> dict[str, Any]:
        """More of a reply."""
        cell, text = self._at(place), whole(text)
        cell["text"] += text
        return self._message(at=place, more=text)

    def call(self, place: Place, name: str) -> dict[str, Any]:
        """A tool is called on the way."""
        return self.change(place, calls=[*self._at(place)["calls"], name])

    def ended(self, place: Place, status: str, reply: Reply) -> dict[str, Any]:
        """The end of one answer; what was streamed is replaced where it is not what was said."""
        changes: dict[str, Any] = {"state": status, "error": reply.error}
        text = "" if reply.text is None else shown(reply.text)
        if text != self._at(place)["text"] and reply.text is not None:
            changes["text"] = text
        return self.change(place, **changes)

    def over(self, made: Round, measures: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The end of a round: what differs, and what it took."""
        results = {
            "over": True,
            "facts": [[label, list(values)] for label, values in made.facts],
            "measures": list(measures),
        }
        self.rounds[-1].update(results)
        marked = marks(made.runs)
        for (column, run), spans in marked.items():
            self._at((column, run))["marks"] = spans
        told = [[column, run, spans] for (column, run), spans in marked.items()]
        return self._message(over=results, marks=told)

    def broken(self) -> dict[str, Any]:
        """The end of a round of which nothing came."""
        results = {"over": True, "facts": [], "measures": []}
        self.rounds[-1].update(results)
        return self._message(over=results, marks=[])

    def _at(self, place: Place) -> dict[str, Any]:
        column, run = place
        cell: dict[str, Any] = self.rounds[-1]["cells"][column][run]
        return cell

    def _message(self, **news: Any) -> dict[str, Any]:
        self.seq += 1
        return {"seq": self.seq, **news}


def _cell() -> dict[str, Any]:
    return {"state": "waiting", "text": "", "error": None, "calls": [], "marks": []}


def marks(runs: Sequence[Sequence[Reply]]) -> dict[Place, list[list[int]]]:
    """Begin and end of what differs in each reply, in the units of JavaScript's strings."""
    return {
        (column, run): spans
        for run, replies in enumerate(runs)
        for column, reply in enumerate(parts(replies))
        if (spans := _offsets(reply))
    }


def _offsets(spans: Sequence[Any]) -> list[list[int]]:
    found, place = [], 0
    for span in spans:
        end = place + len(span.text.encode("utf-16-le")) // 2
        if span.differs:
            found.append([place, end])
        place = end
    return found


def whole(text: str) -> str:
    """``text`` with no half of a character in it, which no message can carry."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
