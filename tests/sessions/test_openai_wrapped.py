"""What stands around an OpenAISession passes the contract too; most of it at night."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract_abilities import AbilitiesContract
from tests.contract_edits import EditsContract
from tests.contract_paging import PagingContract
from tests.contract_runner import RunnerContract
from tests.conversations_server import shared_conversations
from tests.sessions.at_openai import kept
from tests.sessions.encryption.encrypted import KEY
from workbench.items import Item
from workbench.sessions import CompactionSession, EncryptedSession, OpenAISession
from workbench.testing import SessionContract
from workbench.testing.data import Make

MOST = 10_000
"""Messages that a compacting session lets stand: what compacting does is in tests of its own."""


class Wrapped:
    """Makes sessions at one server, each in its wrappers."""

    @staticmethod
    def wrap(base: OpenAISession) -> Any:
        raise NotImplementedError

    @pytest.fixture
    def make(self) -> Iterator[Make]:
        made: list[Any] = []

        def make(session_id: str = "demo", **settings: Any) -> Any:
            url = shared_conversations().direct_url
            made.append(self.wrap(OpenAISession(session_id, base_url=url, **settings)))
            return made[-1]

        async def close() -> None:
            for session in made:
                await session.close()

        yield make
        asyncio.run(close())


class Encrypted(Wrapped):
    @staticmethod
    def wrap(base: OpenAISession) -> Any:
        return EncryptedSession(base, KEY)


class Compacting(Wrapped):
    @staticmethod
    def wrap(base: OpenAISession) -> Any:
        return CompactionSession(base, max_messages=MOST)

    def kept(self, item: Item) -> Item | None:
        return kept(item)


class CompactingEncrypted(Wrapped):
    @staticmethod
    def wrap(base: OpenAISession) -> Any:
        return CompactionSession(EncryptedSession(base, KEY), max_messages=MOST)


class TestEncrypted(Encrypted, AbilitiesContract, RunnerContract): ...


@pytest.mark.long
class TestAllOfEncrypted(Encrypted, SessionContract, EditsContract, PagingContract): ...


@pytest.mark.long
class TestAllOfCompacting(
    Compacting, AbilitiesContract, EditsContract, PagingContract, RunnerContract
): ...


@pytest.mark.long
class TestAllOfCompactingEncrypted(
    CompactingEncrypted,
    SessionContract,
    AbilitiesContract,
    EditsContract,
    PagingContract,
    RunnerContract,
): ...
