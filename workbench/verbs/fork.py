"""Forking: a new conversation that begins as another one did."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from workbench.errors import InvalidValue, StoreError, Unsupported, shorten
from workbench.protocols import Branches, Report, Session, Store
from workbench.render.family import fork_point
from workbench.render.lines import labelled
from workbench.sessions.layers import innermost
from workbench.sessions.stored import StoredSession, checked_id
from workbench.stores import open_store
from workbench.stores.sqlite import SQLiteStore, url_of
from workbench.verbs.copying.point import Point, before, behind, end_of
from workbench.verbs.copying.source import Source, named, needs_key, source_of
from workbench.verbs.copying.transfer import Transfer, standing_of
from workbench.verbs.copying.turns import copy_turns
from workbench.verbs.copying.where import encrypted_alike
from workbench.verbs.progress import with_progress
from workbench.workspace import Name, Workspace, handle, loading, workspace
from workbench.workspace.adding import add, taken
from workbench.workspace.family import Fork, Member, added

_MOST = 10_000
"""The last number that is tried for a new name."""


@dataclass(frozen=True, slots=True)
class Forked:
    """A session that was just forked: ``name`` begins with ``items`` items of ``origin``, its turns
    up to ``turn`` (None: all that there were)."""

    name: str
    origin: str
    turn: int | None
    items: int
    store: str

    def __str__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML."""
        return labelled(
            [
                ("session", self.name),
                ("forked from", f"{self.origin}, {fork_point(self.turn)}"),
                ("length", f"{self.items:,} item{'' if self.items == 1 else 's'}"),
                ("store", self.store),
            ]
        )


def fork(
    target: str | Session,
    name: str | None = None,
    *,
    at: int | None = None,
    store: str | None = None,
) -> Forked:
    """Begin a new named session with the turns of another one up to and including turn ``at``.

    ``target`` is a name, a session object, or with ``store`` the id of a session there. ``name``
    None is the next free one: ``demo-2``. ``at`` counts as ``wb.history`` does; None is all of it,
    0 begins an empty one. The origin stays as it is, and is remembered: ``wb.tree`` draws the
    family. The fork is kept where its origin is (that of a session which is not the workbench's: in
    the workspace's own file), with what stands around it (compaction, encryption by the same key),
    agent and model. Hidden items stay hidden. What is in the archive stays behind: of what was
    compacted the fork has the summary. A fork that is cut off leaves nothing under its name.

    Raises InvalidValue for a turn that there isn't, and for a name or an id that is taken;
    UnknownSession, KeyRequired, StoreError.

    >>> turns = [wb.ask("demo", "My name is John"), wb.ask("demo", "I prefer tea")]
    >>> fork = wb.fork("demo", "what-if", at=1)
    >>> list(wb.history("what-if")["content"])
    ['My name is John', 'Nice to meet you, John.']
    """
    source = source_of(target, store)
    if source.sealed:
        raise needs_key(source)
    if name is not None:
        checked_id(name)
    made: Forked = with_progress("fork", lambda report: _forked_at(source, name, at, report))
    return made


async def _forked_at(source: Source, name: str | None, at: int | None, report: Report) -> Forked:
    session = source.session
    point = await (end_of(session) if at is None else behind(session, at, source.name))
    made, items = await _fork(workspace(), source, name, point, report)
    where = workspace().shown(made.store)
    return Forked(made.name, source.name, point.turn, items, where)


async def fork_before(place: Workspace, entry: Name, turn_id: str) -> Name:
    """A new named session with what ``entry`` held before a turn of it, as `fork` makes it.

    It is called ``NAME-2`` (or the next free number). Raises KeyRequired.
    """
    source = named(entry)
    point = await before(source.session, turn_id)
    made, _items = await _fork(place, source, None, point, lambda _done, _total: None)
    return made


async def _fork(
    place: Workspace, source: Source, name: str | None, point: Point, report: Report
) -> tuple[Name, int]:
    """Make the fork, and name it when it is whole; also how many items it has."""
    url, store = _home(place, source)
    name, note = await _begun(place, source, name, url, store)
    branch = encrypted_alike(handle(store, name), source.session)
    try:
        items = await _filled(source, branch, store, point, report)
        now = datetime.now(UTC)
        entry = _entry(source, name, url, now)
        origin = _member(source)
        fork = Fork(Member.of(entry), origin, point.turn, items)
        await add(place, entry, added(fork))
    except _Taken:
        await loading.end(place, note)
        raise
    except BaseException:
        await _give_up(place, branch, note)
        raise
    await loading.end(place, note)
    source.keep_secrets(name)
    return await place.get(name), items


