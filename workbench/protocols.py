"""The contracts: a session, a store, and the abilities that some of them have.

`Session` is the SDK's own protocol (``agents.memory.Session``), restated so that asking for it
imports nothing. Everything beyond it is a small protocol of its own: ask with ``isinstance`` and
fall back, or say what is missing. A store has the same abilities with the session id in front.

Order is everything here: ``keys`` are a store's own handles on items, ascending in a session.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

from workbench.items import Item

Key = int | str
"""A store's own handle on one stored item."""

Status = Literal["done", "failed", "cancelled", "pending", "replaced"]
"""How a turn ended; ``pending`` waits for an approval, ``replaced`` was run again."""


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One item as a store keeps it. ``created_at`` is in UTC, None where the store can't tell."""

    key: Key
    item: Item
    created_at: datetime | None = None
    turn_id: str | None = None


@dataclass(frozen=True, slots=True)
class ArchivedItem:
    """An item that was taken out of a conversation and kept: why, when, and what it was."""

    key: Key
    item: Item
    reason: str
    archived_at: datetime
    created_at: datetime | None = None
    turn_id: str | None = None


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """What is remembered of a turn beside its items. Tokens are counts, ``seconds`` wall time."""

    turn_id: str
    session_id: str
    started_at: datetime
    seconds: float
    status: Status
    agent: str | None = None
    model: str | None = None
    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    estimated: bool = False
    error: str | None = None
    cell: str | None = None
    """The id of the notebook cell that asked for it."""
    execution: str | None = None
    """One run of that cell: a cell may take several turns."""


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """What a store can tell of a session without reading its items. Times are in UTC."""

    session_id: str
    created_at: datetime | None
    updated_at: datetime | None
    n_items: int | None


@runtime_checkable
class Session(Protocol):
    """One conversation: the four methods that the SDK's Runner calls."""

    session_id: str
    session_settings: Any

    async def get_items(self, limit: int | None = None) -> list[Any]:
        """The newest ``limit`` items, oldest first; None gives all, 0 none."""
        ...

    async def add_items(self, items: list[Any]) -> None:
        """Append all of ``items``, or none of them."""
        ...

    async def pop_item(self) -> Any:
        """Take the newest item away and return it; None when there is none."""
        ...

    async def clear_session(self) -> None:
        """Delete the items of this session for good, with its turns and its archive."""
        ...


@runtime_checkable
class KeepsRows(Protocol):
    """A session that can tell each item's key, time and turn."""

    async def rows(self, limit: int | None = None) -> list[StoredItem]:
        """The newest ``limit`` items with what is known of each, oldest first."""
        ...

    async def append(self, items: Sequence[Item], *, turn_id: str | None = None) -> list[Key]:
        """Append all or none of ``items`` as part of a turn; returns their keys."""
        ...


@runtime_checkable
class RecordsTurns(Protocol):
    """A session that remembers its turns."""

    async def save_turn(self, record: TurnRecord) -> None:
        """Remember a turn; one with the same id is replaced."""
        ...

    async def turns(self) -> list[TurnRecord]:
        """The turns in the order they started."""
        ...


@runtime_checkable
class Archives(Protocol):
    """A session that can take items out of the conversation and keep them."""

    async def archive(self, keys: Sequence[Key], *, reason: str) -> int:
        """Move these items to the archive in one atomic step; returns how many were there."""
        ...

    async def archived(self) -> list[ArchivedItem]:
        """What the archive holds of this session, in the order it was archived."""
        ...

    async def restore(self, keys: Sequence[Key]) -> int:
        """Move these items back to where they were, in one step; returns how many there were."""
        ...


@runtime_checkable
class Closes(Protocol):
    """A session that holds a connection of its store until it is closed."""

    async def close(self) -> None:
        """Let go of the store; the session can't be used afterwards. Safe to call twice."""
        ...


@runtime_checkable
class Store(Protocol):
    """A place that keeps many sessions. It owns the connection.

    Besides these it has the abilities above, each with the session id as first argument.
    """

    url: str
    """Where it is, as a store URL, without secrets."""

    async def read(self, session_id: str, limit: int | None = None) -> list[Item]: ...
    async def rows(self, session_id: str, limit: int | None = None) -> list[StoredItem]: ...
    async def append(
        self, session_id: str, items: Sequence[Item], *, turn_id: str | None = None
    ) -> list[Key]: ...
    async def pop(self, session_id: str) -> Item | None: ...
    async def clear(self, session_id: str) -> None: ...
    async def archive(self, session_id: str, keys: Sequence[Key], *, reason: str) -> int: ...
    async def archived(self, session_id: str) -> list[ArchivedItem]: ...
    async def restore(self, session_id: str, keys: Sequence[Key]) -> int: ...
    async def save_turn(self, session_id: str, record: TurnRecord) -> None: ...
    async def turns(self, session_id: str) -> list[TurnRecord]: ...
    async def list_sessions(self) -> list[SessionInfo]: ...
    async def close(self) -> None: ...
