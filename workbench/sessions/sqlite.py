"""A session in a SQLite file, in the layout of the SDK's own ``SQLiteSession``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.places import workspace_file
from workbench.protocols import Store
from workbench.sessions.sharing import SharingSession
from workbench.stores import open_store
from workbench.stores.sqlite import SQLiteStore, url_of


class SQLiteSession(SharingSession):
    """A conversation in a SQLite file; see `workbench.stores.sqlite` for what the store guarantees.

    ``db_path`` is the file (made with its folders at the first write), ``":memory:"`` a database of
    this object's own, or None for the workspace's file (``.workbench/workbench.db``, or in
    ``WORKBENCH_HOME``). Sessions of one file share its connection; the last one that is closed
    closes it. Reading a long history pauses Python's garbage collector, process-wide, for
    milliseconds at a time (`workbench.stores.sqlite.reading`); with ``pause_gc=False`` it never
    does, and takes twice as long.
    """

    def __init__(
        self,
        session_id: str,
        db_path: str | Path | None = None,
        *,
        session_settings: Any = None,
        pause_gc: bool = True,
    ) -> None:
        options = {} if pause_gc else {"pause_gc": "0"}
        store: Store
        if db_path is None:
            store = open_store(url_of(workspace_file(), **options, private="1"))
        elif str(db_path) == ":memory:":
            store = SQLiteStore(None, pause_gc=pause_gc)
        else:
            store = open_store(url_of(Path(db_path).expanduser().absolute(), **options))
        super().__init__(store, session_id, session_settings=session_settings)
