"""A conversation workbench for Jupyter, over the OpenAI Agents SDK.

::

    %load_ext workbench

    %%agent --session demo
    My name is John

    wb.history("demo")

The names below are resolved when they are first used, so that ``import workbench`` and
``%load_ext workbench`` load nothing heavy. See the README, or ``help(workbench.errors)`` for what
can go wrong.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "CompactionSession": "workbench.sessions",
    "EncryptedSession": "workbench.sessions",
    "MemorySession": "workbench.sessions",
    "OpenAISession": "workbench.sessions",
    "Passphrase": "workbench.sessions",
    "RedisSession": "workbench.sessions",
    "SQLiteSession": "workbench.sessions",
    "OfflineModel": "workbench.models",
    "Turn": "workbench.turn",
    "ask": "workbench.verbs.talk",
    "compact": "workbench.verbs.compact",
    "decrypt": "workbench.verbs.encrypt",
    "encrypt": "workbench.verbs.encrypt",
    "generate_key": "workbench.sessions",
    "history": "workbench.verbs.look",
    "install": "workbench.binding",
    "list_sessions": "workbench.verbs.look",
    "open_store": "workbench.stores",
    "register_agent": "workbench.verbs.talk",
    "rekey": "workbench.verbs.encrypt",
    "session": "workbench.verbs.talk",
    "turns": "workbench.verbs.look",
    "undo_compaction": "workbench.verbs.compact",
    "uninstall": "workbench.binding",
}
"""Where each public name lives."""

__all__ = [
    "CompactionSession",
    "EncryptedSession",
    "MemorySession",
    "OfflineModel",
    "OpenAISession",
    "Passphrase",
    "RedisSession",
    "SQLiteSession",
    "Turn",
    "ask",
    "compact",
    "decrypt",
    "encrypt",
    "generate_key",
    "history",
    "install",
    "list_sessions",
    "open_store",
    "register_agent",
    "rekey",
    "session",
    "turns",
    "undo_compaction",
    "uninstall",
]

if TYPE_CHECKING:
    from workbench.binding import install, uninstall
    from workbench.models import OfflineModel
    from workbench.sessions import (
        CompactionSession,
        EncryptedSession,
        MemorySession,
        OpenAISession,
        Passphrase,
        RedisSession,
        SQLiteSession,
        generate_key,
    )
    from workbench.stores import open_store
    from workbench.turn import Turn
    from workbench.verbs.compact import compact, undo_compaction
    from workbench.verbs.encrypt import decrypt, encrypt, rekey
    from workbench.verbs.look import history, list_sessions, turns
    from workbench.verbs.talk import ask, register_agent, session


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(ipython: Any) -> None:
    """``%load_ext workbench``: the magics, and a runner for which ``await Runner.run(...)`` works
    without a key too (the offline model answers then, and says so).
    """
    from workbench.magics import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """``%unload_ext workbench``: the SDK's own runner comes back."""
    from workbench.magics import unload

    unload(ipython)
