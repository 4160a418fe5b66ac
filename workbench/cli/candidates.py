"""What Tab offers for an argument. Each function is called as argcomplete calls a completer.

A Tab has to answer at once, so the names come straight out of the workspace's file, and neither the
workspace nor a store is loaded for them.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from workbench.places import workspace_file

NAMES = "SELECT name FROM workbench_names ORDER BY used_at DESC, name"

SCHEMES = ("memory://", "openai://", "redis://", "redis+cluster://", "redis+unix:///", "rediss://")
FILES = "sqlite:///"

REDACTIONS = ("all", "card", "email", "phone", "ssn")


def names(prefix: str = "", parsed_args: Any = None, **_given: Any) -> list[str]:
    """The named sessions, the last used first; none where the line names another store."""
    if getattr(parsed_args, "store", None):
        return []
    file = workspace_file()
    if not file.is_file():
        return []
    try:
        # Not with immutable=1: what another program has just written counts too.
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as db:
            found = [name for (name,) in db.execute(NAMES)]
    except sqlite3.Error:  # a workspace that can't be read has nothing to offer
        return []
    return [each for each in found if each.isprintable() and each.startswith(prefix)]


def schemes(prefix: str = "", **_given: Any) -> list[str]:
    """How the URL of a store begins, and the databases of this folder."""
    from pathlib import Path

    files = [FILES + each.name for each in sorted(Path.cwd().glob("*.db"))]
    return [each for each in (*files, FILES, *SCHEMES) if each.startswith(prefix)]


def notebooks(prefix: str = "", **given: Any) -> list[str]:
    """Notebooks, and folders that may hold some."""
    from argcomplete.completers import FilesCompleter

    return FilesCompleter(["ipynb"])(prefix=prefix, **given)


def redactions(**_given: Any) -> list[str]:
    """What ``--redact`` knows."""
    return list(REDACTIONS)


def nothing(**_given: Any) -> list[str]:
    """Nothing: what stands there is anybody's own text, and no file."""
    return []
