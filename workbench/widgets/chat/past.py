"""What a session held when it was last looked at: read whole, handed to pages a piece at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.frames.numbering import turn_label
from workbench.frames.reading import read_rows, read_turns
from workbench.protocols import (
    COMPACTION,
    ArchivedItem,
    Archives,
    FindsArchived,
    FindsTurns,
    Session,
    TurnRecord,
)
from workbench.render import footer
from workbench.widgets.chat.entries import Entry, entries, row


@dataclass(slots=True)
class Past:
    """The entries of a conversation. ``version`` is another one when they have changed."""

    version: int = 0
    entries: list[Entry] = field(default_factory=list)

    @property
    def turns(self) -> int:
        """How many turns it has, as ``wb.history`` counts them."""
        return max((each.turn for each in self.entries), default=0)

    async def look(self, session: Session) -> int | None:
        """Read the session anew; how many leading entries are still there, None: nothing is new."""
        reads, _whole = await read_rows(session, None)
        before, self.entries = self.entries, entries(reads)
        kept = shared(before, self.entries)
        if kept == max(len(before), len(self.entries)):
            return None
        self.version += 1
        return kept

    async def page(self, session: Session, start: int, count: int) -> list[dict[str, Any]]:
        """The rows from place ``start`` on, at most ``count``, with the footers of their turns."""
        stop = min(start + count, len(self.entries))
        places = range(max(0, start), stop)
        found = [{"place": place, **row(self.entries[place])} for place in places]
        ends = {place: turn for place in places if (turn := self._ends(place)) is not None}
        records = await records_of(session, list(dict.fromkeys(ends.values())))
        for each in found:
            record = records.get(ends.get(each["place"], ""))
            each["end"] = self._is_end(each["place"])
            each["footer"] = "" if record is None else footer_of(record)
            each["status"] = None if record is None else record.status
        return found

    def _is_end(self, place: int) -> bool:
        """Whether this entry is the last of its turn."""
        after = self.entries[place + 1] if place + 1 < len(self.entries) else None
        return after is None or after.turn != self.entries[place].turn

    def _ends(self, place: int) -> str | None:
        """The id of the turn that ends with this entry."""
        return turn_label(self.entries[place].turn_id) if self._is_end(place) else None

    def prompt(self, turn: int) -> list[Mapping[str, Any]]:
        """What the person said in that turn, as items; nothing for a turn without."""
        return [each.item for each in self.entries if each.turn == turn and each.is_prompt]


def shared(one: Sequence[Entry], other: Sequence[Entry]) -> int:
    """How many entries at the front of both are the same."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))


async def records_of(session: Session, turn_ids: Sequence[str]) -> Mapping[str, TurnRecord]:
    """The records of these turns by their ids; those that have none are left out."""
    if not turn_ids:
        return {}
    if isinstance(session, FindsTurns):
        found = await session.turns_of(turn_ids)
    else:
        found = await read_turns(session)
    return {each.turn_id: each for each in found}


def footer_of(record: TurnRecord) -> str:
    """The line below a turn."""
    return footer(
        seconds=record.seconds,
        input_tokens=record.input_tokens,
        output_tokens=record.output_tokens,
        estimated=record.estimated,
        model=record.model,
        status=record.status,
    )


async def beneath(session: Session, compaction: str) -> list[ArchivedItem]:
    """The items that the summary of a compaction stands for, oldest first."""
    reason = f"{COMPACTION}{compaction}"
    if isinstance(session, FindsArchived):
        found = await session.archived_for(reason)
    else:
        archived = await session.archived() if isinstance(session, Archives) else []
        found = [each for each in archived if each.reason == reason]
    try:
        return sorted(found, key=lambda each: each.key)
    except TypeError:
        return found
