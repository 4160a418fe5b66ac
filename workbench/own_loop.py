"""Sessions of others whose connection belongs to the event loop that it was first used on.

``wb.history`` and all else of the face works on the home loop (`workbench.loop`). A session that
was awaited in a cell before, and whose driver allows one loop only (pymongo, redis.asyncio,
asyncpg, gRPC), can't be used there: what its driver says of that is put into words.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import Any, TypeVar

from workbench.errors import Unsupported

T = TypeVar("T")

# What asyncio says of a future or a lock of another loop, pymongo of a client; and a transport
# whose loop has ended.
_SAID = re.compile(r"different (event )?loop|event loop is closed", re.IGNORECASE)


async def asked(session: Any, work: Awaitable[T]) -> T:
    """Await ``work``, a call of ``session``. Raises Unsupported where that belongs elsewhere."""
    try:
        return await work
    except RuntimeError as exc:
        if _SAID.search(str(exc)) is None:
            raise
        kind = type(session).__name__
        raise Unsupported(
            f"this {kind} was used on another event loop before (an await in a cell, say), and its "
            f"connection belongs there: make another {kind} of the same id for wb.* and the panels"
        ) from exc
