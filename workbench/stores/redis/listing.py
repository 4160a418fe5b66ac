"""The sessions of a Redis place, found page by page, so that the server is never held up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from workbench.errors import InvalidValue
from workbench.protocols import SessionInfo
from workbench.stores.redis.layout import keys_of, moment, pattern_of
from workbench.stores.redis.lines import Way
from workbench.stores.redis.ticket import Request

PAGE = 500
"""Keys that the server looks at in one go."""

Ask = Callable[..., Awaitable[Any]]


async def listed(way: Way, prefix: str, ask: Ask) -> list[SessionInfo]:
    """Every session, the last used first; ``ask`` calls the script for one of them."""
    found: dict[str, SessionInfo] = {}
    for node in await way.nodes():
        cursor = 0
        while True:
            cursor, page = await _page(way, prefix, node, cursor)
            fresh = [name for name in page if name not in found]
            for info in await asyncio.gather(*(_info(name, ask) for name in fresh)):
                if info is not None:
                    found[info.session_id] = info
            if cursor == 0:
                break
    return sorted(found.values(), key=_last_used, reverse=True)


async def _page(
    way: Way, prefix: str, node: bytes | None, cursor: int
) -> tuple[int, dict[str, None]]:
    """The next cursor (0 at the end) and the ids that a page may hold."""
    pattern = pattern_of(prefix, is_cluster=way.is_cluster)
    words = ("SCAN", cursor, "MATCH", pattern, "COUNT", PAGE, "TYPE", "hash")
    following, keys = await way.do(Request(words, list, node))
    if isinstance(following, dict):  # a cluster client that was lent to us tells it for each node
        (following,) = following.values()
    names = (_id_of(key, prefix, is_cluster=way.is_cluster) for key in keys)
    return int(following), dict.fromkeys(name for name in names if name is not None)


def _id_of(key: bytes, prefix: str, *, is_cluster: bool) -> str | None:
    """The id of the session whose hash ``key`` is; None when it is something else."""
    try:
        text = key.decode()
        name = text[1:-1] if is_cluster else text
        session_id = name[len(prefix) + 1 :]
        is_ours = keys_of(session_id, prefix, is_cluster=is_cluster).session == key
    except (UnicodeDecodeError, InvalidValue):
        return None
    return session_id if session_id and is_ours else None


async def _info(session_id: str, ask: Ask) -> SessionInfo | None:
    told, created, updated, count, touched = await ask(session_id, "about", list)
    if told != session_id.encode():
        return None
    exact = moment(int(touched))
    at_second = _seconds(updated)
    # Another program may have written since: its times are whole seconds.
    if exact is None or (at_second is not None and at_second > exact):
        exact = at_second
    return SessionInfo(session_id, _seconds(created), exact, int(count))


def _seconds(raw: bytes | None) -> datetime | None:
    try:
        return None if raw is None else datetime.fromtimestamp(float(raw), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _last_used(info: SessionInfo) -> datetime:
    return info.updated_at or datetime.min.replace(tzinfo=UTC)
