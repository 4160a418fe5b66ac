"""Going on with one of the compared: its copy becomes a session of its own, with a name."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from workbench.errors import StoreError, StoreUnusable, shorten
from workbench.sessions.layers import innermost
from workbench.verbs.agents import agent_called
from workbench.verbs.compare.forks import beside, copied, reads_back
from workbench.verbs.compare.keeping import Keeping
from workbench.verbs.compare.lane import Lane
from workbench.verbs.copying.turns import copy_turns
from workbench.verbs.numbered import able
from workbench.workspace import Workspace
from workbench.workspace.secrets import silent


async def kept(place: Workspace, lane: Lane, name: str | None) -> str:
    """Keep what was said in ``lane`` as a session ``name`` (None: the next free one,
    ``demo-compare-1``), with its turns, and remember who answered; returns the name.

    It is a copy of the copy: a throw-away conversation is deleted by its id, whatever happens.
    Raises InvalidValue, StoreError; nothing is left under the name then.
    """
    side = lane.side
    keeping = await asyncio.to_thread(_keeping, place, lane, name)
    chosen = keeping.name(side, 1)
    made = beside(side.origin, chosen, store=keeping.store(side))
    try:
        await copied(lane.session, made)
        if not await reads_back(lane.session, made):
            raise StoreUnusable(f"{shorten(chosen)} does not read back as it was written")
        await copy_turns(able(lane.session), able(made), cells=False)
        await keeping.remember(side, 1)
    except BaseException:
        with suppress(StoreError):
            await innermost(made).clear_session()
        raise
    await place.remember(chosen, agent=_agent(lane), model=_model(lane))
    return chosen


def _keeping(place: Workspace, lane: Lane, name: str | None) -> Keeping:
    with silent():
        return Keeping(place, [lane.side], 1, name=name)


def _agent(lane: Lane) -> str | None:
    """Who goes on, by the name under which a cell finds it."""
    own: Any = lane.side.agent
    if own is None:
        return None if lane.side.entry is None else lane.side.entry.agent
    return str(own.name) if agent_called(own.name) is own else None


def _model(lane: Lane) -> str | None:
    side = lane.side
    if side.model is None and side.agent is None and side.entry is not None:
        return side.entry.model
    return side.model if isinstance(side.model, str) else None
