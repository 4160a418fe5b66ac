"""Clearing and deleting sessions, and finding a name for a new one."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from workbench.errors import CorruptItem, StoreError
from workbench.workspace import workspace


async def clear_session(name: str) -> int:
    """Move all items of a session to its archive; returns how many. Raises UnknownSession.

    One that can't be read is moved too, as it is; no key is needed.
    """
    session = workspace().base(await workspace().get(name))
    moved = 0
    while True:
        try:
            rows = await session.rows()
        except CorruptItem as damaged:
            if damaged.key is None:
                raise
            moved += await session.archive([damaged.key], reason="cleared")
        else:
            return moved + await session.archive([row.key for row in rows], reason="cleared")


async def delete_session(name: str) -> None:
    """Delete a session with its archive from its store, for good, and forget the name.

    Its key is not needed: it may be what was lost.
    """
    entry = await workspace().get(name)
    await workspace().base(entry).clear_session()
    await workspace().forget(name)


async def left_behind(name: str) -> str | None:
    """What the service that keeps a session says of what clearing and deleting leave there."""
    with suppress(StoreError):
        return (await workspace().base(await workspace().get(name)).describe()).get("deleting")
    return None


async def new_name() -> str:
    """A name that no session has: the day, and a number."""
    taken = {entry.name for entry in await workspace().names()}
    day = datetime.now().astimezone().strftime("%Y-%m-%d")
    number = 1
    while f"{day}-{number}" in taken:
        number += 1
    return f"{day}-{number}"
