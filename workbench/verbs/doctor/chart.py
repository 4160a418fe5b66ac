"""What is examined: the items of a conversation with their places, readable or not. Data only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from workbench import items as of
from workbench.frames.numbering import turn_label
from workbench.items import Item
from workbench.protocols import Key, TurnRecord


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an item can't be read, in words; ``data`` is what there is instead of it.

    ``name`` is that of the finding; ``stays``: it is nothing that a repair takes out, for this
    reason.
    """

    name: str
    detail: str
    data: bytes = b""
    stays: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of the conversation; ``order`` and ``turn`` as in ``wb.history``.

    One that can't be read has ``trouble``, and an empty item. One in the archive has no order.
    """

    key: Key
    item: Item
    order: int | None
    turn: int | None
    turn_id: str | None = None
    created_at: datetime | None = None
    trouble: Trouble | None = None
    kind: str | None = field(init=False)
    """The item's type; None where it can't be read."""

    def __post_init__(self) -> None:
        # Noted, as each illness asks for it.
        object.__setattr__(self, "kind", None if self.trouble else of.kind(self.item))

    @property
    def label(self) -> str | None:
        """The id of its turn; none for a summary."""
        return turn_label(self.turn_id)


@dataclass(frozen=True, slots=True)
class Chart:
    """All that a diagnosis looks at.

    ``entries`` are those that the model is sent, hidden ones left out. ``records`` are the turns by
    id, None when they can't be read. ``archived`` are those of the archive that can't be read.
    ``numbers`` are the sequence numbers of an encrypted conversation that is out of order.
    """

    session_id: str
    entries: Sequence[Entry]
    records: Mapping[str, TurnRecord] | None
    archived: Sequence[Entry] = ()
    numbers: Mapping[Key, int] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def readable(self) -> list[Entry]:
        """The entries that can be read."""
        return [each for each in self.entries if each.trouble is None]

    def turns(self) -> dict[str, list[Entry]]:
        """The entries of each labelled turn, oldest first."""
        found: dict[str, list[Entry]] = {}
        for each in self.entries:
            if each.label is not None:
                found.setdefault(each.label, []).append(each)
        return found

    def after(
        self,
        take: set[Key],
        rewrite: Mapping[Key, Item],
        records: Sequence[TurnRecord],
        numbers: Mapping[Key, int],
    ) -> Chart:
        """The chart when these items are gone, and those say something else."""
        entries = [_rewritten(each, rewrite) for each in self.entries if each.key not in take]
        known = self.records
        if known is not None:
            known = {**known, **{record.turn_id: record for record in records}}
        return replace(
            self,
            entries=entries,
            records=known,
            archived=[each for each in self.archived if each.key not in rewrite],
            numbers={**self.numbers, **numbers},
        )


def _rewritten(entry: Entry, rewrite: Mapping[Key, Item]) -> Entry:
    if entry.key not in rewrite:
        return entry
    return replace(entry, item=rewrite[entry.key], trouble=None)
