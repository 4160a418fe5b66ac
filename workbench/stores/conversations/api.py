"""Calls on the Conversations API: one request each, tried again where that is safe.

Every call passes `ConversationsAPI._ask`. The client's own retries are off, since they would write
a second time when only the reply to the first was lost. What happened to a request is one of

- refused: it did nothing, and won't (a wrong item, a wrong key);
- later: it did nothing yet (429 with ``Retry-After``, ``conversation_locked``): tried again when
  the server says, for ``patience`` seconds in all;
- unsent: it did not get there: tried again a few times;
- unclear: it may have been done (a lost reply, a timeout, 5xx). Reading and deleting are simply
  done again; whoever writes has to look (`Unclear`).

https://platform.openai.com/docs/api-reference/conversations and .../guides/error-codes
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from workbench.errors import StoreError, StoreUnusable
from workbench.items import Item
from workbench.stores.conversations.errors import Gone, Unclear, fate, retry_after, translated
from workbench.stores.urls import redacted

if TYPE_CHECKING:
    from openai import AsyncOpenAI

CHUNK = 20
"""Items that one request adds: the API's limit."""
PAGE = 100
"""Items that one request lists: the API's limit."""
TRIES = 4
"""How often a request is sent that fails without saying when to try again."""
_LONGEST = 8.0


@dataclass(frozen=True, slots=True)
class Page:
    """Some items of a conversation, in the order that was asked for."""

    items: list[Item]
    more: bool


class ConversationsAPI:
    """The API through ``client``. ``patience`` and ``pace`` are in seconds: how long to wait for a
    server that says when to come back, and the first of the growing pauses where it doesn't."""

    def __init__(self, client: AsyncOpenAI, *, patience: float = 60.0, pace: float = 0.25) -> None:
        self._client = client.with_options(max_retries=0)
        self._where = redacted(str(client.base_url).rstrip("/"))
        self.patience = patience
        self.pace = pace

    async def close(self) -> None:
        """Close the client."""
        await self._client.close()

    async def create(self, metadata: dict[str, str]) -> str:
        """Make an empty conversation; its id. When a reply is lost, an empty one is left over."""
        try:
            made = await self._ask(lambda: self._raw.create(metadata=metadata))
        except Gone as exc:
            raise StoreUnusable(
                f"{self._where} has no Conversations API: does the address end in /v1? Many "
                "servers of OpenAI's other APIs don't have this one; sqlite:// and redis:// need "
                "no service"
            ) from exc
        return str(self._with_id(made)["id"])

    async def exists(self, conversation: str) -> bool:
        """Whether the server knows the conversation."""
        try:
            await self._ask(lambda: self._raw.retrieve(conversation))
        except Gone:
            return False
        return True

    async def page(
        self,
        conversation: str,
        *,
        limit: int = PAGE,
        after: str | None = None,
        order: Literal["asc", "desc"] = "desc",
    ) -> Page:
        """Up to ``limit`` items behind the item ``after``. Raises Gone."""
        more: dict[str, Any] = {} if after is None else {"after": after}
        listed = await self._ask(
            lambda: self._items.list(conversation, limit=min(limit, PAGE), order=order, **more)
        )
        items = self._items_of(listed)
        if any(item["id"] == after for item in items):  # it would never come to an end
            raise self._strange()
        return Page(items, bool(listed.get("has_more")))

    async def add(self, conversation: str, items: Sequence[Item]) -> list[Item]:
        """Add up to CHUNK items in one request, all or none; as the server then has them.

        Raises Unclear when they may or may not be there, Gone, InvalidItem, StoreError.
        """
        given: Any = list(items)
        added = await self._ask(lambda: self._items.create(conversation, items=given), once=True)
        try:
            found = self._items_of(added)
        except StoreUnusable as exc:
            raise Unclear(exc) from exc
        if len(found) != len(items):
            raise Unclear(self._strange())
        return found

    async def remove(self, conversation: str, item_id: str) -> bool:
        """Take an item away; False when the first answer was that there is no such item."""
        gone_at_once = True

        async def send() -> Any:
            nonlocal gone_at_once
            try:
                return await self._items.delete(item_id, conversation_id=conversation)
            except Exception as exc:
                gone_at_once = gone_at_once and fate(exc) == "gone"
                raise

        try:
            await self._ask(send)
        except Gone:
            return not gone_at_once  # an attempt whose reply was lost has done it
        return True

    async def delete(self, conversation: str) -> None:
        """Delete a conversation; one that is gone already is as good."""
        try:
            await self._ask(lambda: self._raw.delete(conversation))
        except Gone:
            return

    def _items_of(self, answer: Any) -> list[Item]:
        """The items of an answer. Raises StoreUnusable where it is no list of them."""
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, list):
            raise self._strange()
        return [self._with_id(item) for item in data]

    def _with_id(self, made: Any) -> Item:
        if not isinstance(made, dict) or not isinstance(made.get("id"), str):
            raise self._strange()
        return made

    def _strange(self) -> StoreUnusable:
        return StoreUnusable(
            f"{self._where} answers otherwise than the Conversations API; is the address right?"
        )

    @cached_property
    def _raw(self) -> Any:
        return self._client.conversations.with_raw_response

    @cached_property
    def _items(self) -> Any:
        return self._client.conversations.items.with_raw_response

    async def _ask(self, send: Callable[[], Awaitable[Any]], *, once: bool = False) -> Any:
        """The one funnel: the JSON of the answer. ``once``: not again when it may have been done.

        As JSON and not as the client's models: what it does not know yet has to come back too.
        """
        until = time.monotonic() + self.patience
        tries = 0
        while True:
            try:
                return (await send()).http_response.json()
            except Exception as exc:
                tries += 1
                wait = self._wait(exc, tries, until, once=once)
                if wait is None:
                    raise self._failed(exc, once=once) from exc
                await asyncio.sleep(wait)

    def _wait(self, exc: Exception, tries: int, until: float, *, once: bool) -> float | None:
        """Seconds until the next attempt; None when there is to be none."""
        what = fate(exc)
        if what in ("refused", "gone") or (what == "unclear" and once):
            return None
        if what == "later":
            wait = retry_after(exc)
            wait = self.pause(tries) if wait is None else wait
            return wait if time.monotonic() + wait <= until else None
        return self.pause(tries) if tries < TRIES else None

    def pause(self, tries: int) -> float:
        """Seconds to wait after so many attempts, a little different each time."""
        pause: float = min(self.pace * 2 ** (tries - 1), _LONGEST)
        return pause * random.uniform(0.75, 1.0)  # noqa: S311 - no secret hangs on it

    def _failed(self, exc: Exception, *, once: bool) -> Exception:
        what = fate(exc)
        error: Exception = translated(exc, self._where, adding=once)
        if what == "unclear" and once and isinstance(error, StoreError):
            error.__cause__ = exc
            return Unclear(error)
        return error
