"""No key and no endpoint: the turns of these tests are answered by models of their own."""

from __future__ import annotations

from tests.models.conftest import without_key

__all__ = ["without_key"]
