"""No key and no endpoint: the offline model answers."""

from __future__ import annotations

from tests.models.conftest import without_key
from tests.verbs.conftest import without_secrets

__all__ = ["without_key", "without_secrets"]
