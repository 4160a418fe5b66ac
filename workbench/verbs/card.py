"""What there is to know of a session at a glance: ``%session info``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workbench.errors import CorruptItem, EncryptionError, KeyRequired, WrongKey
from workbench.frames.numbering import number_turns
from workbench.frames.reading import read_shown
from workbench.items import encryption_key_id
from workbench.protocols import StoredItem
from workbench.render.lines import labelled
from workbench.render.text import one_line
from workbench.sessions.stored import StoredSession
from workbench.verbs.kin import kin_of
from workbench.workspace import Name, workspace
from workbench.workspace.about import About


@dataclass(frozen=True, slots=True)
class SessionCard:
    """One session: where it is kept, how long it is, what it goes on with. Times are in UTC.

    Turns and items are those of ``wb.history``: hidden ones count, archived ones don't.
    """

    name: str
    store: str
    session_id: str
    n_items: int
    n_turns: int
    n_hidden: int
    n_archived: int | None
    """None when the archive holds an item that can't be read."""
    agent: str | None
    model: str | None
    created_at: datetime
    used_at: datetime
    about: About = field(default_factory=About)
    details: tuple[tuple[str, str], ...] = ()
    """What stands around it, and what its store has to say: a label and its value each."""

    def lines(self) -> list[tuple[str, str]]:
        """What there is to show: a label and its value each."""
        hidden = f" ({self.n_hidden} hidden)" if self.n_hidden else ""
        length = f"{_count(self.n_turns, 'turn')}, {_count(self.n_items, 'item')}{hidden}"
        return [
            ("session", one_line(self.name, 200)),
            *self.about.lines(),
            ("store", one_line(self.store, 200)),
            ("id", one_line(self.session_id, 200)),
            ("length", length + self._archived()),
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
        return labelled(self.lines())["text/plain"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML."""
        return labelled(self.lines())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


async def session_card(name: str) -> SessionCard:
    """The card of a named session; no key is needed for it. Raises UnknownSession, StoreError."""
    place = workspace()
    entry = await place.get(name)
    base = place.base(entry)
    rows, locked = await _rows(entry, base)
    archived = await _archived(base)
    hidden = sum(is_hidden for _row, is_hidden in rows)
    return SessionCard(
        name=entry.name,
        store=base.store.url,
        session_id=entry.session_id,
        n_items=len(rows),
        n_turns=max(number_turns((row.item, row.turn_id) for row, _hidden in rows), default=0),
        n_hidden=hidden,
        n_archived=None if archived is None else archived - hidden,
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


_Shown = Sequence[tuple[StoredItem, bool]]
"""Items of the history, and whether each is hidden."""


async def _rows(entry: Name, base: StoredSession) -> tuple[_Shown, str | None]:
    """The history, and why it could not be decrypted (None: it was, or is plain)."""
    if entry.wrappers.encryption is None:
        return await _shown(base), None
    try:
        plain = await asyncio.to_thread(workspace().plain, entry)
        return await _shown(plain), None
    except KeyRequired:
        return await _shown(base), "its key is not known here"
    except WrongKey:
        return await _shown(base), "the key that is known here is not its key"
    except EncryptionError:
        return await _shown(base), "it holds items that are not: encrypt it again"


async def _shown(session: Any) -> _Shown:
    try:
        return await read_shown(session)
    except CorruptItem:  # in the archive, it may be, where it is out of the way
        return [(row, False) for row in await session.rows()]


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
