"""Ends of turns in words: a final output as text, an error in one line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from workbench.errors import shorten

CANCELLED = (asyncio.CancelledError, KeyboardInterrupt)


def as_text(output: Any) -> str:
    """A final output as text: an object as the JSON it stands for."""
    if output is None or isinstance(output, str):
        return output or ""
    if hasattr(output, "model_dump_json"):
        return str(output.model_dump_json())
    try:
        return json.dumps(output, default=vars, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(output)


def open_calls_notice(name: str, tools: Sequence[str]) -> str:
    """What is said when a turn begins while calls of the one before have no answer."""
    calls = ", ".join(dict.fromkeys(tools))
    return (
        f"Session {shorten(name)} has an unanswered call of {calls[:200]}: the model is not shown "
        "it (wb.pending tells what waits for an approval)."
    )


def described(error: BaseException) -> str:
    """An error in one line, as a turn's record keeps it."""
    if isinstance(error, CANCELLED):
        return "stopped"
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
