"""What sessions and stores hand over and take: items with their places, turns, reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from workbench.items import Item

Key = int | str
"""A store's own handle on one stored item."""


Report = Callable[[int, int], object]
"""Called on the way of something long: how much is done, and how much there is (0: unknown)."""


PAGE = 1_000
"""How many items a page has unless it is said otherwise."""


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
    parked: str | None = field(default=None, repr=False)
    """What the run of a pending turn goes on with, as `workbench.turn.parked` writes it. It holds
    what was said in the conversation."""


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """What a store can tell of a session without reading its items. Times are in UTC."""

    session_id: str
    created_at: datetime | None
    updated_at: datetime | None
    n_items: int | None


@dataclass(frozen=True, slots=True)
class RawItem:
    """An item as its store keeps it, readable or not; ``reason`` is None in the conversation."""

    key: Key
    data: bytes
    created_at: datetime | None = None
    turn_id: str | None = None
    reason: str | None = None


HIDDEN = "hidden"
"""The ``reason`` of an archived item that is still part of the conversation for people, in its
place, and is not sent to the model: `workbench.verbs.hide`."""


EDITED = "edited by hand"
"""The ``reason`` of an archived item that another one has taken the place of, in the same turn."""


REWOUND = "rewound:"
"""Begins the ``reason`` of what a rewind took out; the id of the rewind follows, and behind it
``:hidden`` for an item that was hidden before."""


CLEARED = "cleared:"
"""As `REWOUND`, for what was taken out when the session was cleared."""


REPAIRED = "repaired:"
"""As `REWOUND`, for what a repair took out: `workbench.verbs.doctor`."""


COMPACTION = "compaction:"
"""Begins the ``turn_id`` of a summary and the ``reason`` of the archived items it stands for; the
id of the compaction follows. What has such a turn id is part of no turn."""
