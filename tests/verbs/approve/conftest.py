"""As the other verbs: no key, no endpoint, no secrets."""

from __future__ import annotations

from tests.models.conftest import without_key
from tests.verbs.conftest import without_secrets

__all__ = ["without_key", "without_secrets"]
