"""Forking: a new conversation that begins as another one did."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import groupby
from typing import Any

from workbench.protocols import COMPACTION, StoredItem
from workbench.sessions.stored import StoredSession
from workbench.workspace import Name, Workspace
from workbench.workspace.wrappers import Wrappers, encrypted


async def fork_before(place: Workspace, entry: Name, turn_id: str) -> Name:
    """A new named session in the same store with what ``entry`` held before a turn of it.

    It is called ``NAME-2`` (or the next free number). The turns are copied with their records,
    under ids of their own; the origin is left as it is. What stands around the origin (compaction,
    encryption with the same key) stands around the branch too. Raises KeyRequired.
    """
    origin: Any = place.plain(entry)
    rows = await origin.rows()
    until = next((index for index, row in enumerate(rows) if row.turn_id == turn_id), len(rows))
    name = await _free_name(place, entry)
    around = _whole(entry.wrappers)
    key = place.secrets.key(entry.name) if around.encryption else None
    # What is encrypted is bound to its session's id, so it is written anew, not copied.
    branch: Any = encrypted(StoredSession(place.store(entry.store), name), around, key)
    # The name comes last: a copy that breaks off leaves no half conversation under it.
    await _copy(origin, branch, rows[:until])
    if key is not None:
        place.secrets.keep(name, key)
    if entry.name in place.summarisers:
        place.summarisers[name] = place.summarisers[entry.name]
    await place.open(
        name,
        store=place.located(entry.store) if entry.store else None,
        wrappers={name: value for name, value in asdict(around).items() if value is not None},
    )
    await place.remember(name, agent=entry.agent, model=entry.model)
    return await place.get(name)


def _whole(wrappers: Wrappers) -> Wrappers:
    """The wrappers of a branch: all of it is encrypted, also where its origin is just being."""
    return replace(wrappers, encryption="yes") if wrappers.encryption else wrappers


async def _free_name(place: Workspace, entry: Name) -> str:
    taken = {each.name for each in await place.names()}
    taken |= {info.session_id for info in await place.store(entry.store).list_sessions()}
    number = 2
    while f"{entry.name}-{number}" in taken:
        number += 1
    return f"{entry.name}-{number}"


async def _copy(origin: Any, branch: Any, rows: Sequence[StoredItem]) -> None:
    records = {record.turn_id: record for record in await origin.turns()}
    renamed: dict[str, str] = {}
    for turn_id, group in groupby(rows, key=_turn_of):
        own = None if turn_id is None else renamed.setdefault(turn_id, uuid.uuid4().hex)
        await branch.append([row.item for row in group], turn_id=own)
    for turn_id, own in renamed.items():
        if (record := records.get(turn_id)) is not None:
            await branch.save_turn(
                replace(record, turn_id=own, session_id=branch.session_id, cell=None)
            )


def _turn_of(row: StoredItem) -> str | None:
    """The turn that a row is copied with: none for a summary, whose originals stay behind."""
    return None if (row.turn_id or "").startswith(COMPACTION) else row.turn_id
