"""A compaction by OpenAI's own service: ``responses.compact``, which keeps the user's messages and
puts the rest into one item that only the service can read.

https://developers.openai.com/api/docs/guides/conversation-state#compaction-advanced
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from workbench import items as of
from workbench.errors import InvalidValue, ModelError
from workbench.items import Item
from workbench.protocols import Spent
from workbench.sessions.compaction.summary import Made, Summariser, summariser


class OpenAICompaction:
    """Asks the endpoint that is set for turns; where none is, the offline model summarises.

    What comes back is passed on whole, and read by the Responses API only. Raises InvalidValue for
    a model that is no name.
    """

    at_once: int | None = None
    on_this_loop = False

    def __init__(self, model: Any) -> None:
        if not isinstance(model, str) or not model.strip():
            raise InvalidValue(
                'mode="openai" asks OpenAI\'s service: summary_model is the name of its model'
            )
        self._model = model
        self._offline: Summariser = summariser("offline")

    async def __call__(self, items: Sequence[Item], room: int) -> Made:
        from workbench.models.endpoint import endpoint

        where = endpoint()
        if where is None:
            return await self._offline(items, room)
        from openai import AsyncOpenAI

        async with AsyncExitStack() as stack:
            client = where.client
            if client is None:
                made = AsyncOpenAI(api_key=where.key, base_url=where.url)
                client = await stack.enter_async_context(made)
            answer = await client.responses.with_raw_response.compact(
                model=self._model, input=[_plain(item) for item in items]
            )
            found = answer.http_response.json()
        return _made(found, self._model)


def _made(found: Any, model: str) -> Made:
    """The answer as items. Raises ModelError when there is no compaction among them."""
    output = found.get("output") if isinstance(found, dict) else None
    kept = [_plain(item) for item in output or () if isinstance(item, dict)]
    if not any(of.kind(item) == "compaction" and item.get("encrypted_content") for item in kept):
        raise ModelError("the endpoint returned no compaction item")
    used = found.get("usage") or {}
    spent = Spent(1, used.get("input_tokens", 0), used.get("output_tokens", 0))
    return Made(tuple(kept), "\n".join(map(of.text, kept)), model, spent)


def _plain(value: Any) -> Any:
    """Without nulls, which the service writes and does not read, and the SDK's own notes."""
    if isinstance(value, dict):
        return {
            name: _plain(each)
            for name, each in value.items()
            if each is not None and name != "provider_data"
        }
    return [_plain(each) for each in value] if isinstance(value, list) else value
