"""The workspace: the notebook's named sessions, and what is remembered of each.

A name stands for a store and an id in it, with what stands around it (compaction, encryption) and
the agent and the model to go on with. It is kept in SQLite (``.workbench/workbench.db`` in the
notebook's folder, mode 0600; ``WORKBENCH_HOME`` moves it), so a name survives the kernel. Sessions
without a store of their own are kept in the same file. It never holds a secret: keys and passwords
are looked up each time (`workbench.workspace.secrets`). Paths below the notebook's folder are kept
relative, so that a project can be moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import CorruptItem, InvalidValue, UnknownSession, nearest, shorten
from workbench.items import is_encrypted
from workbench.places import home_folder
from workbench.protocols import Store
from workbench.sessions.stored import StoredSession, checked_id
from workbench.stores import open_store
from workbench.stores.sqlite import SQLiteStore, file_of, url_of
from workbench.stores.urls import StoreURL, redacted
from workbench.workspace import loading
from workbench.workspace import names as table
from workbench.workspace.about import About, Noted
from workbench.workspace.names import Name
from workbench.workspace.secrets import Secrets, no_key
from workbench.workspace.urls import (
    checked_url,
    needs_password,
    same_place,
    with_password,
    without_password,
)
from workbench.workspace.wrappers import compacted, encrypted, whole

if TYPE_CHECKING:
    from workbench.sessions.wrapper import SessionWrapper

__all__ = ["Name", "Workspace", "workspace"]


class Workspace:
    """The named sessions of ``folder`` (None: `workbench.places.home_folder`)."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or home_folder()
        self.file = self.folder / "workbench.db"
        self.agents: dict[str, Any] = {}
        """Agents registered by name; they live as long as the kernel, being Python objects."""
        self.summarisers: dict[str, Any] = {}
        """By session: the SDK Model or the callable that makes its summaries, while the kernel
        lives."""
        self.runs: dict[str, Any] = {}
        """By turn: runs that wait for an approval, with what of them is never written down."""
        self.secrets = Secrets()
        self.told: set[str] = set()
        """The sessions for which this kernel has said that the offline model answers."""

    def __repr__(self) -> str:
        return f"Workspace({str(self.folder)!r})"

    def store(self, url: str | None = None) -> Store:
        """The store at a remembered ``url``; the workspace's own for None.

        Raises PasswordRequired when its password is not known.
        """
        if not url:
            return open_store(url_of(self.file, private="1"))
        return self.store_at(self.located(url))

    def store_at(self, url: str) -> Store:
        """The store at ``url`` as somebody wrote it, its password looked up where it has to be."""
        if needs_password(checked_url(url)):
            url = with_password(url, self.secrets.password(url))
        return open_store(url)

    async def find(self, name: str) -> Name | None:
        """What is remembered under ``name``; None when nothing is. Raises InvalidValue."""
        rows: list[Name] = await self._own().file.read(table.one(checked_id(name)), missing=[])
        return rows[0] if rows else None

    async def get(self, name: str) -> Name:
        """As `find`. Raises UnknownSession with the nearest names."""
        found = await self.find(name)
        if found is None:
            known = [each.name for each in await self.names()]
            raise UnknownSession(
                f"there is no session {shorten(name)}; {nearest(name, known, plural='sessions')}"
            )
        return found

    async def names(self) -> list[Name]:
        """Every named session, the last used first."""
        return await self._own().file.read(table.every, missing=[])

    async def open(
        self, name: str, *, store: str | None = None, wrappers: Mapping[str, Any] | None = None
    ) -> tuple[Name, bool]:
        """What is remembered under ``name``, made if it is new (then the second value is True).

        A ``store`` is where a new one is kept; for one that exists it has to be the same place
        (InvalidValue otherwise). ``wrappers`` changes what stands around it, as
        `workbench.workspace.wrappers.wanted` gives it; to encrypt what has items already, or to
        decrypt, is a verb of its own (InvalidValue).
        """
        checked_id(name)
        place = self.remembered(store) if store else None
        found = await self.find(name)
        if found is None:
            await loading.settle(self, name)
        if found is not None and store and not self._same(place, found.store):
            raise InvalidValue(
                f"session {shorten(name)} is kept in {self.shown(found.store)}, "
                f"not in {redacted(store)}; leave --store out, use another name, "
                "or delete that session"
            )
        now = datetime.now(UTC)
        entry = found or Name(name, place, name, None, None, now, now)
        changes = await self._allowed(entry, dict(wrappers or {}), new=found is None)
        changes = whole(entry.wrappers, changes) if changes else changes
        entry = replace(entry, used_at=now, wrappers=replace(entry.wrappers, **changes))
        await self._own().file.write(table.opened(entry, changes))
        return entry, found is None

    async def _allowed(self, entry: Name, changes: dict[str, Any], *, new: bool) -> dict[str, Any]:
        """The changes of the wrappers, with the encryption as the conversation itself shows it."""
        now = entry.wrappers.encryption
        asked = changes.pop("encryption", now)
        if asked is None and now is not None:
            raise InvalidValue(
                f"session {shorten(entry.name)} is encrypted; wb.decrypt makes it plain"
            )
        if now is not None or not (new or asked):
            return changes
        # A place that can't be used is refused here, before the name is tied to it.
        has, secret = await self._contents(self.base(entry))
        if asked and has and not secret:
            raise _has_plain_items(entry)
        return {**changes, "encryption": "yes"} if secret or asked else changes

    async def check_encryptable(self, entry: Name) -> None:
        """Raise InvalidValue if opening it can't make it an encrypted one: it has plain items."""
        if entry.wrappers.encryption is None:
            has, secret = await self._contents(self.base(entry))
            if has and not secret:
                raise _has_plain_items(entry)

    async def _contents(self, base: StoredSession) -> tuple[bool, bool]:
        """Whether the conversation has anything in it, and whether that is encrypted."""
        await base.turns()
        try:
            newest = [row.item for row in await base.rows(1)] or [
                each.item for each in (await base.archived())[-1:]
            ]
        except CorruptItem:  # whoever reads it is told
            return True, False
        return bool(newest), any(map(is_encrypted, newest))

    async def remember(self, name: str, *, agent: str | None, model: str | None) -> None:
        """What the session goes on with the next time; None leaves it as it is, "" forgets it."""
        await self.get(name)
        await self._own().file.write(table.remembered(name, agent, model))

    async def wrap(self, name: str, **changes: Any) -> None:
        """Remember other wrappers: the fields of `Wrappers`, None takes one away."""
        await self._own().file.write(table.wrapped(name, changes))

    async def note(self, name: str, change: Noted) -> About:
        """Change the title, the tags, the metadata; returns all of them. Raises UnknownSession."""
        checked_id(name)
        about: About | None = None
        if self.file.exists():  # what is not there gets no file
            about = await self._own().file.write(table.noted(name, change))
        if about is None:
            await self.get(name)  # raises, with the nearest names
        return about or About()

    def base(self, entry: Name) -> StoredSession:
        """The conversation itself, with nothing around it."""
        return handle(self.store(entry.store), entry.session_id)

    def session(self, entry: Name) -> StoredSession | SessionWrapper:
        """The session that a name stands for, with its wrappers. Raises KeyRequired."""
        summarise = self.summarisers.get(entry.name)
        session: StoredSession | SessionWrapper = compacted(
            self.plain(entry), entry.wrappers, summary_model=summarise
        )
        return session

    def readable(self, entry: Name) -> StoredSession | SessionWrapper:
        """As `session`; where no key is known, the conversation as it is stored."""
        locked = entry.wrappers.encryption and self.secrets.key(entry.name) is None
        return self.base(entry) if locked else self.session(entry)

    def plain(self, entry: Name, *, key: Any = None) -> StoredSession | SessionWrapper:
        """The conversation with its encryption alone around it. Raises KeyRequired."""
        base = self.base(entry)
        if entry.wrappers.encryption is None:
            return base
        key = key or self.secrets.key(entry.name)
        if key is None:
            raise no_key(entry.name)
        session: SessionWrapper = encrypted(base, entry.wrappers, key)
        return session

    async def forget(self, name: str) -> None:
        """Forget a name; its conversation stays in its store."""
        await self._own().file.write(table.forgotten(name))
        self.secrets.forget(name)
        self.summarisers.pop(name, None)

    def _own(self) -> SQLiteStore:
        store = self.store()
        assert isinstance(store, SQLiteStore)
        return store

    def remembered(self, url: str) -> str:
        """A file's URL relative to the notebook's folder where it lies below it; any other one
        without its password, which this kernel keeps in mind.
        """
        parsed = StoreURL.parse(url)
        path = file_of(parsed)
        if path is None:
            url, password = without_password(url)
            if password is not None:
                self.secrets.keep_password(url, password)
            return url
        base = self.folder.parent
        shown = path.relative_to(base) if path.is_relative_to(base) else path
        return url_of(shown.as_posix(), **parsed.options)

    def located(self, url: str) -> str:
        """A remembered URL as it counts in any folder: its file is below the notebook's folder."""
        parsed = StoreURL.parse(url)
        path = file_of(parsed, below=self.folder.parent)
        return url if path is None else url_of(path, **parsed.options)

    def _same(self, one: str | None, other: str | None) -> bool:
        if one == other or (one and other and same_place(one) == same_place(other)):
            return True
        if any(url and needs_password(url) for url in (one, other)):
            return False
        return self.store(one) is self.store(other)

    def shown(self, url: str | None) -> str:
        """A remembered URL as a message shows it, also where its store can't be opened."""
        return redacted(url) if url and needs_password(url) else self.store(url).url


def handle(store: Store, session_id: str) -> StoredSession:
    """The conversation ``session_id`` of ``store``, as the SDK's Runner should take it."""
    session = StoredSession(store, session_id)
    if store.url.partition("://")[0] in _OWN_IDS:
        # The SDK compares what it stored with what comes back, and asks for this first.
        session._ignore_ids_for_matching = True  # type: ignore[attr-defined]
    return session


_OWN_IDS = ("openai",)
"""The schemes of services that give items ids of their own."""


def _has_plain_items(entry: Name) -> InvalidValue:
    return InvalidValue(
        f"session {shorten(entry.name)} has plain items already; "
        "wb.encrypt turns it into an encrypted one"
    )


_workspaces: dict[Path, Workspace] = {}


def workspace() -> Workspace:
    """The workspace of the current folder (or of ``WORKBENCH_HOME``)."""
    folder = home_folder()
    return _workspaces.setdefault(folder, Workspace(folder))
