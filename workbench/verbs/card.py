"""What there is to know of a session at a glance: ``%session info``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workbench.errors import CorruptItem, EncryptionError, KeyRequired, WrongKey
from workbench.items import encryption_key_id, is_user_message
from workbench.protocols import COMPACTION, StoredItem
from workbench.render.lines import labelled
from workbench.render.text import one_line
from workbench.sessions.stored import StoredSession
from workbench.verbs.kin import kin_of
from workbench.workspace import Name, workspace
from workbench.workspace.about import About


@dataclass(frozen=True, slots=True)
class SessionCard:
    """One session: where it is kept, how long it is, what it goes on with. Times are in UTC."""

    name: str
    store: str
    session_id: str
    n_items: int
    n_turns: int
    n_archived: int | None
    """None when the archive holds an item that can't be read."""
    agent: str | None
    model: str | None
    created_at: datetime
    used_at: datetime
    about: About = field(default_factory=About)
    details: tuple[tuple[str, str], ...] = ()
    """What stands around it, and what its store has to say: a label and its value each."""

    def _lines(self) -> list[tuple[str, str]]:
        length = f"{_count(self.n_turns, 'turn')}, {_count(self.n_items, 'item')}{self._archived()}"
        return [
            ("session", one_line(self.name, 200)),
            *self.about.lines(),
            ("store", one_line(self.store, 200)),
            ("id", one_line(self.session_id, 200)),
            ("length", length),
            ("agent", one_line(self.agent or "the plain assistant")),
            ("model", one_line(self.model or "the agent's own")),
            *self.details,
            ("created", f"{self.created_at:%Y-%m-%d %H:%M} UTC"),
            ("last used", f"{self.used_at:%Y-%m-%d %H:%M} UTC"),
        ]

    def _archived(self) -> str:
        if self.n_archived is None:
            return ", an archive with an item that can't be read"
        return f", {_count(self.n_archived, 'item')} in the archive" if self.n_archived else ""

    def __str__(self) -> str:
        return labelled(self._lines())["text/plain"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML."""
        return labelled(self._lines())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


async def session_card(name: str) -> SessionCard:
    """The card of a named session; no key is needed for it. Raises UnknownSession, StoreError."""
    place = workspace()
    entry = await place.get(name)
    base = place.base(entry)
    rows, locked = await _rows(entry, base)
    return SessionCard(
        name=entry.name,
        store=base.store.url,
        session_id=entry.session_id,
        n_items=len(rows),
        n_turns=_n_turns(rows),
        n_archived=await _archived(base),
        agent=entry.agent,
        model=entry.model,
        created_at=entry.created_at,
        used_at=entry.used_at,
        about=entry.about,
        details=(
            *(await kin_of(place, entry)).lines(),
            *await _around(entry, base, locked),
            *(await base.describe()).items(),
        ),
    )


async def _rows(entry: Name, base: StoredSession) -> tuple[list[StoredItem], str | None]:
    """The rows, and why they could not be decrypted (None: they were, or are plain)."""
    if entry.wrappers.encryption is None:
        return await base.rows(), None
    try:
        plain = await asyncio.to_thread(workspace().plain, entry)
        return await plain.rows(), None
    except KeyRequired:
        return await base.rows(), "its key is not known here"
    except WrongKey:
        return await base.rows(), "the key that is known here is not its key"
    except EncryptionError:
        return await base.rows(), "it holds items that are not: encrypt it again"


def _n_turns(rows: Sequence[StoredItem]) -> int:
    labelled = {row.turn_id for row in rows if row.turn_id is not None}
    plain = sum(row.turn_id is None and is_user_message(row.item) for row in rows)
    return sum(not each.startswith(COMPACTION) for each in labelled) + plain


async def _around(entry: Name, base: StoredSession, locked: str | None) -> list[tuple[str, str]]:
    """The wrappers with their settings; of a key its id, never the key."""
    lines = dict(entry.wrappers.lines())
    if entry.wrappers.encryption is not None:
        key_id = await _key_id(base)
        lines["encryption"] += "" if key_id is None else f", key {key_id}"
        lines["encryption"] += f" ({locked})" if locked is not None else ""
    return list(lines.items())


async def _key_id(base: StoredSession) -> str | None:
    newest = [row.item for row in await base.rows(1)]
    with suppress(CorruptItem):  # of no matter here, and whoever reads it is told
        newest = newest or [each.item for each in (await base.archived())[-1:]]
    return encryption_key_id(newest[0]) if newest else None


async def _archived(session: StoredSession) -> int | None:
    try:
        return len(await session.archived())
    except CorruptItem:  # it is out of the way there: no reason to show nothing
        return None
