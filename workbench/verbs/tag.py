"""Noting what a session is about: a title, tags, metadata."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench import loop
from workbench.errors import InvalidValue
from workbench.workspace import Name, workspace
from workbench.workspace.about import (
    About,
    checked_metadata,
    checked_tags,
    checked_title,
    noted,
)


def tag(
    name: str,
    *tags: str,
    title: str | None = None,
    remove: str | Iterable[str] = (),
    metadata: Mapping[str, Any] | None = None,
) -> About:
    """Add ``tags`` to a named session, take ``remove`` away; returns all that is noted about it.

    ``title`` is a line of up to 200 characters, ``metadata`` a dict of plain JSON values; None
    leaves a title or a value as it is or takes the key of the metadata away, and "" takes the title
    away. With a name alone nothing is changed. Two programs that note something at once lose
    nothing. It is kept in the workspace, in the open: for an encrypted session too. Raises
    UnknownSession, and InvalidValue for what can't be noted (a tag has no comma and up to 64
    characters; 100 tags and 64 KB in all).

    >>> turn = wb.ask("trip", "My name is John")
    >>> wb.tag("trip", "travel", title="Oulu in March", metadata={"customer": 7})
    About(title='Oulu in March', tags=('travel',), metadata={'customer': 7})
    """
    if not isinstance(name, str):
        raise InvalidValue(f"a session is tagged by its name, not as a {type(name).__name__}")
    change = noted(tags, title=title, remove=remove, metadata=metadata)
    place = workspace()
    if change == noted():
        return loop.run(place.get(name)).about
    return loop.run(place.note(name, change))


def fits(
    entry: Name,
    *,
    tags: str | Iterable[str] | None,
    title: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> bool:
    """Whether a session has all of ``tags``, ``title`` somewhere in its title, in any case, and
    these values in its metadata; None is a key that it has not.
    """
    about = entry.about
    wanted = checked_metadata(metadata)
    if not set(checked_tags(tags or ())) <= set(about.tags):
        return False
    if any(about.metadata.get(key) != value for key, value in wanted.items()):
        return False
    return title is None or checked_title(title).casefold() in (about.title or "").casefold()
