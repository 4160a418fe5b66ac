"""Providers of the SDK, one for each event loop, each with an HTTP client of its own.

Connections belong to the event loop that opened them. The SDK shares one HTTP client between all
loops of a process; here a notebook's loop and the workbench's home loop use the same names at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

from agents import ModelProvider, MultiProvider, OpenAIProvider
from openai import AsyncOpenAI

from workbench.models.endpoint import Endpoint, sdk_defaults

Api = Literal["responses", "chat_completions"]


@dataclass
class _Opened:
    """A provider of the SDK made in one event loop, and the client to close with it."""

    provider: ModelProvider
    client: AsyncOpenAI | None
    loop: asyncio.AbstractEventLoop | None


class Connections:
    """The providers made so far, by event loop, endpoint and API."""

    def __init__(self) -> None:
        self._opened: dict[Hashable, _Opened] = {}

    def provider(self, where: Endpoint | None, api: Api | None, *, literal: bool) -> ModelProvider:
        """The SDK's provider for the running loop; made when first needed.

        ``where`` None is for names that need no OpenAI client. ``literal`` names go to the server
        as they are, slashes included; the SDK reads others' prefixes.
        """
        self._forget_closed_loops()
        loop = _running_loop()
        given = where and where.client and id(where.client)
        place = where and (where.key, where.url, given)
        key = (loop and id(loop), place, api, literal, sdk_defaults())
        if key not in self._opened:
            self._opened[key] = _open(where, api, loop, literal=literal)
        return self._opened[key].provider

    def _forget_closed_loops(self) -> None:
        """Connections of a closed loop can't be closed any more: the loop took them along."""
        gone = [key for key, one in self._opened.items() if one.loop and one.loop.is_closed()]
        for key in gone:
            del self._opened[key]

    async def aclose(self) -> None:
        """Close every client that was made here; all are tried, then the first error is raised."""
        opened, self._opened = list(self._opened.values()), {}
        errors = [error for one in opened if (error := await _close(one)) is not None]
        if errors:
            raise errors[0]


def _open(
    where: Endpoint | None,
    api: Api | None,
    loop: asyncio.AbstractEventLoop | None,
    *,
    literal: bool,
) -> _Opened:
    responses = None if api is None else api == "responses"
    if where is None:
        return _Opened(MultiProvider(openai_use_responses=responses), None, loop)
    made = None if where.client else AsyncOpenAI(api_key=where.key, base_url=where.url)
    client = where.client or made
    if literal:
        # After a prefix of ours the rest is the server's own name, slashes included.
        return _Opened(OpenAIProvider(openai_client=client, use_responses=responses), made, loop)
    provider = MultiProvider(
        openai_client=client,
        openai_use_responses=responses,
        unknown_prefix_mode="model_id" if where.local else "error",
    )
    return _Opened(provider, made, loop)


async def _close(one: _Opened) -> Exception | None:
    """Close in the loop that the connections belong to, where it still runs."""
    here = asyncio.get_running_loop()
    try:
        if one.loop is None or one.loop is here or not one.loop.is_running():
            await _close_here(one)
        else:
            work = asyncio.run_coroutine_threadsafe(_close_here(one), one.loop)
            await asyncio.wrap_future(work)
    except RuntimeError as error:
        # Another loop that was stopped or closed meanwhile took its connections along.
        return error if one.loop in (None, here) else None
    except Exception as error:
        return error
    return None


async def _close_here(one: _Opened) -> None:
    try:
        await one.provider.aclose()
    finally:
        if one.client is not None:
            await one.client.close()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
