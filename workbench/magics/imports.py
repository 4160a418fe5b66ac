"""Doing something when a module is imported, without importing it.

The finder and the loader are plain classes with the methods that the import system calls: the
abstract ones of importlib.abc would double what loading the extension costs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, cast


class _Watcher:
    """Finds what the others find; wraps the loader of one module until that has loaded it.

    Looking for the module (``find_spec``) is not importing it, and an import may break off.
    """

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self.name, self.then = name, then

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self.name:
            return None
        others = (each for each in sys.meta_path if each is not self and hasattr(each, "find_spec"))
        specs = (each.find_spec(name, path, target) for each in others)
        spec = next((each for each in specs if each is not None), None)
        if spec is not None and spec.loader is not None:
            spec.loader = cast(Any, _Then(spec.loader, self._imported))
        return spec

    def _imported(self) -> None:
        if self in sys.meta_path:  # nobody has taken it back meanwhile
            sys.meta_path.remove(cast(Any, self))
            self.then()


class _Then:
    """Loads as ``inner`` does, and then calls ``then``."""

    def __init__(self, inner: Any, then: Callable[[], None]) -> None:
        self.inner, self.then = inner, then

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

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
