"""What conversations have taken: tokens, time and dollars, from the records of their turns."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.errors import InvalidValue, ModelError, StoreError, nearest, shorten
from workbench.frames.usage import GROUPS, Spending, usage_frame
from workbench.protocols import RecordsTurns, Report, Session, TurnRecord
from workbench.sessions.given import is_session
from workbench.sessions.layers import innermost
from workbench.verbs.moments import moment, zone_of
from workbench.verbs.prices import Prices, price_list
from workbench.verbs.progress import Bar, watched
from workbench.verbs.subject import in_store, session_object, with_ledger
from workbench.workspace import Name, handle, workspace

if TYPE_CHECKING:
    import pandas as pd

_log = logging.getLogger("workbench")

_AT_ONCE = 8
"""Sessions that are asked at the same time."""


def usage(
    targets: str | Session | Sequence[str | Session] | None = None,
    by: str | Sequence[str] = "session",
    *,
    store: str | None = None,
    since: Any = None,
    until: Any = None,
    tz: Any = "UTC",
    prices: Any = None,
) -> pd.DataFrame:
    """Tokens, seconds and dollars of conversations as a DataFrame, a row for each group.

    ``targets`` is a name, a session object, or several; None is every named session, and with
    ``store`` (a URL) every session there; with it names are ids in that store. ``by`` is
    "session", "agent", "model", "day", or a list of these ([] gives one row). ``since`` (from then
    on) and ``until`` (before) are a datetime, a day, ISO text, or a timedelta or ``7d`` (``30min``,
    ``12h``, ``2w``) before now. Days begin at midnight of ``tz``: UTC, as the times in all frames,
    or a zone such as "Europe/Helsinki". ``prices`` is the path of a price list, instead of
    WORKBENCH_PRICES and the packaged one (``workbench/prices.toml``).

    The columns are those of `workbench.frames.usage`. Every turn that a record was kept of counts,
    failed and replaced ones too; one that a fork or a copy has taken over counts once, in the older
    session. A summary counts as part of the turn before it. A turn's tokens
    have the price of the model that answered last, and all its input the full price, as records
    don't tell what came from a provider's cache: ``cost`` is what it was at most. No key is needed.
    Among all sessions, one whose store can't be reached is left out, with a warning in the log.
    Raises InvalidValue, UnknownSession, StoreError.

    >>> turn = wb.ask("demo", "My name is John")
    >>> wb.usage(by="model")[["model", "turns", "cost"]]
         model  turns  cost
    0  offline      1   0.0
    """
    groups, zone, listed = _groups(by), zone_of(tz), price_list(prices)
    first, last = moment(since, zone), moment(until, zone, name="until")

    async def look(report: Report) -> list[tuple[Asked, TurnRecord]]:
        if targets is None:
            return await _records(await _everything(store), report, strict=False)
        return await _records(await _named(targets, store), report, strict=True)

    with Bar("usage", unit="sessions") as bar:
        records = watched(bar, look)
    wanted = [
        Spending(name, record, _cost(record, listed))
        for name, record in _once(records)
        if (first is None or record.started_at >= first)
        and (last is None or record.started_at < last)
    ]
    return usage_frame(wanted, groups, zone=zone)


def _groups(by: Any) -> list[str]:
    groups = [by] if isinstance(by, str) else _list(by, "by is a group or a list of groups")
    for each in groups:
        if not isinstance(each, str) or each not in GROUPS:
            given = shorten(each) if isinstance(each, str) else f"a {type(each).__name__}"
            hint = nearest(str(each), GROUPS, plural="groups")
            raise InvalidValue(f"usage can't be grouped by {given}; {hint}")
    if len(set(groups)) < len(groups):
        raise InvalidValue("by names a group twice")
    return groups


def _list(given: Any, expected: str) -> list[Any]:
    if not isinstance(given, Iterable):
        raise InvalidValue(f"{expected}, not a {type(given).__name__}")
    return list(given)


def _cost(record: TurnRecord, prices: Prices) -> float | None:
    return prices.cost(record.model, record.input_tokens, record.output_tokens)


@dataclass(frozen=True, slots=True)
class Asked:
    """A session by its name, since when it is there, and how it is had: its store may say no."""

    name: str
    since: datetime | None
    session: Callable[[], Any]


def _once(found: Sequence[tuple[Asked, TurnRecord]]) -> list[tuple[str, TurnRecord]]:
    """Each turn once: forks and copies have the turns of their origin, under the same ids."""
    turns: dict[str, tuple[str, TurnRecord]] = {}
    for asked, record in sorted(found, key=lambda pair: _age(pair[0])):
        turns.setdefault(record.turn_id, (asked.name, record))
    return list(turns.values())


def _age(asked: Asked) -> tuple[bool, datetime]:
    return asked.since is None, asked.since or datetime.min.replace(tzinfo=UTC)


async def _everything(url: str | None) -> list[Asked]:
    """Every session of a store, or every named one."""
    place = workspace()
    if url is None:
        return [_by_name(entry) for entry in await place.names()]
    store = place.store_at(url)
    return [
        Asked(info.session_id, info.created_at, partial(handle, store, info.session_id))
        for info in await store.list_sessions()
    ]


def _by_name(entry: Name) -> Asked:
    return Asked(entry.name, entry.created_at, partial(workspace().base, entry))


async def _named(targets: Any, url: str | None) -> list[Asked]:
    one = isinstance(targets, str) or is_session(targets)
    several = [targets] if one else _list(targets, "targets are names, session objects, or a list")
    asked: dict[Any, Asked] = {}
    for each in several:
        found = await _asked(each, url)
        asked[each if isinstance(each, str) else id(each)] = found
    return list(asked.values())


async def _asked(target: Any, url: str | None) -> Asked:
    """What keeps the records of a session: they can be read without its key."""
    if isinstance(target, str) and url is None:
        return _by_name(await workspace().get(target))
    if isinstance(target, str):
        return Asked(target, None, partial(_same, await in_store(target, url, raw=True)))
    session: Any = innermost(session_object(target, url))
    if not isinstance(session, RecordsTurns):
        session = with_ledger(session) or session
    return Asked(session.session_id, None, partial(_same, session))


def _same(session: Any) -> Any:
    return session


async def _records(
    several: Sequence[Asked], report: Report, *, strict: bool
) -> list[tuple[Asked, TurnRecord]]:
    """The records of all these sessions, each with its session."""
    turn, done = asyncio.Semaphore(_AT_ONCE), 0

    async def of_one(asked: Asked) -> list[tuple[Asked, TurnRecord]]:
        nonlocal done
        async with turn:
            records = await _turns(asked, strict=strict)
        done += 1
        report(done, len(several))
        return [(asked, record) for record in records]

    found = await asyncio.gather(*map(of_one, several))
    return [pair for pairs in found for pair in pairs]


async def _turns(asked: Asked, *, strict: bool) -> list[TurnRecord]:
    try:
        session = asked.session()
        return list(await session.turns()) if isinstance(session, RecordsTurns) else []
    except (StoreError, ModelError) as exc:
        if strict:
            raise
        _log.warning("%s", exc)  # one line on stderr, unless the program logs in its own way
        return []
