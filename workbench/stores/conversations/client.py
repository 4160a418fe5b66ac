"""The client of the Conversations API: one that was passed in, or one that is made here.

A client that was passed in, here or to the SDK (``agents.set_default_openai_client``), is never
closed, and used on the event loop that it belongs to: the one that ran when it was first used here.
A client that is made here lives on the home loop.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from workbench.errors import InvalidStoreURL, MissingKey, Unsupported
from workbench.loop import at_home, on_loop, standstill
from workbench.stores.conversations.api import ConversationsAPI
from workbench.stores.urls import redacted

if TYPE_CHECKING:
    from openai import AsyncOpenAI

T = TypeVar("T")

_owners: WeakKeyDictionary[AsyncOpenAI, asyncio.AbstractEventLoop] = WeakKeyDictionary()
"""The event loop that each client that was passed in belongs to."""

OPENAI_URL = "https://api.openai.com/v1"
_SDK = "agents.models._openai_shared"
# Local servers take any key, but the client refuses to be made without one.
_PLACEHOLDER_KEY = "not-needed"


class Connection:
    """Where the API is and how it is reached; seconds as in `ConversationsAPI`.

    Looked up anew for each use, as for models: what is passed in here, what the SDK was given, then
    OPENAI_API_KEY and OPENAI_BASE_URL. So a key that is set in a notebook counts from then on.
    """

    def __init__(
        self,
        client: AsyncOpenAI | None = None,
        base_url: str | None = None,
        *,
        timeout: float = 30.0,
        patience: float = 60.0,
        pace: float = 0.25,
    ) -> None:
        self._given = client
        self._base_url = checked_address(base_url) if base_url else None
        self._timeout = timeout
        self._patience = patience
        self._pace = pace
        self._made: dict[tuple[int, str, str], ConversationsAPI] = {}

    @property
    def base_url(self) -> str:
        """Where the API is, without a password; what is kept of its conversations belongs to it."""
        borrowed = self._borrowed()
        address = self._address() if borrowed is None else str(borrowed.base_url)
        return redacted(address.rstrip("/"))

    def api(self) -> ConversationsAPI:
        """The API, ready to be used inside `run`. Raises MissingKey."""
        borrowed = self._borrowed()
        if borrowed is not None:
            return self._through(borrowed)
        place = (os.getpid(), self._address(), self._key())
        if place not in self._made:
            from openai import AsyncOpenAI

            client = AsyncOpenAI(api_key=place[2], base_url=place[1], timeout=self._timeout)
            self._made[place] = self._through(client)
        return self._made[place]

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Await ``work`` on the loop that the client belongs to. Raises Unsupported."""
        borrowed = self._borrowed()
        if borrowed is None:
            return await at_home(work)
        here = asyncio.get_running_loop()
        owner = _owners.setdefault(borrowed, here)
        if owner is not here and (why := standstill(owner)):
            work.close()
            raise Unsupported(
                f"the openai_client belongs to an event loop that {why}; "
                "leave it out and set OPENAI_API_KEY and OPENAI_BASE_URL: what is then made works "
                "on every event loop"
            )
        return await on_loop(owner, work)

    async def close(self) -> None:
        """Close what was made here; it is made again when it is used again."""
        made, self._made = self._made, {}
        for (pid, _address, _key), api in made.items():
            if pid == os.getpid():
                await at_home(api.close())

    def _through(self, client: AsyncOpenAI) -> ConversationsAPI:
        return ConversationsAPI(client, patience=self._patience, pace=self._pace)

    def _borrowed(self) -> AsyncOpenAI | None:
        if self._given is not None or self._base_url is not None:
            return self._given
        client: AsyncOpenAI | None = _of_sdk("get_default_openai_client")
        return client

    def _address(self) -> str:
        named = self._base_url or os.environ.get("OPENAI_BASE_URL", "").strip()
        return checked_address(named or OPENAI_URL)

    def _key(self) -> str:
        key = _of_sdk("get_default_openai_key") or os.environ.get("OPENAI_API_KEY", "").strip()
        if key and not (key.isascii() and key.isprintable()):  # no header could hold it
            raise MissingKey("OPENAI_API_KEY holds letters that no key has; set it again")
        if key:
            return str(key)
        host = urlsplit(self._address()).hostname or ""
        if host == "openai.com" or host.endswith(".openai.com"):
            raise MissingKey(
                "conversations at OpenAI need an API key: set OPENAI_API_KEY. A server of your own "
                "is named by OPENAI_BASE_URL or openai://?base_url=..."
            )
        return _PLACEHOLDER_KEY


def checked_address(base_url: str) -> str:
    """The address of a server, if it can be one. Raises InvalidStoreURL."""
    try:
        parts = urlsplit(base_url)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is none
        right = False
    if not right:
        raise InvalidStoreURL(
            f"{redacted(base_url)!r} is not the address of a server; write it as base_url (or "
            "OPENAI_BASE_URL) in the form http://host:port/v1 or https://host/v1"
        )
    return base_url.rstrip("/")


def _of_sdk(getter: str) -> Any:
    """What was given to the SDK; nothing where nobody has imported it. It has no public getters."""
    module = sys.modules.get(_SDK)
    return getattr(module, getter)() if module is not None else None
