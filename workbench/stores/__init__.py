"""Stores: the places that keep conversations, opened by URL.

`open_store` gives the one store of a URL that this process has, so that all sessions of a file or
a server share its connection. A new kind of store is a module with ``open_url(url)`` (and, where
one place has many spellings, ``place_of(url)``; with ``CAN_LOOK`` where it knows the option
``read_only`` itself) and a line in `SCHEMES`; from outside,
`register_scheme` adds one.
"""

from __future__ import annotations

import asyncio
import atexit
import os
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import cast

from workbench.errors import InvalidStoreURL, nearest
from workbench.guard import Guard
from workbench.loop import home, started
from workbench.protocols import Store
from workbench.stores.read_only import OPTION, ReadOnlyStore, without_option
from workbench.stores.urls import StoreURL

Opener = Callable[[StoreURL], Store]

SCHEMES: dict[str, str | Opener] = {
    "memory": "workbench.stores.memory",
    "openai": "workbench.stores.conversations",
    "sqlite": "workbench.stores.sqlite",
    "redis": "workbench.stores.redis",
    "rediss": "workbench.stores.redis",
    "redis+cluster": "workbench.stores.redis",
    "rediss+cluster": "workbench.stores.redis",
    "redis+unix": "workbench.stores.redis",
    "unix": "workbench.stores.redis",
}
"""For each scheme the module whose ``open_url`` opens it (imported when first used)."""

_PATIENCE = 2.0
"""Seconds that the end of the program waits for stores to be closed."""

_open: dict[tuple[int, str], Store] = {}
# Looking for an open store and opening one belong together.
_guard = Guard()


def open_store(url: str) -> Store:
    """The store at ``url``: the same object for the same place within a process.

    Raises InvalidStoreURL for an unknown scheme or option. Nothing is connected before it is used.

    >>> store = wb.open_store("sqlite:///app.db")
    >>> keys = await store.append("demo", [{"role": "user", "content": "Hello!"}])
    >>> await store.read("demo")
    [{'role': 'user', 'content': 'Hello!'}]
    """
    parsed = StoreURL.parse(url)
    opener = SCHEMES.get(parsed.scheme)
    if opener is None:
        raise InvalidStoreURL(
            f"no store has the scheme {parsed.scheme}://; "
            + nearest(parsed.scheme, SCHEMES, plural="schemes")
        )
    module = import_module(opener) if isinstance(opener, str) else None
    if OPTION in parsed.options and not getattr(module, "CAN_LOOK", False):
        store = open_store(without_option(parsed))
        return cast(Store, ReadOnlyStore(store)) if parsed.flag(OPTION) else store
    place_of = getattr(module, "place_of", lambda url: url.text)
    place = (os.getpid(), place_of(parsed))
    with _guard:
        if place not in _open:
            open_url: Opener = module.open_url if module else cast(Opener, opener)
            _open[place] = open_url(parsed)
        return _open[place]


def register_scheme(scheme: str, opener: Opener) -> None:
    """Add a kind of store: ``opener(url)`` is called with the parsed `StoreURL`."""
    SCHEMES[scheme] = opener


async def close_all() -> None:
    """Close every store this process opened by URL; each opens again when it is used again."""
    for (pid, _place), store in list(_open.items()):
        if pid == os.getpid():
            await store.close()


@atexit.register
def _close_at_exit() -> None:
    """Close what is open, so that a SQLite file is left whole in itself, without its WAL.

    Work that hangs on the home loop must not keep the program from ending.
    """
    if started() and any(pid == os.getpid() for pid, _place in _open):
        closing = asyncio.run_coroutine_threadsafe(close_all(), home().loop)
        with suppress(TimeoutError):
            closing.result(_PATIENCE)
