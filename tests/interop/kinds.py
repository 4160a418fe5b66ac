"""Every kind of session that is not the workbench's own, empty, by the name of its class."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from agents.extensions.memory import (
    AdvancedSQLiteSession,
    AsyncSQLiteSession,
    EncryptedSession,
    MongoDBSession,
    RedisSession,
    SQLAlchemySession,
)
from agents.memory import (
    OpenAIConversationsSession,
    OpenAIResponsesCompactionSession,
    SQLiteSession,
)
from openai import AsyncOpenAI

from tests.conversations_server import shared_conversations
from tests.interop.dapr_sidecar import dapr_session
from tests.interop.mongo_server import mongo_server
from tests.redis_server import shared_server
from workbench import loop

KEY = "a key that is long enough to be one"


class Plain:
    """The smallest session there can be: an id and the four methods, nothing else."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self._items: list[Any] = []

    async def get_items(self, limit: int | None = None) -> list[Any]:
        first = 0 if limit is None else max(0, len(self._items) - limit)
        return copy.deepcopy(self._items[first:])

    async def add_items(self, items: list[Any]) -> None:
        self._items += copy.deepcopy(items)

    async def pop_item(self) -> Any:
        return self._items.pop() if self._items else None

    async def clear_session(self) -> None:
        self._items.clear()


def _sqlite(folder: Path, stack: ExitStack) -> Any:
    session = SQLiteSession("demo", folder / "app.db")
    stack.callback(session.close)
    return session


def _in_memory(_folder: Path, stack: ExitStack) -> Any:
    session = SQLiteSession("demo")
    stack.callback(session.close)
    return session


def _async_sqlite(folder: Path, stack: ExitStack) -> Any:
    session = AsyncSQLiteSession("demo", folder / "app.db")
    stack.callback(lambda: loop.run(session.close()))
    return session


def _advanced(folder: Path, stack: ExitStack) -> Any:
    path = folder / "app.db"
    session = AdvancedSQLiteSession(session_id="demo", db_path=path, create_tables=True)
    stack.callback(session.close)
    return session


def _sqlalchemy(folder: Path, stack: ExitStack) -> Any:
    url = f"sqlite+aiosqlite:///{folder / 'app.db'}"
    session = SQLAlchemySession.from_url("demo", url=url, create_tables=True)
    stack.callback(lambda: loop.run(session.engine.dispose()))
    return session


def _redis(folder: Path, stack: ExitStack) -> Any:
    shared_server().empty()
    session = RedisSession.from_url("demo", url=shared_server().url)
    stack.callback(lambda: loop.run(session.close()))
    return session


def _mongo(_folder: Path, stack: ExitStack) -> Any:
    uri, _database = stack.enter_context(mongo_server())
    session = MongoDBSession.from_uri("demo", uri=uri)
    stack.callback(lambda: loop.run(session.close()))
    return session


def _dapr(_folder: Path, stack: ExitStack) -> Any:
    return stack.enter_context(dapr_session("demo"))


def _encrypted(folder: Path, stack: ExitStack) -> Any:
    return EncryptedSession("demo", _sqlite(folder, stack), encryption_key=KEY)


def _compacting(folder: Path, stack: ExitStack) -> Any:
    # Its own compaction is OpenAI's; a model that is asked without a key never leads to one.
    return OpenAIResponsesCompactionSession("demo", _sqlite(folder, stack))


def _conversations(_folder: Path, stack: ExitStack) -> Any:
    shared_conversations().heal()
    client = AsyncOpenAI(api_key="test", base_url=shared_conversations().direct_url)
    stack.callback(lambda: loop.run(client.close()))
    return OpenAIConversationsSession(openai_client=client)


def _plain(_folder: Path, _stack: ExitStack) -> Any:
    return Plain("demo")


KINDS: dict[str, Callable[[Path, ExitStack], Any]] = {
    "SQLiteSession": _sqlite,
    "SQLiteSession in memory": _in_memory,
    "AsyncSQLiteSession": _async_sqlite,
    "AdvancedSQLiteSession": _advanced,
    "SQLAlchemySession": _sqlalchemy,
    "RedisSession": _redis,
    "MongoDBSession": _mongo,
    "DaprSession": _dapr,
    "EncryptedSession": _encrypted,
    "OpenAIResponsesCompactionSession": _compacting,
    "OpenAIConversationsSession": _conversations,
    "four methods": _plain,
}


@contextmanager
def session_of(kind: str, folder: Path) -> Iterator[Any]:
    """An empty session of a kind; closed at the end."""
    with ExitStack() as stack:
        yield KINDS[kind](folder, stack)
