"""What there is to know of a session at a glance: ``%session info``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from workbench.errors import CorruptItem, EncryptionError, KeyRequired, WrongKey
from workbench.items import encryption_key_id, is_user_message
from workbench.protocols import COMPACTION, StoredItem
from workbench.render.text import one_line
from workbench.sessions.stored import StoredSession
from workbench.workspace import Name, workspace


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
    details: tuple[tuple[str, str], ...] = ()
    """What stands around it, and what its store has to say: a label and its value each."""

    def _lines(self) -> list[tuple[str, str]]:
        length = f"{_count(self.n_turns, 'turn')}, {_count(self.n_items, 'item')}{self._archived()}"
        return [
            ("session", one_line(self.name, 200)),
            ("store", one_line(self.store, 200)),
            ("id", one_line(self.session_id, 200)),
            ("length", length),
            ("agent", one_line(self.agent or "the plain assistant")),
            ("model", one_line(self.model or "the agent's own")),
            *((one_line(label, 40), one_line(value, 300)) for label, value in self.details),
            ("created", f"{self.created_at:%Y-%m-%d %H:%M} UTC"),
            ("last used", f"{self.used_at:%Y-%m-%d %H:%M} UTC"),
        ]

    def _archived(self) -> str:
        if self.n_archived is None:
            return ", an archive with an item that can't be read"
        return f", {_count(self.n_archived, 'item')} in the archive" if self.n_archived else ""

    def __str__(self) -> str:
        lines = self._lines()
        width = max(len(label) for label, _value in lines)
        return "\n".join(f"{label:<{width}}  {value}" for label, value in lines)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML."""
        rows = self._lines()
        cells = "".join(
            f'<tr><th style="text-align:left">{escape(label)}</th>'
            f'<td style="text-align:left" dir="auto">{escape(value)}</td></tr>'
            for label, value in rows
        )
        table = "\n".join(f"| {_cell(label)} | {_cell(value)} |" for label, value in rows)
        return {
            "text/plain": str(self),
            "text/markdown": f"| | |\n| --- | --- |\n{table}",
            "text/html": f"<table>{cells}</table>",
        }


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _cell(value: str) -> str:
    """A value inside a Markdown table: one line, nothing of it read as Markdown or HTML."""
    safe = escape(value).replace("|", "&#124;").replace("\n", " ")
    return "".join(f"\\{char}" if char in "\\`*_[]!~" else char for char in safe)


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
        details=(*await _around(entry, base, locked), *(await base.describe()).items()),
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
