"""SQLite: one file keeps many conversations. See `workbench.stores.sqlite.store`."""

from __future__ import annotations

from workbench.stores.sqlite.address import file_of, place_of, url_of
from workbench.stores.sqlite.store import SQLiteStore, open_url

__all__ = ["CAN_LOOK", "SQLiteStore", "file_of", "open_url", "place_of", "url_of"]

CAN_LOOK = True
"""The option ``read_only`` is known here."""
