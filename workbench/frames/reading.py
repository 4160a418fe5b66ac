"""What frames ask of a session: its items with all it can tell of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbench.errors import InvalidValue, Unsupported
from workbench.protocols import (
    COMPACTION,
    Archives,
    KeepsRows,
    RecordsTurns,
    Session,
    TurnRecord,
)

_EVERYTHING = 2**31 - 1
"""A limit that is none: the SDK itself asks so for all items of a session that has a limit set."""


@dataclass(frozen=True, slots=True)
class Read:
    """One item as it was read; ``item`` is an empty mapping where the session gave none.

    ``archived`` says why it is in the archive; None for what is in the conversation.
    """

    raw: Any
    item: Mapping[str, Any]
    created_at: datetime | None = None
    turn_id: str | None = None
    archived: str | None = None


def _read(
    raw: Any,
    created_at: datetime | None = None,
    turn_id: str | None = None,
    archived: str | None = None,
) -> Read:
    return Read(raw, raw if isinstance(raw, Mapping) else {}, created_at, turn_id, archived)


def check_limit(limit: Any) -> None:
    """Raise InvalidValue unless ``limit`` is None or a count."""
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise InvalidValue(f"limit is {limit!r}; give a number of items from 0 up, or None for all")


async def read_rows(session: Session, limit: int | None) -> tuple[list[Read], bool]:
    """The items, oldest first, and whether the first of them is the first of the history.

    A session that keeps rows is read whole, whatever the limit, since only the whole history tells
    the number of a turn; another one may be far away, so it is asked for no more than wanted.
    """
    if isinstance(session, KeepsRows):
        rows = await session.rows()
        return [_read(each.item, each.created_at, each.turn_id) for each in rows], True
    if limit is None and _has_own_limit(session):
        limit = _EVERYTHING
    items = await (session.get_items() if limit is None else session.get_items(limit))
    return [_read(each) for each in items], limit is None or len(items) < limit


async def read_everything(session: Session) -> list[Read]:
    """The items with the archived ones in their places, oldest first.

    Raises Unsupported for a session that has no archive.
    """
    if not (isinstance(session, KeepsRows) and isinstance(session, Archives)):
        raise Unsupported(
            f"a {type(session).__name__} keeps no archive, so there is no more than its history; "
            "leave full=True out"
        )
    # What moved between the two looks would be shown twice, or not at all.
    while True:
        archived, rows = await session.archived(), await session.rows()
        if [each.key for each in await session.archived()] == [each.key for each in archived]:
            break
    live = [_Placed(each.key, _read(each.item, each.created_at, each.turn_id)) for each in rows]
    kept = [
        _Placed(each.key, _read(each.item, each.created_at, each.turn_id, why(each.reason)))
        for each in archived
    ]
    return [each.read for each in _in_order(live, kept)]


@dataclass(frozen=True, slots=True)
class _Placed:
    key: Any
    read: Read


def _in_order(live: list[_Placed], kept: list[_Placed]) -> list[_Placed]:
    """By key, as keys ascend; the archive goes first where its keys are of another kind."""
    try:
        return sorted([*kept, *live], key=lambda each: each.key)
    except TypeError:
        return [*kept, *live]


def why(reason: str) -> str:
    """The reason of an archived item in a word or two, as the column says it."""
    if reason.startswith(COMPACTION):
        return "compacted"
    return "replaced" if reason.startswith("replaced:") else reason


def _has_own_limit(session: Session) -> bool:
    settings = getattr(session, "session_settings", None)
    if isinstance(settings, Mapping):
        return settings.get("limit") is not None
    return getattr(settings, "limit", None) is not None


async def read_turns(session: Session) -> list[TurnRecord]:
    """The turns that the session remembers, in the order they started; else none."""
    return list(await session.turns()) if isinstance(session, RecordsTurns) else []


async def read_archive(session: Session) -> dict[str, list[Mapping[str, Any]]]:
    """The archived items of each turn, oldest first."""
    turns: dict[str, list[Mapping[str, Any]]] = {}
    if isinstance(session, Archives):
        for each in await session.archived():
            if each.turn_id is not None:
                turns.setdefault(each.turn_id, []).append(each.item)
    return turns
