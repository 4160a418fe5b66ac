"""Where a Redis store is: the parts of its URL, and the URL as it may be shown.

``redis://[user:password@]host[:6379][/database]``, ``rediss://...`` over TLS,
``redis+cluster://host:port`` and ``rediss+cluster://...`` for a cluster, named by any of its nodes,
``redis+unix:///path/of/the.socket`` (and redis-py's ``unix://``). Options: ``ttl`` (seconds after
the last write when a session expires), ``timeout`` (seconds to wait for the server, a restart or a
failover included), ``prefix`` (of the keys, ``agents:session``), ``db``, ``pause_gc`` (0: never
pause Python's garbage collector while a long history is read), ``read_only`` (1: nothing is
written, not even the labels by which items of other programs are known again) and redis-py's
``ssl_ca_certs``, ``ssl_certfile``, ``ssl_keyfile``, ``ssl_cert_reqs``, ``ssl_check_hostname``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlencode

from workbench.errors import InvalidStoreURL, InvalidValue
from workbench.stores.urls import StoreURL, redacted

SCHEMES = ("redis", "rediss", "redis+cluster", "rediss+cluster", "redis+unix", "unix")
PREFIX = "agents:session"
"""What the SDK's ``RedisSession`` puts before the id, unless told otherwise."""
PATIENCE = 10.0
_TLS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname")
_LONGEST = 100 * 365 * 86_400
"""Seconds: the server counts the moment of expiry in milliseconds and refuses what overflows."""


@dataclass(frozen=True)
class Place:
    """A server or a cluster, how to come in, and how sessions are kept. ``ttl`` in seconds."""

    host: str = "localhost"
    port: int = 6379
    path: str | None = None
    database: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    is_cluster: bool = False
    tls: dict[str, Any] | None = field(default=None, repr=False)
    ttl: float | None = None
    timeout: float = PATIENCE
    prefix: str = PREFIX
    pause_gc: bool = True
    read_only: bool = False

    @property
    def name(self) -> str:
        """The place as a message shows it."""
        if self.path is not None:
            return f"Redis at {self.path}"
        return f"Redis{' cluster' if self.is_cluster else ''} at {_host(self.host)}:{self.port}"

    @property
    def url(self) -> str:
        """The store URL, without the password; the options that matter behind it."""
        user = f"{quote(self.username, safe='')}@" if self.username else ""
        options: dict[str, object] = {}
        if self.ttl is not None:
            options["ttl"] = f"{self.ttl:g}" if self.ttl % 1 else int(self.ttl)
        if self.prefix != PREFIX:
            options["prefix"] = self.prefix
        if self.path is not None:
            base = f"redis+unix://{user}{quote(self.path)}"
            options |= {"db": self.database} if self.database else {}
        else:
            scheme = ("rediss" if self.tls is not None else "redis") + "+cluster" * self.is_cluster
            database = "" if self.is_cluster else f"/{self.database}"
            base = f"{scheme}://{user}{_host(self.host)}:{self.port}{database}"
        return base + (f"?{urlencode(options)}" if options else "")


def place_at(url: StoreURL) -> Place:
    """The place that a URL names. Raises InvalidStoreURL."""
    if url.scheme not in SCHEMES:
        raise InvalidStoreURL(f"{redacted(url.text)!r} is no Redis URL: {', '.join(SCHEMES)}")
    secure, cluster, unix = (
        url.scheme.startswith("rediss"),
        url.scheme.endswith("+cluster"),
        url.scheme.endswith("unix"),
    )
    url.only("ttl", "timeout", "prefix", "db", "pause_gc", "read_only", *(_TLS if secure else ()))
    user, password, host, port = _authority(url)
    if unix and (host or not url.path.strip("/")):
        raise InvalidStoreURL(f"{redacted(url.text)!r}: write redis+unix:///PATH/OF/THE.SOCKET")
    database = _database(url, "" if unix else url.path.strip("/"))
    if cluster and database:
        raise InvalidStoreURL("a Redis cluster has one database only, number 0")
    return Place(
        host=host or "localhost",
        port=port or 6379,
        path=url.path if unix else None,
        database=database,
        username=user or None,
        password=password or None,
        is_cluster=cluster,
        tls=_tls(url) if secure else None,
        ttl=checked_ttl(url.seconds("ttl", 0)) if "ttl" in url.options else None,
        timeout=url.seconds("timeout", PATIENCE),
        prefix=checked_prefix(url.options.get("prefix", PREFIX)),
        pause_gc=url.flag("pause_gc", default=True),
        read_only=url.flag("read_only"),
    )


def checked_ttl(ttl: float | None) -> float | None:
    """``ttl`` if it is None or a number of seconds that Redis can count. Raises InvalidValue."""
    if ttl is None:
        return None
    is_number = isinstance(ttl, (int, float)) and not isinstance(ttl, bool)
    if is_number and math.isfinite(ttl) and 0.001 <= ttl <= _LONGEST:
        return ttl
    raise InvalidValue(f"ttl is None (never) or seconds from 0.001 to {_LONGEST}, not {ttl!r}")


def checked_prefix(prefix: str) -> str:
    """``prefix`` if keys can begin with it. Raises InvalidValue."""
    if isinstance(prefix, str) and prefix and prefix.isprintable() and prefix[0] not in "{}":
        return prefix
    raise InvalidValue("the prefix of the keys is printable text that does not begin with a brace")


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _authority(url: StoreURL) -> tuple[str, str, str, int | None]:
    credentials, _at, address = url.netloc.rpartition("@")
    user, _colon, password = credentials.partition(":")
    host, colon, port = address.rpartition(":")
    if not colon or address.endswith("]"):
        host, port = address, ""
    if port and not (port.isdecimal() and 0 < int(port) < 65_536):
        raise InvalidStoreURL(
            f"{redacted(url.text)!r}: a port is a number from 1 to 65535 (in a password, / is "
            "written %2F, ? %3F and # %23)"
        )
    name = unquote(host.removeprefix("[").removesuffix("]"))
    return unquote(user), unquote(password), name, int(port) if port else None


def _database(url: StoreURL, path: str) -> int:
    number = path or url.options.get("db", "0")
    if not (number.isascii() and number.isdecimal()):
        raise InvalidStoreURL(
            f"{redacted(url.text)!r}: behind the address stands the number of a database"
        )
    return int(number)


def _tls(url: StoreURL) -> dict[str, Any]:
    given: dict[str, Any] = {name: url.options[name] for name in _TLS if name in url.options}
    if "ssl_check_hostname" in given:
        given["ssl_check_hostname"] = url.flag("ssl_check_hostname")
    if given.get("ssl_cert_reqs", "required") not in ("required", "optional", "none"):
        raise InvalidStoreURL("ssl_cert_reqs is required, optional or none")
    if given.get("ssl_cert_reqs") == "none":
        given.setdefault("ssl_check_hostname", False)
    return given
