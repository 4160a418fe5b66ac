from __future__ import annotations

import pytest
from agents.models import _openai_shared as shared

NAMES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ADMIN_KEY", "OPENAI_DEFAULT_MODEL")


@pytest.fixture(autouse=True)
def without_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, no endpoint and the SDK's own defaults, whatever the machine has set."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    # The SDK has no way to take back a key or a client once it was given one.
    monkeypatch.setattr(shared, "_default_openai_key", None)
    monkeypatch.setattr(shared, "_default_openai_client", None)
    monkeypatch.setattr(shared, "_use_responses_by_default", True)
