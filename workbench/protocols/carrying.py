"""Items that go from one store to another as the JSON texts that both keep, none made anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Protocol, runtime_checkable

from workbench.protocols.records import PAGE, Key


@dataclass(frozen=True, slots=True)
class Texts:
    """Some items of a conversation as a store keeps them, column by column, oldest first.

    ``texts`` are JSON in UTF-8, ``created_at`` microseconds since 1970 in UTC, None where the store
    can't tell.
    """

    keys: Sequence[Key]
    texts: Sequence[bytes] = field(repr=False)
    created_at: Sequence[int | None]
    turn_ids: Sequence[str | None]

    def __len__(self) -> int:
        return len(self.keys)

    def part(self, start: int, stop: int | None = None) -> Texts:
        """Those from the place ``start`` on, up to ``stop``."""
        some = slice(start, stop)
        return Texts(self.keys[some], self.texts[some], self.created_at[some], self.turn_ids[some])


@runtime_checkable
class CarriesTexts(Protocol):
    """A session whose store keeps each item as one JSON text, and gives and takes that as it is."""

    async def texts(self, after: Key | None = None, *, limit: int = PAGE) -> Texts | None:
        """As `Paginates.page`, but the texts, whether they can be decoded or not.

        None: this session can't give them now; ask for the page.
        """
        ...

    async def put_texts(
        self, given: Texts, *, newest: Key | EllipsisType | None = ...
    ) -> Sequence[Key] | None:
        """As `Imports.put`, each item kept as the very text that is given.

        Raises InvalidItem, and nothing was written, for a text that is no plain JSON object.
        """
        ...
