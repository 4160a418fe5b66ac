"""Where requests to a real model go: what the SDK was given, then what the environment names."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# The SDK has setters for these in its public face and no getters; without them a key or a client
# that the user gave to the SDK would be overlooked.
from agents.models import _openai_shared as shared
from openai import AsyncOpenAI

_OPENAI_URL = "https://api.openai.com/v1"
# Ollama, llama.cpp and vLLM take any key, but the client refuses to be made without one.
_PLACEHOLDER_KEY = "not-needed"


@dataclass(frozen=True)
class Endpoint:
    """Where requests go, and with what key. ``client`` is the one the user gave to the SDK."""

    key: str = field(repr=False)
    url: str
    client: AsyncOpenAI | None = field(default=None, repr=False)

    @property
    def local(self) -> bool:
        """Whether this is not OpenAI's own service."""
        return not _is_openai(self.url)


def endpoint() -> Endpoint | None:
    """The endpoint that the SDK and the environment name at this moment, or None.

    Read anew each time: a key set in a notebook counts from the next turn on. A client given to
    ``agents.set_default_openai_client`` comes first, then the key given to
    ``set_default_openai_key``, then OPENAI_API_KEY; OPENAI_BASE_URL alone is enough for a server
    that is not OpenAI's.
    """
    if (client := shared.get_default_openai_client()) is not None:
        return Endpoint("", str(client.base_url), client)
    key = shared.get_default_openai_key() or os.environ.get("OPENAI_API_KEY", "")
    url = os.environ.get("OPENAI_BASE_URL", "").strip()
    if key.strip():
        return Endpoint(key.strip(), url or _OPENAI_URL)
    return Endpoint(_PLACEHOLDER_KEY, url) if url and not _is_openai(url) else None


def _is_openai(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "openai.com" or host.endswith(".openai.com")


def sdk_defaults() -> tuple[bool, str]:
    """Whether the SDK uses the Responses API by default, and its transport (http, websocket)."""
    return (
        shared.get_use_responses_by_default(),
        shared.get_default_openai_responses_transport(),
    )
