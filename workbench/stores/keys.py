"""Keys of items, as our stores give them: whole numbers that ascend."""

from __future__ import annotations

from workbench.errors import InvalidValue, shorten
from workbench.protocols import Key


def checked_after(after: Key | None) -> int | None:
    """``after`` if it can be the key of an item of one of our stores. Raises InvalidValue."""
    if after is None or (isinstance(after, int) and not isinstance(after, bool)):
        return after
    raise no_key(after)


def no_key(after: object) -> InvalidValue:
    """The error for what can't be the key of an item of the session it was given for."""
    return InvalidValue(
        f"{shorten(str(after))} is no key of this session: give the key of one of its rows, or "
        "None to begin at the start"
    )
