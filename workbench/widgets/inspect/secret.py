"""Work that is given a key: nothing of that key is in what it raises."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from workbench.errors import EncryptionError, WorkbenchError

T = TypeVar("T")


async def unsaid(work: Awaitable[T], *keys: str | None) -> T:
    """What ``work`` returns. An error of a library may quote what it was given: it is said by its
    kind alone then, and with no traceback for a log."""
    try:
        return await work
    except WorkbenchError as exc:
        said = str(exc)
        if not any(key in said for key in keys if key):
            raise
        kind: type[Exception] = type(exc)
    except Exception as exc:
        kind = type(exc)
    raise EncryptionError(f"the key was refused ({kind.__name__}); nothing was changed")
