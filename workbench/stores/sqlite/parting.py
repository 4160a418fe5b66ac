"""Many JSON texts as one value, and others at work while the next one is fetched.

A row of Python's for each text is most of what reading a long history costs, and it is made while
no other thread of Python runs. Here SQLite puts some thousands together into one JSON array, and
lets the others run meanwhile: those before are decoded then (`work_beside`).

Between two texts stands a word that was drawn at random. An array in which it is every second
element, as often as it was put in, holds each text by itself: a text that went on in the next one
would have swallowed it. Whatever else comes up, such as a text that can't be decoded, is
NotGrouped: read row by row, it is decoded in another way or named with its place.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

import orjson

AT_ONCE = 2_000
"""Texts of a group: about 10 ms of work."""
ROOM = 2**22
"""Bytes of a group; where texts are long, the next one has fewer of them."""
_WORD = secrets.token_urlsafe(12)
# The line feed is rare in what is stored, and found quickly.
PARTING = f'\n,"{_WORD}",'
"""What stands between two texts."""


class NotGrouped(Exception):
    """These texts are to be read row by row."""


class Parted(Protocol):
    """A group of texts; ``more``: others may follow."""

    @property
    def more(self) -> bool:
        """Whether it is worth asking for the next group."""
        ...


G = TypeVar("G", bound=Parted)


def grouped(column: str) -> str:
    """SQL for the texts of a column, as one value; its one parameter is PARTING."""
    # As a BLOB: text that is not valid UTF-8 must reach the decoder.
    return f"CAST('[' || group_concat(coalesce({column}, ''), ?) || ']' AS BLOB)"


def decoded(data: bytes, count: int) -> list[dict[str, Any]]:
    """The JSON objects of ``count`` grouped texts. Raises NotGrouped."""
    try:
        parted = orjson.loads(data)
    except ValueError as exc:
        raise NotGrouped from exc
    found: list[dict[str, Any]] = parted[::2]
    words = count - 1
    alone = len(parted) == count + words and parted[1::2].count(_WORD) == words
    if not alone or set(map(type, found)) != {dict}:
        raise NotGrouped
    return found


def next_size(count: int, size: int) -> int:
    """How many texts the next group may have, when ``count`` had ``size`` bytes."""
    return min(AT_ONCE, max(1, count * ROOM // size))


def work_beside(work: Callable[[G], None], source: Iterable[G]) -> None:
    """Do ``work`` on each group, in order, in another thread while the next one is fetched.

    Raises what either raises; no work is begun after one that failed.
    """
    with ThreadPoolExecutor(1) as other:
        begun: Future[None] | None = None
        for group in source:
            if begun is not None:
                begun.result()
            if group.more:
                begun = other.submit(work, group)
            else:  # nothing is left to fetch meanwhile
                begun = None
                work(group)
        if begun is not None:
            begun.result()
