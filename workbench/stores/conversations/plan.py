"""What an edit makes of a conversation: decided here, without touching anything.

The API adds at the end and deletes anywhere. So an edit is one of three: it takes items away
(nothing is to be written), it also adds at the end, or it needs a new conversation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.items import Item, kind
from workbench.protocols import Edit, Key
from workbench.stores.conversations.items import NEEDS_ID


@dataclass(frozen=True, slots=True)
class Row:
    """An item and its label; ``item_id`` None: it is to be written."""

    key: int | None
    item: Item
    created_at: str | None
    turn_id: str | None
    item_id: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """``live``: the items that are read from then on, as far as they were looked at (a key that is
    None is a new one); ``gone``: ids that leave the conversation; ``archive``: the rows that go to
    the archive; ``behind``: all from this key on get new keys, archived ones too."""

    live: list[Row]
    gone: list[str]
    archive: list[Row]
    behind: int | None

    @property
    def to_write(self) -> list[Row]:
        return [row for row in self.live if row.item_id is None]

    @property
    def needs_a_new_conversation(self) -> bool:
        """Whether something is to be written in front of what is there, or twice."""
        written = [row.item_id is None for row in self.live]
        own = {row.item.get("id") for row in self.to_write if kind(row.item) in NEEDS_ID}
        # An id that is part of its item can be in a conversation once.
        return written != sorted(written) or bool(own & set(self.gone))


def planned(
    rows: Sequence[Row], archived: Sequence[Row], change: Edit, created_at: str
) -> Plan | None:
    """The plan of ``change``; None when what it asks for is not there. `Edit` says what that is.

    ``rows`` are the newest items, those that the change names among them; all, where it is about
    more than taking away and adding at the end. New items are created at ``created_at``.
    """
    if not _applies(rows, archived, change):
        return None
    taken = {*change.archive, *change.delete}
    out = [row for row in rows if row.key in set(change.archive)]
    back = [row for row in archived if row.key in set(change.restore)]
    live = [row for row in rows if row.key not in taken]
    live = [_rewritten(row, change) for row in live] + [_rewritten(row, change) for row in back]
    live.sort(key=lambda row: row.key or 0)
    new = [Row(None, item, created_at, change.turn_id, None) for item in change.insert]
    at = len(live)
    if change.before is not None:
        first = int(change.before)
        at = next((at for at, row in enumerate(live) if (row.key or 0) >= first), len(live))
    live[at:at] = new
    still = {row.item_id for row in live}
    behind = int(change.before) if new and change.before is not None else None
    return Plan(
        live,
        [row.item_id for row in rows if row.item_id is not None and row.item_id not in still],
        [_rewritten(row, change) for row in out],
        behind,
    )


def _applies(rows: Sequence[Row], archived: Sequence[Row], change: Edit) -> bool:
    live = {row.key for row in rows}
    kept = {row.key for row in archived}
    taken = {*change.archive, *change.delete}
    newest = rows[-1].key if rows else None
    return (
        taken <= live
        and {*change.restore, *change.relabel} <= kept
        and change.rewrite.keys() <= live | kept
        and (change.before is None or change.before in (live | kept) - taken)
        and (change.newest is ... or change.newest == newest)
        and _holds([*rows, *archived], change.given)
    )


def _holds(rows: Sequence[Row], given: Mapping[Key, Item]) -> bool:
    """Whether each of these has this content."""
    found = {row.key: row.item for row in rows if row.key in given}
    return found == dict(given)


def _rewritten(row: Row, change: Edit) -> Row:
    """A row with the content that the change gives it; it then has to be written anew."""
    if row.key is not None and row.key in change.rewrite:
        return replace(row, item=dict(change.rewrite[row.key]), item_id=None)
    return row