def _home(place: Workspace, source: Source) -> tuple[str | None, Store]:
    """Where a fork is kept: by the URL that is remembered, and the store itself."""
    if source.entry is not None:
        return source.entry.store, place.store(source.entry.store)
    inner = innermost(source.session)
    store = inner.store if isinstance(inner, StoredSession) else None
    url = source.store or (None if store is None else _url_of(store))
    if url is not None and (store is None or place.store_at(url) is store):
        return place.remembered(url), place.store_at(url)
    return None, place.store()


def _url_of(store: Store) -> str | None:
    """The URL by which this process finds a store of its own again."""
    if isinstance(store, SQLiteStore):
        url = None if store.path is None else url_of(store.path)
    else:
        url = store.url
    with suppress(StoreError, InvalidValue):
        return url if url is not None and open_store(url) is store else None
    return None


async def _begun(
    place: Workspace, source: Source, name: str | None, url: str | None, store: Store
) -> tuple[str, loading.Loading]:
    """Note that a session of this name (None: of the next free one) is being made.

    Raises InvalidValue when the name, or the id in the store, is taken.
    """
    if name is not None:
        if await place.find(name) is not None:
            raise taken(name)
        note = await loading.begin(place, name, url, name)
        if await _is_there(store, name):
            await loading.end(place, note)
            raise InvalidValue(
                f"there is a conversation {shorten(name)} in {store.url} already, though it has no "
                "name here; give the fork another name"
            )
        return name, note
    for number in count(2):
        try:
            return await _begun(place, source, f"{source.name}-{number}", url, store)
        except InvalidValue:
            if number == _MOST:  # it is not for the number that none will do
                raise
    raise AssertionError("numbers don't end")


async def _is_there(store: Store, session_id: str) -> bool:
    session = handle(store, session_id)
    return bool(await session.rows(1) or await session.archived() or await session.turns())


class _Taken(InvalidValue):
    """What is there by now is somebody else's: it is not cleared when nothing comes of the fork."""


async def _filled(source: Source, branch: Any, store: Store, point: Point, report: Report) -> int:
    """Put into the branch what lies before the point; how many items that is, hidden ones too."""
    items = await _branched(source, branch, store, point)
    if items is not None:
        return items + len(point.extent.archived)
    transfer = Transfer(source.session, branch, point.extent, name=source.name)
    standing = await standing_of(source.session, point.extent) if point.is_prefix else None
    moved = await transfer.run(report, 0 if standing is None else standing.items)
    await transfer.check_unchanged(standing)
    await copy_turns(source.session, branch, only=moved.turn_ids, cells=False)
    return moved.items + moved.archived


async def _branched(source: Source, branch: Any, store: Store, point: Point) -> int | None:
    """Let the store do it by itself, where it can: what lies as plain text in the same store."""
    origin = source.session
    plain = isinstance(origin, StoredSession) and isinstance(branch, StoredSession)
    if not (plain and point.is_prefix and isinstance(store, Branches) and origin.store is store):
        return None
    with suppress(Unsupported):
        items = await store.branch(origin.session_id, branch.session_id, until=point.until)
        if items is None:
            raise _Taken(
                f"somebody else has just begun a conversation {shorten(branch.session_id)} in "
                f"{store.url}; give the fork another name"
            )
        return items
    return None


async def _give_up(place: Workspace, branch: Any, note: loading.Loading) -> None:
    # Where the store can't be reached the note stays, and whoever takes the name clears it.
    with suppress(StoreError):
        await innermost(branch).clear_session()
        await loading.end(place, note)


def _entry(source: Source, name: str, url: str | None, now: datetime) -> Name:
    known = source.entry
    agent, model = (None, None) if known is None else (known.agent, known.model)
    return Name(name, url, name, agent, model, now, now, source.wrappers)


def _member(source: Source) -> Member:
    if source.entry is not None:
        return Member.of(source.entry)
    store = getattr(innermost(source.session), "store", None)
    return Member(source.name, None, None if store is None else store.url)
