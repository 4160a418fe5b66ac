"""Where the workbench keeps its own file."""

from __future__ import annotations

import os
from pathlib import Path


def home_folder() -> Path:
    """``WORKBENCH_HOME``, or ``.workbench`` in the current folder (a notebook's own folder)."""
    return Path(os.environ.get("WORKBENCH_HOME") or ".workbench").expanduser().absolute()


def workspace_file() -> Path:
    """The SQLite file of the workspace: names and settings, and the sessions without a store."""
    return home_folder() / "workbench.db"
