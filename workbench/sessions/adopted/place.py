"""Where an adopted session keeps its items: what its labels and its archive are filed under.

Two sessions of one id in two places are two conversations, so the place is part of the name. It is
read off what sessions commonly show: a path, an engine, a client, the names of tables. Only a
digest of it is kept where it could hold a password.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MEMORY = (":memory:", "")
_TELLING = frozenset(
    ("path", "file", "table", "url", "uri", "dsn", "host", "prefix", "collection", "database")
)
"""Parts of the names of attributes that say where a session keeps its items."""
_SERVER = ("host", "port", "db", "path")
_DEPTH = 5
"""Sessions around sessions that are looked through."""


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a session: a ``name`` for it, and the ``owner`` of items that die with it.

    ``owner`` is None where the items outlive the object; ``file`` is the SQLite file, where there
    is one.
    """

    name: str
    owner: Any = None
    file: Path | None = None


def where(session: Any) -> Where:
    """The place where ``session`` keeps its items, as far as it can be told."""
    inner = innermost(session)
    path = getattr(inner, "db_path", None)
    if isinstance(path, (str, Path)):
        if str(path) in _MEMORY:
            return Where("memory", owner=inner)
        file = Path(path).expanduser().absolute()
        return Where(_joined([str(file.resolve()), *_tables(inner)]), file=file)
    engine = getattr(inner, "engine", None)
    if engine is not None and getattr(engine, "url", None) is not None:
        return _of_engine(engine, inner)
    return Where(_joined(_told(inner)))


def innermost(session: Any) -> Any:
    """The session that keeps the items, below the SDK's own wrappers."""
    for _ in range(_DEPTH):
        below = getattr(session, "underlying_session", None)
        if below is None:
            break
        session = below
    return session


def kind(session: Any) -> str:
    """The class of the session that keeps the items."""
    return type(innermost(session)).__qualname__


def _of_engine(engine: Any, session: Any) -> Where:
    url = engine.url
    if url.get_backend_name() == "sqlite":
        if (url.database or "") in _MEMORY:
            return Where("memory", owner=engine)
        file = Path(url.database).absolute()
        return Where(_joined([str(file.resolve()), *_tables(session)]), file=file)
    shown = url.render_as_string(hide_password=True)
    return Where(_joined([shown, *_tables(session)]))


def _tables(session: Any) -> list[str]:
    """Names of tables other than the usual ones."""
    names = [getattr(session, each, None) for each in ("sessions_table", "messages_table")]
    told = [name for name in names if isinstance(name, str)]
    return [] if told == ["agent_sessions", "agent_messages"] else told


def _told(session: Any) -> list[str]:
    """What an unknown kind of session says of its place, as a digest."""
    told = sorted(_attributes(session))
    return [hashlib.sha256(_joined(told).encode()).hexdigest()[:16]] if told else []


def _attributes(session: Any) -> Iterator[str]:
    for name, value in vars(session).items() if hasattr(session, "__dict__") else ():
        if isinstance(value, (str, Path)) and not _TELLING.isdisjoint(name.split("_")):
            yield f"{name}={value}"
        # A client of redis-py, which keeps what it was told of its server here.
        pool = getattr(value, "connection_pool", None)
        settings = getattr(pool, "connection_kwargs", None)
        if isinstance(settings, dict):
            yield from (f"{each}={settings[each]}" for each in _SERVER if each in settings)


def _joined(parts: list[str]) -> str:
    return json.dumps(parts) if len(parts) != 1 else parts[0]
