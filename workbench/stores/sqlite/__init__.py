"""SQLite: one file keeps many conversations. Their page is that of `workbench.SQLiteSession`.

URL: ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``sqlite:///:memory:``. Options:
``timeout`` (seconds to wait for another program's lock, 10), ``synchronous`` (FULL, NORMAL, EXTRA),
``pause_gc`` (0: never pause Python's garbage collector; 1, the default: pause it for milliseconds
at a time while a long history is read, see `workbench.stores.sqlite.reading`), ``private`` (1: a
file that is made gets mode 0600), ``read_only`` (1: see `workbench.stores.sqlite.looking`).
"""

from __future__ import annotations

from workbench.stores.sqlite.address import file_of, place_of, url_of
from workbench.stores.sqlite.store import SQLiteStore, open_url

__all__ = ["CAN_LOOK", "SQLiteStore", "file_of", "open_url", "place_of", "url_of"]

CAN_LOOK = True
"""The option ``read_only`` is known here."""
