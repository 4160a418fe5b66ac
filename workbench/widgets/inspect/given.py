"""What a page sends is checked here: whoever can run script in it can send anything. Pure."""

from __future__ import annotations

from typing import Any

from workbench.errors import InvalidValue
from workbench.widgets.inspect.desk import Settings

MOST = 1_000_000
"""Messages that a limit may name."""
KEY = 4_096
"""Characters that a key or a passphrase may have here."""
TEXT = 10_000


def count(value: Any, what: str) -> int | None:
    """A number from 0 up, or None. Raises InvalidValue."""
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= MOST:
        raise InvalidValue(f"{what} is a number from 0 to {MOST:,}")
    return value


def settings(max_messages: Any, keep_last: Any) -> Settings:
    """The limits of a compaction. Raises InvalidValue."""
    return Settings(
        count(max_messages, "the limit of messages"), count(keep_last, "what stays word for word")
    )


def text(value: Any, what: str, most: int = TEXT) -> str:
    """A text of up to ``most`` characters. Raises InvalidValue, which never shows it."""
    if not isinstance(value, str) or len(value) > most:
        raise InvalidValue(f"{what} is text of up to {most:,} characters")
    return value


def key(value: Any) -> str | None:
    """A key that was typed in; None: it is known already. Raises InvalidValue."""
    return None if value in (None, "") else text(value, "a key", KEY)


def new_key(value: Any) -> str:
    """As `key`, where there has to be one."""
    found = key(value)
    if found is None:
        raise InvalidValue("type the key in, or let one be generated")
    return found


def texts(value: Any, what: str) -> list[str]:
    """A list of texts. Raises InvalidValue."""
    if not isinstance(value, list) or len(value) > TEXT:
        raise InvalidValue(f"{what} are a list of texts")
    return [text(each, what) for each in value]
