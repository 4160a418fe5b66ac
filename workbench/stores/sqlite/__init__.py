"""SQLite: one file keeps many conversations. See `workbench.stores.sqlite.store`."""

from __future__ import annotations

from workbench.stores.sqlite.store import SQLiteStore, file_of, open_url, place_of, url_of

__all__ = ["SQLiteStore", "file_of", "open_url", "place_of", "url_of"]
