"""``wb.app``: all named sessions, and chat, grid, compare and inspect for each, in one panel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import Any

from workbench import loop
from workbench.errors import InvalidValue, Unsupported, shorten
from workbench.frames.reading import read_rows
from workbench.panels.plain import plainly
from workbench.verbs.fork import fork
from workbench.verbs.look import catalogue
from workbench.verbs.manage import delete_session, left_behind, new_name
from workbench.verbs.opening import opened
from workbench.verbs.search import found_rows
from workbench.verbs.search.asked import query_of
from workbench.verbs.search.where import Noted, where
from workbench.verbs.subject import subject
from workbench.verbs.tag import tag
from workbench.widgets.app import AppPanel, Hit, Listed
from workbench.widgets.panel import Panel
from workbench.workspace import workspace

FACES = {
    "chat": ("workbench.panels.chat", "chat"),
    "grid": ("workbench.panels.grid", "grid"),
    "compare": ("workbench.panels.compare", "compare_panel"),
    "inspect": ("workbench.panels.inspect", "inspect"),
}
"""Which call of the face makes the panel of a tab."""

HITS = 50
"""Items that a search shows."""


def app(name: str | None = None) -> AppPanel:
    """All named sessions of the workspace in one panel: find them, talk, look, compare, change.

    On the left the sessions, with search in names, titles, tags and everything that was said; new,
    fork, tags and delete. On the right the chosen one: chat, grid, compare and inspect as tabs,
    made when they are first opened. ``name`` is the session that is chosen at first, which has to
    exist; None is the one that was used last. ``.chosen`` is the one that is shown now.

    Raises UnknownSession.

    >>> turn = wb.ask("demo", "My name is John")
    >>> desk = wb.app()  # at the end of a cell it shows itself
    >>> desk.chosen
    'demo'
    >>> desk.close()
    """
    place = workspace()
    if name is not None:
        loop.run(place.get(name))
    else:
        name = next((each.name for each in loop.run(place.names())), None)
    return AppPanel(WorkspaceDesk(), chosen=name)


class WorkspaceDesk:
    """The sessions of the workspace, as the app asks for them; see `workbench.widgets.app.Desk`."""

    async def sessions(self) -> Sequence[Listed]:
        return [
            Listed(
                name=entry.name,
                store=row["store"],
                title=entry.about.title,
                tags=entry.about.tags,
                items=row["n_items"],
                used_at=entry.used_at,
            )
            for entry, row in await catalogue()
        ]

    async def search(self, text: str, tag: str) -> tuple[Sequence[Hit], Sequence[str]]:
        query = query_of(text, role=None, since=None, until=None, limit=HITS)
        rows, notes = await found_rows(query, await where(None, None, Noted(tag or None)), _nobody)
        return [
            Hit(
                name=row.session,
                turn=row.turn,
                role=None if row.item.get("role") is None else str(row.item["role"]),
                snippet=row.snippet,
            )
            for row in rows
            if row.session is not None
        ], notes

    async def new(self, name: str | None, store: str | None) -> str:
        name = await new_name() if name is None else name
        if await workspace().find(name) is not None:
            raise InvalidValue(f"there is a session {shorten(name)} already")
        await plainly(partial(opened, name, store=store))
        return name

    async def fork(self, name: str, new: str | None) -> str:
        return (await plainly(partial(fork, name, new))).name

    async def note(self, name: str, tags: Sequence[str], title: str) -> None:
        about = (await workspace().get(name)).about
        gone = [each for each in about.tags if each not in tags]
        await plainly(partial(tag, name, *tags, remove=gone, title=title))

    async def delete(self, name: str) -> str | None:
        left = await left_behind(name)
        await delete_session(name)
        return left

    async def panel(self, kind: str, name: str) -> Panel:
        module, face = FACES[kind]
        await workspace().get(name)
        given: Any = [name] if kind == "compare" else name
        made: Panel = await plainly(partial(_made, module, face, given))
        return made

    async def items(self, name: str, limit: int) -> tuple[Sequence[Any], int]:
        rows, _from_the_first = await read_rows(await subject(name), None)
        shown = [row.item for row in rows[-limit:]] if limit else []
        return shown, len(rows)


def _made(module: str, face: str, given: Any) -> Any:
    try:
        make = getattr(import_module(module), face)
    except ModuleNotFoundError as exc:
        raise Unsupported(f"this tab needs {exc.name}, which is not there") from exc
    return make(given)


def _nobody(_done: int, _total: int) -> None:
    """The page says by itself that a search goes on."""
