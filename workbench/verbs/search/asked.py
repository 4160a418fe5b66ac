"""What a search was asked for, as a `Query`: words, and the times that people write."""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime, timedelta
from numbers import Integral
from typing import Any

from workbench.errors import InvalidValue, nearest, shorten
from workbench.protocols import Query
from workbench.verbs.moments import moment
from workbench.words import phrases_of

ROLES = ("user", "assistant", "tool", "system", "developer")
MOST_WORDS = 200
"""Words of one search: a limit of what SQLite takes apart at once."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY = timedelta(days=1)
_LAST = datetime.max.replace(tzinfo=UTC)


def query_of(text: Any, *, role: Any, since: Any, until: Any, limit: Any) -> Query:
    """The query that the arguments of ``wb.search`` mean. Raises InvalidValue."""
    if not isinstance(text, str):
        raise InvalidValue(f"what to look for is text, not a {type(text).__name__}")
    phrases = phrases_of(text)
    count = sum(map(len, phrases))
    if not count:
        raise InvalidValue(
            f"there is no word in {shorten(text)}: give letters or digits to look for, "
            'such as dark mode, "dark mode" for a phrase, or mod* for a beginning'
        )
    if count > MOST_WORDS:
        raise InvalidValue(f"a search is for up to {MOST_WORDS} words, not {count}")
    if role is not None and role not in ROLES:
        raise InvalidValue(f"there is no role {role!r:.60}; {_role_hint(role)}")
    return Query(
        phrases=phrases,
        role=role,
        since=_time(since, "since"),
        until=_time(until, "until"),
        limit=_limit(limit),
    )


def _role_hint(role: Any) -> str:
    return nearest(role if isinstance(role, str) else "", ROLES, plural="roles")


def _limit(limit: Any) -> int:
    if limit is None:
        return sys.maxsize
    if isinstance(limit, bool) or not isinstance(limit, Integral) or limit < 1:
        raise InvalidValue(f"limit is a number of items from 1, or None for all, not {limit!r:.60}")
    return min(int(limit), sys.maxsize)


def _time(value: Any, name: str) -> datetime | None:
    """The moment that ``value`` means; a day that is the end means its end."""
    found = moment(value, name=name)
    if found is not None and name == "until" and _is_day(value):
        found = found + _DAY if found < _LAST - _DAY else _LAST
    return found


def _is_day(value: Any) -> bool:
    if isinstance(value, str):
        return _DATE.fullmatch(value.strip()) is not None
    return isinstance(value, date) and not isinstance(value, datetime)
