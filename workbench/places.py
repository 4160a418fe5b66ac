"""Where the workbench keeps its own file."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_base: Path | None = None


def home_folder() -> Path:
    """``WORKBENCH_HOME``, or ``.workbench`` in the notebook's folder (a script's current one)."""
    named = Path(os.environ.get("WORKBENCH_HOME") or ".workbench").expanduser()
    return (_base or Path.cwd()) / named


def stay() -> None:
    """Take the current folder for the notebook's from now on, wherever ``%cd`` goes; the first
    call counts. A kernel starts in the notebook's folder, and there the extension is loaded.
    """
    global _base
    if _base is None:
        with suppress(OSError):  # a folder that was deleted can't be kept
            _base = Path.cwd()


def workspace_file() -> Path:
    """The SQLite file of the workspace: names and settings, and the sessions without a store."""
    return home_folder() / "workbench.db"


def companion_file() -> Path:
    """The SQLite file beside the workspace's for what other stores have no room for: the turns, the
    archive and the row labels of sessions that are kept by a service or by another library.
    """
    return home_folder() / "companions.db"
