"""``wb.load``: a conversation from a file, as a new named session."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import loop
from workbench.errors import (
    CorruptFile,
    InvalidItem,
    InvalidValue,
    StoreError,
    WorkbenchError,
    shorten,
)
from workbench.items import encode, is_encrypted
from workbench.protocols import PAGE, Key, StoredItem, TurnRecord
from workbench.verbs.card import SessionCard, session_card
from workbench.verbs.files import formats
from workbench.verbs.files.formats import format_of
from workbench.verbs.files.jsonl import Part
from workbench.verbs.files.report import counted
from workbench.verbs.files.source import Entry, Heading
from workbench.verbs.files.whole import given_path
from workbench.verbs.opening import know_password
from workbench.verbs.progress import Bar
from workbench.workspace import Workspace, handle, loading, workspace
from workbench.workspace.about import Noted, noted
from workbench.workspace.urls import checked_url

if TYPE_CHECKING:
    from workbench.sessions.stored import StoredSession

Read = Callable[[Callable[[int], object]], Iterator[Part]]
"""Reads a file from its start; told how far it is."""


def load(
    path: str | os.PathLike[str],
    name: str | None = None,
    *,
    store: str | None = None,
    format: str | None = None,
    line: int | None = None,
) -> SessionCard:
    """Read a conversation from a file into a new named session; returns what there is now.

    It reads what `export` has written as JSON lines or Parquet (items, times, turns, archive,
    hidden items, title and tags come back as they were), and files of other programs: JSON lines of
    items or of chat messages, and OpenAI's training format, of which ``line`` (from 1) chooses one
    conversation where there are several. ``name`` None is the name it had, or that of the file;
    ``store`` a store URL, None for the workspace's own file.

    The file is read to its end before anything is stored, and a conversation is only there when it
    is whole: an error or a kill leaves nothing under the name. It comes as plain text, also what
    was encrypted where it came from: ``wb.encrypt`` encrypts it.

    Raises CorruptFile, with the line, for a file that was cut short or changed, that is of another
    kind or of a later version; InvalidValue for a name or an id that exists; NotFound, StoreError.

    >>> turn = wb.ask("demo", "My name is John")
    >>> written = wb.export("demo", "demo.jsonl")
    >>> card = wb.load("demo.jsonl", "again")
    >>> wb.ask("again", "What's my name?").text
    'Your name is John.'
    """
    place = given_path(path)
    if place.exists() and not place.is_file():  # what is read twice is no pipe and no device
        raise InvalidValue(f"{shorten(str(path))} is no file, so no conversation can be in it")
    if store is not None:
        checked_url(store)
    read = _reader(place, format_of(place, format, formats.READ), line)
    with Bar("load", unit="bytes") as bar:
        size = place.stat().st_size if place.is_file() else 0
        heading = _checked(read, place, lambda done: bar(done // 2, size))
        name = name if name is not None else heading.name or place.stem
        left_out = _load(read, heading, name, store, lambda done: bar((size + done) // 2, size))
    card = loop.run(session_card(name))
    return replace(card, details=(*card.details, *left_out))


def _reader(path: Path, format: str, line: int | None) -> Read:
    if line is not None and (isinstance(line, bool) or not isinstance(line, int) or line < 1):
        raise InvalidValue(f"line is the number of a line, from 1, not {line!r}")
    if format == formats.PARQUET:
        from workbench.verbs.files.parquet import read

        return lambda report: read(path, report)
    from workbench.verbs.files.lines import read_lines

    return lambda report: read_lines(path, line=line, report=report)


def _checked(read: Read, path: Path, report: Callable[[int], object]) -> Heading:
    """Read it all once; the heading. Raises CorruptFile."""
    heading: Heading | None = None
    count = 0
    for part in read(report):
        if isinstance(part, Heading):
            heading = part
        elif not isinstance(part, TurnRecord):
            count += 1
            _check_item(part, path)
    if heading is None or (not count and not heading.session_id):
        raise CorruptFile(f"{shorten(path.name)} holds no items")
    return heading


def _check_item(entry: Entry, path: Path) -> None:
    place = f"an item of {shorten(path.name)} (line {entry.key})"
    if is_encrypted(entry.item):
        raise CorruptFile(f"{place} is encrypted for another session, and can't be read here")
    try:
        encode(entry.item)
    except InvalidItem as exc:
        raise CorruptFile(f"{place} can't be stored: {exc}") from exc


def _load(
    read: Read,
    heading: Heading,
    name: str,
    store: str | None,
    report: Callable[[int], object],
) -> list[tuple[str, str]]:
    """Store it under its name; what the store can't keep, as lines of the card."""
    place = workspace()
    with place.secrets.on_trial(store or ""):
        if store is not None:
            know_password(place, store)
        session = _new_session(place, name, store)
    url = place.remembered(store) if store is not None else None
    note = loop.run(loading.begin(place, name, url, session.session_id))
    try:
        _check_nothing_there(session)
        left_out = _put(session, read(report), lambda: loop.run(loading.renew(place, note)))
    except _Taken:
        loop.run(loading.end(place, note))
        raise
    except BaseException:
        loop.run(_give_up(place, session, note))
        raise
    loop.run(_name(place, name, store, heading, note))
    return [
        ("left out", f"{counted(count, 'item')}, because {why}") for why, count in left_out.items()
    ]


