"""The half of the chat panel that reads: what pages ask to see, and what they are told."""

from __future__ import annotations

from typing import Any

from workbench import loop
from workbench.errors import InvalidValue, SessionChanged
from workbench.frames.reading import Read
from workbench.widgets.chat.asked import Choice, identity, number
from workbench.widgets.chat.desk import Desk
from workbench.widgets.chat.entries import entries, row
from workbench.widgets.chat.past import Past, beneath, records_of
from workbench.widgets.chat.running import Running, without_known
from workbench.widgets.chat.static import forms
from workbench.widgets.panel import Panel, Tell

PAGE = 60
"""Rows that a page is given at once."""
MOST = 200
"""Rows that a page may ask for at once."""
STATIC = 50
"""The newest entries, which the notebook keeps."""


class Reading(Panel):
    """A conversation that is looked at. See `workbench.widgets.chat.panel`."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(title=f"Chat: {desk.name}")
        self._desk = desk
        self._past = Past()
        self._running: Running | None = None
        self._undone = 0
        loop.run(self._past.look(desk.session))

    @property
    def session(self) -> Any:
        """The session of the conversation that is shown."""
        return self._desk.session

    def forms(self) -> dict[str, str]:
        """The newest of the conversation, as it was when it was last looked at."""
        newest = self._past.entries[-STATIC:]
        ids = [each.turn_id for each in newest if each.turn_id is not None]
        records = loop.run(records_of(self.session, list(dict.fromkeys(ids))))
        left = len(self._past.entries) - len(newest)
        return forms(self._desk.name, newest, records, left=left)

    async def greeting(self) -> dict[str, Any]:
        """The end of the conversation, what can be picked, and a turn that is under way."""
        running = self._running
        return {
            "past": await self._told(kept=0),
            "running": None if running is None else running.rows,
            **await self._picks(),
        }

    async def on_picks(self, _tell: Tell) -> dict[str, Any]:
        """The sessions, agents and models that there are now."""
        return await self._picks()

    async def on_rows(self, _tell: Tell, *, version: int, start: int, count: int) -> dict[str, Any]:
        """Some rows; none when the page's idea of the conversation is of before."""
        start, count = number(start), number(count, most=MOST)
        if version != self._past.version:
            return {"rows": []}
        return {"rows": await self._past.page(self.session, start, count)}

    async def on_whole(self, _tell: Tell, *, version: int, place: int) -> dict[str, Any]:
        """One row with all of its text."""
        self._check_seen(version)
        if number(place) >= len(self._past.entries):
            raise InvalidValue("there is no such row")
        return {"place": place, **row(self._past.entries[place], whole=True)}

    async def on_look(self, _tell: Tell, *, version: int) -> None:
        """The reader has come back: what was said elsewhere meanwhile is told."""
        if self._running is not None:
            return
        before = self._past.version
        kept = await self._past.look(self.session)
        if version != before:  # this page has missed something
            await self._tell_past(0)
        elif kept is not None:
            await self._tell_past(kept)

    async def on_beneath(self, _tell: Tell, *, compaction: str, start: int) -> dict[str, Any]:
        """What the summary of a compaction stands for, a part at a time."""
        kept = await beneath(self.session, identity(compaction))
        reads = [Read(each.item, each.item, each.created_at, each.turn_id) for each in kept]
        found = entries(reads)
        start = number(start)
        return {"rows": [row(each) for each in found[start : start + PAGE]], "total": len(found)}

    async def on_spent(self, _tell: Tell, *, agent: str = "", model: str = "") -> dict[str, Any]:
        """What the conversation has taken, and how much of the model's window is used."""
        choice = Choice.of(agent, model)
        return await self._desk.spent(agent=choice.agent, model=choice.model)

    async def _look(self) -> None:
        """Read the session, and tell the pages what is new."""
        if (kept := await self._past.look(self.session)) is not None:
            await self._tell_past(kept)

    async def _tell_past(self, kept: int, running: Running | None = None) -> None:
        told = await self._told(kept, running)
        self.tell_all("past", past=told, ended=running is not None)

    async def _told(self, kept: int, running: Running | None = None) -> dict[str, Any]:
        """The conversation as a page needs it: its length, and the newest of what it has not."""
        total = len(self._past.entries)
        rows = await self._past.page(self.session, max(kept, total - PAGE), PAGE)
        return {
            "version": self._past.version,
            "total": total,
            "kept": kept,
            "turns": self._past.turns,
            "rows": rows if running is None else without_known(rows, running.rows),
            "waiting": await self._desk.waiting(),
            "undone": self._undone,
            "name": self._desk.name,
            "where": self._desk.where,
        }

    async def _picks(self) -> dict[str, Any]:
        names = await self._desk.names()
        if self._desk.name not in names:
            names.insert(0, self._desk.name)
        return {"names": names, "agents": self._desk.agents(), "models": self._desk.models()}

    def _check_seen(self, version: Any) -> None:
        if version != self._past.version:
            raise SessionChanged(
                "the conversation has changed since it was shown here; look at it, and try again"
            )
