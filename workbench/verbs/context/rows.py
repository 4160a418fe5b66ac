"""From what would be sent to rows: which item of the history each thing is, and its tokens."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench import items as of
from workbench.estimates import item_tokens, schema_tokens, text_tokens, tool_tokens
from workbench.frames.context import ContextRow
from workbench.items import Item
from workbench.sessions.compaction.groups import is_summary
from workbench.verbs.numbered import Numbered

if TYPE_CHECKING:
    from workbench.verbs.context.probe import Sent


def rows_of(sent: Sent, places: Sequence[int | None], prompt: int) -> list[ContextRow]:
    """A row for each thing of a request; the last ``prompt`` items are the prompt.

    ``places`` are the orders of its items in the history, as `places_of` gives them.
    """
    rows = [
        *([_words("instructions", "system", sent.instructions)] if sent.instructions else []),
        *map(_tool, sent.tools),
        *([_output_type(sent.output_schema)] if sent.output_schema else []),
    ]
    until = len(sent.items) - prompt
    for number, (item, order) in enumerate(zip(sent.items, places, strict=True)):
        rows.append(_item(item, order, is_prompt=number >= until))
    whole = sum(row.tokens for row in rows)
    return [replace(row, share=row.tokens / whole) for row in rows]


def _words(part: str, role: str, text: str) -> ContextRow:
    return ContextRow(part, role, part, text, text_tokens(text))


def _tool(tool: Mapping[str, Any]) -> ContextRow:
    content = f"{tool['name']}: {tool.get('description') or ''}".rstrip(": ")
    tokens = tool_tokens(tool["name"], tool.get("description"), tool.get("parameters"))
    return ContextRow("tool", "system", "tool", content, tokens)


def _output_type(schema: Mapping[str, Any]) -> ContextRow:
    name = str(schema.get("title") or "output")
    return ContextRow("output type", "system", "schema", name, schema_tokens(schema))


def _item(item: Item, order: int | None, *, is_prompt: bool) -> ContextRow:
    part = "prompt" if is_prompt else "summary" if is_summary(item) else "history"
    role = of.role(item) or "assistant"
    return ContextRow(
        part, role, of.kind(item), of.text(item), item_tokens([item]), 0.0, order, item
    )


def places_of(items: Sequence[Item], history: Sequence[Numbered]) -> list[int | None]:
    """The order of each of ``items`` in the history; None for what is not from there.

    From the end, as limits keep the newest, and so does the SDK of repeated ids.
    """
    known: dict[tuple[Any, ...], list[int]] = {}
    for place, each in enumerate(history):
        if not each.hidden:
            known.setdefault(_said(each.row.item), []).append(place)
    places: list[int | None] = [None] * len(items)
    before = len(history)
    for number in range(len(items) - 1, -1, -1):
        candidates = known.get(_said(items[number]), [])
        found = bisect_left(candidates, before) - 1
        if found >= 0:
            before = candidates[found]
            places[number] = history[before].order
    return places


def _said(item: Mapping[str, Any]) -> tuple[Any, ...]:
    return of.kind(item), of.role(item), of.call_id(item), of.text(item)


def left_out(
    places: Sequence[int | None], history: Sequence[Numbered], limit: int | None
) -> dict[str, int]:
    """How many items of the history are not sent, by the reason."""
    sent = {place for place in places if place is not None}
    live = [each.order for each in history if not each.hidden]
    within = set(live if limit is None else live[max(0, len(live) - limit) :])
    reasons = Counter(
        "hidden"
        if each.hidden
        else "left out by the SDK or a filter"
        if each.order in within
        else "beyond the limit"
        for each in history
        if each.order not in sent
    )
    return dict(reasons)
