"""What answers a turn: the offline model, and the choice between it and a real one.

Names resolve on first use (PEP 562), so that importing this package loads neither agents nor
openai.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.models.offline import OfflineModel, is_offline, usage_is_estimated
    from workbench.models.resolve import WorkbenchProvider, model_label, resolve_model
    from workbench.models.summary import summarise

_HOME = {
    "OfflineModel": "offline",
    "is_offline": "offline",
    "usage_is_estimated": "offline",
    "WorkbenchProvider": "resolve",
    "model_label": "resolve",
    "resolve_model": "resolve",
    "summarise": "summary",
}

__all__ = [
    "OfflineModel",
    "WorkbenchProvider",
    "is_offline",
    "model_label",
    "resolve_model",
    "summarise",
    "usage_is_estimated",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
