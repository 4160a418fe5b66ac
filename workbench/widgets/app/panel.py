"""The widget of the app: a list of sessions on one side, the panels of the chosen one beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from workbench import loop
from workbench.errors import InvalidValue, shorten
from workbench.widgets.app.children import KINDS, Children, Key
from workbench.widgets.app.forms import ITEMS, forms
from workbench.widgets.app.listing import Hit, Listed, hits_page, page_of
from workbench.widgets.panel import Panel, Tell

LONGEST = 2_000
"""Characters that a page may send as one text."""


class Desk(Protocol):
    """What the app does with sessions. All on the home loop; errors are those of the verbs."""

    async def sessions(self) -> Sequence[Listed]:
        """All named sessions, the last used first."""

    async def search(self, text: str, tag: str) -> tuple[Sequence[Hit], Sequence[str]]:
        """The items with these words, and what the reader has to be told of places left out."""

    async def new(self, name: str | None, store: str | None) -> str:
        """Make a session and return its name; None is a free one, in the workspace's own store."""

    async def fork(self, name: str, new: str | None) -> str:
        """A new session that begins as ``name`` does; returns its name."""

    async def note(self, name: str, tags: Sequence[str], title: str) -> None:
        """Give a session these tags and this title, and no others."""

    async def delete(self, name: str) -> str | None:
        """Delete a session; what its service keeps nevertheless, in words."""

    async def panel(self, kind: str, name: str) -> Panel:
        """A panel of one of `KINDS` for a session."""

    async def items(self, name: str, limit: int) -> tuple[Sequence[Any], int]:
        """The newest items of a session, oldest first, and how many it has."""


class AppPanel(Panel):
    """All sessions at one desk; ``chosen`` is the one whose panels are shown."""

    page = "app"

    def __init__(self, desk: Desk, *, chosen: str | None = None) -> None:
        self._desk = desk
        self._chosen, self._tab = chosen, KINDS[0]
        self._children = Children(self._made, self._say_closed)
        super().__init__(title="Conversations")

    @property
    def chosen(self) -> str | None:
        """The name of the session that was chosen last."""
        return self._chosen

    async def greeting(self) -> dict[str, Any]:
        return {
            "kinds": list(KINDS),
            "chosen": self._chosen,
            "tab": self._tab,
            "list": page_of(await self._desk.sessions()),
        }

    def forms(self) -> dict[str, str]:
        return loop.run(self._forms())

    async def _forms(self) -> dict[str, str]:
        sessions = await self._desk.sessions()
        if self._chosen not in {each.name for each in sessions} or self._chosen is None:
            return forms(sessions, None, (), 0)
        items, total = await self._desk.items(self._chosen, ITEMS)
        return await asyncio.to_thread(forms, sessions, self._chosen, items, total)

    # The list

    async def on_list(
        self, _tell: Tell, *, text: Any = "", tag: Any = "", store: Any = ""
    ) -> dict[str, Any]:
        """The sessions that fit."""
        given = {"text": _text(text), "tag": _text(tag), "store": _text(store)}
        return page_of(await self._desk.sessions(), **given)

    async def on_search(
        self, _tell: Tell, *, text: Any, tag: Any = "", store: Any = ""
    ) -> dict[str, Any]:
        """What was said, found by its words."""
        hits, notes = await self._desk.search(_text(text), _text(tag))
        sessions = await self._desk.sessions() if store else ()
        return {
            "hits": hits_page(hits, store=_text(store), sessions=sessions),
            "notes": list(notes),
        }

    # Sessions

    async def on_new(self, _tell: Tell, *, name: Any = "", store: Any = "") -> str:
        """Make a session; its name."""
        made = await self._desk.new(_text(name).strip() or None, _text(store).strip() or None)
        return self._choose(made)

    async def on_fork(self, _tell: Tell, *, name: Any, new: Any = "") -> str:
        """Fork one; the name of the fork."""
        return self._choose(await self._desk.fork(_text(name), _text(new).strip() or None))

    async def on_note(self, _tell: Tell, *, name: Any, tags: Any, title: Any) -> None:
        """Change the tags and the title of a session."""
        if not isinstance(tags, list):
            raise InvalidValue("tags are a list of texts")
        await self._desk.note(_text(name), [_text(each) for each in tags], _text(title))

    async def on_delete(self, _tell: Tell, *, name: Any) -> str | None:
        """Delete one, after its panels are closed; what stays nevertheless, in words."""
        name = _text(name)
        self._children.drop(name)
        left = await self._desk.delete(name)
        if self._chosen == name:
            self._chosen = None
        return left

    # Panels

    async def on_open(self, _tell: Tell, *, name: Any, kind: Any) -> str:
        """The model of the panel that is shown in a tab."""
        name, kind = _text(name), _text(kind)
        if kind not in KINDS:
            raise InvalidValue(f"there is no tab {shorten(kind)}: {', '.join(KINDS)}")
        self._chosen, self._tab = name, kind
        return str((await self._children.get(name, kind)).model_id)

    def child(self, kind: str) -> Panel | None:
        """The panel in a tab of the chosen session; None while it was never looked at."""
        return None if self._chosen is None else self._children.known(self._chosen, kind)

    def close(self) -> None:
        """Close the app with all panels in it."""
        self._children.close()
        super().close()

    async def _made(self, kind: str, name: str) -> Panel:
        panel = await self._desk.panel(kind, name)
        panel.elsewhere = self._lead_to
        return panel

    async def _lead_to(self, name: str) -> None:
        """A panel inside has turned to another session, which may be a new one."""
        if name not in {each.name for each in await self._desk.sessions()}:
            await self._desk.new(name, None)
        self.tell_all("choose", name=self._choose(name))

    def _choose(self, name: str) -> str:
        self._chosen = name
        return name

    def _say_closed(self, keys: list[Key]) -> None:
        self.tell_all("closed", panels=keys)


def _text(value: Any) -> str:
    """A text that a page may have sent. Raises InvalidValue."""
    if not isinstance(value, str) or len(value) > LONGEST:
        raise InvalidValue(f"a text of up to {LONGEST:,} characters is expected")
    return value
