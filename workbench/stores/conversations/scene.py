"""What an operation on one conversation works with: the server, the companion file, the lock."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from workbench.errors import UnknownSession, shorten
from workbench.stores import open_store
from workbench.stores.conversations import layout
from workbench.stores.conversations.api import ConversationsAPI
from workbench.stores.conversations.journal import Snapshot, snapshot
from workbench.stores.conversations.lock import ConversationLock
from workbench.stores.sqlite import SQLiteStore, url_of

P = ParamSpec("P")
T = TypeVar("T")

_ID = re.compile(r"conv_[A-Za-z0-9_-]+")


def is_conversation_id(session_id: str) -> bool:
    """Whether a session id is a conversation's own id, to be used as it is."""
    return _ID.fullmatch(session_id) is not None


class Companion:
    """The companion file at ``path``: SQLite, in the workspace's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def store(self) -> SQLiteStore:
        """The file's own store, shared with whatever else is kept there."""
        opened = open_store(url_of(self.path, private="1"))
        assert isinstance(opened, SQLiteStore)
        return opened

    async def do(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do ``work`` in a transaction; return after the commit."""

        def prepared(db: sqlite3.Connection) -> T:
            layout.prepare(db)
            return work(db, *args, **kwargs)

        return await self.store.file.write(prepared)

    async def look(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        missing: T,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do ``work``, which only reads; ``missing`` when nothing was ever written."""

        def forgiving(db: sqlite3.Connection) -> T:
            try:
                return work(db, *args, **kwargs)
            except sqlite3.OperationalError as exc:
                if "no such table" in str(exc):
                    return missing
                raise

        return await self.store.file.read(forgiving, missing=missing)


@dataclass(slots=True)
class Scene:
    """One session on one server. ``seen``: the newest item of each conversation as this process
    last saw it (None: it was empty), and at which revision; what comes behind it is new."""

    connect: Callable[[], ConversationsAPI]
    local: Companion
    base_url: str
    session_id: str
    seen: dict[str, tuple[str | None, int]] = field(repr=False)

    @property
    def api(self) -> ConversationsAPI:
        """The server. Raises MissingKey."""
        return self.connect()

    async def snapshot(self) -> Snapshot:
        """What the companion file says now."""
        return await self.local.look(snapshot, Snapshot(None), self.base_url, self.session_id)

    async def saw(self, conversation: str, newest: str | None) -> None:
        """Remember which item is the newest. The caller holds the lock."""
        place = (await self.snapshot()).place
        if place is not None:
            self.seen[conversation] = newest, place.revision

    async def lock(self) -> ConversationLock:
        """The lock of the conversation, the same one by its name and by its id."""
        name = self.session_id
        if is_conversation_id(name):
            place = (await self.snapshot()).place
            name = place.name if place else name
        return ConversationLock(self.local.path.parent / "locks", self.base_url, name)

    def conversation(self, known: Snapshot) -> str | None:
        """The conversation's id; None when nothing was ever written under this name."""
        if known.conversation is None and is_conversation_id(self.session_id):
            return self.session_id
        return known.conversation

    def unknown(self, conversation: str) -> UnknownSession:
        """The error for a conversation that the server does not have."""
        if conversation == self.session_id:
            return UnknownSession(
                f"{self.base_url} has no conversation {shorten(conversation)}: a wrong id, the key "
                "of another project, or it was deleted"
            )
        return UnknownSession(
            f"{self.base_url} has no conversation {conversation} any more, in which session "
            f"{shorten(self.session_id)} was kept: it was deleted there, or the key is another "
            "project's. clear_session(), or %session delete in a notebook, forgets it here"
        )
