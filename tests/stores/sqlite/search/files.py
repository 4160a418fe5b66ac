"""Files that are searched, and looks into their index from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.stores.files import sql
from workbench.items import text
from workbench.protocols import Found, Query
from workbench.stores.sqlite import SQLiteStore
from workbench.words import phrases_of


def asked(typed: str, **more: Any) -> Query:
    """The query that somebody types."""
    return Query(phrases=phrases_of(typed), **more)


async def found(store: SQLiteStore, typed: str, **more: Any) -> list[str]:
    """The texts that a search finds, in the order of their ids."""
    hits = (await store.search(asked(typed, **{"limit": 1_000, **more}))).hits
    return [text(hit.row.item) for hit in sorted(hits, key=lambda hit: int(hit.row.key))]


async def scanned(store: SQLiteStore, query: Query) -> Found:
    """What a look at each item finds."""
    from workbench.stores.sqlite.search.scan import scan_file

    return await scan_file(query, store.file)


def indexed(path: Path) -> set[int]:
    """The ids of the items in the index."""
    return {key for (key,) in sql(path, "SELECT id FROM workbench_words_docsize")}


def waiting(path: Path) -> int:
    """How many items are behind what the index knows."""
    query = """SELECT count(*) FROM agent_messages
        WHERE id > (SELECT done FROM workbench_search)"""
    return int(sql(path, query)[0][0])


def has(path: Path, word: str) -> bool:
    """Whether the index has an item for a word, whatever became of the item."""
    match = f'"{word}"'
    query = "SELECT 1 FROM workbench_words WHERE workbench_words MATCH ?"
    return bool(sql(path, query, match))


def bytes_of(path: Path) -> bytes:
    """All that is in the files of a database."""
    files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm", "-journal")]
    return b"".join(file.read_bytes() for file in files if file.exists())
