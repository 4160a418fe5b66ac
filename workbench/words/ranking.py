"""Which of many texts fit best: BM25, computed as SQLite's FTS5 does.

https://www.sqlite.org/fts5.html#the_bm25_function, with its k1 = 1.2 and b = 0.75: a word that few
texts have counts for more than a common one, and for more in a short text than in a long one.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Generic, TypeVar

from workbench.words.phrases import counts

T = TypeVar("T")

K1 = 1.2
B = 0.75
LEAST_WEIGHT = 1e-6
"""Of a phrase that most texts have: its logarithm would be negative."""

KEPT = 20_000
"""Of more candidates than this (or 20 times as many as are wanted) the weakest are let go."""


@dataclass(frozen=True, slots=True)
class _Candidate(Generic[T]):
    found: Sequence[int]
    length: int
    number: int
    what: T


class Ranking(Generic[T]):
    """Texts are added one by one; in the end the best ``limit`` of those that fit are told.

    ``marks`` is how many words an index keeps of each text beside its own.
    """

    def __init__(
        self, phrases: Sequence[Sequence[str]], *, limit: int | None = None, marks: int = 0
    ) -> None:
        self.phrases = phrases
        self._limit, self._marks = limit, marks
        self.having = [0] * len(phrases)
        """How many texts have each phrase."""
        self.texts = self.length = 0
        self._candidates: list[_Candidate[T]] = []

    def add(self, text: Sequence[str], what: T | None) -> bool:
        """Count a text, given as its words; whether it has every phrase.

        ``what`` is told in the end if it does; None for a text that only counts among all.
        """
        length = len(text) + self._marks
        self.texts += 1
        self.length += length
        found = counts(text, self.phrases)
        for place, count in enumerate(found):
            self.having[place] += count > 0
        fits = all(found)
        if fits and what is not None:
            self._candidates.append(_Candidate(found, length, self.texts, what))
            self._let_go()
        return fits

    def best(self) -> list[tuple[T, float]]:
        """The best, best first, each with its score; of equal ones the later is the better."""
        weights = self._weights()
        scored = [(self._score(each, weights), each.number, each.what) for each in self._candidates]
        if self._limit is not None:
            scored = heapq.nlargest(self._limit, scored, key=lambda each: each[:2])
        else:
            scored.sort(key=lambda each: each[:2], reverse=True)
        return [(what, score) for score, _number, what in scored]

    def _let_go(self) -> None:
        if self._limit is None or len(self._candidates) < 2 * max(KEPT, 20 * self._limit):
            return
        weights = self._weights()
        self._candidates = heapq.nlargest(
            max(KEPT, 20 * self._limit),
            self._candidates,
            key=lambda each: (self._score(each, weights), each.number),
        )

    def _weights(self) -> list[float]:
        return [_weight(self.texts, having) for having in self.having]

    def _score(self, each: _Candidate[T], weights: Sequence[float]) -> float:
        return _fit(each.found, each.length, self.length / self.texts, weights)


def score(
    found: Sequence[int], length: int, *, texts: int, total: int, having: Sequence[int]
) -> float:
    """How well a text of ``length`` words fits that has each phrase so often, among ``texts`` texts
    of ``total`` words together, ``having`` of which have each phrase.

    Unlike in FTS5 a phrase that most texts have still counts a little, as in Lucene: otherwise
    nothing would count among the few texts of a short conversation.
    """
    weights = [log(1 + (texts - each + 0.5) / (each + 0.5)) for each in having]
    return _fit(found, length, total / texts, weights)


def _fit(found: Sequence[int], length: int, average: float, weights: Sequence[float]) -> float:
    norm = K1 * (1 - B + B * length / (average or 1.0))
    pairs = zip(found, weights, strict=True)
    return sum(weight * count * (K1 + 1) / (count + norm) for count, weight in pairs)


def _weight(texts: int, having: int) -> float:
    """How much a phrase counts that ``having`` of so many texts have."""
    return max(log((texts - having + 0.5) / (having + 0.5)), LEAST_WEIGHT)
