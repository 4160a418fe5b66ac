"""What a store of a SQLite file can do with the words of its items."""

from __future__ import annotations

from functools import partial

from workbench.protocols import PAGE, Found, Key, Query, Report
from workbench.stores.sqlite.file import SQLiteFile
from workbench.stores.sqlite.search.labels import Label, read_labels
from workbench.stores.sqlite.search.searching import forget_long, search_file


class FindsWords:
    """A part of the SQLite store, which has a ``file``."""

    file: SQLiteFile

    async def search(self, query: Query, report: Report | None = None) -> Found:
        """The best hits among the items of all sessions, or of those asked for.

        The first search makes the index (`workbench.stores.sqlite.search`); ``report`` is called
        with how many items it knows. Raises StoreError.
        """
        return await search_file(query, self.file, report)

    async def labels(
        self, session_id: str, after: Key | None, until: Key, *, limit: int = PAGE
    ) -> list[Label]:
        """The next ``limit`` keys behind ``after``, up to ``until``, with what numbers turns."""
        work = partial(read_labels, session_id, after, until, limit)
        return await self.file.read(work, missing=[])

    async def forget_words(self, session_id: str) -> None:
        """Take a long session that is to be cleared out of the index, in steps."""
        await forget_long(session_id, self.file)
