"""Looking into SQLite files from outside, as another program does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from workbench.items import user_message


def sql(path: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Run one statement on a connection of its own and commit; the rows it gave."""
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute(statement, values).fetchall()
        db.commit()
        return rows


def tables(path: Path) -> set[str]:
    """The names of the tables in the file."""
    return {name for (name,) in sql(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}


def is_whole(path: Path) -> bool:
    """Whether SQLite finds nothing wrong with the file."""
    return sql(path, "PRAGMA integrity_check") == [("ok",)]


def messages(*texts: object) -> list[Any]:
    """A user item for each text."""
    return [user_message(str(text)) for text in texts]


def contents(items: list[Any]) -> list[Any]:
    """The contents of messages."""
    return [item["content"] for item in items]
