"""What the ``openai`` client raises, in the workbench's errors: what happened, and the way out.

The API's own messages are left out where they may quote an item; its codes and places are kept.
"""

from __future__ import annotations

import json
import math
import time
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from workbench.errors import InvalidItem, StoreError, StoreFull, StoreUnreachable, StoreUnusable

Fate = Literal["refused", "gone", "later", "unsent", "unclear"]
"""What became of a request that failed; see `workbench.stores.conversations.api`."""


class Gone(StoreError):
    """The server has no such conversation or item."""


class Unclear(Exception):
    """A write that may or may not have been done; ``error`` is what the user is told if not."""

    def __init__(self, error: StoreError) -> None:
        self.error = error
        super().__init__(str(error))


def fate(exc: BaseException) -> Fate:
    """What became of the request that raised ``exc``. Raises ``exc`` if it is no request's."""
    import openai

    if isinstance(exc, openai.APIStatusError):
        return _fate_of_status(exc)
    if isinstance(exc, openai.APIConnectionError):
        return "unsent" if _never_sent(exc) else "unclear"
    if isinstance(exc, (openai.APIResponseValidationError, json.JSONDecodeError)):
        return "unclear"  # an answer that can't be read
    raise exc


def _fate_of_status(exc: Any) -> Fate:
    if exc.code == "conversation_locked" or exc.status_code == 409:
        return "later"
    if exc.status_code == 429:
        return "refused" if exc.code == "insufficient_quota" else "later"
    if exc.status_code == 404 or exc.param == "after":  # the item where a page was to begin
        return "gone"
    return "unclear" if exc.status_code >= 500 or exc.status_code == 408 else "refused"


def _never_sent(exc: BaseException) -> bool:
    """Whether there was no connection: the names of the errors that HTTP clients have for it."""
    names = {type(cause).__name__ for cause in _causes(exc)}
    return bool(names & {"ConnectError", "ConnectTimeout", "PoolTimeout"})


def _causes(exc: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while exc is not None and exc not in found:
        found.append(exc)
        exc = exc.__cause__ or exc.__context__
    return found


def timed_out(exc: BaseException) -> bool:
    """Whether nobody waited for the end of the request: it may still be under way."""
    return any("Timeout" in type(cause).__name__ for cause in _causes(exc))


def retry_after(exc: Any) -> float | None:
    """Seconds that the server asks to wait; None when it doesn't say (RFC 9110, 10.2.3)."""
    headers = exc.response.headers
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        seconds = _number(headers.get(name))
        if seconds is not None:
            return max(0.0, seconds / unit)
    try:
        when = parsedate_to_datetime(headers.get("retry-after") or "")
    except ValueError:
        return None
    return max(0.0, when.timestamp() - time.time())


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def translated(exc: Any, where: str, *, adding: bool = False) -> Exception:
    """The workbench's error for one of the client's; ``where`` is the base URL."""
    what = fate(exc)
    status = getattr(exc, "status_code", None)
    if what == "gone":
        return Gone(f"{where} has no such conversation")
    if what == "unsent":
        return StoreUnreachable(
            f"{where} can't be reached; nothing was sent. Is the address right, is the server up?"
        )
    if what == "unclear":
        said = f"answered {status}" if status else "did not answer to the end"
        return StoreUnreachable(f"{where} {said}; try again, or look at the service's status")
    if what == "later":
        return StoreUnreachable(_busy(exc, where))
    return _refused(exc, where, status, adding=adding)


def _busy(exc: Any, where: str) -> str:
    wait = retry_after(exc)
    asked = "" if wait is None else f" and asks to come back in {wait:.0f} s"
    why = "is changing the conversation already" if exc.status_code != 429 else "is rate limiting"
    return f"{where} {why}{asked}; nothing of this was done, try again later"


def _refused(exc: Any, where: str, status: int | None, *, adding: bool) -> Exception:
    if status == 401:
        return StoreUnusable(
            f"{where} did not take the API key; set OPENAI_API_KEY to a key of that service"
        )
    if status == 403:
        return StoreUnusable(f"{where} does not allow this key to use conversations")
    if status == 429:
        return StoreFull(f"{where} says that the quota is used up; see its billing page")
    code = exc.code or exc.type or "no code"
    place = f" at {exc.param}" if exc.param else ""
    if adding and status in (400, 413, 422):
        size = " (too large)" if status == 413 else ""
        return InvalidItem(
            f"{where} refused what was sent{size}: {code}{place}; nothing of it was written"
        )
    return StoreError(f"{where} answered {status}: {code}{place}")
