"""Looking: the history, the turns and the sessions as DataFrames."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from workbench import loop
from workbench.errors import InvalidValue, ModelError, StoreError
from workbench.frames.catalogue import catalogue_frame, sessions_frame
from workbench.frames.history import History, read_history
from workbench.frames.readable import readable
from workbench.frames.turns import turns_frame
from workbench.protocols import Archives, KeepsRows, Report, Session, SessionInfo
from workbench.verbs.progress import Bar, watched, with_progress
from workbench.verbs.subject import subject
from workbench.verbs.tag import fits
from workbench.workspace import Name, workspace
from workbench.workspace.about import About

if TYPE_CHECKING:
    import pandas as pd

_log = logging.getLogger("workbench")


def history(
    target: str | Session,
    *,
    store: str | None = None,
    limit: int | None = None,
    full: bool = False,
) -> pd.DataFrame:
    """The items of a conversation as a DataFrame, one row each, oldest first.

    ``target`` is a name, any session object (the SDK's own too), or with ``store`` (a URL such as
    ``sqlite:///app.db``) the id of a session there. ``limit`` keeps the newest items. ``full`` puts
    the archived items in their places: grey, and marked in a column more, ``archived``. The columns
    and dtypes are those of `workbench.frames.columns`, also when there is nothing to show. Items of
    an encrypted session whose key is not known are shown by their size and the id of their key.
    Raises UnknownSession, WrongKey, CorruptItem, StoreError, Unsupported.

    >>> turn = wb.ask("demo", "My name is John")
    >>> wb.history("demo")[["order", "role", "content"]]
       order       role                  content
    0      1       user          My name is John
    1      2  assistant  Nice to meet you, John.
    """

    async def look(report: Report) -> History:
        session = await subject(target, store=store)
        return await read_history(
            _with_archive(session) if full else session, limit=limit, full=full, report=report
        )

    with Bar("history") as bar:
        read = watched(bar, look)
        # Made here, not on the home loop: a long one takes a second, and others wait there.
        frame = read.frame(bar)
    return frame if full else readable(frame)


def _with_archive(session: Session) -> Session:
    """What was compacted of a session that is not ours is kept beside it."""
    from workbench.sessions.adopted import AdoptedSession

    known = isinstance(session, KeepsRows) and isinstance(session, Archives)
    return session if known else cast(Session, AdoptedSession(session))


def turns(target: str | Session, *, store: str | None = None) -> pd.DataFrame:
    """The turns of a conversation as a DataFrame, one row each; arguments as `history`.

    >>> turn = wb.ask("demo", "My name is John")
    >>> wb.turns("demo")[["turn", "status", "model", "reply"]]
       turn status    model                    reply
    0     1   done  offline  Nice to meet you, John.
    """

    async def look(_report: Report) -> pd.DataFrame:
        return await turns_frame(await subject(target, store=store))

    return readable(with_progress("turns", look))


def list_sessions(
    store: str | None = None,
    *,
    tag: str | Iterable[str] | None = None,
    title: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """The named sessions of the workspace as a DataFrame, or with ``store`` all sessions there.

    ``tag`` (one, or several) keeps those that have it (all of them), ``title`` those with this text
    in their title, in upper or lower case, ``metadata`` those with these values (None: without).

    A store that can't be reached just now is logged as a warning, and its sessions have NA for what
    it would tell.

    >>> turn = wb.ask("trip", "My name is John")
    >>> about = wb.tag("trip", "travel")
    >>> wb.list_sessions(tag="travel")[["name", "n_items"]]
       name  n_items
    0  trip        2
    """
    if store is None:
        return loop.run(_catalogue(partial(fits, tags=tag, title=title, metadata=metadata)))
    if tag is not None or title is not None or metadata is not None:
        raise InvalidValue(
            "titles, tags and metadata are of named sessions: to look by them leave store out"
        )
    return loop.run(sessions_frame(workspace().store_at(store)))


async def _catalogue(wanted: Callable[[Name], bool]) -> pd.DataFrame:
    return readable(catalogue_frame([row for _entry, row in await catalogue(wanted)]))


async def catalogue(
    wanted: Callable[[Name], bool] = lambda _name: True,
) -> list[tuple[Name, dict[str, Any]]]:
    """The named sessions, the last used first, each with its row of `list_sessions`."""
    names = [each for each in await workspace().names() if wanted(each)]
    # Each store is asked once, however many names it keeps, and all of them at the same time: one
    # that is down answers late.
    urls = list({entry.store for entry in names})
    found = dict(zip(urls, await asyncio.gather(*map(_sessions, urls)), strict=True))
    return [
        (entry, _row(entry, workspace().shown(entry.store), found[entry.store])) for entry in names
    ]


async def _sessions(url: str | None) -> dict[str, SessionInfo] | None:
    """The sessions of a store by id; None when it can't be reached just now."""
    try:
        store = workspace().store(url)
        return {info.session_id: info for info in await store.list_sessions()}
    except (StoreError, ModelError) as exc:
        _log.warning("%s", exc)  # one line on stderr, unless the program logs in its own way
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
        **_about(entry.about),
        "created_at": entry.created_at,
        "updated_at": info.updated_at if info else None,
        "last_used": entry.used_at,
    }


def _about(about: About) -> dict[str, str | None]:
    metadata = json.dumps(dict(about.metadata), ensure_ascii=False) if about.metadata else None
    return {"title": about.title, "tags": ", ".join(about.tags) or None, "metadata": metadata}
