"""What frames ask of a session: its items with all it can tell of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from numbers import Integral
from typing import Any, Generic, TypeVar

from workbench.errors import InvalidValue, Unsupported
from workbench.own_loop import asked
from workbench.protocols import (
    CLEARED,
    COMPACTION,
    EDITED,
    HIDDEN,
    REPAIRED,
    REWOUND,
    ArchivedItem,
    Archives,
    FindsArchived,
    KeepsRows,
    RecordsTurns,
    Session,
    StoredItem,
    TurnRecord,
)

T = TypeVar("T")
_EVERYTHING = 2**31 - 1
"""A limit that is none: the SDK itself asks so for all items of a session that has a limit set."""


@dataclass(frozen=True, slots=True)
class Read:
    """One item as it was read; ``item`` is an empty mapping where the session gave none.

    ``archived`` says why it is in the archive; None for what is in the conversation. A ``hidden``
    one lies in the archive too and is shown in its place.
    """

    raw: Any
    item: Mapping[str, Any]
    created_at: datetime | None = None
    turn_id: str | None = None
    archived: str | None = None
    hidden: bool = False


def _read(
    raw: Any,
    created_at: datetime | None = None,
    turn_id: str | None = None,
    archived: str | None = None,
    hidden: bool = False,
) -> Read:
    item = raw if isinstance(raw, Mapping) else {}
    return Read(raw, item, created_at, turn_id, archived, hidden)


def checked_limit(limit: Any) -> int | None:
    """``limit`` as a count that every session takes; None for all. Raises InvalidValue."""
    if limit is None:
        return None
    # What comes out of a frame is a number of numpy's.
    if isinstance(limit, bool) or not isinstance(limit, Integral) or limit < 0:
        raise InvalidValue(f"limit is {limit!r}; give a number of items from 0 up, or None for all")
    return min(int(limit), _EVERYTHING)


async def read_rows(session: Session, limit: int | None) -> tuple[list[Read], bool]:
    """The items, oldest first, and whether the first of them is the first of the history.

    A session that keeps rows is read whole, whatever the limit, since only the whole history tells
    the number of a turn; another one may be far away, so it is asked for no more than wanted.
    """
    if isinstance(session, KeepsRows):
        return [
            _read(row.item, row.created_at, row.turn_id, hidden=hidden)
            for row, hidden in await read_shown(session)
        ], True
    if limit is None and _has_own_limit(session):
        limit = _EVERYTHING
    reading = session.get_items() if limit is None else session.get_items(limit)
    items = await asked(session, reading)
    return [_read(each) for each in items], limit is None or len(items) < limit


async def read_shown(session: Any) -> list[tuple[StoredItem, bool]]:
    """The items of a session that keeps rows, oldest first, each with whether it is hidden.

    Hidden ones lie in the archive and stand in their places among the others.
    """
    hidden, rows = await _both(session, hidden_items)
    if not hidden:
        return [(row, False) for row in rows]
    live = [_Placed(row.key, (row, False)) for row in rows]
    kept = [
        _Placed(each.key, (StoredItem(each.key, each.item, each.created_at, each.turn_id), True))
        for each in hidden
    ]
    return _in_order(live, kept)


async def hidden_items(session: Any) -> list[ArchivedItem]:
    """What a session has in its archive and still shows, in the order it was archived."""
    if isinstance(session, FindsArchived):
        return await session.archived_for(HIDDEN)
    archived = await session.archived() if isinstance(session, Archives) else []
    return [each for each in archived if each.reason == HIDDEN]


async def _archived(session: Any) -> list[ArchivedItem]:
    archived: list[ArchivedItem] = await session.archived()
    return archived


async def _both(
    session: Any, look: Callable[[Any], Awaitable[list[ArchivedItem]]]
) -> tuple[list[ArchivedItem], list[StoredItem]]:
    """The archive and the history of one moment: what moved between two looks would be shown
    twice, or not at all.
    """
    while True:
        archived, rows = await look(session), await session.rows()
        if [each.key for each in await look(session)] == [each.key for each in archived]:
            return archived, rows


async def read_everything(session: Session) -> list[Read]:
    """The items with the archived ones in their places, oldest first.

    Raises Unsupported for a session that has no archive.
    """
    if not (isinstance(session, KeepsRows) and isinstance(session, Archives)):
        raise Unsupported(
            f"a {type(session).__name__} keeps no archive, so there is no more than its history; "
            "leave full=True out"
        )
    archived, rows = await _both(session, _archived)
    live = [_Placed(each.key, _read(each.item, each.created_at, each.turn_id)) for each in rows]
    kept = [_Placed(each.key, _read_archived(each)) for each in archived]
    return _in_order(live, kept)


def _read_archived(row: ArchivedItem) -> Read:
    hidden = row.reason == HIDDEN
    reason = None if hidden else why(row.reason)
    return _read(row.item, row.created_at, row.turn_id, reason, hidden)


@dataclass(frozen=True, slots=True)
class _Placed(Generic[T]):
    key: Any
    what: T


def _in_order(live: list[_Placed[T]], kept: list[_Placed[T]]) -> list[T]:
    """By key, as keys ascend; the archive goes first where its keys are of another kind."""
    both = [*kept, *live]
    try:
        return [each.what for each in sorted(both, key=lambda each: each.key)]
    except TypeError:
        return [each.what for each in both]


def why(reason: str) -> str:
    """The reason of an archived item in a word or two, as the column says it."""
    if reason.startswith(COMPACTION):
        return "compacted"
    for prefix in (REWOUND, CLEARED, REPAIRED, "replaced:"):
        if reason.startswith(prefix):
            return prefix.removesuffix(":")
    return reason


def _has_own_limit(session: Session) -> bool:
    settings = getattr(session, "session_settings", None)
    if isinstance(settings, Mapping):
        return settings.get("limit") is not None
    return getattr(settings, "limit", None) is not None


async def read_turns(session: Session) -> list[TurnRecord]:
    """The turns that the session remembers, in the order they started; else none."""
    return list(await session.turns()) if isinstance(session, RecordsTurns) else []


async def read_archive(session: Session) -> dict[str, list[Mapping[str, Any]]]:
    """The archived items of each turn, oldest first; not what is still shown, in another form."""
    turns: dict[str, list[Mapping[str, Any]]] = {}
    if isinstance(session, Archives):
        for each in await session.archived():
            if each.turn_id is not None and each.reason not in (HIDDEN, EDITED):
                turns.setdefault(each.turn_id, []).append(each.item)
    return turns
