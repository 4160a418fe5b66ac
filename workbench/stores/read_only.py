"""Stores that are opened to be read: ``?read_only=1`` in their URL.

SQLite and Redis have ways of their own that leave no trace. For any other scheme a `ReadOnlyStore`
lets pass what reads and refuses the rest.
"""

from __future__ import annotations

from typing import Any

from workbench.errors import StoreReadOnly
from workbench.protocols import Store
from workbench.stores.urls import StoreURL

OPTION = "read_only"

_READS = frozenset(
    {
        "url",
        "read",
        "rows",
        "page",
        "raw",
        "archived",
        "archived_for",
        "turns",
        "turns_of",
        "list_sessions",
        "recognises",
        "omits",
        "describe",
        "close",
    }
)
"""What a store is asked for that changes nothing in it."""


def refusal(url: str) -> StoreReadOnly:
    """The error for a write to what was opened to be read."""
    return StoreReadOnly(
        f"{url} was opened to be read only; wb.open(URL, write=True) opens it to be written too"
    )


def is_read_only(store: Store) -> bool:
    """Whether nothing can be written to ``store``, because it was opened to be read."""
    return bool(getattr(store, "read_only", False))


class ReadOnlyStore:
    """``inner`` without what writes: whatever is not known to read raises StoreReadOnly."""

    read_only = True

    def __init__(self, inner: Store) -> None:
        self._inner = inner

    def __repr__(self) -> str:
        return f"ReadOnlyStore({self._inner!r})"

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name in _READS:
            return found
        if not callable(found):
            raise AttributeError(name)
        return self._refuse

    async def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise refusal(self._inner.url)


def without_option(url: StoreURL) -> str:
    """The URL of the store itself."""
    bare, _mark, query = url.text.partition("?")
    kept = "&".join(each for each in query.split("&") if not _is_ours(each))
    return f"{bare}?{kept}" if kept else bare


def _is_ours(part: str) -> bool:
    return part.partition("=")[0] == OPTION


def read_only_url(url: str) -> str:
    """``url`` with the option that opens it to be read."""
    if any(map(_is_ours, url.partition("?")[2].split("&"))):
        return url
    return f"{url}{'&' if '?' in url else '?'}{OPTION}=1"
