"""No key and no endpoint, as for the verbs; and a page that asks, without a browser."""

from __future__ import annotations

import pytest

from tests.models.conftest import without_key
from tests.panels.page import Page
from tests.verbs.conftest import without_secrets
from workbench.widgets.panel import Panel

__all__ = ["without_key", "without_secrets"]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    """The other end of each panel that is made from now on."""
    made = Page()
    monkeypatch.setattr(Panel, "send", lambda _panel, content, buffers=None: made.hear(content))
    return made
