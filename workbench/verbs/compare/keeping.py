"""Keeping what was said in a comparison: each copy becomes a named session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from workbench import loop
from workbench.errors import InvalidValue, shorten
from workbench.protocols import Store
from workbench.verbs.compare.sides import Side
from workbench.workspace import Workspace


class Keeping:
    """The names of the copies of ``sides``, ``repeat`` of each: ``demo-compare-1``, ...; or a
    ``name`` that somebody chose for the only one.

    Plain code. Raises InvalidValue for a conversation that has no name, and so no place that could
    be remembered, and for a chosen name that is taken.
    """

    def __init__(
        self, place: Workspace, sides: Sequence[Side], repeat: int, *, name: str | None = None
    ) -> None:
        self._place = place
        for side in sides:
            if side.origin is not None and side.entry is None:
                raise InvalidValue(
                    f"keep=True names the copies, and {shorten(side.label)} has no name: give a "
                    "session of the workspace"
                )
        runs = [(side, run) for run in range(1, repeat + 1) for side in sides]
        self._names = loop.run(
            _free_names(place, runs) if name is None else _only(place, runs, name)
        )

    def name(self, side: Side, run: int) -> str:
        """The name, and the id in its store, of one copy."""
        return self._names[side.label, run]

    def store(self, side: Side) -> Store | None:
        """Where a copy is made that has no origin and no store of its own."""
        return self._place.store() if side.origin is None and side.store is None else side.store

    async def remember(self, side: Side, run: int) -> None:
        """Make a copy a session of the workspace, with what stands around its origin."""
        name, around = self.name(side, run), None
        if side.entry is not None:
            around = side.entry.wrappers
            if around.encryption is not None:
                around = replace(around, encryption="yes")
                self._place.secrets.keep(name, self._place.secrets.key(side.entry.name))
            if side.entry.name in self._place.summarisers:
                self._place.summarisers[name] = self._place.summarisers[side.entry.name]
        wrappers = {} if around is None else asdict(around)
        await self._place.open(
            name,
            store=self._url(side),
            wrappers={key: value for key, value in wrappers.items() if value is not None},
        )

    def _url(self, side: Side) -> str | None:
        if side.url is not None:
            return side.url
        kept = None if side.entry is None else side.entry.store
        return self._place.located(kept) if kept else None


async def _free_names(
    place: Workspace, runs: Sequence[tuple[Side, int]]
) -> dict[tuple[str, int], str]:
    taken = {each.name for each in await place.names()}
    names = {}
    for side, run in runs:
        here = taken | await _ids(place, side)
        stem = f"{side.entry.name}-compare" if side.entry is not None else "compare"
        number = 1
        while f"{stem}-{number}" in here:
            number += 1
        names[side.label, run] = f"{stem}-{number}"
        taken.add(f"{stem}-{number}")
    return names


async def _only(
    place: Workspace, runs: Sequence[tuple[Side, int]], name: str
) -> dict[tuple[str, int], str]:
    ((side, run),) = runs
    if await place.find(name) is not None or name in await _ids(place, side):
        raise InvalidValue(f"there is a conversation {shorten(name)} already: choose another name")
    return {(side.label, run): name}


async def _ids(place: Workspace, side: Side) -> set[str]:
    """The conversations where a copy of a side is kept."""
    store: Any = side.store or place.store(side.entry.store if side.entry else None)
    return {info.session_id for info in await store.list_sessions()}
