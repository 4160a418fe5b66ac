"""What a reader sees of items, before any markup: messages, tools with their outputs, thoughts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from workbench import items as of
from workbench.render.pictures import pictures


@dataclass(frozen=True, slots=True)
class Block:
    """One thing to show. ``title`` is the role or the tool; ``output`` is None while it is awaited.

    ``text`` is what was said, thought, or asked of the tool.
    """

    kind: Literal["message", "tool", "reasoning", "note"]
    title: str
    text: str
    output: str | None = None
    pictures: tuple[str, ...] = ()
    """Those that are in it, as ``data:`` addresses."""


def blocks(items: Iterable[Any]) -> list[Block]:
    """The blocks of ``items`` in order; an output stands with its call. Never raises."""
    found: list[Block] = []
    calls: dict[str, int] = {}
    for item in items:
        if not isinstance(item, Mapping):
            found.append(Block("note", "unknown", f"[an item of type {type(item).__name__}]"))
        elif of.is_output(item):
            _answer(found, calls, item)
        elif of.is_call(item):
            identity = of.call_id(item)
            if identity is not None:
                calls[identity] = len(found)
            found.append(_call(item))
        elif (block := _said(item)) is not None:
            found.append(block)
    return found


def _answer(found: list[Block], calls: dict[str, int], item: Mapping[str, Any]) -> None:
    place = calls.pop(of.call_id(item) or "", None)
    if place is None:
        title = str(item.get("name") or of.kind(item))
        found.append(Block("tool", title, "", of.text(item), pictures(item)))
    else:
        found[place] = replace(found[place], output=of.text(item), pictures=pictures(item))


def _call(item: Mapping[str, Any]) -> Block:
    name = of.call_name(item) or of.kind(item)
    hosted = of.output_text(item)
    if item.get("error") is not None:
        hosted = f"{hosted}\n{item['error']}".strip()
    return Block("tool", name, of.call_arguments(item) or "", hosted or None, pictures(item))


def _said(item: Mapping[str, Any]) -> Block | None:
    kind, text = of.kind(item), of.text(item)
    if kind == "message":
        return Block("message", of.role(item) or "unknown", text, pictures=pictures(item))
    if kind == "reasoning":
        # The reasoning of hosted models is mostly encrypted: there is nothing to unfold then.
        return Block("reasoning", "reasoning", text) if text else None
    return Block("note", kind, text or f"[{kind}]")
