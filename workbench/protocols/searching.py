"""A full-text search over the sessions of a store: the question and what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from workbench.protocols.records import Report, StoredItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to look for in the texts of items. See `workbench.words`.

    ``phrases`` are runs of normalised words that all have to be in an item, in any order; the last
    word of one that ends in ``*`` may go on. ``sessions`` None is all of the store; ``since`` and
    ``until`` are UTC, on the time an item was stored.
    """

    phrases: Sequence[Sequence[str]]
    sessions: Sequence[str] | None = None
    role: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that a `Query` found; the higher the ``score``, the better it fits in its store.

    ``order`` and ``turn`` are its place in the history, None where it was not counted.
    """

    session_id: str
    row: StoredItem
    score: float
    order: int | None = None
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """Among what a search has looked: so many texts, of so many words together, and how many of the
    texts have each phrase. By this the hits of several stores are compared.
    """

    texts: int
    length: int
    having: Sequence[int]


@dataclass(frozen=True, slots=True)
class Found:
    """What a store has found, best first, and the sessions it could not look into: all of those
    that have encrypted items, and those with items that can't be decoded (the others were seen).
    """

    hits: Sequence[Hit]
    corpus: Corpus | None = None
    encrypted: Sequence[str] = ()
    damaged: Sequence[str] = ()


@runtime_checkable
class Searches(Protocol):
    """A store that finds items by their words itself. Encrypted ones it can't."""

    async def search(self, query: Query, report: Report | None = None) -> Found:
        """The best ``limit`` hits; what was written before the call is looked at."""
        ...
