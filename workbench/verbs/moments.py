"""Points in time as people give them: a datetime, a day, ISO text, so long ago."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from workbench.errors import InvalidValue, shorten

_AGO = re.compile(r"(\d{1,6})\s*(min|h|d|w)", re.IGNORECASE)
_UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(value: Any, zone: tzinfo = UTC, *, name: str = "since") -> datetime | None:
    """The moment in UTC that ``value`` means; None for None.

    A day is its beginning; a timedelta, or text such as ``7d`` (``30min``, ``12h``, ``2w``), so
    long before now; what names no zone is in ``zone``.
    ``name`` is how the argument is called. Raises InvalidValue.
    """
    try:
        if value is None:
            return None
        if isinstance(value, timedelta):
            return datetime.now(UTC) - value
        if isinstance(value, str) and (ago := _AGO.fullmatch(value.strip())):
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2].lower()]: int(ago[1])})
        found = _given(value)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        given = shorten(value) if isinstance(value, str) else f"a {type(value).__name__}"
        raise InvalidValue(
            f"{name} is a datetime, a day, a timedelta, or text such as 2026-11-22, "
            f"2026-11-22T18:30 or 7d, not {given}"
        ) from None


def _given(value: Any) -> datetime:
    if isinstance(value, datetime):  # pandas' Timestamp is one; its NaT only looks like it
        if value != value:
            raise ValueError("no time at all")
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001  # the zone is put in
    if isinstance(value, str):
        return datetime.fromisoformat(value.strip())
    raise ValueError("nothing that can be a time")


def zone_of(value: Any) -> tzinfo:
    """The time zone that ``value`` (a tzinfo, or a name such as ``Europe/Helsinki``) means.

    Raises InvalidValue.
    """
    if isinstance(value, tzinfo):
        return value
    try:
        if value == "UTC":  # also where the system has no table of zones
            return UTC
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError, TypeError):
        given = shorten(value) if isinstance(value, str) else f"a {type(value).__name__}"
        raise InvalidValue(
            f"tz is a time zone such as UTC or Europe/Helsinki, not {given}"
        ) from None
