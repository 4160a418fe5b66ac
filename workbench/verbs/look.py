"""Looking: the history, the turns and the sessions as DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import loop
from workbench.errors import StoreError
from workbench.frames.catalogue import catalogue_frame, sessions_frame
from workbench.frames.history import history_frame
from workbench.frames.turns import turns_frame
from workbench.protocols import Session, SessionInfo, Store
from workbench.stores import open_store
from workbench.verbs.subject import subject
from workbench.workspace import Name, workspace

if TYPE_CHECKING:
    import pandas as pd


def history(
    target: str | Session, *, store: str | None = None, limit: int | None = None
) -> pd.DataFrame:
    """The items of a conversation as a DataFrame, one row each, oldest first.

    ``target`` is a name, any session object (the SDK's own too), or with ``store`` (a URL such as
    ``sqlite:///app.db``) the id of a session there. ``limit`` keeps the newest items. The columns
    and dtypes are those of `workbench.frames.columns`, also when there is nothing to show. Raises
    UnknownSession, CorruptItem, StoreError.
    """

    async def look() -> pd.DataFrame:
        return await history_frame(await subject(target, store=store), limit=limit)

    return loop.run(look())


def turns(target: str | Session, *, store: str | None = None) -> pd.DataFrame:
    """The turns of a conversation as a DataFrame, one row each; arguments as `history`."""

    async def look() -> pd.DataFrame:
        return await turns_frame(await subject(target, store=store))

    return loop.run(look())


def list_sessions(store: str | None = None) -> pd.DataFrame:
    """The named sessions of the workspace as a DataFrame, or with ``store`` all sessions there."""
    if store is not None:
        return loop.run(sessions_frame(open_store(store)))
    return loop.run(_catalogue())


async def _catalogue() -> pd.DataFrame:
    names = await workspace().names()
    # Each store is asked once, however many names it keeps.
    stores = {url: workspace().store(url) for url in {entry.store for entry in names}}
    found = {url: await _sessions(store) for url, store in stores.items()}
    return catalogue_frame(
        [_row(entry, stores[entry.store].url, found[entry.store]) for entry in names]
    )


async def _sessions(store: Store) -> dict[str, SessionInfo] | None:
    """The sessions of a store by id; None when it can't be reached just now."""
    try:
        return {info.session_id: info for info in await store.list_sessions()}
    except StoreError:
        return None


def _row(entry: Name, store: str, found: dict[str, SessionInfo] | None) -> dict[str, Any]:
    info = (found or {}).get(entry.session_id)
    return {
        "name": entry.name,
        "session_id": entry.session_id,
        "store": store,
        "n_items": info.n_items if info else (0 if found is not None else None),
        "agent": entry.agent,
        "model": entry.model,
        "created_at": entry.created_at,
        "updated_at": info.updated_at if info else None,
        "last_used": entry.used_at,
    }
