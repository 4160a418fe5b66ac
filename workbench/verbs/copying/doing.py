"""``wb.copy``: a conversation to another store, verified, and gone on with when it was cut off."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from workbench.errors import InvalidValue, shorten
from workbench.protocols import Report, Session
from workbench.verbs.copying.destination import Destination, destination_of
from workbench.verbs.copying.entries import whole
from workbench.verbs.copying.notes import notes_of
from workbench.verbs.copying.report import CopyReport
from workbench.verbs.copying.source import Source, source_of
from workbench.verbs.copying.transfer import Transfer, standing_of
from workbench.verbs.copying.turns import copy_turns
from workbench.verbs.copying.where import place_of
from workbench.verbs.progress import with_progress
from workbench.workspace import Name, workspace
from workbench.workspace.about import About
from workbench.workspace.adding import add
from workbench.workspace.copies import alone, begin, end, ended, find


def copy(
    target: str | Session,
    to: str | Session,
    *,
    name: str | None = None,
    store: str | None = None,
    key: Any = None,
    restart: bool = False,
) -> CopyReport:
    """Copy a conversation to another store, and verify it item by item; returns what it came to.

    ``target`` is a name, a session object (the SDK's own too), or with ``store`` (a URL) the id of
    a session there. ``to`` is the URL of a store, where the conversation keeps its id, or a session
    object. ``name`` is what the copy is called in the workspace; None is the name with the kind of
    the store: ``demo-redis``. What there is at the start goes along: items, hidden ones too, with
    times and turns, the archive with its reasons, tags, agent and settings. What the target can't
    hold is said in the report. An encrypted conversation is read by its key (``key``, or as it is
    asked for) and encrypted again by the same one.

    A copy that was cut off goes on where it ended when it is called again the same way; nothing is
    there twice. ``restart`` clears what such a copy has left, and begins anew.

    Raises InvalidValue for a target that has items already, InvalidItem for what it refuses,
    SessionChanged when others change one of the two meanwhile, StoreLocked while another copy goes
    there, UnknownSession, KeyRequired, WrongKey, StoreError.

    >>> turn = wb.ask("demo", "My name is John")
    >>> report = wb.copy("demo", "sqlite:///backup.db", name="kept")
    >>> report.items, list(wb.history("kept")["content"])
    (2, ['My name is John', 'Nice to meet you, John.'])
    """
    source = source_of(target, store, key=key)
    begun = time.monotonic()
    with workspace().secrets.on_trial(to if isinstance(to, str) else ""):
        destination = destination_of(source, to, name)
        with alone(workspace(), destination.place, destination.shown):
            report = with_progress(
                "copying", lambda told: _copied(source, destination, restart=restart, report=told)
            )
    return replace(report, seconds=time.monotonic() - begun)


async def _copied(
    source: Source, destination: Destination, *, restart: bool, report: Report
) -> CopyReport:
    extent = await whole(source.session)
    standing = await standing_of(source.session, extent)
    transfer = Transfer(source.session, destination.session, extent, name=source.name)
    await transfer.check()
    resumed = await _begun(source, destination, restart=restart)
    moved = await transfer.run(report, 0 if standing is None else standing.items)
    turns = await copy_turns(source.session, destination.session)
    await transfer.check_unchanged(standing)
    await _finished(source, destination)
    return CopyReport(
        source=source.name,
        target=destination.shown,
        name=destination.name,
        items=moved.items,
        archived=moved.archived,
        turns=turns,
        seconds=0.0,
        resumed=resumed,
        notes=tuple(await notes_of(source, destination, moved)),
    )


async def _begun(source: Source, destination: Destination, *, restart: bool) -> bool:
    """Note that the copy begins; whether it goes on with one that was cut off.

    Raises InvalidValue where the target has something else.
    """
    place = workspace()
    earlier = await find(place, destination.place)
    mine = earlier is not None and earlier.source == place_of(source.session)
    if mine and restart:
        await destination.session.clear_session()
    if not mine and await _has_anything(destination.session):
        raise InvalidValue(
            f"there is a conversation {destination.shown} already, and it is no unfinished copy of "
            f"session {shorten(source.name)}; nothing was written: copy to another store, or "
            "delete that one first"
        )
    await begin(place, destination.place, place_of(source.session))
    return mine and not restart


async def _has_anything(session: Any) -> bool:
    return bool(await session.rows(1) or await session.archived() or await session.turns())


async def _finished(source: Source, destination: Destination) -> None:
    """Give the copy its name, with what is known of the source, and forget that it was begun."""
    place, name = workspace(), destination.name
    if name is None:
        await end(place, destination.place)
        return
    now, known = datetime.now(UTC), source.entry
    entry = Name(
        name,
        destination.url,
        destination.session.session_id,
        None if known is None else known.agent,
        None if known is None else known.model,
        now,
        now,
        source.wrappers,
        About() if known is None else known.about,
    )
    await add(place, entry, ended(destination.place))
    source.keep_secrets(name)
