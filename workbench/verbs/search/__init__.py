"""Finding items by their words, in all conversations: ``wb.search``."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workbench.errors import shorten
from workbench.frames.found import FoundRow, found_frame
from workbench.protocols import Query, Report, Session
from workbench.stores.scanning import searched_text
from workbench.verbs.progress import with_progress
from workbench.verbs.search.asked import query_of
from workbench.verbs.search.seeking import Outcome, Seeker, Seen
from workbench.verbs.search.where import Noted, Where, where
from workbench.words import snippet

if TYPE_CHECKING:
    from workbench.frames.found import FoundFrame

__all__ = ["found_rows", "search"]

_log = logging.getLogger("workbench")

_NAMED = 8
"""Sessions that a warning names."""


def search(
    text: str,
    *,
    sessions: str | Session | Sequence[str | Session] | None = None,
    role: str | None = None,
    since: datetime | date | timedelta | str | None = None,
    until: datetime | date | timedelta | str | None = None,
    store: str | None = None,
    tag: str | Sequence[str] | None = None,
    title: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    limit: int | None = 50,
) -> FoundFrame:
    """The items with these words as a DataFrame, one row each, the best first.

    Every word of ``text`` has to be there, in any order; upper and lower case, accents and
    punctuation don't count. ``"dark mode"`` in double quotes is a phrase, and so is what stands
    together (``get_weather``); ``mod*`` is the beginning of a word. In scripts without spaces a run
    of signs is found wherever it stands. What tools were asked and answered is searched too, and
    hidden items are; the archive and the content of attachments are not.

    All named sessions are searched, wherever they are kept, or those that have ``tag`` (all of
    several), ``title`` in their title and ``metadata``, as in ``wb.list_sessions``; with ``store``
    (a URL) every session there, named or not; ``sessions`` are names, ids in ``store``, or session
    objects (the SDK's own too), one or several. ``role`` is user, assistant, tool, system or
    developer. ``since`` and ``until`` are about when an item was stored: a datetime, a day (as
    ``until``: its end), ISO text, a timedelta or ``7d`` (``30min``, ``12h``, ``2w``) back from now;
    without a zone they are UTC. An item of which that is not known is left out then. ``limit`` None
    gives all.

    A SQLite file gets an index of its words at its first search, unless only other programs have
    written to it so far. Other stores are read through, with a progress bar, and so are encrypted
    sessions whose key is known. Those whose key is not, and what can't be reached or read, are
    logged as a warning. ``score`` is BM25 within a store; all that is read through counts as one.

    The columns and dtypes are those of `workbench.frames.found`, also when nothing was found.
    Raises InvalidValue (no word in ``text``), UnknownSession, and StoreError when there is no place
    that could be searched.

    >>> turn = wb.ask("demo", "I prefer dark mode in the evening")
    >>> wb.search('"dark mode" even*', role="user")[["session", "snippet"]]
      session                                    snippet
    0    demo  I prefer **dark mode** in the **evening**
    """
    query = query_of(text, role=role, since=since, until=until, limit=limit)

    async def look(report: Report) -> tuple[list[FoundRow], list[str]]:
        noted = Noted(tag, title, metadata)
        return await found_rows(query, await where(sessions, store, noted), report)

    rows, notes = with_progress("search", look)
    for note in notes:
        _log.warning("%s", note)
    return found_frame(rows)


async def found_rows(
    query: Query, places: Where, report: Report
) -> tuple[list[FoundRow], list[str]]:
    """What was found in ``places``, the best first, and what whoever asked has to be told."""
    outcome = await Seeker(places, query, report).run()
    return [_row(seen, query) for seen in outcome.seen], list(_notes(outcome))


def _notes(outcome: Outcome) -> Iterator[str]:
    yield from outcome.troubles
    if outcome.locked:
        named = ", ".join(map(shorten, outcome.locked[:_NAMED]))
        more = len(outcome.locked) - _NAMED
        rest = f" and {more} more" if more > 0 else ""
        yield f"not searched, as encrypted and no key is known: {named}{rest}; set WORKBENCH_KEY"


def _row(seen: Seen, query: Query) -> FoundRow:
    order, turn = seen.place or (None, None)
    return FoundRow(
        session=seen.name,
        session_id=seen.session_id,
        store=_shown(seen.store),
        order=order,
        turn=turn,
        item=seen.row.item,
        snippet=snippet(searched_text(seen.row.item), query.phrases),
        score=seen.score,
        created_at=seen.row.created_at,
    )


def _shown(store: Any) -> str | None:
    return None if store is None else store.url
