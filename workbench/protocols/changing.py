"""What changes a conversation as a whole, in one step: all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Protocol, runtime_checkable

from workbench.items import Item
from workbench.protocols.records import ArchivedItem, Key, StoredItem, TurnRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One atomic change of a conversation: all of it happens, or nothing.

    It happens only if each key of ``archive`` and ``delete`` is in the conversation, each of
    ``restore`` and ``relabel`` in the archive, each of ``rewrite`` in one of the two, ``before``
    too and not among those taken out, each of ``given`` in one of the two with just that content,
    and the newest item has the key ``newest`` (``...``: whatever it is; None: there must be no
    item).

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
    given: Mapping[Key, Item] = field(default_factory=dict)


@runtime_checkable
class Edits(Protocol):
    """A session whose history can be changed in one atomic step."""

    async def edit(self, change: Edit) -> list[Key] | None:
        """Make the change; the keys of what was inserted, or None when it did not apply."""
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


@runtime_checkable
class Omits(Protocol):
    """A session whose store leaves out some items that it is given, because it can't keep them."""

    def omits(self, item: Item) -> str | None:
        """Why ``item`` would be left out, as a sentence; None: it is kept.

        Raises InvalidItem, with the reason, for what would be refused.
        """
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
