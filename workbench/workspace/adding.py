"""Giving a name to a conversation that is whole already: in one step, or not at all."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from typing import TYPE_CHECKING, cast

from workbench.errors import InvalidValue, shorten
from workbench.stores.sqlite import SQLiteStore
from workbench.workspace import names as table
from workbench.workspace.about import all_of

if TYPE_CHECKING:
    from workbench.workspace.names import Name, Work
    from workbench.workspace.registry import Workspace


async def add(place: Workspace, entry: Name, *also: Work) -> None:
    """Remember ``entry``, all of it, and do what else belongs to that in the same step.

    Raises InvalidValue when somebody else has given the name meanwhile: nothing was done.
    """
    if not await cast(SQLiteStore, place.store()).file.write(lambda db: _added(db, entry, also)):
        raise taken(entry.name)


def _added(db: sqlite3.Connection, entry: Name, also: tuple[Work, ...]) -> bool:
    if table.one(entry.name)(db):
        return False
    around = {name: value for name, value in asdict(entry.wrappers).items() if value is not None}
    table.opened(entry, around)(db)
    if entry.about:
        table.noted(entry.name, all_of(entry.about))(db)
    for work in also:
        work(db)
    return True


def taken(name: str) -> InvalidValue:
    """The error for a name that is given already."""
    return InvalidValue(
        f"there is a session {shorten(name)} already; take another name, or delete that one "
        "(%session delete)"
    )
