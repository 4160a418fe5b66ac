"""A history as a stream of DataFrames, in memory that does not grow with it: ``wb.iter_history``.

It is read on the home loop, page by page, and nothing is held open in between; the frames are made
in the thread of whoever asks for them. A history longer than one page is read twice, see
`workbench.frames.survey`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self, TypeVar

from workbench import loop
from workbench.errors import InvalidValue, SessionChanged, StoreFull, shorten
from workbench.frames.columns import HISTORY_COLUMNS, Column, build_frame
from workbench.frames.fingerprint import Fingerprint
from workbench.frames.numbering import Counter
from workbench.frames.paging import page_frame
from workbench.frames.survey import Survey
from workbench.protocols import Session, TurnRecord
from workbench.verbs.progress import Bar, watched
from workbench.verbs.sources import Page, source_of
from workbench.verbs.subject import subject

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
SIZE = 10_000
"""Items of a page."""

_STEP = 1_000
"""Items that are read at once."""

_TRIES = 20
"""How often a survey begins again because items were hidden or shown meanwhile."""


def iter_history(
    target: str | Session, *, store: str | None = None, size: int = SIZE
) -> Iterator[pd.DataFrame]:
    """The frames of a conversation, ``size`` items each, oldest first: one after the other they are
    ``wb.history``, in memory that does not grow with its length.

    ``target`` and ``store`` are as in ``wb.history``. All of what is longer than one page is looked
    at before the first frame comes: only then the turns are known, and which row has their tokens.
    What is appended meanwhile is left for the next time. A session that is not ours, and a store
    that can't be read in pages, is read whole; its frames still come one by one.

    Raises what ``wb.history`` does at once or on the way, InvalidValue for a size below 1, and
    SessionChanged when the items that were seen before are changed while the frames are taken.

    >>> turn = wb.ask("demo", "My name is John")
    >>> sum(len(frame) for frame in wb.iter_history("demo", size=1000))
    2
    """
    size = checked_size(size)
    session = loop.run(subject(target, store=store))
    return _frames(session, size)


def _frames(session: Session, size: int) -> Iterator[pd.DataFrame]:
    with Stream(session, size=size) as stream:
        with Bar("reading") as bar:
            stream.survey(bar)
        yield from stream.frames()


def checked_size(size: object) -> int:
    """``size`` if it is a number of items from 1. Raises InvalidValue."""
    # What comes out of a frame is a number of numpy's.
    if isinstance(size, bool) or not isinstance(size, Integral) or size < 1:
        raise InvalidValue(f"size is a number of items from 1, not {size!r}")
    return int(size)


@dataclass(frozen=True, slots=True)
class _Step:
    """What was seen of some items: where they begin, how many, which, and the turns before them."""

    after: Any
    first: int
    length: int
    keys: int
    counter: Counter


class Stream:
    """The frames of one conversation. `survey` comes first, `close` last.

    Items are read a step at a time, which is no more than a page, so that beside a page's frame
    only the items of one step are in memory.
    """

    def __init__(self, session: Session, *, size: int = SIZE) -> None:
        self.session = session
        self.size = size
        self.facts = Survey()
        self.fingerprint: str | None = None
        """The `Fingerprint` of the whole history, where the `survey` was asked for it."""
        self._steps: list[_Step] = []
        self._only: Page | None = None
        """A history of one step is not read again."""

    def survey(self, bar: Bar | None = None, *, fingerprint: bool = False) -> None:
        """Look at the whole history. Raises SessionChanged when it never stands still for that."""
        for _ in range(_TRIES):
            self._source = _waited(bar, source_of(self.session))
            self._look(bar, Fingerprint() if fingerprint else None)
            if loop.run(self._source.same()):
                return
        raise self._changed()

    def frames(
        self,
        columns: Sequence[Column] = HISTORY_COLUMNS,
        *,
        start: int = 0,
        stop: int | None = None,
    ) -> Iterator[pd.DataFrame]:
        """The frames of the pages ``start`` to ``stop``, counted from 0; an empty one for none.

        Raises SessionChanged when their items are not those of the `survey` any more.
        """
        numbered = groupby(self._steps, key=lambda step: (step.first - 1) // self.size)
        found = False
        for number, steps in numbered:
            if number >= start and (stop is None or number < stop):
                found = True
                yield self._page(list(steps), columns)
        if not found:
            yield build_frame(columns, [])

    def close(self) -> None:
        """Let go of what the survey keeps. Safe to call twice."""
        self.facts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _page(self, steps: Sequence[_Step], columns: Sequence[Column]) -> pd.DataFrame:
        import pandas as pd

        frames = [self._frame(step, columns) for step in steps]
        return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)

    def _frame(self, step: _Step, columns: Sequence[Column]) -> pd.DataFrame:
        page, records = loop.run(self._again(step))
        with _room():
            facts = self.facts.facts(page.reads)
        return page_frame(
            self.session.session_id,
            page.reads,
            facts,
            records,
            first=step.first,
            counter=step.counter,
            columns=columns,
        )

    def _look(self, bar: Bar | None, fingerprint: Fingerprint | None) -> None:
        self.close()
        self.facts, self._steps = Survey(), []
        after: Any = None
        more = True
        while more:
            more, after = self._look_on(after, bar, fingerprint)
        self.fingerprint = None if fingerprint is None else fingerprint.digest

    def _look_on(
        self, after: Any, bar: Bar | None, fingerprint: Fingerprint | None
    ) -> tuple[bool, Any]:
        """Look at the next step; whether there may be more, and where it ends. It is not kept."""
        done = self.facts.items
        limit = min(_STEP, self.size - done % self.size)
        page = _waited(bar, self._source.page(after, limit))
        length = len(page.reads)
        if length:
            self._only = page if done == 0 else None
            counter = self.facts.counter.copy()
            self._steps.append(_Step(after, done + 1, length, hash(page.keys), counter))
            with _room():
                self.facts.look(page.reads)
            if fingerprint is not None:
                fingerprint.take(page.reads, loop.run(self._records(page)))
        return length == limit, page.end

    async def _again(self, step: _Step) -> tuple[Page, Mapping[str, TurnRecord]]:
        """A step that was looked at, and the records of its turns."""
        page = self._only or await self._source.page(step.after, step.length)
        if (len(page.reads), hash(page.keys)) != (step.length, step.keys):
            raise self._changed()
        return page, await self._records(page)

    async def _records(self, page: Page) -> Mapping[str, TurnRecord]:
        turns = dict.fromkeys(each.turn_id for each in page.reads if each.turn_id is not None)
        return await self._source.records(list(turns))

    def _changed(self) -> SessionChanged:
        return SessionChanged(
            f"session {shorten(self.session.session_id)} was changed by somebody else while it was "
            "read (items hidden, taken out or put in); begin again"
        )


@contextmanager
def _room() -> Iterator[None]:
    """The temporary file of a survey finds no room: that is no matter of the store."""
    try:
        yield
    except sqlite3.OperationalError as exc:
        raise StoreFull(
            "there is no room for a temporary file; free some, or set TMPDIR to a folder with more"
        ) from exc


def _waited(bar: Bar | None, work: Coroutine[Any, Any, T]) -> T:
    """What the work on the home loop returns; ``bar`` shows that something is done."""
    if bar is None:
        return loop.run(work)
    bar(0, 0)
    return watched(bar, lambda _report: work)
