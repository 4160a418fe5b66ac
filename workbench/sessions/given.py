"""What was given as a session: whether it is one, and whether it knows its id by now."""

from __future__ import annotations

from typing import Any, TypeGuard

from workbench.errors import InvalidValue
from workbench.protocols import Session


def is_session(given: object) -> TypeGuard[Session]:
    """Whether ``given`` has the SDK's protocol. Raises InvalidValue for one without an id yet."""
    if not awaits_id(given):
        return isinstance(given, Session)
    raise InvalidValue(
        f"this {type(given).__name__} has no id before its first turn: take one with wb.ask or "
        "Runner.run, or await its get_items()"
    )


def awaits_id(given: Any) -> bool:
    """Whether ``given`` is a session that a service will name at its first use.

    The SDK's ``OpenAIConversationsSession`` is one, and raises ValueError when asked for its id.
    """
    try:
        getattr(given, "session_id", None)
    except ValueError:
        return True
    return False
