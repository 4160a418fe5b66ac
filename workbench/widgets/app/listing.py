"""The list of sessions: what it shows of each, and which of them are meant. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST = 200
"""Lines that a page gets at once; who looks for something further down types a word of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One named session; ``store`` without secrets, ``items`` None where that is not known."""

    name: str
    store: str
    title: str | None = None
    tags: tuple[str, ...] = ()
    items: int | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An item that a search has found in a named session; in ``snippet`` the words are marked."""

    name: str
    turn: int | None
    role: str | None
    snippet: str


def wanted(
    sessions: Iterable[Listed], *, text: str = "", tag: str = "", store: str = ""
) -> list[Listed]:
    """Those that have the tag, are in the store, and have every word of ``text`` in name, title or
    tags; "" means any."""
    words = text.casefold().split()
    return [
        each
        for each in sessions
        if (not tag or tag in each.tags)
        and (not store or store == each.store)
        and all(word in _text(each) for word in words)
    ]


def _text(session: Listed) -> str:
    return "\n".join((session.name, session.title or "", *session.tags)).casefold()


def page_of(
    sessions: Sequence[Listed], *, text: str = "", tag: str = "", store: str = ""
) -> dict[str, Any]:
    """What the page shows: the sessions that are meant, and what there is to choose from."""
    found = wanted(sessions, text=text, tag=tag, store=store)
    return {
        "sessions": [_line(each) for each in found[:MOST]],
        "found": len(found),
        "all": len(sessions),
        "tags": _counted(tag for each in sessions for tag in each.tags),
        "stores": _counted(each.store for each in sessions),
    }


def _line(session: Listed) -> dict[str, Any]:
    used = session.used_at
    return {
        "name": session.name,
        "title": session.title,
        "tags": list(session.tags),
        "store": session.store,
        "items": session.items,
        "used": None if used is None else used.isoformat(timespec="seconds"),
    }


def _counted(values: Iterable[str]) -> list[tuple[str, int]]:
    """Each value with how often it is there, the most frequent first."""
    return Counter(values).most_common()


def hits_page(
    hits: Iterable[Hit], *, store: str, sessions: Sequence[Listed]
) -> list[dict[str, Any]]:
    """The hits by session, the best first, as the page shows them."""
    stores = {each.name: each.store for each in sessions}
    return [
        {"name": hit.name, "turn": hit.turn, "role": hit.role, "snippet": hit.snippet}
        for hit in hits
        if not store or stores.get(hit.name) == store
    ]
