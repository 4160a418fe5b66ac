"""What a copy can't hold, or holds otherwise: in sentences."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

from workbench.errors import StoreError
from workbench.sessions.layers import innermost
from workbench.verbs.copying.destination import Destination
from workbench.verbs.copying.moved import Moved
from workbench.verbs.copying.source import Source

_NEVER = "never"


async def notes_of(source: Source, destination: Destination, moved: Moved) -> list[str]:
    """The sentences, the weightiest first."""
    notes = [*_left_out(moved), *_otherwise(moved), *_unnamed(source, destination)]
    return notes + [note async for note in _of_the_store(destination.session)]


def _left_out(moved: Moved) -> Iterator[str]:
    for why, count in moved.omitted.items():
        yield f"{_items(count)} left out. {why}"


def _otherwise(moved: Moved) -> Iterator[str]:
    if moved.reshaped:
        yield (
            f"{_items(moved.reshaped)} kept in a form of the target's own, with the same text: "
            "ids and empty fields may differ."
        )
    if moved.untimed:
        yield f"{_items(moved.untimed)} kept without the time of the original."


def _unnamed(source: Source, destination: Destination) -> Iterator[str]:
    entry = source.entry
    if destination.name is not None or entry is None:
        return
    has = [
        what
        for what, there in (
            ("title, tags and metadata", bool(entry.about)),
            ("agent and model", bool(entry.agent or entry.model)),
            ("compaction settings", entry.wrappers.compacts),
        )
        if there
    ]
    if has:
        yield f"A session object has no name, so these stay behind: {', '.join(has)}."


async def _of_the_store(session: Any) -> AsyncIterator[str]:
    told: dict[str, str] = {}
    with suppress(StoreError):
        told = await session.describe()
    expires = told.get("expires", _NEVER)
    if not expires.startswith(_NEVER):  # a service may say behind it what that means there
        yield f"The copy does not stay for ever there: {expires}."
    if beside := told.get("turns and archive"):
        yield f"Times, turns and the archive are {beside}."
    store = getattr(innermost(session), "store", None)
    if store is not None and store.url.startswith("openai:"):
        yield (
            "The service keeps the items alone; times, turns and the archive are kept in this "
            "workspace."
        )


def _items(count: int) -> str:
    return f"{count:,} item{' is' if count == 1 else 's are'}"
