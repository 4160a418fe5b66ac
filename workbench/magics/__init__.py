"""The magics: ``%%agent``, ``%agent``, ``%session``; loaded by ``%load_ext workbench``.

Loading imports nothing of the SDK, pandas or the stores: the runner is put in place when ``agents``
is imported, the rest when a magic is used.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from workbench.magics.agent import Workbench, bind_code_cells, keep_questions
from workbench.magics.cells import Cells
from workbench.magics.completion import matcher
from workbench.magics.imports import when_imported
from workbench.places import stay


@dataclass(slots=True)
class Loaded:
    """What loading put into a shell, so that unloading can take it out."""

    magics: Workbench
    cells: Cells
    complete: Any


_TRANSFORMERS = (bind_code_cells, keep_questions)

_loaded: dict[int, Loaded] = {}


def load(shell: Any) -> None:
    """Put the magics, the completions and the runner into ``shell``; twice is once."""
    if id(shell) in _loaded:
        return
    cells = Cells(shell)
    loaded = _loaded[id(shell)] = Loaded(Workbench(shell, cells), cells, matcher(shell))
    shell.register_magics(loaded.magics)
    cells.watch()
    shell.input_transformers_cleanup.extend(_TRANSFORMERS)
    shell.Completer.custom_matchers.append(loaded.complete)
    when_imported("agents", _install)
    stay()


def unload(shell: Any) -> None:
    """Take out what `load` put in; the SDK's own runner comes back."""
    loaded = _loaded.pop(id(shell), None)
    if loaded is None:
        return
    loaded.cells.unwatch()
    for transformer in _TRANSFORMERS:
        shell.input_transformers_cleanup.remove(transformer)
    shell.Completer.custom_matchers.remove(loaded.complete)
    shell.configurables.remove(loaded.magics)
    for kind, names in loaded.magics.magics.items():
        for name in names:
            shell.magics_manager.magics[kind].pop(name, None)
    when_imported("agents", None)
    if "workbench.binding" in sys.modules:
        from workbench.binding import uninstall

        uninstall()


def _install() -> None:
    if not hasattr(sys.modules["agents"], "Runner"):
        return  # a module of the user's own that happens to have this name
    binding = sys.modules.get("workbench.binding")
    # Where the runner's own module is what imports the SDK just now, its importer puts it in place.
    if binding is None or hasattr(binding, "install"):
        from workbench.binding import install

        install()
