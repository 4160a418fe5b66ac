from __future__ import annotations

import asyncio
from typing import Any

import pytest

from workbench.errors import EncryptionError, InvalidValue, WrongKey
from workbench.widgets.inspect.panel import paced
from workbench.widgets.inspect.secret import unsaid

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="


async def _raise(error: Exception) -> str:
    raise error


@pytest.mark.parametrize(
    "error", [ValueError(f"bad key {KEY}"), InvalidValue(f"{KEY} is weak"), OSError("elsewhere")]
)
def test_an_error_that_might_quote_the_key_is_said_by_its_kind(error: Exception) -> None:
    with pytest.raises(EncryptionError, match=type(error).__name__) as raised:
        asyncio.run(unsaid(_raise(error), KEY, None))
    assert KEY not in str(raised.value)
    assert raised.value.__context__ is None
    assert raised.value.__cause__ is None


def test_an_error_of_ours_goes_through_with_its_words() -> None:
    with pytest.raises(WrongKey, match="another key"):
        asyncio.run(unsaid(_raise(WrongKey("it has another key")), KEY))


def test_many_reports_are_few_messages_and_the_last_one_comes() -> None:
    told: list[Any] = []
    report = paced(lambda **news: told.append(news))
    for done in range(1_001):
        report(done, 1_000)
    assert told[-1] == {"done": 1_000, "total": 1_000}
    assert len(told) < 100
