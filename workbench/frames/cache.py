"""Columns of histories that were looked at before, so that the next look takes only what is new.

They live in this process, and the frames share their memory. What is kept is never out of date: the
store that it came from is asked each time whether it still holds (`workbench.protocols.Columnar`).
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from workbench.frames.chunks import Chunk
from workbench.frames.labels import Labels
from workbench.frames.settled import Settled
from workbench.guard import Guard

LIMIT = 2**30
"""Bytes that are kept in all: about a million items. What was looked at longest ago goes first."""

Key = tuple[int, str, bool]


@dataclass(frozen=True, slots=True)
class Known:
    """A history as it was when it was read up to ``mark``; ``tools`` are those of its items."""

    chunks: Sequence[Chunk] = ()
    labels: Labels = field(default_factory=Labels)
    tools: Any = None
    mark: Any = None
    settled: Settled | None = None

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        parts = [*self.chunks, self.labels, self.tools, self.settled]
        return sum(int(each.nbytes) for each in parts if each is not None)


class Cache:
    """What is known of histories, by their store, session id, and whether with the archive."""

    def __init__(self) -> None:
        self._numbers: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._next = count()
        self._kept: dict[Key, tuple[Known, int]] = {}
        # Between looking for the oldest and dropping it nobody else may do the same.
        self._guard = Guard()

    def key(self, store: Any, session_id: str, full: bool) -> Key | None:
        """What a history is kept under as long as its store lives; None: it can't be."""
        try:
            with self._guard:
                if store not in self._numbers:
                    self._numbers[store] = next(self._next)
                    weakref.finalize(store, self._forget, self._numbers[store]).atexit = False
                return self._numbers[store], session_id, full
        except TypeError:  # a store from outside that has no hash or takes no weak reference
            return None

    def get(self, key: Key | None) -> Known:
        """What is known; an empty history without a mark when that is nothing."""
        with self._guard:
            if key is None or key not in self._kept:
                return Known()
            self._kept[key] = self._kept.pop(key)  # the newest stands last
            return self._kept[key][0]

    def put(self, key: Key | None, known: Known) -> None:
        """Remember, and drop what was looked at longest ago where it gets too much."""
        if key is None:
            return
        with self._guard:
            self._kept.pop(key, None)
            self._kept[key] = known, known.nbytes
            while sum(size for _known, size in self._kept.values()) > LIMIT:
                del self._kept[next(iter(self._kept))]

    def clear(self) -> None:
        """Forget everything."""
        with self._guard:
            self._kept.clear()

    def _forget(self, number: int) -> None:
        with self._guard:
            for key in [each for each in self._kept if each[0] == number]:
                del self._kept[key]


CACHE = Cache()
"""The one of this process."""
