"""No key and no endpoint: these turns are answered by models of the tests' own."""

from __future__ import annotations

from tests.models.conftest import without_key

__all__ = ["without_key"]
