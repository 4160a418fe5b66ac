"""Which file may import which: the list of rooms, held against the source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import workbench

PACKAGE = Path(workbench.__file__).parent

BASE = {"errors", "items", "estimates", "words", "protocols", "guard", "own_loop"}
SESSIONS = BASE | {"places", "loop", "stores"}
TURN = SESSIONS | {"sessions", "models", "render"}

ROOMS: dict[str, set[str]] = {
    "guard": set(),
    "tracebacks": set(),
    "errors": {"tracebacks"},
    "items": {"errors"},
    "estimates": {"items"},
    "words": set(),
    "protocols": {"items"},
    "own_loop": {"errors"},
    "loop": {"errors", "guard"},
    "places": set(),
    "stores": BASE | {"loop", "places"},
    "models": {"errors", "items", "estimates"},
    "render": BASE,
    "sessions": SESSIONS | {"models", "render"},
    "testing": SESSIONS | {"sessions"},
    "turn": TURN,
    "binding": TURN | {"turn"},
    "live": BASE | {"render", "turn"},
    "workspace": SESSIONS | {"sessions", "render"},
    "frames": BASE,
    "verbs": TURN | {"turn", "binding", "live", "workspace", "frames"},
    "widgets": BASE | {"loop", "render", "frames"},
    "panels": TURN | {"turn", "binding", "live", "workspace", "frames", "verbs", "widgets"},
    "magics": TURN
    | {"turn", "binding", "live", "workspace", "frames", "verbs", "widgets", "panels"},
    "cli": {"errors", "places", "stores", "render", "workspace", "workbench"},
    "__main__": {"cli"},
}
"""Room (a file or a folder of the package): the rooms it may import beside itself.

``workbench`` is the face, the package's own ``__init__``: it may import every room, and only the
command line imports it, since every room below it is part of it.
"""


def modules() -> dict[str, Path]:
    """Dotted name of every module of the package, and its file."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ("workbench", *path.relative_to(PACKAGE).with_suffix("").parts)
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def room(module: str) -> str:
    """The room a module belongs to; the face is its own."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "workbench"


def imports(tree: ast.AST, module: str, *, is_package: bool) -> Iterator[str]:
    """Dotted names of our own modules that ``tree`` imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("workbench"))
        elif isinstance(node, ast.ImportFrom):
            yield from imported_from(node, module, is_package=is_package)
        elif isinstance(node, ast.Call) and called(node) == "import_module":
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and str(first.value).startswith("workbench"):
                yield str(first.value)


def imported_from(node: ast.ImportFrom, module: str, *, is_package: bool) -> Iterator[str]:
    """What a ``from ... import ...`` takes: modules where the names are modules."""
    base = node.module or ""
    if node.level:
        parts = module.split(".")
        kept = parts[: len(parts) - node.level + is_package]
        base = ".".join([*kept, base] if base else kept)
    if base.split(".")[0] == "workbench":
        for alias in node.names:
            name = f"{base}.{alias.name}"
            yield name if name in MODULES else base


def called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def without_type_checking(tree: ast.Module) -> ast.Module:
    """``tree`` without what only a type checker imports: that can't make a cycle when it runs."""

    class Strip(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
            names = {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
            return node.orelse if "TYPE_CHECKING" in names else self.generic_visit(node)

    stripped: ast.Module = Strip().visit(tree)
    return stripped


def parsed(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def edges(module: str, tree: ast.Module) -> set[str]:
    """The modules that ``module`` imports, itself left out."""
    is_package = MODULES[module].name == "__init__.py"
    found = set(imports(tree, module, is_package=is_package))
    return (found & MODULES.keys()) - {module}


@pytest.mark.parametrize("module", [name for name in MODULES if name != "workbench"])
def test_a_module_imports_only_rooms_below_its_own(module: str) -> None:
    own = room(module)
    assert own in ROOMS, f"{module} is in no room of the list"
    above = {name for name in edges(module, parsed(module)) if room(name) not in ROOMS[own] | {own}}
    assert not above, f"{module} (room {own}) imports {sorted(above)}"


def test_the_list_of_rooms_has_no_way_back_up() -> None:
    order = list(ROOMS)
    for own, others in ROOMS.items():
        assert others - {"workbench"} <= set(order[: order.index(own)])


def test_no_two_modules_import_each_other() -> None:
    graph = {
        name: edges(name, without_type_checking(parsed(name)))
        for name in MODULES
        if name != "workbench"
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {' -> '.join(error.args[1])}")


SAMPLE = """
from __future__ import annotations
import os, workbench.items
from workbench import errors
from workbench.stores import open_store
from . import memory
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from workbench.loop import run
def late():
    from ..sessions import sqlite
    import_module("workbench.models.offline")
"""


def test_the_reader_of_imports_sees_every_way_to_import() -> None:
    found = set(imports(ast.parse(SAMPLE), "workbench.stores.urls", is_package=False))
    rooms = {room(name) for name in found}
    assert rooms == {"items", "errors", "stores", "loop", "sessions", "models"}
    stripped = without_type_checking(ast.parse(SAMPLE))
    kept = {room(n) for n in imports(stripped, "workbench.stores.urls", is_package=False)}
    assert kept == rooms - {"loop"}


def test_every_module_says_what_it_is_and_delays_annotations() -> None:
    for module in MODULES:
        tree = parsed(module)
        assert ast.get_docstring(tree), f"{module} has no docstring"
        imported = [n.module for n in tree.body if isinstance(n, ast.ImportFrom)]
        annotated = any(isinstance(n, ast.FunctionDef | ast.AnnAssign) for n in ast.walk(tree))
        delayed = imported[:1] == ["__future__"]
        assert delayed or not annotated, f"{module} does not begin with from __future__"


def test_the_package_names_no_module_of_the_standard_library() -> None:
    clash = {name.split(".")[1] for name in MODULES if "." in name} & sys.stdlib_module_names
    assert not clash - {"__main__"}
