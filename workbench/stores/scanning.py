"""What a search looks at in an item, and looking through items one by one where no index is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson

from workbench import items as of
from workbench.items import Item
from workbench.protocols import Corpus, Query, StoredItem
from workbench.words import Ranking, counts, score, words

T = TypeVar("T")

MARKS = 2
"""Words that an index keeps of each item beside its own: of its session and of its role."""


def searched_text(item: Mapping[str, Any]) -> str:
    """What a person would read in the item, and what a tool was asked and has answered.

    Never the content of an attachment. JSON is read, so that ``\\n`` and ``\\u00e9`` in it are what
    they mean.
    """
    text = _without_escapes(of.text(item))
    if not of.is_call(item):
        return text
    parts = [str(item.get("name") or of.kind(item)), of.call_arguments(item) or ""]
    return "\n".join(filter(None, map(_without_escapes, [*parts, of.output_text(item)])))


def _without_escapes(text: str) -> str:
    if "\\" not in text or text.lstrip()[:1] not in ("{", "[", '"'):
        return text
    try:
        return "\n".join(_leaves(orjson.loads(text)))
    except (orjson.JSONDecodeError, RecursionError):
        return text


def _leaves(value: Any) -> list[str]:
    """The texts in a JSON value, names of fields among them, in order."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [part for key, inner in value.items() for part in (key, *_leaves(inner))]
    if isinstance(value, list):
        return [part for inner in value for part in _leaves(inner)]
    return [] if value is None else [str(value)]


def in_time(created_at: datetime | None, query: Query) -> bool:
    """Whether an item was stored in the time that is asked for; one of no known time was not."""
    if query.since is None and query.until is None:
        return True
    if created_at is None or (query.since is not None and created_at < query.since):
        return False
    return query.until is None or created_at < query.until


def wanted(item: Item, created_at: datetime | None, query: Query) -> bool:
    """Whether an item may be among the hits, whatever its text is."""
    return (query.role is None or of.role(item) == query.role) and in_time(created_at, query)


def fits(item: Item, created_at: datetime | None, query: Query) -> bool:
    """Whether an item is what is asked for."""
    return wanted(item, created_at, query) and all(
        counts(words(searched_text(item)), query.phrases)
    )


def score_in(corpus: Corpus, item: Mapping[str, Any], phrases: Sequence[Sequence[str]]) -> float:
    """How well an item fits among all that was looked at."""
    text = words(searched_text(item))
    return score(
        counts(text, phrases),
        len(text) + MARKS,
        texts=corpus.texts,
        total=corpus.length,
        having=corpus.having,
    )


def together(corpora: Sequence[Corpus]) -> Corpus:
    """All that several searches for the same phrases have looked at."""
    return Corpus(
        sum(each.texts for each in corpora),
        sum(each.length for each in corpora),
        tuple(map(sum, zip(*(each.having for each in corpora), strict=True))),
    )


class Scan(Generic[T]):
    """Looks at items one after the other, and tells the best in the end."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self._ranking: Ranking[T] = Ranking(query.phrases, limit=query.limit, marks=MARKS)

    def look(self, row: StoredItem, what: T) -> None:
        """Look at an item that is not encrypted; ``what`` is told in the end if it is found."""
        may = wanted(row.item, row.created_at, self.query)
        self._ranking.add(words(searched_text(row.item)), what if may else None)

    @property
    def corpus(self) -> Corpus:
        """What was looked at."""
        return Corpus(self._ranking.texts, self._ranking.length, tuple(self._ranking.having))

    def best(self) -> list[tuple[T, float]]:
        """The best ``limit``, best first, each with its score."""
        return self._ranking.best()
