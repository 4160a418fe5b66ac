"""The contracts: a session, a store, and the abilities that some of them have.

`Session` is the SDK's own protocol (``agents.memory.Session``), restated so that asking for it
imports nothing. Everything beyond it is a small protocol of its own: ask with ``isinstance`` and
fall back, or say what is missing. A store has the same abilities with the session id in front.

Order is everything here: ``keys`` are a store's own handles on items, ascending in a session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import EllipsisType
from typing import Any, Generic, Literal, Protocol, TypeVar, runtime_checkable

from workbench.items import Item

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

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
class SwapsTurns(Protocol):
    """A session that changes the record of a turn only if nobody else has done so meanwhile."""

    async def swap_turn(self, before: TurnRecord, after: TurnRecord) -> bool:
        """Put ``after`` in the place of ``before`` in one step; they have the same ``turn_id``.

        False, and nothing was done, when ``before`` is not what is remembered.
        """
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One atomic change of a conversation: all of it happens, or nothing.

    It happens only if each key of ``archive`` and ``delete`` is in the conversation, each of
    ``restore`` and ``relabel`` in the archive, each of ``rewrite`` in one of the two, ``before``
    too and not among those taken out, and the newest item has the key ``newest`` (``...``: whatever
    it is; None: there must be no item).

    In this order: ``archive`` moves items to the archive, for ``reason``; ``delete`` removes items
    for good; ``rewrite`` gives items another content under their key, in their place, keeping no
    copy; ``relabel`` archives archived items anew, for another reason; ``restore`` moves items from
    the archive back to where they were; ``insert`` puts new items, as part of turn ``turn_id``, in
    front of the item ``before``, or of the place that an archived one has (None: at the end).

    Keys ascend, so items that come to stand behind inserted ones (archived ones too, which keep
    their places among them) get new keys.
    """

    reason: str = "edited"
    archive: Sequence[Key] = ()
    delete: Sequence[Key] = ()
    rewrite: Mapping[Key, Item] = field(default_factory=dict)
    relabel: Mapping[Key, str] = field(default_factory=dict)
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
class Paginates(Protocol):
    """A session that can be read from its start, a page at a time, in flat memory."""

    async def page(self, after: Key | None = None, *, limit: int = PAGE) -> list[StoredItem]:
        """The next ``limit`` items behind the one with the key ``after``, oldest first.

        None begins at the start; an empty page is the end. ``after`` itself may be gone by now.
        """
        ...


@runtime_checkable
class Imports(Protocol):
    """A session that takes items as another one kept them: with their times and turns."""

    async def put(
        self,
        rows: Sequence[StoredItem | ArchivedItem],
        *,
        newest: Key | EllipsisType | None = ...,
    ) -> list[Key] | None:
        """Append all or none of ``rows``; returns the new keys, in their order.

        Each keeps its ``turn_id`` and, as far as the store can, its ``created_at``; an ArchivedItem
        goes to the archive, in this very place, with its reason and ``archived_at``, and the
        archive is then in the order of these. The keys of ``rows`` themselves don't count. None,
        and nothing was done, when the newest item has not the key ``newest`` (as in `Edit`).
        """
        ...


@dataclass(frozen=True, slots=True)
class ItemColumns:
    """Some items of a history as a store keeps them, column by column, oldest first.

    ``texts`` are JSON in UTF-8, ``items`` the same decoded, ``created_at`` is an Arrow array of
    timestamp[us, UTC]. ``reasons`` says why an item is in the archive, None for all others.
    """

    texts: Sequence[bytes]
    items: Sequence[Item]
    created_at: Any
    turn_ids: Sequence[str | None]
    reasons: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class TurnColumns:
    """What a frame shows of some turns, column by column; of two with one id the later counts."""

    turn_ids: Sequence[str] = ()
    agents: Sequence[str | None] = ()
    models: Sequence[str | None] = ()
    input_tokens: Sequence[int | None] = ()
    output_tokens: Sequence[int | None] = ()


class TakesColumns(Protocol[T_co]):
    """What `Columnar.scan` hands items to, a few hundred at a time, in the store's own thread."""

    def add(self, columns: ItemColumns) -> None:
        """Take the next items. They need not be kept: a million of them are gigabytes."""
        ...

    def made(self) -> T_co | None:
        """What became of all that was added; None when nothing was."""
        ...


