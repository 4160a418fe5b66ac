"""What a diagnosis finds: a name, a place, and what a repair does. Data only.

| column | dtype | meaning |
| --- | --- | --- |
| `finding` | string | what is wrong |
| `order` | Int64 | the item, as in wb.history; NA where it is about a turn or the archive |
| `turn` | Int64 | its turn, as in wb.history |
| `type` | string | the item's type; NA where it can't be read |
| `detail` | string | what is wrong with it, in words; no text of items |
| `repair` | string | what repair=True does, or has done; "none: ..." where it does nothing |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.items import Item
from workbench.protocols import Key, TurnRecord
from workbench.verbs.doctor.chart import Entry

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    A repair archives the items ``take``, gives those of ``rewrite`` another content in their place
    (with the sequence ``numbers`` that belong to it), and saves ``records``. It is about the items
    ``about``: when another repair touches one of them first, there has to be another look.
    """

    name: str
    order: int | None
    turn: int | None
    type: str | None
    detail: str
    repair: str
    take: tuple[Key, ...] = ()
    rewrite: Mapping[Key, Item] = field(default_factory=dict)
    records: tuple[TurnRecord, ...] = ()
    numbers: Mapping[Key, int] = field(default_factory=dict)
    about: tuple[Key, ...] = ()

    @property
    def touches(self) -> set[Key | str]:
        """The keys of items and the ids of turns that its repair changes."""
        return {*self.take, *self.rewrite, *(record.turn_id for record in self.records)}

    @property
    def place(self) -> tuple[str, int | None, str]:
        """What tells it from other findings."""
        return self.name, self.order, self.detail


def found(
    name: str,
    entry: Entry,
    detail: str,
    repair: str,
    *,
    take: Sequence[Entry] = (),
    rewrite: Mapping[Key, Item] | None = None,
    about: Sequence[Entry] = (),
) -> Finding:
    """A finding at ``entry``, and ``about`` others with it."""
    return Finding(
        name,
        entry.order,
        entry.turn,
        entry.kind,
        detail,
        repair,
        take=tuple(each.key for each in take),
        rewrite=rewrite or {},
        about=tuple(each.key for each in (entry, *about)),
    )


ARCHIVED = "it goes to the archive"
"""What a repair mostly does."""


def frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """The findings in the order of the conversation; the same columns and dtypes when empty."""
    from operator import attrgetter

    from workbench.frames.columns import Column, build_frame

    columns = [
        Column("finding", "string", "what is wrong", attrgetter("name")),
        Column("order", "Int64", "the item, as in wb.history", attrgetter("order")),
        Column("turn", "Int64", "its turn", attrgetter("turn")),
        Column("type", "string", "the item's type", attrgetter("type")),
        Column("detail", "string", "what is wrong with it", attrgetter("detail")),
        Column("repair", "string", "what a repair does", attrgetter("repair")),
    ]
    last = 2**62
    ordered = sorted(findings, key=lambda each: last if each.order is None else each.order)
    return build_frame(columns, ordered)
