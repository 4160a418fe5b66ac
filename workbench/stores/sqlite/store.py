"""The SQLite store: conversations in one file, in the layout of the SDK's own ``SQLiteSession``.

What it keeps and guarantees is said on the page of `workbench.SQLiteSession`; the tables are those
of `workbench.stores.sqlite.layout`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import EllipsisType
from typing import Any, TypeVar

from workbench.errors import InvalidStoreURL, InvalidValue
from workbench.items import Item, encode
from workbench.protocols import (
    PAGE,
    ArchivedItem,
    Edit,
    Key,
    RawItem,
    Scanned,
    SessionInfo,
    Standing,
    StoredItem,
    TakesColumns,
    TurnColumns,
)
from workbench.stores.keys import checked_after
from workbench.stores.sqlite import layout, writing
from workbench.stores.sqlite.address import shown
from workbench.stores.sqlite.branching import branch
from workbench.stores.sqlite.carrying import Carries
from workbench.stores.sqlite.columns import scan
from workbench.stores.sqlite.edit import edit, needs_nothing
from workbench.stores.sqlite.file import SQLiteFile
from workbench.stores.sqlite.importing import prepared, put
from workbench.stores.sqlite.looking import LookedAtFile
from workbench.stores.sqlite.open import Place
from workbench.stores.sqlite.paging import read_page, standing
from workbench.stores.sqlite.raw import read_raw
from workbench.stores.sqlite.reading import read_archive, read_items, read_rows
from workbench.stores.sqlite.scrub import scrub
from workbench.stores.sqlite.search.ability import FindsWords
from workbench.stores.sqlite.turns import KeepsTurns
from workbench.stores.urls import StoreURL, redacted

T = TypeVar("T")
SYNCHRONOUS = ("FULL", "NORMAL", "EXTRA")


class SQLiteStore(FindsWords, KeepsTurns, Carries):
    """Many sessions in one SQLite file; ``path`` None is a database of its own in memory.

    ``timeout`` is in seconds. A ``private`` file is made with mode 0600; of a ``read_only`` one see
    `workbench.stores.sqlite.looking`. Opened at the first use;
    reading never makes a file. Raises StoreUnusable, StoreReadOnly, StoreFull, StoreLocked,
    CorruptItem and InvalidItem.
    """

    def __init__(
        self,
        path: str | Path | None,
        *,
        timeout: float = 10.0,
        synchronous: str = "FULL",
        pause_gc: bool = True,
        private: bool = False,
        read_only: bool = False,
    ) -> None:
        if synchronous not in SYNCHRONOUS:
            raise InvalidValue(f"synchronous is one of {', '.join(SYNCHRONOUS)}")
        self.path = None if path is None else Path(path).expanduser().absolute()
        self.url = f"sqlite:///{':memory:' if self.path is None else shown(self.path)}"
        self.pause_gc = pause_gc
        self.read_only = read_only
        self.file = (LookedAtFile if read_only else SQLiteFile)(
            Place(self.path, layout.prepare, timeout, synchronous=synchronous, private=private)
        )

    def __repr__(self) -> str:
        return f"SQLiteStore({self.url!r})"

    async def read(self, session_id: str, limit: int | None = None) -> list[Item]:
        """The newest ``limit`` items of a session, oldest first; all of them for None."""
        if limit == 0:
            return []
        work = partial(read_items, session_id, limit, self.pause_gc)
        return await self.file.read(work, missing=[])

    async def rows(self, session_id: str, limit: int | None = None) -> list[StoredItem]:
        """As `read`, with each item's key, time and turn."""
        if limit == 0:
            return []
        work = partial(read_rows, session_id, limit, self.pause_gc)
        return await self.file.read(work, missing=[])

    async def page(
        self, session_id: str, after: Key | None = None, *, limit: int = PAGE
    ) -> list[StoredItem]:
        """The next ``limit`` items behind the key ``after``, oldest first; from the start: None."""
        work = partial(read_page, session_id, checked_after(after), limit, self.pause_gc)
        return await self.file.read(work, missing=[])

    async def put(
        self,
        session_id: str,
        rows: Sequence[StoredItem | ArchivedItem],
        *,
        newest: Key | EllipsisType | None = ...,
    ) -> list[Key] | None:
        """Append ``rows`` as another session kept them; None when ``newest`` is not the newest."""
        given = prepared(rows)
        if not given:
            return []
        return await self.file.write(partial(put, session_id, given, newest))

    async def standing(self, session_id: str, until: Key | None) -> Standing | None:
        """How a session stands up to the item ``until``; another one when that was changed."""
        work = partial(standing, session_id, checked_after(until))
        return await self.file.read(work, missing=None)

    async def branch(self, session_id: str, target: str, *, until: Key | None) -> int | None:
        """Copy items up to ``until`` to ``target``; how many, None when that has any already."""
        if not self.file.exists():
            return 0
        return await self.file.write(partial(branch, session_id, target, checked_after(until)))

    async def scan(
        self,
        session_id: str,
        taker: Callable[[], TakesColumns[T]],
        since: Any = None,
        *,
        full: bool = False,
        limit: int | None = None,
    ) -> Scanned[T]:
        """The next ``limit`` items behind ``since`` as columns; see `workbench.protocols`."""
        work = partial(scan, session_id, taker, since, full, limit, self.pause_gc)
        nothing: Scanned[T] = Scanned(None, TurnColumns(), None, True, True, False, 0)
        return await self.file.read(work, missing=nothing)

    async def append(
        self, session_id: str, items: Sequence[Item], *, turn_id: str | None = None
    ) -> list[Key]:
        """Append all of ``items`` or none; returns their keys."""
        texts = [encode(item) for item in items]
        if not texts:
            return []
        return await self.file.write(partial(writing.append, session_id, texts, turn_id))

    async def pop(self, session_id: str) -> Item | None:
        """Delete the newest item and return it; a corrupt one is left and raises CorruptItem."""
        if not self.file.exists():
            return None
        return await self.file.write(partial(writing.pop, session_id))

    async def clear(self, session_id: str) -> None:
        """Delete all that is kept of a session: items, turns, archive."""
        if self.file.exists():
            await self.forget_words(session_id)
            await self.file.write(partial(writing.clear, session_id))

    async def archive(self, session_id: str, keys: Sequence[Key], *, reason: str) -> int:
        """Move items to the archive in one step; keys that are not there are passed over."""
        if not self.file.exists():
            return 0
        return await self.file.write(partial(writing.archive, session_id, tuple(keys), reason))

    async def archived(self, session_id: str) -> list[ArchivedItem]:
        """What the archive holds of a session, in the order it was archived."""
        return await self.file.read(partial(read_archive, session_id), missing=[])

    async def raw(self, session_id: str) -> list[RawItem]:
        """The conversation, oldest first, then the archive, each item as the bytes it is."""
        return await self.file.read(partial(read_raw, session_id), missing=[])

    async def restore(self, session_id: str, keys: Sequence[Key]) -> int:
        """Move archived items back to their places in one step; unknown keys are passed over."""
        return await self.file.write(partial(writing.restore, session_id, tuple(keys)))

    async def edit(self, session_id: str, change: Edit) -> list[Key] | None:
        """Make one atomic change; the keys of what it inserted, or None when it did not apply."""
        inserted = [encode(item) for item in change.insert]
        rewritten = {key: encode(item) for key, item in change.rewrite.items()}
        if not self.file.exists() and not (inserted and needs_nothing(change)):
            return [] if needs_nothing(change) else None
        return await self.file.write(partial(edit, session_id, change, inserted, rewritten))

    async def scrub(self, session_id: str) -> list[str]:
        """Leave nothing of what was deleted or rewritten, by any session, in the file or its log.

        The whole file is written anew (VACUUM), which takes the time and the room of a copy; row
        ids of tables that an application keeps in it without a primary key may change. Returns, in
        sentences, what could not be reached because another program has the file in use.
        """
        if self.path is None or not self.file.exists():
            return []
        return await self.file.maintain(partial(scrub, str(self.path), self.file.place.timeout))

    async def archived_for(self, session_id: str, reason: str) -> list[ArchivedItem]:
        """What the archive holds for this reason, in the order it was archived."""
        return await self.file.read(partial(read_archive, session_id, reason=reason), missing=[])

    async def list_sessions(self) -> list[SessionInfo]:
        """Every session of the file, the last used first."""

        def work(db: sqlite3.Connection) -> list[SessionInfo]:
            if "agent_sessions" not in layout.tables(db):
                return []
            return [
                SessionInfo(name, layout.moment(created), layout.moment(updated), count)
                for name, created, updated, count in db.execute(layout.SESSIONS)
            ]

        return await self.file.read(work, missing=[])

    async def close(self) -> None:
        """Close the connections; the store opens them again when it is used again."""
        await self.file.close()


def open_url(url: StoreURL) -> SQLiteStore:
    """``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``sqlite:///:memory:``."""
    url.only("timeout", "synchronous", "pause_gc", "private", "read_only")
    if url.netloc or url.path in ("", "/"):
        raise InvalidStoreURL(
            f"{redacted(url.text)!r} names no file: write sqlite:///relative.db or sqlite:////absolute.db"
        )
    name = url.path[1:]
    return SQLiteStore(
        None if name == ":memory:" else name,
        timeout=url.seconds("timeout", 10.0),
        synchronous=url.options.get("synchronous", "FULL").upper(),
        pause_gc=url.flag("pause_gc", default=True),
        private=url.flag("private"),
        read_only=url.flag("read_only"),
    )
