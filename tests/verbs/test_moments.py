from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from workbench.errors import InvalidValue
from workbench.verbs.moments import moment, zone_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HELSINKI = ZoneInfo("Europe/Helsinki")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        (NOON, NOON),
        (datetime(2026, 11, 22, 14), NOON),  # noqa: DTZ001  # the zone that is asked in
        (datetime(2026, 11, 22, 7, tzinfo=timezone(timedelta(hours=-5))), NOON),
        (pd.Timestamp(NOON), NOON),
        (date(2026, 11, 22), NOON - timedelta(hours=14)),
        ("2026-11-22", NOON - timedelta(hours=14)),
        (" 2026-11-22T14:00 ", NOON),
        ("2026-11-22T12:00:00Z", NOON),
    ],
)
def test_a_time_without_a_zone_is_in_the_one_asked_for(given: Any, expected: Any) -> None:
    assert moment(given, HELSINKI) == expected


def test_a_timedelta_or_its_short_form_is_so_long_ago() -> None:
    for given in (timedelta(days=1), "1d", " 24 H "):
        found = moment(given)
        assert found is not None
        assert abs(datetime.now(UTC) - timedelta(days=1) - found) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "given", ["yesterday", "", "x" * 999, 5, pd.NaT, timedelta.max, "0001-01-01", [1]]
)
def test_what_is_no_time_is_refused_by_the_arguments_name(given: Any) -> None:
    with pytest.raises(InvalidValue, match="until is a datetime, a day") as caught:
        moment(given, HELSINKI, name="until")
    assert len(str(caught.value)) < 250


def test_a_zone_is_a_name_or_an_object() -> None:
    assert zone_of("UTC") is UTC
    assert zone_of("Europe/Helsinki") == HELSINKI
    assert zone_of(HELSINKI) is HELSINKI


@pytest.mark.parametrize("given", ["Nowhere/Here", "", "../etc/passwd", 3, None])
def test_what_is_no_zone_is_refused(given: Any) -> None:
    with pytest.raises(InvalidValue, match="tz is a time zone"):
        zone_of(given)
