"""A conversation workbench for Jupyter, over the OpenAI Agents SDK.

::

    %load_ext workbench

    %%agent --session demo
    My name is John

    wb.history("demo")

The names below are resolved when they are first used, so that ``import workbench`` and
``%load_ext workbench`` load nothing heavy. ``wb.ask?`` says what a name is for, with an example, in
which ``wb`` is ``import workbench as wb``; ``wb.SQLiteSession?`` and the other sessions have a page
each: layout, guarantees, limits, costs, how to leave. ``help(workbench.errors)`` is what can go
wrong.
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
    "app": "workbench.panels.app",
    "approve": "workbench.verbs.approve",
    "ask": "workbench.verbs.talk",
    "chat": "workbench.panels.chat",
    "compact": "workbench.verbs.compact",
    "compare": "workbench.verbs.compare",
    "compare_panel": "workbench.panels.compare",
    "context": "workbench.verbs.context",
    "copy": "workbench.verbs.copying",
    "decrypt": "workbench.verbs.encrypt",
    "doctor": "workbench.verbs.doctor",
    "edit": "workbench.verbs.edit",
    "encrypt": "workbench.verbs.encrypt",
    "export": "workbench.verbs.files.export",
    "export_all": "workbench.verbs.files.everything",
    "fork": "workbench.verbs.fork",
    "generate_key": "workbench.sessions",
    "grid": "workbench.panels.grid",
    "hide": "workbench.verbs.hide",
    "history": "workbench.verbs.look",
    "inspect": "workbench.panels.inspect",
    "install": "workbench.binding",
    "iter_history": "workbench.verbs.stream",
    "list_sessions": "workbench.verbs.look",
    "load": "workbench.verbs.files.load",
    "open": "workbench.verbs.open",
    "open_store": "workbench.stores",
    "pending": "workbench.verbs.approve",
    "record": "workbench.verbs.record",
    "register_agent": "workbench.verbs.talk",
    "reject": "workbench.verbs.approve",
    "rekey": "workbench.verbs.encrypt",
    "restore": "workbench.verbs.restore",
    "rewind": "workbench.verbs.rewind",
    "search": "workbench.verbs.search",
    "session": "workbench.verbs.talk",
    "show": "workbench.verbs.hide",
    "tag": "workbench.verbs.tag",
    "to_dask": "workbench.verbs.dask_frame",
    "to_parquet": "workbench.verbs.parquet",
    "tree": "workbench.verbs.tree",
    "turns": "workbench.verbs.look",
    "undo_compaction": "workbench.verbs.compact",
    "uninstall": "workbench.binding",
    "usage": "workbench.verbs.usage",
}
"""Where each public name lives."""

_MODULES = ("errors", "protocols", "sessions")
"""Modules that are found without an import of their own: ``except wb.errors.WrongKey``."""

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
    "app",
    "approve",
    "ask",
    "chat",
    "compact",
    "compare",
    "compare_panel",
    "context",
    "copy",
    "decrypt",
    "doctor",
    "edit",
    "encrypt",
    "export",
    "export_all",
    "fork",
    "generate_key",
    "grid",
    "hide",
    "history",
    "inspect",
    "install",
    "iter_history",
    "list_sessions",
    "load",
    "open",
    "open_store",
    "pending",
    "record",
    "register_agent",
    "reject",
    "rekey",
    "restore",
    "rewind",
    "search",
    "session",
    "show",
    "tag",
    "to_dask",
    "to_parquet",
    "tree",
    "turns",
    "undo_compaction",
    "uninstall",
    "usage",
]

if TYPE_CHECKING:
    from workbench.binding import install, uninstall
    from workbench.models import OfflineModel
    from workbench.panels.app import app
    from workbench.panels.chat import chat
    from workbench.panels.compare import compare_panel
    from workbench.panels.grid import grid
    from workbench.panels.inspect import inspect
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
    from workbench.verbs.approve import approve, pending, reject
    from workbench.verbs.compact import compact, undo_compaction
    from workbench.verbs.compare import compare
    from workbench.verbs.context import context
    from workbench.verbs.copying import copy
    from workbench.verbs.dask_frame import to_dask
    from workbench.verbs.doctor import doctor
    from workbench.verbs.edit import edit
    from workbench.verbs.encrypt import decrypt, encrypt, rekey
    from workbench.verbs.files.everything import export_all
    from workbench.verbs.files.export import export
    from workbench.verbs.files.load import load
    from workbench.verbs.fork import fork
    from workbench.verbs.hide import hide, show
    from workbench.verbs.look import history, list_sessions, turns
    from workbench.verbs.open import open
    from workbench.verbs.parquet import to_parquet
    from workbench.verbs.record import record
    from workbench.verbs.restore import restore
    from workbench.verbs.rewind import rewind
    from workbench.verbs.search import search
    from workbench.verbs.stream import iter_history
    from workbench.verbs.tag import tag
    from workbench.verbs.talk import ask, register_agent, session
    from workbench.verbs.tree import tree
    from workbench.verbs.usage import usage


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"workbench.{name}")
    if name not in _HOME:
        raise _unknown(name)
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def _unknown(name: str) -> AttributeError:
    """What Python says of a name that a module has not, with the nearest that it has."""
    said = f"module 'workbench' has no attribute {name!r}"
    if name.startswith("_"):  # asked for by programs, to see whether it is there
        return AttributeError(said)
    from difflib import get_close_matches  # only when something has gone wrong

    from workbench.errors import UnknownName

    close = get_close_matches(name, __all__, n=1)
    return UnknownName(f"{said}; did you mean {close[0]!r}?" if close else said)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})


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
