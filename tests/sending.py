"""What a panel sends to its pages."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from workbench.widgets.panel import Panel


def kept_of(panel: type[Panel], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """From now on, what panels of this class send, in order."""
    messages: list[Any] = []

    def keep(_panel: Panel, content: Any, buffers: Any = None) -> None:
        messages.append(deepcopy(content))

    monkeypatch.setattr(panel, "send", keep)
    return messages
