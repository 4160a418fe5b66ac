"""The sides of a comparison on Redis. A path ``PORT/TTL`` says where: TTL 0 is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from workbench.protocols import Session


def place(port: int, ttl: int | None) -> str:
    """The path that the sides understand."""
    return f"{port}/{ttl or 0}"


def _parts(path: Path) -> tuple[str, int | None]:
    port, ttl = path.parts
    return f"redis://127.0.0.1:{port}", int(ttl) or None


def ours(session_id: str, path: Path) -> Session:
    """The workbench's Redis session."""
    from workbench.sessions import RedisSession

    return RedisSession(session_id, *_parts(path))


def sdk(session_id: str, path: Path) -> Session:
    """The SDK's own Redis session, the yardstick; each has a client of its own."""
    from agents.extensions.memory import RedisSession

    url, ttl = _parts(path)
    return RedisSession.from_url(session_id, url=url, ttl=ttl)


REDIS_SIDES: dict[str, Callable[[str, Path], Session]] = {"Redis: SDK": sdk, "Redis: ours": ours}
