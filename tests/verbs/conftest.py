"""No key and no endpoint: the turns of these tests are answered by models of their own."""

from __future__ import annotations

import pytest

from tests.models.conftest import without_key

__all__ = ["without_key"]


@pytest.fixture(autouse=True)
def without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key and no password that the machine happens to have set."""
    for name in (
        "WORKBENCH_KEY",
        "WORKBENCH_NEW_KEY",
        "WORKBENCH_REDIS_PASSWORD",
        "REDIS_PASSWORD",
    ):
        monkeypatch.delenv(name, raising=False)
