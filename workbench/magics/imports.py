"""Doing something when a module is imported, without importing it.

The finder and the loader are plain classes with the methods that the import system calls: the
abstract ones of importlib.abc would double what loading the extension costs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any, cast


class _Watcher:
    """Finds nothing itself; wraps the loader of one module, once."""

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self.name, self.then = name, then

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = cast(Any, _Then(spec.loader, self.then))
        return spec


class _Then:
    """Loads as ``inner`` does, and then calls ``then``."""

    def __init__(self, inner: Any, then: Callable[[], None]) -> None:
        self.inner, self.then = inner, then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return cast(ModuleType | None, self.inner.create_module(spec))

    def exec_module(self, module: ModuleType) -> None:
        # The module keeps its real loader: others (inspect, pkgutil) ask it for source and files.
        module.__loader__ = self.inner
        if module.__spec__ is not None:
            module.__spec__.loader = self.inner
        self.inner.exec_module(module)
        self.then()


def when_imported(name: str, then: Callable[[], None] | None) -> None:
    """Call ``then`` right after ``name`` is imported (now, if it is); None takes that back."""
    for finder in [each for each in sys.meta_path if isinstance(each, _Watcher)]:
        if finder.name == name:
            sys.meta_path.remove(finder)
    if then is None:
        return
    if name in sys.modules:
        then()
    else:
        sys.meta_path.insert(0, cast(Any, _Watcher(name, then)))