def _new_session(place: Workspace, name: str, store: str | None) -> StoredSession:
    if loop.run(place.find(name)) is not None:
        raise InvalidValue(
            f"there is a session {shorten(name)} already; give the new one another name: "
            "wb.load(path, name)"
        )
    return handle(place.store(None) if store is None else place.store_at(store), name)


def _check_nothing_there(session: StoredSession) -> None:
    """Raise InvalidValue for a conversation that an application keeps under this id."""

    async def look() -> bool:
        return bool(await session.rows(1) or await session.archived() or await session.turns())

    if loop.run(look()):
        raise _Taken(
            f"there is a conversation {shorten(session.session_id)} in {session.store.url} "
            "already, though it has no name here; give the new one another name"
        )


class _Taken(InvalidValue):
    """What is there is somebody else's too: it is not cleared when nothing comes of loading."""


def _put(
    session: StoredSession, parts: Iterator[Part], renew: Callable[[], object]
) -> Counter[str]:
    """Store all parts, a page at a time; how many the store can't keep, by the reason.

    Raises InvalidValue when somebody else writes there too.
    """
    newest: Key | None = None
    left_out: Counter[str] = Counter()
    page: list[Entry] = []
    records: list[TurnRecord] = []
    for part in parts:
        if isinstance(part, TurnRecord):
            records.append(replace(part, session_id=session.session_id))
        elif not isinstance(part, Heading):
            why = session.omits(part.item)
            left_out.update([why] if why else [])
            page += [] if why else [part]
        if len(page) == PAGE:
            newest = _put_page(session, page, newest)
            page = []
            renew()
    _put_page(session, page, newest)
    for start in range(0, len(records), PAGE):
        loop.run(session.save_turns(records[start : start + PAGE]))
        renew()
    return left_out


def _put_page(session: StoredSession, page: list[Entry], newest: Key | None) -> Key | None:
    """Store a page behind the item with the key ``newest``; the key of the newest one then."""
    if not page:
        return newest
    keys = loop.run(session.put(page, newest=newest))
    if keys is None:
        raise _Taken(
            f"somebody else wrote to {shorten(session.session_id)} in {session.store.url} while it "
            "was loaded there: it has no name here, and what it holds is left as it is; load the "
            "file again under another name"
        )
    live = [key for key, each in zip(keys, page, strict=True) if isinstance(each, StoredItem)]
    return live[-1] if live else newest


async def _give_up(place: Workspace, session: StoredSession, note: loading.Loading) -> None:
    # Where the store can't be reached the note stays, and whoever takes the name clears it.
    try:
        with suppress(StoreError):
            await session.clear_session()
            await loading.end(place, note)
    finally:
        loading.abandon(note)


async def _name(
    place: Workspace, name: str, store: str | None, heading: Heading, note: loading.Loading
) -> None:
    """Give the conversation, which is whole now, its name and what was known of it."""
    await loading.end(place, note)
    await place.open(name, store=store)
    await place.remember(name, agent=heading.agent, model=heading.model)
    if heading.title or heading.tags or heading.metadata:
        with suppress(WorkbenchError):  # what a later version lets in is no reason to refuse all
            await place.note(name, _about(heading))


def _about(heading: Heading) -> Noted:
    return noted(heading.tags, title=heading.title, metadata=heading.metadata)
