"""RedisSession passes the contract: on a server, a socket, in a cluster, with a client."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster as RedisClusterClient

from tests.contract_abilities import AbilitiesContract
from tests.contract_edits import EditsContract
from tests.contract_paging import PagingContract
from tests.contract_runner import RunnerContract
from tests.redis_server import (
    RedisCluster,
    RedisServer,
    redis_server,
    shared_cluster,
    shared_server,
    shared_socket,
)
from workbench.errors import InvalidStoreURL, InvalidValue, Unsupported
from workbench.sessions import RedisSession
from workbench.testing import SessionContract
from workbench.testing.data import message, texts


@pytest.fixture
def server() -> RedisServer:
    shared_server().empty()
    return shared_server()


@pytest.fixture
def cluster() -> RedisCluster:
    shared_cluster().empty()
    return shared_cluster()


class TestRedisSession(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    @pytest.fixture
    def place(self, server: RedisServer) -> str:
        return server.url

    def make_session(self, place: str, session_id: str, **settings: Any) -> RedisSession:
        return RedisSession(session_id, place, **settings)


class TestRedisSessionThatExpires(SessionContract, AbilitiesContract):
    @pytest.fixture
    def place(self, server: RedisServer) -> str:
        return server.url

    def make_session(self, place: str, session_id: str, **settings: Any) -> RedisSession:
        return RedisSession(session_id, place, 3600, key_prefix="app:chats", **settings)


class TestRedisSessionInACluster(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    @pytest.fixture
    def place(self, cluster: RedisCluster) -> str:
        return cluster.url

    def make_session(self, place: str, session_id: str, **settings: Any) -> RedisSession:
        return RedisSession(session_id, place, **settings)


class TestRedisSessionOnASocket(SessionContract):
    @pytest.fixture
    def place(self) -> str:
        shared_socket().empty()
        return shared_socket().url

    def make_session(self, place: str, session_id: str, **settings: Any) -> RedisSession:
        return RedisSession(session_id, place, **settings)


# A client that is lent


@pytest.mark.parametrize("decoding", [False, True], ids=["bytes", "str"])
async def test_a_client_that_is_lent_is_used_and_never_closed(
    server: RedisServer, decoding: bool
) -> None:
    async with Redis(host=server.host, port=server.port, decode_responses=decoding) as client:
        async with RedisSession("demo", ttl=60, redis_client=client) as session:
            await session.add_items([message("a"), message("é")])
            (key, _) = [row.key for row in await session.rows()]
            assert await session.archive([key], reason="old") == 1
            assert [each.reason for each in await session.archived()] == ["old"]
            assert await session.pop_item() == message("é")
            await session.add_items([message("b")])
            assert "60 s" in (await session.describe())["expires"]
            assert [each.session_id for each in await session.store.list_sessions()] == ["demo"]
            assert await session.scrub() == []
        assert await client.ping()
        assert texts(await RedisSession("demo", redis_client=client).get_items()) == ["b"]


async def test_a_cluster_client_that_is_lent_works_from_the_first_use_on(
    cluster: RedisCluster,
) -> None:
    first = cluster.servers[0]
    async with RedisClusterClient(host=first.host, port=first.port) as client:
        sessions = [RedisSession(f"s{number}", redis_client=client) for number in range(12)]
        for turn in range(3):
            await asyncio.gather(*(each.add_items([message(turn)] * 2) for each in sessions))
        popped = await asyncio.gather(*(each.pop_item() for each in sessions * 6))
        assert sum(each is not None for each in popped) == 72
        await sessions[0].add_items([message("x")])
        listed = await sessions[0].store.list_sessions()
        assert sorted(each.session_id for each in listed) == sorted(s.session_id for s in sessions)
        assert (await sessions[3].describe())["expires"] == "never"
        assert "memory only" in (await sessions[3].describe())["kept"]
        assert await sessions[3].scrub() == []


async def test_a_client_of_another_loop_is_used_on_that_loop(server: RedisServer) -> None:
    async with Redis(host=server.host, port=server.port) as client:
        session = RedisSession("demo", redis_client=client)
        await asyncio.to_thread(lambda: asyncio.run(session.add_items([message("from a thread")])))
        assert texts(await session.get_items()) == ["from a thread"]


def test_a_client_whose_loop_has_ended_is_said_to_be_so(server: RedisServer) -> None:
    async def main() -> RedisSession:
        async with Redis(host=server.host, port=server.port) as client:
            session = RedisSession("demo", redis_client=client)
            await session.add_items([message("a")])
            return session

    session = asyncio.run(main())
    with pytest.raises(Unsupported, match="redis_url"):
        asyncio.run(session.get_items())


def test_what_is_no_asyncio_client_is_refused(server: RedisServer) -> None:
    with server.client() as client, pytest.raises(InvalidValue, match="redis_url"):
        RedisSession("demo", redis_client=client)


# One place, one connection


async def test_the_last_session_that_is_closed_closes_the_connections(server: RedisServer) -> None:
    def connections() -> int:
        return int(server.do("INFO", "clients")["connected_clients"])

    before = connections()
    first = RedisSession("a", server.url)
    others = [RedisSession(f"{number}", f"{server.url}/1") for number in range(2)]
    assert RedisSession("c", f"{server.url}/0?timeout=10").store is first.store
    second = RedisSession("b", server.url)
    assert first.store is second.store
    assert first.store is not others[0].store
    for session in (first, second, *others):
        await session.add_items([message("x")])
    await asyncio.gather(*(each.get_items() for each in (first, second)))
    assert connections() - before == 3
    for session in (first, *others):
        await session.close()
    assert texts(await second.get_items()) == ["x"]
    await second.close()
    assert connections() == before


@pytest.mark.parametrize("session_id", ["a:messages", "a:counter", ":messages"])
def test_an_id_whose_keys_are_another_sessions_is_refused(
    server: RedisServer, session_id: str
) -> None:
    with pytest.raises(InvalidValue, match="its keys would be those of"):
        RedisSession(session_id, server.url)


@pytest.mark.parametrize("ttl", [0, -1, float("nan"), float("inf"), 10**12, True, "60"])
def test_a_ttl_that_redis_can_not_count_is_refused(ttl: Any) -> None:
    with pytest.raises(InvalidValue, match="ttl"):
        RedisSession("a", ttl=ttl)


@pytest.mark.parametrize("url", ["localhost:6379", "http://localhost", "redis://host:port"])
def test_what_is_no_redis_url_is_refused(url: str) -> None:
    with pytest.raises((InvalidStoreURL, InvalidValue)):
        RedisSession("a", url)


def test_a_password_is_used_and_shown_nowhere() -> None:
    with redis_server(requirepass="p@ss:w/rd") as server:
        url = f"redis://:p%40ss%3Aw%2Frd@{server.host}:{server.port}/3?ttl=90"
        session = RedisSession("demo", url)
        asyncio.run(session.add_items([message("a")]))
        assert server.do("TTL", "agents:session:demo") == -2  # it is in database 3
        for shown in (repr(session), session.store.url, repr(session.store)):
            assert "ss" not in shown.replace("session", "").replace("Session", "")
            assert f"redis://{server.host}:{server.port}/3?ttl=90" in shown
        asyncio.run(session.close())


def test_it_works_over_tls_and_tells_when_the_certificate_is_not_trusted(tmp_path: Any) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make_certificate(str(key), str(certificate))
    port = free()
    tls = {"tls_port": port, "tls_cert_file": certificate, "tls_key_file": key}
    with redis_server(**tls, tls_auth_clients="no") as server:
        trusting = f"rediss://localhost:{port}?ssl_ca_certs={certificate}"
        session = RedisSession("demo", trusting)
        asyncio.run(session.add_items([message("a")]))
        assert texts(asyncio.run(session.get_items())) == ["a"]
        asyncio.run(session.close())
        assert server.do("LLEN", "agents:session:demo:messages") == 1
        stranger = RedisSession("demo", f"rediss://localhost:{port}?timeout=0.5")
        with pytest.raises(Exception, match="ssl_ca_certs"):
            asyncio.run(stranger.get_items())
        asyncio.run(stranger.close())


def free() -> int:
    """A port for TLS."""
    from tests.redis_server import free_port

    return free_port()


def make_certificate(key: str, certificate: str) -> None:
    """A certificate of its own for localhost, valid for a day."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    with open(key, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        plain = serialization.NoEncryption()
        file.write(private.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
    with open(certificate, "wb") as file:
        file.write(built.public_bytes(encoding))


@pytest.mark.parametrize("url", [None, b"redis://localhost", 6379])
def test_what_is_no_url_is_refused_in_words(url: Any) -> None:
    with pytest.raises(InvalidValue, match="redis_client="):
        RedisSession("s", url)
