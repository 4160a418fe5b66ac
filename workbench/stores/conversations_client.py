"""The client of the Conversations API: one that was passed in, or one that is made here.

A client that was passed in, here or to the SDK (``agents.set_default_openai_client``), is used on
the event loop of whoever calls and never closed. One that is made here lives on the home loop.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from workbench.errors import MissingKey
from workbench.loop import at_home
from workbench.stores.conversations_api import ConversationsAPI

if TYPE_CHECKING:
    from openai import AsyncOpenAI

T = TypeVar("T")

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
        self._base_url = base_url.rstrip("/") if base_url else None
        self._timeout = timeout
        self._patience = patience
        self._pace = pace
        self._made: dict[tuple[int, str, str], ConversationsAPI] = {}

    @property
    def base_url(self) -> str:
        """Where the API is; what is kept of its conversations belongs to this address."""
        borrowed = self._borrowed()
        return str(borrowed.base_url).rstrip("/") if borrowed is not None else self._address()

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
        """Await ``work`` on the loop that the client belongs to."""
        return await (work if self._borrowed() is not None else at_home(work))

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
        return (named or OPENAI_URL).rstrip("/")

    def _key(self) -> str:
        key = _of_sdk("get_default_openai_key") or os.environ.get("OPENAI_API_KEY", "").strip()
        if key:
            return str(key)
        host = urlsplit(self._address()).hostname or ""
        if host == "openai.com" or host.endswith(".openai.com"):
            raise MissingKey(
                "conversations at OpenAI need an API key: set OPENAI_API_KEY. A server of your own "
                "is named by OPENAI_BASE_URL or openai://?base_url=..."
            )
        return _PLACEHOLDER_KEY


def _of_sdk(getter: str) -> Any:
    """What was given to the SDK; nothing where nobody has imported it. It has no public getters."""
    module = sys.modules.get(_SDK)
    return getattr(module, getter)() if module is not None else None
