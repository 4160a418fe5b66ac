"""One connection to one Redis server: many commands out at once, their replies back in order.

The connection is redis-py's own (TLS, passwords, sockets); it is used from one thread, so it
belongs to no event loop. What comes back for a command is its reply, or the exception that stands
for it: a server's refusal of one command says nothing about the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, Protocol, cast

from workbench.stores.redis.place import Place

Word = bytes | str | int
Command = tuple[Word, ...]


_HEAD = 15
"""Words of a call of the script that are the same for a session each time, its keys among them."""


class NotSent(Exception):
    """There was no connection to send by; ``__cause__`` says why."""


class Exchange(Protocol):
    """What brings commands to the servers that they are for; used from one thread."""

    def exchange(self, commands: Sequence[Command], routes: Sequence[bytes | None]) -> list[Any]:
        """The reply to each command, or the exception in its place; None routes to any server."""
        ...

    def close(self) -> None:
        """Close every connection; the next exchange opens them again."""
        ...


class Wire:
    """A connection to ``host:port`` of a place, opened when it is first needed."""

    def __init__(self, place: Place, host: str, port: int) -> None:
        self.place, self.host, self.port = place, host, port
        self._connection: Any = None  # redis-py's connections have few annotations

    def exchange(self, commands: Sequence[Command], routes: Sequence[bytes | None]) -> list[Any]:
        """The reply to each command, or the exception in its place."""
        failure = self.send(commands)
        return [failure] * len(commands) if failure else self.receive(len(commands))

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, as far as this side knows."""
        return self._connection is not None and self._connection.is_connected

    def send(self, commands: Sequence[Command]) -> Exception | None:
        """Send them all; what kept that from happening, None when it happened."""
        connection = self._connection = self._connection or self._made()
        try:
            if not connection.is_connected:
                connection.connect()
        except _losses() as exc:
            connection.disconnect()
            failure = NotSent(str(exc))
            failure.__cause__ = exc
            return failure
        return self.send_packed(packed(commands))

    def send_packed(self, data: bytes) -> Exception | None:
        """Send what is `packed` by the open connection; what kept that from happening."""
        try:
            self._connection.send_packed_command([data], check_health=False)
        except _losses() as exc:
            self._connection.disconnect()
            return exc
        return None

    def receive(self, count: int) -> list[Any]:
        """So many replies, or the exceptions in their places; each loss counts for all after it."""
        return self._replies(count, {})

    def receive_within(self, seconds: float, count: int) -> list[Any]:
        """As `receive`, but only what comes with no pause as long as that; `receive` the rest."""
        return self._replies(count, {"timeout": seconds, "disconnect_on_error": False})

    def _replies(self, count: int, patience: dict[str, Any]) -> list[Any]:
        from redis.exceptions import ResponseError, TimeoutError

        read, replies = self._connection.read_response, []
        try:
            for _ in range(count):
                try:
                    replies.append(read(disable_decoding=True, **patience))
                except ResponseError as exc:
                    replies.append(exc)
        except _losses() as exc:
            if not (patience and isinstance(exc, TimeoutError)):
                self._connection.disconnect()
                replies += [exc] * (count - len(replies))
        return replies

    def close(self) -> None:
        """Close the connection; the next exchange opens one again."""
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None

    def _made(self) -> Any:
        from redis.backoff import NoBackoff
        from redis.connection import Connection, SSLConnection, UnixDomainSocketConnection
        from redis.retry import Retry

        place, socket, kind = (
            self.place,
            cast(Any, UnixDomainSocketConnection),
            cast(Any, Connection),
        )
        common: dict[str, Any] = {
            "db": place.database,
            "username": place.username,
            "password": place.password,
            # So that there is time for another try, at a new master perhaps.
            "socket_timeout": max(place.timeout / 2, 0.1),
            # One try at a time: what is tried again, and how often, is decided by the line.
            "retry": Retry(NoBackoff(), 0),
            "protocol": 2,
            "driver_info": None,
            # Long histories come in pieces of this size, each a switch between threads.
            "socket_read_size": 262_144,
        }
        if place.path is not None:
            return socket(path=place.path, **common)
        common |= {"host": self.host, "port": self.port}
        common |= {"socket_connect_timeout": min(max(place.timeout / 2, 0.1), 5.0)}
        if place.tls is not None:
            return SSLConnection(**common, **place.tls)
        return kind(**common)


def packed(commands: Sequence[Command]) -> bytes:
    """Commands as the server reads them (RESP)."""
    return b"".join(
        [
            b"*%d\r\n%b%b" % (len(each), _head(each[:_HEAD]), b"".join(map(_word, each[_HEAD:])))
            for each in commands
        ]
    )


def _word(word: Word) -> bytes:
    text = word if isinstance(word, bytes) else str(word).encode()
    return b"$%d\r\n%b\r\n" % (len(text), text)


@lru_cache(maxsize=1024)
def _head(words: Command) -> bytes:
    return b"".join(map(_word, words))


@cache
def _losses() -> tuple[type[Exception], ...]:
    from redis.exceptions import RedisError

    return RedisError, OSError