@dataclass(frozen=True, slots=True)
class Scanned(Generic[T_co]):
    """One step of reading a history as columns.

    ``made`` is what the taker made of the items that came behind those known before, ``turns`` what
    is new of turns. ``anew``: what was known of items is no longer so, and these are the first ones
    of the history; ``anew_turns`` the same for turns. ``more``: there are more items, ask again
    with ``mark``. ``total`` is how many items there are, for a `Report`.
    """

    made: T_co | None
    turns: TurnColumns
    mark: Any
    anew: bool
    anew_turns: bool
    more: bool
    total: int


@runtime_checkable
class Columnar(Protocol):
    """A session that gives its items as columns, and later only those that are new."""

    async def scan(
        self,
        taker: Callable[[], TakesColumns[T]],
        since: Any = None,
        *,
        full: bool = False,
        limit: int | None = None,
    ) -> Scanned[T] | None:
        """Hand the next ``limit`` items (None: all of them) behind the mark ``since`` to a taker.

        Hidden items come in their places, with ``full`` all archived ones. What any program has
        changed since the mark is noticed. ``taker`` makes one, and is called again when the step
        has to be done again. None: this session can't; read its rows. Raises CorruptItem.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to look for in the texts of items. See `workbench.words`.

    ``phrases`` are runs of normalised words that all have to be in an item, in any order; the last
    word of one that ends in ``*`` may go on. ``sessions`` None is all of the store; ``since`` and
    ``until`` are UTC, on the time an item was stored.
    """

    phrases: Sequence[Sequence[str]]
    sessions: Sequence[str] | None = None
    role: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that a `Query` found; the higher the ``score``, the better it fits in its store.

    ``order`` and ``turn`` are its place in the history, None where it was not counted.
    """

    session_id: str
    row: StoredItem
    score: float
    order: int | None = None
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """Among what a search has looked: so many texts, of so many words together, and how many of the
    texts have each phrase. By this the hits of several stores are compared.
    """

    texts: int
    length: int
    having: Sequence[int]


@dataclass(frozen=True, slots=True)
class Found:
    """What a store has found, best first, and the sessions it could not look into: all of those
    that have encrypted items, and those with items that can't be decoded (the others were seen).
    """

    hits: Sequence[Hit]
    corpus: Corpus | None = None
    encrypted: Sequence[str] = ()
    damaged: Sequence[str] = ()


@runtime_checkable
class Searches(Protocol):
    """A store that finds items by their words itself. Encrypted ones it can't."""

    async def search(self, query: Query, report: Report | None = None) -> Found:
        """The best ``limit`` hits; what was written before the call is looked at."""
        ...


@runtime_checkable
class Branches(Protocol):
    """A store that can copy a conversation within itself, faster than by reading it."""

    async def branch(self, session_id: str, target: str, *, until: Key | None) -> int | None:
        """Copy what ``session_id`` holds up to and including the item ``until`` to ``target``.

        In one atomic step: the items (None: none of them) with times and turns, the hidden ones
        among them, and the records of the turns they belong to, without their cells: a cell that
        runs again replaces turns of its own session only. Returns how many items there are then,
        the hidden ones not counted, or None when ``target`` has anything already: nothing was done.
        Raises Unsupported where the store can't reach both in one step.
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
class Omits(Protocol):
    """A session whose store leaves out some items that it is given, because it can't keep them."""

    def omits(self, item: Item) -> str | None:
        """Why ``item`` would be left out, as a sentence; None: it is kept.

        Raises InvalidItem, with the reason, for what would be refused.
        """
        ...


@dataclass(frozen=True, slots=True)
class RawItem:
    """An item as its store keeps it, readable or not; ``reason`` is None in the conversation."""

    key: Key
    data: bytes
    created_at: datetime | None = None
    turn_id: str | None = None
    reason: str | None = None


@runtime_checkable
class ShowsRaw(Protocol):
    """A session whose store may hold what can't be decoded, and shows it as it is."""

    async def raw(self) -> list[RawItem]:
        """The conversation, oldest first, then the archive. Never raises CorruptItem."""
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
