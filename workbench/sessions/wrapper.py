"""A session around a session: forwards everything, so that a wrapper overrides only its point.

The one legal order is ``CompactionSession(EncryptedSession(session))``: a summary is made from
plain text and stored encrypted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import Any, Protocol, TypeVar, cast

from workbench.errors import InvalidValue
from workbench.items import Item
from workbench.protocols import (
    PAGE,
    ArchivedItem,
    Archives,
    Columnar,
    Edit,
    Edits,
    FindsArchived,
    FindsTurns,
    KeepsRows,
    Key,
    RecordsTurns,
    Scanned,
    Session,
    Standing,
    Store,
    StoredItem,
    SwapsTurns,
    TakesColumns,
    TurnRecord,
)
from workbench.sessions.adopted import AdoptedSession
from workbench.sessions.closing import ClosesAtTheEnd
from workbench.sessions.given import is_session
from workbench.sessions.pages import among, one_page, put_into, save_all

T = TypeVar("T")


class Base(Session, KeepsRows, RecordsTurns, Archives, Edits, Protocol):
    """What a wrapper stands on: a session with every ability."""

    session_settings: Any


class SessionWrapper(ClosesAtTheEnd):
    """``base`` with something added. Every session of the SDK can be a base.

    One without the workbench's abilities is taken in as an `AdoptedSession`, which gives it them.
    ``given`` is the base as it was passed in, ``base`` what is called.
    """

    def __init__(self, base: Any) -> None:
        if not is_session(base):
            raise InvalidValue(
                f"{type(self).__name__} stands around a session, not a {type(base).__name__}"
            )
        self.given = base
        able = all(isinstance(base, each) for each in (KeepsRows, RecordsTurns, Archives, Edits))
        self.base = cast(Base, base if able else AdoptedSession(base))
        self.session_id = self.base.session_id

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.given!r})"

    @property
    def _ignore_ids_for_matching(self) -> bool:
        """The SDK's question whether items come back with other ids than they were given."""
        return bool(getattr(self.base, "_ignore_ids_for_matching", False))

    @property
    def session_settings(self) -> Any:
        """The settings of the base."""
        return self.base.session_settings

    @session_settings.setter
    def session_settings(self, settings: Any) -> None:
        self.base.session_settings = settings

    @property
    def store(self) -> Store | None:
        """The store of the innermost session; None where that is not one of ours."""
        return getattr(self.base, "store", None)

    async def get_items(self, limit: int | None = None) -> list[Any]:
        """As the base."""
        return await self.base.get_items(limit)

    async def add_items(self, items: Sequence[Any]) -> None:
        """As the base."""
        await self.base.add_items(list(items))

    async def pop_item(self) -> Any:
        """As the base."""
        return await self.base.pop_item()

    async def clear_session(self) -> None:
        """As the base."""
        await self.base.clear_session()

    async def rows(self, limit: int | None = None) -> list[StoredItem]:
        """As the base."""
        return await self.base.rows(limit)

    async def append(self, items: Sequence[Item], *, turn_id: str | None = None) -> list[Key]:
        """As the base."""
        return await self.base.append(items, turn_id=turn_id)

    async def edit(self, change: Edit) -> list[Key] | None:
        """As the base."""
        return await self.base.edit(change)

    async def save_turn(self, record: TurnRecord) -> None:
        """As the base."""
        await self.save_turns([record])

    async def save_turns(self, records: Sequence[TurnRecord]) -> None:
        """As the base."""
        await save_all(self.base, records)

    async def swap_turn(self, before: TurnRecord, after: TurnRecord) -> bool:
        """As the base."""
        if isinstance(self.base, SwapsTurns):
            return await self.base.swap_turn(before, after)
        if before not in await self.base.turns():
            return False
        await self.base.save_turn(after)
        return True

    async def turns(self) -> list[TurnRecord]:
        """As the base."""
        return await self.base.turns()

    async def turns_of(self, turn_ids: Sequence[str]) -> list[TurnRecord]:
        """As the base."""
        if isinstance(self.base, FindsTurns):
            return await self.base.turns_of(turn_ids)
        return among(await self.base.turns(), turn_ids)

    async def archive(self, keys: Sequence[Key], *, reason: str) -> int:
        """As the base."""
        return await self.base.archive(keys, reason=reason)

    async def archived(self) -> list[ArchivedItem]:
        """As the base."""
        return await self.base.archived()

    async def archived_for(self, reason: str) -> list[ArchivedItem]:
        """As the base."""
        if isinstance(self.base, FindsArchived):
            return await self.base.archived_for(reason)
        return [each for each in await self.base.archived() if each.reason == reason]

    async def restore(self, keys: Sequence[Key]) -> int:
        """As the base."""
        return await self.base.restore(keys)

    async def page(self, after: Key | None = None, *, limit: int = PAGE) -> list[StoredItem]:
        """As the base."""
        return await one_page(self.base, after, limit=limit)

    async def scan(
        self,
        taker: Callable[[], TakesColumns[T]],
        since: Any = None,
        *,
        full: bool = False,
        limit: int | None = None,
    ) -> Scanned[T] | None:
        """As the base, where it can; a wrapper that shows other items than its base says None."""
        if not isinstance(self.base, Columnar):
            return None
        return await self.base.scan(taker, since, full=full, limit=limit)

    async def put(
        self,
        rows: Sequence[StoredItem | ArchivedItem],
        *,
        newest: Key | EllipsisType | None = ...,
    ) -> list[Key] | None:
        """As the base."""
        return await put_into(self.base, rows, newest=newest)

    def recognises(self, given: Item, found: Item) -> bool:
        """As the base."""
        recognises = getattr(self.base, "recognises", None)
        return bool(recognises(given, found)) if recognises is not None else found == given

    async def standing(self, until: Key | None) -> Standing | None:
        """As the base, where it can tell."""
        standing = getattr(self.base, "standing", None)
        return await standing(until) if standing is not None else None

    def omits(self, item: Item) -> str | None:
        """As the base."""
        omits = getattr(self.base, "omits", None)
        return omits(item) if omits is not None else None

    async def scrub(self) -> list[str]:
        """As the base, where it can; else what that means."""
        scrub = getattr(self.base, "scrub", None)
        return await scrub() if scrub is not None else []

    async def describe(self) -> dict[str, str]:
        """What the base has to say."""
        describe = getattr(self.base, "describe", None)
        return await describe() if describe is not None else {}

    async def close(self) -> None:
        """Close the base, where it can be closed."""
        close = getattr(self.base, "close", None)
        if close is not None:
            await close()
