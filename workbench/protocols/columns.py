"""A history as columns, for frames: what a store extracts when an item is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from workbench.items import Item

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class ItemColumns:
    """Some items of a history as a store keeps them, column by column, oldest first.

    ``texts`` are JSON in UTF-8, an Arrow array of large_binary; ``items`` the same decoded;
    ``created_at`` is an Arrow array of timestamp[us, UTC]. ``reasons`` says why an item is in the
    archive, None for all others.
    """

    texts: Any
    items: Sequence[Item]
    created_at: Any
    turn_ids: Sequence[str | None]
    reasons: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class TurnColumns:
    """What a frame shows of some turns, column by column; of two with one id the later counts."""

    turn_ids: Sequence[str] = ()
    agents: Sequence[str | None] = ()
    models: Sequence[str | None] = ()
    input_tokens: Sequence[int | None] = ()
    output_tokens: Sequence[int | None] = ()


class TakesColumns(Protocol[T_co]):
    """What `Columnar.scan` hands items to, some thousands at a time, in a thread of the store."""

    def add(self, columns: ItemColumns) -> None:
        """Take the next items. They need not be kept: a million of them are gigabytes."""
        ...

    def made(self) -> T_co | None:
        """What became of all that was added; None when nothing was."""
        ...


@dataclass(frozen=True, slots=True)
class Scanned(Generic[T_co]):
    """One step of reading a history as columns.

    ``made`` is what the taker made of the items that came behind those known before, ``turns`` what
    is new of turns. ``anew``: what was known of items is no longer so, and these are the first ones
    of the history; ``anew_turns`` the same for turns. ``more``: there are more items, ask again
    with ``mark``. ``total`` is how many items there are, for a `Report`.
    """

    made: T_co | None
    turns: TurnColumns
    mark: Any
    anew: bool
    anew_turns: bool
    more: bool
    total: int


@runtime_checkable
class Columnar(Protocol):
    """A session that gives its items as columns, and later only those that are new."""

    async def scan(
        self,
        taker: Callable[[], TakesColumns[T]],
        since: Any = None,
        *,
        full: bool = False,
        limit: int | None = None,
    ) -> Scanned[T] | None:
        """Hand the next ``limit`` items (None: all of them) behind the mark ``since`` to a taker.

        Hidden items come in their places, with ``full`` all archived ones. What any program has
        changed since the mark is noticed. ``taker`` makes one, and is called again when the step
        has to be done again. None: this session can't; read its rows. Raises CorruptItem.
        """
        ...
