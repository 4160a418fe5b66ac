"""What the arguments of a search mean."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from workbench.errors import InvalidValue
from workbench.verbs.search.asked import query_of


def asked(text: Any = "a", **more: Any) -> Any:
    known = {"role": None, "since": None, "until": None, "limit": 50}
    return query_of(text, **{**known, **more})


def test_nothing_but_words_is_asked_for_unless_more_is_said() -> None:
    query = asked('dark "light mode" mod*')
    assert query.phrases == (("dark",), ("light", "mode"), ("mod*",))
    assert (query.sessions, query.role, query.since, query.until) == (None, None, None, None)
    assert asked(limit=None).limit == asked(limit=10**30).limit == sys.maxsize
    assert asked(limit=np.int64(3)).limit == 3


def test_the_end_of_a_day_is_meant_when_a_day_is_the_end() -> None:
    assert asked(until="2026-01-31").until == datetime(2026, 2, 1, tzinfo=UTC)
    assert asked(until="2026-01-31T00:00").until == datetime(2026, 1, 31, tzinfo=UTC)
    assert asked(since="2026-01-31").since == datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "delta"),
    [
        ("30min", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("7d", timedelta(days=7)),
        ("2 W", timedelta(weeks=2)),
    ],
)
def test_so_long_ago(ago: str, delta: timedelta) -> None:
    for name in ("since", "until"):
        found = getattr(asked(**{name: ago}), name)
        assert abs(datetime.now(UTC) - delta - found) < timedelta(minutes=1)


@pytest.mark.parametrize("since", ["7x", "d", "-1d", "999999w", "0001-01-01T00:00+14:00", "9"])
def test_what_is_no_time_is_refused(since: str) -> None:
    with pytest.raises(InvalidValue, match="since is a datetime"):
        asked(since=since)


def test_the_last_day_that_there_is_can_be_the_end() -> None:
    assert asked(until="9999-12-31").until == datetime.max.replace(tzinfo=UTC)
