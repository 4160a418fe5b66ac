"""A session, what some sessions can do beside it, and a store, which keeps many of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from workbench.items import Item
from workbench.protocols.changing import Edit
from workbench.protocols.records import (
    PAGE,
    ArchivedItem,
    Key,
    RawItem,
    SessionInfo,
    StoredItem,
    TurnRecord,
)


@runtime_checkable
class Session(Protocol):
    """One conversation: the four methods that the SDK's Runner calls.

    The SDK's own classes have ``session_settings`` too; where there are none, there is no limit.
    """

    session_id: str

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
class SavesTurns(Protocol):
    """A session that remembers many turns at once."""

    async def save_turns(self, records: Sequence[TurnRecord]) -> None:
        """Remember all of these turns or none of them; those with the same ids are replaced."""
        ...


@runtime_checkable
class FindsTurns(Protocol):
    """A session that finds some of its turns without reading all it remembers."""

    async def turns_of(self, turn_ids: Sequence[str]) -> list[TurnRecord]:
        """The records of these turns, in the order they started; unknown ids are passed over."""
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
class FindsArchived(Protocol):
    """A session that finds some of its archive without reading all of it."""

    async def archived_for(self, reason: str) -> list[ArchivedItem]:
        """What was archived for this ``reason``, in the order it was archived."""
        ...


@runtime_checkable
class Paginates(Protocol):
    """A session that can be read from its start, a page at a time, in flat memory."""

    async def page(self, after: Key | None = None, *, limit: int = PAGE) -> list[StoredItem]:
        """The next ``limit`` items behind the one with the key ``after``, oldest first.

        None begins at the start; an empty page is the end. ``after`` itself may be gone by now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How a conversation stands up to some item: how many ``items`` it has up to there.

    ``mark`` is another one when anything up to there, or in the archive, was changed meanwhile.
    """

    items: int
    mark: Any


@runtime_checkable
class Stands(Protocol):
    """A session that tells without reading itself whether it was changed."""

    async def standing(self, until: Key | None) -> Standing | None:
        """How it stands up to the item ``until`` (None: in front of all); None: can't tell."""
        ...


@runtime_checkable
class ShowsRaw(Protocol):
    """A session whose store may hold what can't be decoded, and shows it as it is."""

    async def raw(self) -> list[RawItem]:
        """The conversation, oldest first, then the archive. Never raises CorruptItem."""
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
