"""Real Redis servers for tests: on a free loopback port or a unix socket, alone or as a cluster.

Each is started in a temporary folder of its own and ended with it; a server that is there already
is neither used nor touched.
"""

from __future__ import annotations

import atexit
import random
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.setup_system import program

PATIENCE = 20.0
"""Seconds that a server may take to be ready."""


def free_port() -> int:
    """A port on which nobody listens, nor on the one 10,000 above it, a cluster's bus.

    Both lie below those that a system gives to connections, which come and go at any moment.
    """
    while True:
        port = random.randrange(11_000, 22_000)
        with socket.socket() as one, socket.socket() as other, suppress(OSError):
            one.bind(("127.0.0.1", port))
            other.bind(("127.0.0.1", port + 10_000))
            return port


class RedisServer:
    """One ``redis-server``; ``options`` are lines of its configuration, without the values' quotes.

    ``unix``: listens on a socket file only. Made by `redis_server`.
    """

    host = "127.0.0.1"

    def __init__(self, folder: Path, *, unix: bool = False, **options: Any) -> None:
        self.folder = folder
        self.port = 0 if unix else free_port()
        self.socket = folder / "redis.sock" if unix else None
        defaults: dict[str, object] = {"save": "", "appendonly": "no", "bind": self.host}
        given = {name.replace("_", "-"): value for name, value in options.items()}
        self.options = {**defaults, "protected-mode": "no", "daemonize": "no", **given}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is, for anybody who may come in without a password."""
        return f"redis+unix://{self.socket}" if self.socket else f"redis://{self.host}:{self.port}"

    @property
    def password(self) -> str | None:
        """The password it asks for."""
        password = self.options.get("requirepass")
        return None if password is None else str(password)

    def start(self) -> None:
        """Start it and wait until it answers."""
        place = ["--unixsocket", str(self.socket)] if self.socket else []
        options = [part for name, value in self.options.items() for part in _option(name, value)]
        with (self.folder / "redis.log").open("ab") as log:
            where = ["--port", str(self.port), "--dir", str(self.folder), *place]
            self.process = subprocess.Popen(
                [program("redis-server"), *where, *options],
                stdout=log,
                stderr=log,
            )
        wait_for(self.answers, f"redis-server on {self.url}")

    def answers(self) -> bool:
        """Whether it is up and has loaded its data."""
        assert self.process is not None
        if self.process.poll() is not None:
            log = (self.folder / "redis.log").read_text(errors="replace")
            raise RuntimeError(f"redis-server ended with {self.process.returncode}: {log[-800:]}")
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def client(self, **more: Any) -> redis.Redis:
        """A plain client of redis-py, to look at the server from outside; close it."""
        place: dict[str, Any] = (
            {"unix_socket_path": str(self.socket)}
            if self.socket
            else {"host": self.host, "port": self.port}
        )
        if self.password is not None:
            place["password"] = self.password
        return redis.Redis(**place, retry=Retry(NoBackoff(), 0), **more)

    def kill(self) -> None:
        """End it as a crash does, by SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """End it in an orderly way; what it keeps on disk is written."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE)

    def restart(self) -> None:
        """End it in an orderly way and start it again on the same port."""
        self.stop()
        self.start()

    def do(self, *command: Any) -> Any:
        """One command from outside."""
        with self.client() as client:
            return client.execute_command(*command)

    def empty(self) -> None:
        """Delete all that it keeps."""
        self.do("FLUSHALL")

    def follows(self) -> bool:
        """Whether it is a replica in step with its master."""
        return bool(self.do("INFO", "replication").get("master_link_status") == "up")

    def raw(self, *command: Any) -> Any:
        """One command from outside, and the reply as it came."""
        with self.client() as client:
            client.response_callbacks.clear()
            return client.execute_command(*command)

    def calls(self) -> dict[str, int]:
        """How often each command was called, by clients and by scripts."""
        with self.client() as client:
            stats: dict[str, Any] = client.info("commandstats")
        return {name.removeprefix("cmdstat_"): each["calls"] for name, each in stats.items()}


def _option(name: str, value: object) -> list[str]:
    """An option of the command line; a list gives it several times (``save``), a tuple as words."""
    if isinstance(value, list):
        return [part for each in value for part in _option(name, each)]
    words = [str(each) for each in value] if isinstance(value, tuple) else [str(value)]
    return [f"--{name}", *words]


def wait_for(
    ready: Callable[[], bool], what: str, seconds: float = PATIENCE, *, pause: float = 0.02
) -> None:
    """Wait until ``ready()``; RuntimeError when that takes too long."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} was not ready within {seconds:g} s")
        time.sleep(pause)


