"""The tab of what is known and noted about a session: its card, its title, its tags."""

from __future__ import annotations

from typing import Any

from workbench.errors import InvalidValue
from workbench.panels.inspect.place import Place
from workbench.panels.plain import plainly
from workbench.render.text import one_line
from workbench.stores.urls import redacted
from workbench.verbs.card import session_card
from workbench.verbs.tag import tag

_NOTES = "A title and tags"


async def card(place: Place) -> dict[str, Any]:
    """The properties of the tab."""
    if place.named:
        shown = await session_card(place.name)
        lines = shown.lines()
        about = {"title": shown.about.title or "", "tags": list(shown.about.tags)}
    else:
        lines, about = await _lines(place), {"title": "", "tags": []}
    return {
        "lines": [[one_line(label, 80), one_line(value, 300)] for label, value in lines],
        **about,
        "unnamed": place.unnamed(_NOTES),
    }


async def _lines(place: Place) -> list[tuple[str, str]]:
    """What there is to say of a session that has no name."""
    stored = await place.stored()
    store = getattr(stored, "store", None)
    where = redacted(store.url) if store is not None else "known to the object alone"
    kind = [] if isinstance(place.target, str) else [("object", type(place.target).__name__)]
    rows, archived = await stored.rows(), await stored.archived()
    length = f"{len(rows):,} items, {len(archived):,} in the archive"
    return [("id", place.name), *kind, ("store", where), ("length", length)]


async def note(place: Place, title: str, tags: list[str]) -> None:
    """Note this title and just these tags. Raises InvalidValue."""
    if (reason := place.unnamed(_NOTES)) is not None:
        raise InvalidValue(reason)
    before = (await session_card(place.name)).about.tags
    gone = [each for each in before if each not in tags]
    await plainly(lambda: tag(place.name, *tags, title=title, remove=gone))
