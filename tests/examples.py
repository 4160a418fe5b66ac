"""The examples in docstrings, found in the sources and run as a reader would run them in a cell.

They are written as Python's own ``>>>`` examples. ``wb`` is ``import workbench as wb``, a line may
await, and ``...`` in what is expected stands for any text.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import doctest
import inspect
import io
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from importlib import import_module
from typing import Any

import workbench
from tests.test_layers import MODULES

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_parser = doctest.DocTestParser()
_checker = doctest.OutputChecker()


def examples_of(text: str | None) -> list[doctest.Example]:
    """The examples of a docstring, in order."""
    return _parser.get_examples(text or "")


def found() -> list[tuple[str, str]]:
    """Every docstring of the package that has examples, behind its ``module:name``."""
    return [
        (f"{module}:{getattr(node, 'name', '')}", text)
        for module, path in MODULES.items()
        for node, text in _docstrings(ast.parse(path.read_text(encoding="utf-8")))
        if examples_of(text)
    ]


def _docstrings(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node)):
            yield node, text


def names_for(place: str) -> dict[str, Any]:
    """What the examples of ``module:name`` may use without an import: ``wb``, and that name."""
    module, _colon, name = place.partition(":")
    names: dict[str, Any] = {"wb": workbench, "__name__": "__main__"}
    if hasattr(found_in := import_module(module), name):
        names[name] = getattr(found_in, name)
    return names


def wrong_in(text: str, names: dict[str, Any], replacing: Mapping[str, str]) -> list[str]:
    """Run the examples of ``text`` one after the other; what each gave that it should not.

    ``replacing`` are addresses of servers by those that the text names.
    """
    wrong = []
    with asyncio.Runner() as runner:
        for example in examples_of(text):
            source = example.source
            for shown, real in replacing.items():
                source = source.replace(shown, real)
            got = _shown(source, names, runner)
            if not _checker.check_output(example.want, got, FLAGS):
                wrong.append(f">>> {example.source}expected: {example.want}got: {got}")
    return wrong


def _shown(source: str, names: dict[str, Any], runner: asyncio.Runner) -> str:
    """What a cell of ``source`` prints and shows."""
    code = compile(source, "<docstring>", "single", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with redirect_stdout(io.StringIO()) as shown:
        made = eval(code, names)
        if inspect.iscoroutine(made):
            runner.run(made)
    # Python keeps the last value there, where IPython would take it for the user's own `_`.
    vars(builtins).pop("_", None)
    return shown.getvalue()
