"""How what Redis keeps becomes items: in steps that leave other threads their turns.

As in `workbench.stores.sqlite.reading`, Python's collector is paused, process-wide, while one step
of a long history is decoded, and not for longer.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson

from workbench.errors import CorruptItem
from workbench.items import Item, decode
from workbench.protocols import ArchivedItem, StoredItem, TurnRecord
from workbench.stores.records import turn_from_json
from workbench.stores.redis.layout import Label, digest

R = TypeVar("R")
S = TypeVar("S")

STEP = 500
"""Items of a step; a shorter history than this never touches the collector."""


def items_of(raw: list[bytes], pause_gc: bool) -> list[Item] | None:
    """The items of stored texts; None when one of them is not what orjson takes for an item."""
    try:
        return _in_steps(_decoded, raw, pause_gc)
    except ValueError:
        return None


def _decoded(raw: Sequence[bytes]) -> list[Item]:
    items: list[Item] = list(map(orjson.loads, raw))
    if set(map(type, items)) != {dict}:
        raise ValueError
    return items


class Look:
    """What a session holds: some of its messages with their labels, as the script shows them.

    They are the newest, unless they begin at the place ``first``.
    """

    def __init__(self, reply: list[Any], *, first: int | None = None) -> None:
        have, labelled, one_birth, last, self.texts, labels = reply
        self.count, self.last = int(have), int(last)
        self.first = self.count - len(self.texts) if first is None else first
        self.labels = [Label.parse(raw) for raw in labels] if self.texts else []
        self.is_labelled = bool(
            one_birth
            and self.count == int(labelled)
            and len(self.labels) == len(self.texts)
            and all(
                label.digest == digest(text)
                for label, text in zip(self.labels, self.texts, strict=True)
            )
        )

    def stand_ins(self) -> list[Label]:
        """Labels for where none can be written: they ascend, and hold for this look only."""
        return [
            Label(self.last + self.first + number, None, "", None)
            for number in range(1, len(self.texts) + 1)
        ]


def rows_of(session_id: str, look: Look, labels: list[Label], pause_gc: bool) -> list[StoredItem]:
    """The rows of a look. Raises CorruptItem with the position and the key."""

    def stored(numbers: Sequence[int]) -> list[StoredItem]:
        try:
            items = _decoded([look.texts[number] for number in numbers])
        except ValueError:  # slowly: what only orjson refuses is decoded, the rest gets its place
            return [one(number) for number in numbers]
        known = [labels[number] for number in numbers]
        return [
            StoredItem(label.key, item, label.created_at, label.turn_id)
            for label, item in zip(known, items, strict=True)
        ]

    def one(number: int) -> StoredItem:
        label = labels[number]
        position = look.first + number + 1
        item = item_of(session_id, look.texts[number], position, label.key)
        return StoredItem(label.key, item, label.created_at, label.turn_id)

    return _in_steps(stored, range(len(look.texts)), pause_gc)


def item_of(session_id: str, raw: bytes, position: int | None, key: int | None) -> Item:
    """The item of one stored text. Raises CorruptItem, without a word of the text."""
    cause: Exception
    try:
        return decode(raw.decode())
    except UnicodeDecodeError as exc:
        problem, cause = "bytes that are no UTF-8", exc
    except ValueError as exc:
        problem, cause = "no valid item", exc
    what = f"element {position - 1} of its list" if position is not None else "its archive"
    raise CorruptItem(session_id, position, f"{what} holds {problem}", key=key) from cause


def archived_of(session_id: str, texts: list[bytes], labels: list[bytes]) -> list[ArchivedItem]:
    """What the archive holds, in the order it was archived. Raises CorruptItem."""
    found: list[ArchivedItem] = []
    for raw, label in zip(texts, map(Label.parse, labels), strict=True):
        item = item_of(session_id, raw, None, None)
        assert label.archived_at is not None
        found.append(
            ArchivedItem(
                label.key, item, label.reason, label.archived_at, label.created_at, label.turn_id
            )
        )
    return found


def turns_of(session_id: str, records: list[bytes]) -> list[TurnRecord]:
    """The turns in the order they started. Raises CorruptItem."""
    try:
        return sorted(map(turn_from_json, records), key=lambda turn: turn.started_at)
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise CorruptItem(session_id, None, "the record of a turn is damaged") from exc


def _in_steps(
    make: Callable[[Sequence[R]], list[S]], given: Sequence[R], pause_gc: bool
) -> list[S]:
    """``make`` of all that is given, a step at a time; with no collection within a whole step."""
    made: list[S] = []
    for start in range(0, len(given), STEP):
        some = given[start : start + STEP]
        if not (pause_gc and len(some) == STEP and gc.isenabled()):
            made += make(some)
            continue
        gc.disable()
        try:
            made += make(some)
        finally:
            gc.enable()
    return made