@contextmanager
def redis_server(*, unix: bool = False, **options: Any) -> Iterator[RedisServer]:
    """A server of its own, with options of redis.conf: ``redis_server(appendonly="yes")``."""
    # A socket's path may have 107 bytes, so not below pytest's own long folders.
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = RedisServer(Path(folder), unix=unix, **options)
        try:
            server.start()
            yield server
        finally:
            server.kill()


class RedisCluster:
    """Masters, each with as many replicas, made with ``redis-cli --cluster create``."""

    def __init__(self, servers: Sequence[RedisServer]) -> None:
        self.servers = servers

    @property
    def url(self) -> str:
        """The cluster's store URL, by its first node."""
        return f"redis+cluster://{self.servers[0].host}:{self.servers[0].port}"

    def join(self, replicas: int) -> None:
        """Make one cluster of the servers, and wait until every node knows it."""
        nodes = [f"{each.host}:{each.port}" for each in self.servers]
        how = ["--cluster-replicas", str(replicas), "--cluster-yes"]
        subprocess.run(
            ["redis-cli", "--cluster", "create", *nodes, *how],
            check=True,
            capture_output=True,
            timeout=60,
        )
        wait_for(self.is_well, "the cluster")
        if replicas:
            wait_for(self.replicates, "the replicas")

    def empty(self) -> None:
        """Delete all that it keeps."""
        for master in self.masters():
            master.empty()

    def keys(self) -> list[bytes]:
        """Every key of every master."""
        return [key for master in self.masters() for key in master.do("KEYS", "*")]

    def is_well(self) -> bool:
        """Whether each node that runs sees all slots served, and knows all nodes."""
        nodes = f"cluster_known_nodes:{len(self.servers)}\r".encode()
        told = [bytes(each.raw("CLUSTER", "INFO")) for each in self.running()]
        return all(b"cluster_state:ok" in each and nodes in each for each in told)

    def replicates(self) -> bool:
        """Whether every replica is in step with its master."""
        replicas = [info for info in self.replication() if info["role"] == "slave"]
        return bool(replicas) and all(info["master_link_status"] == "up" for info in replicas)

    def replication(self) -> list[dict[str, Any]]:
        """What each running node says of its role."""
        return [each.do("INFO", "replication") for each in self.running()]

    def running(self) -> list[RedisServer]:
        """The nodes that have not been ended."""
        return [each for each in self.servers if each.process and each.process.poll() is None]

    def masters(self) -> list[RedisServer]:
        """The nodes that serve slots at this moment."""
        return [each for each in self.running() if each.do("ROLE")[0] == b"master"]

    def master_of(self, key: str) -> RedisServer:
        """The node that serves ``key`` at this moment."""
        slot = int(self.running()[0].do("CLUSTER", "KEYSLOT", key))
        slots = self.running()[0].raw("CLUSTER", "SLOTS")
        for begin, end, (_host, port, *_), *_replicas in slots:
            if begin <= slot <= end:
                return next(each for each in self.servers if each.port == port)
        raise LookupError(f"nobody serves slot {slot}")


@contextmanager
def redis_cluster(
    *, masters: int = 3, replicas: int = 0, node_timeout: int = 1500, **options: Any
) -> Iterator[RedisCluster]:
    """A cluster of its own: ``masters``, each with ``replicas``; ready in about 4 s."""
    with ExitStack() as stack:
        servers = [
            stack.enter_context(
                redis_server(
                    cluster_enabled="yes",
                    cluster_config_file="nodes.conf",
                    cluster_node_timeout=node_timeout,
                    repl_diskless_sync_delay=0,
                    **options,
                )
            )
            for _ in range(masters * (1 + replicas))
        ]
        cluster = RedisCluster(servers)
        cluster.join(replicas)
        yield cluster


_stack = ExitStack()
# For the whole run of the tests: a server a test would be most of the time of the tests.
atexit.register(_stack.close)


@cache
def shared_server() -> RedisServer:
    """One server for all tests that need nothing special; `RedisServer.empty` it first."""
    return _stack.enter_context(redis_server())


@cache
def shared_socket() -> RedisServer:
    """As `shared_server`, on a unix socket."""
    return _stack.enter_context(redis_server(unix=True))


@cache
def shared_cluster() -> RedisCluster:
    """One cluster of three masters for all tests that don't end any of them."""
    return _stack.enter_context(redis_cluster())
