"""Ends of turns in words: a final output as text, an error in one line."""

from __future__ import annotations

import asyncio
import json
from typing import Any

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


def described(error: BaseException) -> str:
    """An error in one line, as a turn's record keeps it."""
    if isinstance(error, CANCELLED):
        return "stopped"
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
