"""The contracts: a session, a store, and the abilities that some of them have.

`Session` is the SDK's own protocol (``agents.memory.Session``), restated so that asking for it
imports nothing. Everything beyond it is a small protocol of its own: ask with ``isinstance`` and
fall back, or say what is missing. A store has the same abilities with the session id in front.

Order is everything here: ``keys`` are a store's own handles on items, ascending in a session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import EllipsisType
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One atomic change of a conversation: all of it happens, or nothing.

    It happens only if each key of ``archive``, ``delete`` and ``before`` is in the conversation,
    each of ``restore`` in the archive, each of ``rewrite`` in one of the two, and the newest item
    has the key ``newest`` (``...``: whatever it is; None: there must be no item).

    In this order: ``archive`` moves items to the archive, for ``reason``; ``delete`` removes items
    for good; ``rewrite`` gives items another content under their key, in their place, keeping no
    copy; ``restore`` moves items from the archive back to where they were; ``insert`` puts new
    items, as part of turn ``turn_id``, in front of the item ``before`` (None: at the end).

    Keys ascend, so items that come to stand behind inserted ones (archived ones too, which keep
    their places among them) get new keys.
    """

    reason: str = "edited"
    archive: Sequence[Key] = ()
    delete: Sequence[Key] = ()
    rewrite: Mapping[Key, Item] = field(default_factory=dict)
    restore: Sequence[Key] = ()
    insert: Sequence[Item] = ()
    before: Key | None = None
    turn_id: str | None = None
    newest: Key | EllipsisType | None = ...


@runtime_checkable
class Edits(Protocol):
    """A session whose history can be changed in one atomic step."""

    async def edit(self, change: Edit) -> list[Key] | None:
        """Make the change; the keys of what was inserted, or None when it did not apply."""
        ...


@runtime_checkable
class Scrubs(Protocol):
    """A session whose store can get rid of what was deleted or rewritten before."""

    async def scrub(self) -> list[str]:
        """Overwrite or give back freed space; returns, in sentences, what could not be reached."""
        ...


@runtime_checkable
class Recognises(Protocol):
    """A session that knows its items again where its store gives them another form."""

    def recognises(self, given: Item, found: Item) -> bool:
        """Whether ``found`` is what the store makes of ``given``."""
        ...


@runtime_checkable
class Describes(Protocol):
    """A session whose store has more to say of it: an expiry, what a service keeps."""

    async def describe(self) -> dict[str, str]:
        """Lines for ``%session info``: a short label, and what there is to know."""
        ...


@runtime_checkable
class EndsTurns(Protocol):
    """A session that has work to do when a turn has ended and before the next one begins."""

    async def after_turn(self, turn_id: str | None = None) -> Spent | None:
        """Do it; returns the tokens it took, None where it took none. Never raises StoreError."""
        ...


@dataclass(frozen=True, slots=True)
class Spent:
    """What a model was asked for beside the turn itself: a summary. Tokens are counts.

    ``notice`` is one line for the user (what was done, or why it was not), None for silence.
    """

    requests: int = 0
    input_tokens: int | None = 0
    output_tokens: int | None = 0
    estimated: bool = False
    notice: str | None = None


COMPACTION = "compaction:"
"""Begins the ``turn_id`` of a summary and the ``reason`` of the archived items it stands for; the
id of the compaction follows. What has such a turn id is part of no turn."""


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
    async def edit(self, session_id: str, change: Edit) -> list[Key] | None: ...
    async def close(self) -> None: ...
