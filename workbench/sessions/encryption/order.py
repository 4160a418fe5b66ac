"""What an `EncryptedSession` may stand around, and the right order where it may not."""

from __future__ import annotations

from typing import Any

from workbench.errors import InvalidValue

_COMPACTING = frozenset({"CompactionSession", "OpenAIResponsesCompactionSession"})

_INNER = ("given", "inner", "underlying_session")
"""Where a wrapper, an adopted session and the SDK's wrappers keep what they are around."""


def check_base(base: Any) -> None:
    """Refuse what would encrypt twice, or summarise ciphertext. Raises InvalidValue."""
    inner = base
    while inner is not None:
        names = {each.__name__ for each in type(inner).__mro__}
        if "EncryptedSession" in names:
            raise InvalidValue(
                "the session is encrypted already; EncryptedSession stands directly around the "
                "session that stores: rekey_session(...) changes the key"
            )
        if names & _COMPACTING:
            raise InvalidValue(
                "a summary is made from plain text: the order is "
                "CompactionSession(EncryptedSession(session, key)), not the other way round"
            )
        inner = next((getattr(inner, name) for name in _INNER if hasattr(inner, name)), None)
