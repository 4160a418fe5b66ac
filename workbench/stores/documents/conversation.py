"""What one conversation is made of, where it is read and written as a whole.

Whoever changes one holds the lock of its store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from workbench.items import Item, decode
from workbench.protocols import HIDDEN, ArchivedItem, Edit, Key, StoredItem, TurnRecord


@dataclass(frozen=True, slots=True)
class Row:
    """One item, as JSON ``text``; keys ascend in a conversation.

    Never changed, but replaced: who reads has taken a list of them under the lock.
    """

    key: int
    text: str
    created_at: datetime | None
    turn_id: str | None

    def stored(self) -> StoredItem:
        """As the store tells it."""
        return StoredItem(self.key, decode(self.text), self.created_at, self.turn_id)


@dataclass(slots=True)
class Conversation:
    """All that is kept of a session.

    ``rows`` are its items, ``turns`` its turns by their ids, ``archive`` what was taken out of it:
    a row, the reason, and when. ``created_at`` and ``updated_at`` are those of its items; None
    while it had none.
    """

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

    def is_new(self) -> bool:
        """Whether nothing is kept of it, and nothing ever was."""
        return self.created_at is None and self.is_empty()

    def last_key(self) -> int:
        """The highest key of its items; 0 when it has none."""
        rows = [*self.rows[-1:], *(row for row, _reason, _when in self.archive)]
        return max((row.key for row in rows), default=0)

    def touch(self, now: datetime) -> None:
        """Its items change at this time."""
        self.updated_at = now
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


def take_in(
    conversation: Conversation,
    given: Sequence[StoredItem | ArchivedItem],
    texts: Sequence[str],
    keys: Iterator[int],
) -> list[Key]:
    """Append rows as another session kept them, with their ``texts``; their keys here."""
    added: list[Key] = []
    for each, text in zip(given, texts, strict=True):
        row = Row(next(keys), text, each.created_at, each.turn_id)
        added.append(row.key)
        if isinstance(each, ArchivedItem):
            conversation.archive.append((row, each.reason, each.archived_at))
        else:
            conversation.rows.append(row)
    conversation.archive.sort(key=lambda kept: kept[2])
    return added


def renumber(conversation: Conversation, first: Key, keys: Iterator[int]) -> None:
    """Give all from ``first`` on new keys, live and archived ones in the order they had."""
    kept = [row for row, _reason, _when in conversation.archive]
    behind = sorted(
        row.key
        for row in [*conversation.rows, *kept]
        if row.key >= first  # type: ignore[operator]
    )
    fresh = {key: next(keys) for key in behind}
    conversation.change(lambda row: replace(row, key=fresh.get(row.key, row.key)))


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
