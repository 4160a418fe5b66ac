"""What can be done about a turn that failed, where the error of the client doesn't say it."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit


def advice(error: BaseException, model: str | None) -> str:
    """What to look at after ``error``, for an endpoint that is not OpenAI's; "" for nothing.

    A client says "Connection error." and not where, and "404" for a model that a server does not
    have as for an API that it does not speak.
    """
    openai = sys.modules.get("openai")
    if openai is None or not isinstance(error, openai.OpenAIError):
        return ""
    from workbench.models.endpoint import endpoint

    where = endpoint()
    if where is None or not where.local:
        return ""
    place = _place(where.url)
    if isinstance(error, openai.APITimeoutError):
        return f"{place} did not answer in time"
    if isinstance(error, openai.APIConnectionError):
        return f"see that {place} runs, and that OPENAI_BASE_URL is right"
    if isinstance(error, openai.NotFoundError):
        return (
            f"{place} may not have the model {model!r} (name one of its own, --model NAME in a "
            "cell), or not speak the Responses API (chat:NAME takes chat completions)"
        )
    return ""


def _place(url: str) -> str:
    """The address without what may be secret in it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"the server at {host}:{parts.port}" if parts.port else f"the server at {host}"
