"""A conversation as a stream of all that it holds: live and archived items in their places."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from workbench.protocols import HIDDEN, PAGE, ArchivedItem, FindsArchived, Key, StoredItem
from workbench.sessions.pages import pages

_TICK = timedelta(milliseconds=2)

Entry = StoredItem | ArchivedItem
"""An item of the conversation, or of its archive."""


def everything(_entry: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a conversation: the items up to ``until`` (None: none of them) for which
    ``wanted`` holds, and of the archive those for which ``kept`` holds: ``archived``. Where it is
    all there is, ``newest`` is the newest item."""

    until: Key | None
    archived: Sequence[ArchivedItem] = ()
    wanted: Callable[[Entry], bool] = everything
    kept: Callable[[ArchivedItem], bool] = everything
    newest: Key | None = None

    def of(self, archive: Sequence[ArchivedItem]) -> list[ArchivedItem]:
        """What of an archive is part of it, in places."""
        return in_place(in_order([each for each in archive if self.kept(each)]))


async def whole(session: Any) -> Extent:
    """All that there is at this moment."""
    return await _at_once(session, session.archived, everything)


async def shown(session: Any) -> Extent:
    """All that people see at this moment: what is in the conversation, and what is hidden."""
    finds = isinstance(session, FindsArchived)
    archive = partial(session.archived_for, HIDDEN) if finds else session.archived
    return await _at_once(session, archive, is_hidden)


def is_hidden(entry: ArchivedItem) -> bool:
    """Whether an archived item is part of the conversation for people."""
    return entry.reason == HIDDEN


async def _at_once(
    session: Any,
    archive: Callable[[], Awaitable[Sequence[ArchivedItem]]],
    kept: Callable[[ArchivedItem], bool],
) -> Extent:
    """The newest item and the archive of one moment."""
    while True:
        newest = await session.rows(1)
        archived = await archive()
        if [row.key for row in await session.rows(1)] == [row.key for row in newest]:
            last = newest[0].key if newest else None
            extent = Extent(last, kept=kept, newest=last)
            return replace(extent, archived=extent.of(archived))


def in_order(archived: Sequence[ArchivedItem]) -> list[ArchivedItem]:
    """What an archive holds, with times that tell its order by themselves: what was archived within
    one tick of the clock, but in another order than it stood in, gets microseconds apart."""
    found: list[ArchivedItem] = []
    for each in archived:
        last = found[-1] if found else None
        if last is not None and timedelta() <= last.archived_at - each.archived_at < _TICK:
            back = each.key < last.key  # type: ignore[operator]  # keys of one session
            later = last.archived_at + timedelta(microseconds=back)
            each = replace(each, archived_at=later)
        found.append(each)
    return found


def in_place(archived: Sequence[ArchivedItem]) -> list[ArchivedItem]:
    """What an archive holds, in the order in which it stood in the conversation."""
    return sorted(archived, key=_key)


async def entries(session: Any, extent: Extent, *, size: int = PAGE) -> AsyncIterator[list[Entry]]:
    """What ``extent`` says of a session, oldest first, about ``size`` at a time."""
    waiting = deque(extent.archived)
    if extent.until is not None:
        async for page in pages(session, size=size):
            batch = list(merged(page, waiting, extent.until))
            for part in _parts(batch, extent, size):
                yield part
            if page[-1].key >= extent.until:  # type: ignore[operator]  # keys of one session
                break
    for part in _parts(list(waiting), extent, size):
        yield part


def merged(page: Sequence[StoredItem], waiting: deque[ArchivedItem], until: Any) -> Iterator[Entry]:
    """The rows of a page up to the key ``until``, with what of ``waiting`` stands among them."""
    for row in page:
        if row.key > until:
            return
        while waiting and waiting[0].key < row.key:  # type: ignore[operator]
            yield waiting.popleft()
        yield row


def _parts(batch: list[Entry], extent: Extent, size: int) -> list[list[Entry]]:
    if extent.wanted is not everything:
        batch = [each for each in batch if extent.wanted(each)]
    return [batch[start : start + size] for start in range(0, len(batch), size)]


def _key(entry: Entry) -> Any:
    return entry.key
