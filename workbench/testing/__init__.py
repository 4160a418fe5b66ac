"""The suite that every session here passes, for who writes a session or a store.

`check` runs it on a store, in a notebook or a script, and tells what holds::

    from workbench.stores import open_store
    from workbench.testing import check

    print(check(lambda folder: open_store(f"folder://{folder}")))  # All 67 tests passed.

In tests of your own the suite is a class to derive from. It needs no plugin of pytest::

    from workbench.testing import SessionContract

    class TestMySession(SessionContract):
        @pytest.fixture
        def place(self, tmp_path):
            return tmp_path / "my.db"

        def make_session(self, place, session_id, **settings):
            return MySession(session_id, place, **settings)

Sessions made for one place are handles on one store. What your session gives back in another form
than it was given, `KeepsItems.kept` says.

pytest is needed by nothing else of the package: ``pip install 'conversation-workbench[testing]'``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from workbench.errors import MissingExtra

if TYPE_CHECKING:
    from workbench.testing.checking import Checked, check
    from workbench.testing.contract import SessionContract
    from workbench.testing.data import KeepsItems

_HOME = {
    "Checked": "checking",
    "KeepsItems": "data",
    "SessionContract": "contract",
    "check": "checking",
}

__all__ = ["Checked", "KeepsItems", "SessionContract", "check"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    except ModuleNotFoundError as missing:
        if missing.name not in ("pytest", "_pytest"):
            raise
        raise MissingExtra(
            "the suite needs pytest (pip install 'conversation-workbench[testing]')"
        ) from None


def __dir__() -> list[str]:
    return sorted(__all__)


def explain_asserts() -> None:
    """Let pytest, where it is loaded, say what a failed ``assert`` of the suite compared."""
    parts = (f"{__name__}.{part}" for part in ("concurrency", "contract", "data"))
    if pytest := sys.modules.get("pytest"):
        pytest.register_assert_rewrite(*(part for part in parts if part not in sys.modules))


explain_asserts()
