"""What stands around a RedisSession passes the contract too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract_abilities import AbilitiesContract
from tests.contract_edits import EditsContract
from tests.contract_paging import PagingContract
from tests.contract_runner import RunnerContract
from tests.redis_server import shared_cluster, shared_server
from tests.sessions.encryption.encrypted import KEY
from workbench.sessions import CompactionSession, EncryptedSession, RedisSession
from workbench.testing import SessionContract

MOST = 10_000
"""Messages that a compacting session lets stand: what compacting does is in tests of its own."""


class OnAServer:
    """A place that is empty when a test begins."""

    @pytest.fixture
    def place(self) -> str:
        shared_server().empty()
        return shared_server().url


class TestEncryptedRedis(
    OnAServer, SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    def make_session(self, place: str, session_id: str, **settings: Any) -> EncryptedSession:
        return EncryptedSession(RedisSession(session_id, place, **settings), KEY)


class TestCompactingRedis(
    OnAServer, SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    def make_session(self, place: str, session_id: str, **settings: Any) -> CompactionSession:
        return CompactionSession(RedisSession(session_id, place, **settings), MOST)


class TestCompactingEncryptedRedisInACluster(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    @pytest.fixture
    def place(self) -> str:
        shared_cluster().empty()
        return shared_cluster().url

    def make_session(self, place: str, session_id: str, **settings: Any) -> CompactionSession:
        inner = EncryptedSession(RedisSession(session_id, place, **settings), KEY)
        return CompactionSession(inner, MOST)
