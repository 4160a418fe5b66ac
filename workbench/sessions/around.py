"""Which wrappers stand around a conversation."""

from __future__ import annotations

from typing import Any


def encryption_of(session: Any) -> Any:
    """The `EncryptedSession` among what stands around a conversation; None where there is none."""
    from workbench.sessions.encryption import EncryptedSession

    while session is not None and not isinstance(session, EncryptedSession):
        session = getattr(session, "base", None)
    return session
