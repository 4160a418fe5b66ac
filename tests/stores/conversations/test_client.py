"""How the API is reached: a client that was passed in, an address, a key."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from openai import AsyncOpenAI

from tests.conversations_server import shared_conversations
from workbench import loop
from workbench.errors import (
    InvalidStoreURL,
    MissingKey,
    StoreUnreachable,
    StoreUnusable,
    Unsupported,
)
from workbench.sessions import CompactionSession, OpenAISession
from workbench.stores import open_store
from workbench.testing.data import message, texts


def client() -> AsyncOpenAI:
    """A client of the test's own."""
    return AsyncOpenAI(api_key="x", base_url=shared_conversations().url, max_retries=0)


def test_a_session_with_a_client_of_ones_own_compacts_by_itself() -> None:
    async def talk() -> list[Any]:
        async with client() as own:
            session = CompactionSession(OpenAISession("lent", openai_client=own), 4)
            for number in range(4):
                await session.add_items([message(number)])
                await session.add_items([{"role": "assistant", "content": f"reply {number}"}])
            await session.settled()
            items = await session.get_items()
            await session.clear_session()
            return items

    items = asyncio.run(talk())
    assert len(items) < 8
    assert texts(items)[-1] == "reply 3"


def test_other_event_loops_go_through_the_one_of_the_client() -> None:
    async def talk() -> None:
        async with client() as own:
            session = OpenAISession("lent elsewhere", openai_client=own)
            await session.add_items([message("here")])
            # The home loop, from a thread, while this loop goes on.
            found = await asyncio.to_thread(loop.run, session.get_items())
            assert texts(found) == ["here"]
            await session.clear_session()

    asyncio.run(talk())


def test_a_client_whose_loop_has_ended_says_so() -> None:
    own = client()
    session = OpenAISession("lent twice", openai_client=own)

    async def first() -> None:
        await session.add_items([message("first")])
        await session.clear_session()
        await own.close()

    asyncio.run(first())
    with pytest.raises(Unsupported, match="event loop that has ended"):
        asyncio.run(session.get_items())


def test_a_client_whose_loop_waits_for_the_call_says_so_instead_of_hanging() -> None:
    async def talk() -> None:
        async with client() as own:
            session = OpenAISession("lent blocked", openai_client=own)
            await session.add_items([message("here")])
            with pytest.raises(Unsupported, match="waits for this call"):
                loop.run(session.get_items())
            await session.clear_session()

    asyncio.run(talk())


# Addresses and keys


@pytest.mark.parametrize(
    "address",
    ["nonsense", "http://", "ftp://host/v1", "http://host:99999/v1", "host:8000", "//h/v1"],
)
async def test_what_can_be_no_address_is_refused_before_anything_is_sent(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for make in (lambda: OpenAISession("demo", base_url=address), lambda: open_url(address)):
        with pytest.raises(InvalidStoreURL, match=r"http://host:port/v1 or https://host/v1"):
            make()
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    async with OpenAISession("demo") as session:
        with pytest.raises(InvalidStoreURL, match="OPENAI_BASE_URL"):
            await session.add_items([message("a")])


def open_url(address: str) -> object:
    return open_store(f"openai://?base_url={address}")


async def test_a_server_without_conversations_is_named() -> None:
    without = shared_conversations().url.removesuffix("/v1")
    async with OpenAISession("demo", base_url=without) as session:
        with pytest.raises(StoreUnusable, match=r"no Conversations API: does the address end in"):
            await session.add_items([message("a")])


async def test_a_key_that_no_header_can_hold_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-schlüssel")
    async with OpenAISession("demo", base_url=shared_conversations().url) as session:
        with pytest.raises(MissingKey, match="letters that no key has") as caught:
            await session.add_items([message("a")])
        assert "schl" not in str(caught.value)


async def test_a_password_in_the_address_is_neither_shown_nor_kept(
    workbench_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = shared_conversations().url.replace("://", "://me:secret-word@")
    with pytest.raises(InvalidStoreURL, match="is remembered; set OPENAI_BASE_URL") as caught:
        OpenAISession("demo", base_url=address)
    assert "secret-word" not in str(caught.value)
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    async with OpenAISession("demo") as session:
        await session.add_items([message("a")])
        assert "secret-word" not in f"{session!r} {await session.describe()}"
    gone = address.replace(str(urlsplit(address).port), "9")
    monkeypatch.setenv("OPENAI_BASE_URL", gone)
    async with OpenAISession("demo") as session:
        with pytest.raises(StoreUnreachable, match=r"http://me:\*\*\*@127.0.0.1:9/v1"):
            await session.add_items([message("a")])
    files = [path for path in workbench_home.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"secret-word" in path.read_bytes()]
