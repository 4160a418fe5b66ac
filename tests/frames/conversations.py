"""Conversations for the tests of frames: recorded by our sessions, and kept by the SDK's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from agents.extensions.memory import (
    AdvancedSQLiteSession,
    AsyncSQLiteSession,
    EncryptedSession,
    SQLAlchemySession,
)
from agents.memory import OpenAIResponsesCompactionSession
from agents.memory import SQLiteSession as SDKSession

from workbench.frames import history_frame, turns_frame
from workbench.protocols import Status, TurnRecord
from workbench.sessions import MemorySession

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

TALK: list[Any] = [
    {"role": "user", "content": "Use add"},
    {
        "type": "function_call",
        "name": "add",
        "arguments": '{"a": 2}',
        "call_id": "c1",
        "id": "fc_1",
    },
    {"type": "function_call_output", "call_id": "c1", "output": "5"},
    {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "It is 5.", "annotations": []}],
    },
    {"role": "user", "content": "Thanks"},
    {"role": "assistant", "content": "You're welcome."},
]


def record(turn_id: str, minute: int, status: Status = "done", **more: Any) -> TurnRecord:
    """The record of a turn that began ``minute`` minutes after START."""
    known: dict[str, Any] = {"agent": "Ada", "model": "offline", "requests": 1, "seconds": 0.5}
    known |= {"input_tokens": 10, "output_tokens": 4, "estimated": True} | more
    started_at = START + timedelta(minutes=minute)
    return TurnRecord(
        turn_id=turn_id, session_id="demo", started_at=started_at, status=status, **known
    )


async def recorded() -> MemorySession:
    """Two turns as the workbench records them: one with a tool, one without."""
    session = MemorySession("demo")
    await session.append(TALK[:4], turn_id="t1")
    await session.append(TALK[4:], turn_id="t2")
    await session.save_turn(record("t1", 0, input_tokens=100, output_tokens=20, requests=2))
    await session.save_turn(record("t2", 1))
    return session


async def keeping(*items: Any, turn_id: str | None = None) -> MemorySession:
    """A session of ours that holds ``items`` and records no turn."""
    session = MemorySession("demo")
    await session.append(items, turn_id=turn_id)
    return session


class Handed:
    """The smallest session with the SDK's protocol: it hands out whatever it was given."""

    def __init__(self, *items: Any) -> None:
        self.session_id = "handed"
        self.session_settings = None
        self.items = list(items)

    async def get_items(self, limit: int | None = None) -> list[Any]:
        return self.items[max(0, len(self.items) - limit) :] if limit is not None else self.items

    async def add_items(self, items: list[Any]) -> None:
        self.items += items

    async def pop_item(self) -> Any:
        return self.items.pop() if self.items else None

    async def clear_session(self) -> None:
        self.items.clear()


def history(session: Any, **given: Any) -> pd.DataFrame:
    return asyncio.run(history_frame(session, **given))


def turns(session: Any) -> pd.DataFrame:
    return asyncio.run(turns_frame(session))


@asynccontextmanager
async def _memory(_folder: Path) -> AsyncIterator[Any]:
    session = SDKSession("demo")
    yield session
    session.close()


@asynccontextmanager
async def _file(folder: Path) -> AsyncIterator[Any]:
    session = SDKSession("demo", folder / "sdk.db")
    yield session
    session.close()


@asynccontextmanager
async def _limited(folder: Path) -> AsyncIterator[Any]:
    session = SDKSession("demo", folder / "sdk.db", session_settings={"limit": 2})
    yield session
    session.close()


@asynccontextmanager
async def _asynchronous(folder: Path) -> AsyncIterator[Any]:
    session = AsyncSQLiteSession("demo", folder / "sdk.db")
    yield session
    await session.close()


@asynccontextmanager
async def _advanced(folder: Path) -> AsyncIterator[Any]:
    session = AdvancedSQLiteSession(
        session_id="demo", db_path=folder / "sdk.db", create_tables=True
    )
    yield session
    session.close()


@asynccontextmanager
async def _encrypted(_folder: Path) -> AsyncIterator[Any]:
    inner = SDKSession("demo")
    yield EncryptedSession("demo", inner, encryption_key="a key that is long enough to be one")
    inner.close()


@asynccontextmanager
async def _compacting(_folder: Path) -> AsyncIterator[Any]:
    inner = SDKSession("demo")
    yield OpenAIResponsesCompactionSession("demo", inner)
    inner.close()


@asynccontextmanager
async def _sqlalchemy(folder: Path) -> AsyncIterator[Any]:
    url = f"sqlite+aiosqlite:///{folder / 'alchemy.db'}"
    session = SQLAlchemySession.from_url("demo", url=url, create_tables=True)
    yield session
    await session.engine.dispose()


SDK_SESSIONS: dict[str, Callable[[Path], AbstractAsyncContextManager[Any]]] = {
    "SQLiteSession in memory": _memory,
    "SQLiteSession on file": _file,
    "SQLiteSession with a limit of its own": _limited,
    "AsyncSQLiteSession": _asynchronous,
    "AdvancedSQLiteSession": _advanced,
    "EncryptedSession": _encrypted,
    "OpenAIResponsesCompactionSession": _compacting,
    "SQLAlchemySession": _sqlalchemy,
}
