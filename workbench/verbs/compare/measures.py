"""What an answer took, in numbers: medians over the runs of one target. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from workbench.verbs.compare.asking import Answer

Measures = dict[str, float | bool | None]
"""``load``, ``model``, ``save`` and ``other`` in seconds, ``input`` and ``output`` in tokens,
``bytes`` stored, ``cost`` in US dollars, and whether all items read back ``equal``; None is what is
not known."""


def measures(answers: Sequence[Answer]) -> Measures:
    """The measures of one target: its answers to one prompt, one for each run."""
    parts = {name: typical(answers, _seconds(name)) for name in ("load", "model", "save")}
    equal = [each.reads_back for each in answers if each.reads_back is not None]
    return {
        **parts,
        "other": _other(answers, parts),
        "input": typical(answers, _tokens("input_tokens")),
        "output": typical(answers, _tokens("output_tokens")),
        "bytes": typical(answers, lambda each: each.stored),
        "cost": typical(answers, lambda each: each.cost),
        "equal": all(equal) if equal else None,
    }


def typical(answers: Sequence[Answer], take: Callable[[Answer], float | None]) -> float | None:
    """The median over the runs that have it."""
    values = [value for each in answers if (value := take(each)) is not None]
    return median(values) if values else None


def _other(answers: Sequence[Answer], parts: dict[str, float | None]) -> float | None:
    """The wall time that is none of the parts: tools, and the SDK itself."""
    whole = typical(answers, lambda each: each.turn.seconds if each.turn else None)
    return None if whole is None else max(0.0, whole - sum(part or 0.0 for part in parts.values()))


def _seconds(name: str) -> Callable[[Answer], float | None]:
    return lambda each: getattr(each.seconds, name) if each.turn else None


def _tokens(name: str) -> Callable[[Answer], float | None]:
    return lambda each: getattr(each.turn.usage, name) if each.turn else None
