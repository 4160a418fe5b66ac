"""What one conversation in memory is made of. Whoever uses it holds the lock of its store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from workbench.items import Item, decode
from workbench.protocols import HIDDEN, Edit, Key, StoredItem, TurnRecord


@dataclass(frozen=True, slots=True)
class Row:
    """One item. Never changed, but replaced: who reads has taken a list of them under the lock."""

    key: int
    text: str
    created_at: datetime | None
    turn_id: str | None

    def stored(self) -> StoredItem:
        """As the store tells it."""
        return StoredItem(self.key, decode(self.text), self.created_at, self.turn_id)


@dataclass(slots=True)
class Conversation:
    """``created_at`` and ``updated_at`` are those of its items; None while it had none."""

    created_at: datetime | None = None
    updated_at: datetime | None = None
    rows: list[Row] = field(default_factory=list)
    turns: dict[str, TurnRecord] = field(default_factory=dict)
    archive: list[tuple[Row, str, datetime]] = field(default_factory=list)

    def allows(self, change: Edit) -> bool:
        """Whether all that ``change`` names is there."""
        live = {row.key for row in self.rows}
        kept = {row.key for row, _reason, _when in self.archive}
        taken = {*change.archive, *change.delete}
        return (
            taken <= live
            and {*change.restore, *change.relabel} <= kept
            and change.rewrite.keys() <= live | kept
            and (change.before is None or change.before in (live | kept) - taken)
            and (change.newest is ... or change.newest == self.newest())
            and self._holds(change.given)
        )

    def _holds(self, given: Mapping[Key, Item]) -> bool:
        """Whether each of these has this content."""
        if not given:
            return True
        rows = [*self.rows, *(row for row, _reason, _when in self.archive)]
        found = {row.key: row.text for row in rows if row.key in given}
        return found.keys() == given.keys() and all(
            decode(text) == given[key] for key, text in found.items()
        )

    def is_empty(self) -> bool:
        """Whether nothing is kept of it."""
        return not (self.rows or self.archive or self.turns)

    def newest(self) -> Key | None:
        """The key of the newest item."""
        return self.rows[-1].key if self.rows else None

    def touch(self) -> None:
        """Its items have changed just now."""
        now = self.updated_at = datetime.now(UTC)
        self.created_at = self.created_at or now

    def change(self, each: Callable[[Row], Row]) -> None:
        """Replace every row, live or archived, by what ``each`` makes of it."""
        self.rows = [each(row) for row in self.rows]
        self.archive = [(each(row), reason, when) for row, reason, when in self.archive]


def key_of(row: Row) -> int:
    """What rows are sorted by."""
    return row.key


def take_out(conversation: Conversation, change: Edit, now: datetime) -> None:
    """Archive and delete what ``change`` says."""
    archived, deleted = set(change.archive), set(change.delete)
    conversation.archive += [
        (row, change.reason, now) for row in conversation.rows if row.key in archived
    ]
    gone = archived | deleted
    conversation.rows = [row for row in conversation.rows if row.key not in gone]


def relabel(conversation: Conversation, change: Edit, now: datetime) -> None:
    """Archive archived rows anew, for the reasons that ``change`` says."""
    again = [
        (row, change.relabel[row.key], now)
        for row, _reason, _when in conversation.archive
        if row.key in change.relabel
    ]
    others = [each for each in conversation.archive if each[0].key not in change.relabel]
    conversation.archive = others + again


def put_back(conversation: Conversation, wanted: set[Key]) -> int:
    """Move archived rows back to their places; how many of ``wanted`` there were."""
    back = [row for row, _reason, _when in conversation.archive if row.key in wanted]
    conversation.archive = [each for each in conversation.archive if each[0].key not in wanted]
    conversation.rows = sorted(conversation.rows + back, key=key_of)
    return len(back)


def branched(origin: Conversation, target: str, last: int, keys: Iterator[int]) -> Conversation:
    """A copy, for the session ``target``, of what ``origin`` has up to the key ``last``."""
    live = [row for row in origin.rows if row.key <= last]
    hidden = [each for each in origin.archive if each[1] == HIDDEN and each[0].key <= last]
    copied = sorted([*live, *(row for row, _why, _when in hidden)], key=key_of)
    fresh = {row.key: next(keys) for row in copied}
    branch = Conversation(rows=live, archive=hidden)
    branch.change(lambda row: replace(row, key=fresh[row.key]))
    labels = {row.turn_id for row in copied}
    branch.turns = {
        turn_id: replace(record, session_id=target, cell=None, execution=None)
        for turn_id, record in origin.turns.items()
        if turn_id in labels
    }
    return branch
