from __future__ import annotations

import asyncio
import threading

import pytest
from agents import Agent, RunConfig, Runner

from tests.openai_server import openai_server
from workbench.models import WorkbenchProvider


async def ask(provider: WorkbenchProvider) -> str:
    config = RunConfig(model_provider=provider, tracing_disabled=True)
    result = await Runner.run(Agent(name="A"), "My name is John", run_config=config)
    return str(result.final_output)


def test_one_provider_serves_two_event_loops_at_once_and_closes_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = asyncio.new_event_loop()
    thread = threading.Thread(target=other.run_forever, daemon=True)
    thread.start()
    with openai_server() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)

        async def both() -> list[str]:
            async with WorkbenchProvider() as provider:
                elsewhere = asyncio.run_coroutine_threadsafe(ask(provider), other)
                here = [await ask(provider) for _ in range(2)]
                return [*here, await asyncio.wrap_future(elsewhere)]

        assert asyncio.run(both()) == ["Nice to meet you, John."] * 3
        assert len(server.requests) == 3
    other.call_soon_threadsafe(other.stop)
    thread.join(5)
    other.close()


def test_one_provider_serves_one_asyncio_run_after_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider = WorkbenchProvider()
    with openai_server() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)

        async def once() -> str:
            try:
                return await ask(provider)
            finally:
                await provider.aclose()

        assert [asyncio.run(once()) for _ in range(3)] == ["Nice to meet you, John."] * 3


def test_closing_after_a_loop_has_gone_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = WorkbenchProvider()
    with openai_server() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        asyncio.run(ask(provider))

        async def later() -> None:
            await provider.aclose()
            await provider.aclose()

        asyncio.run(later())
