"""No key, no endpoint and no traces: these turns are answered by models of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from agents import set_tracing_disabled

from tests.models.conftest import without_key

__all__ = ["untraced", "without_key"]


@pytest.fixture(autouse=True)
def untraced() -> Iterator[None]:
    """With a key, be it one of a test, the SDK would send its traces to OpenAI."""
    set_tracing_disabled(True)
    yield
    set_tracing_disabled(False)
