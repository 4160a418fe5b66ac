"""Clearing and deleting sessions, and finding a name for a new one."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import datetime
from typing import Any

from workbench.errors import CorruptItem, StoreError
from workbench.protocols import CLEARED, HIDDEN, Edit, Key
from workbench.workspace import workspace


async def clear_session(name: str) -> int:
    """Move all items of a session to its archive; returns how many. Raises UnknownSession.

    One that can't be read is moved too, as it is; no key is needed.
    """
    session = workspace().base(await workspace().get(name))
    reason = f"{CLEARED}{uuid.uuid4().hex}"
    moved = 0
    while True:
        try:
            rows = await session.rows()
        except CorruptItem as damaged:
            if damaged.key is None:
                raise
            moved += await session.archive([damaged.key], reason=reason)
        else:
            hidden = await _hidden(session)
            again = dict.fromkeys(hidden, f"{reason}:{HIDDEN}")
            keys = [row.key for row in rows]
            if await session.edit(Edit(archive=keys, relabel=again, reason=reason)) is not None:
                return moved + len(rows)


async def _hidden(session: Any) -> list[Key]:
    """What is hidden would else stay part of the conversation."""
    with suppress(CorruptItem):  # an archive that can't be read is left as it is
        return [each.key for each in await session.archived() if each.reason == HIDDEN]
    return []


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
