"""What the body of a cell is: Python that runs agents, or a prompt."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from IPython.core.error import UsageError


def is_code(body: str) -> bool:
    """Whether ``body`` is Python with a call on ``Runner``; anything else is a prompt."""
    if "Runner" not in body:
        return False
    try:
        tree = ast.parse(_without_magics(body))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(_calls_runner(node) for node in ast.walk(tree))


def _without_magics(body: str) -> str:
    """The body as Python sees it: IPython's ``%magic`` and ``!command`` lines become calls."""
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(body)


def _calls_runner(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    owner = node.func.value
    return (isinstance(owner, ast.Name) and owner.id == "Runner") or (
        isinstance(owner, ast.Attribute) and owner.attr == "Runner"
    )


def filled(text: str, namespace: Mapping[str, Any], *, magic: str) -> str:
    """``text`` with each ``{{expression}}`` replaced by its value in the notebook.

    Single braces (JSON), braces that nothing closes and empty ones stay as they are. Raises
    UsageError when an expression fails.
    """
    parts: list[str] = []
    end = 0
    # Searched, not matched by a pattern: that takes time by the square where nothing is closed.
    while (start := text.find("{{", end)) >= 0 and (close := text.find("}}", start + 2)) >= 0:
        expression = text[start + 2 : close].strip()
        value = _value(expression, namespace, magic) if expression else text[start : close + 2]
        parts += [text[end:start], value]
        end = close + 2
    return "".join([*parts, text[end:]])


def _value(expression: str, namespace: Mapping[str, Any], magic: str) -> str:
    try:
        # The cell's own author wrote it: it may do what any line of the cell may do.
        return str(eval(expression, dict(namespace)))  # noqa: S307
    except Exception as exc:
        raise UsageError(
            f"{magic}: {{{{{expression}}}}} can't be filled in ({type(exc).__name__}: {exc}); "
            "to send double braces as they are, write {{'{{'}}"
        ) from None
