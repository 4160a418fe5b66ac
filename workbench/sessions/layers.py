"""What lies under the wrappers around a session: each keeps the one it is around as ``base``."""

from __future__ import annotations

from typing import Any


def innermost(session: Any) -> Any:
    """The session that stores, with nothing around it."""
    while (base := getattr(session, "base", None)) is not None:
        session = base
    return session
