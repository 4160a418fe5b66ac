"""Items that the models of the SDK don't take, whatever stands around them. Pure.

Sources: the item types of the Responses API (``ResponseInputItemParam`` of the ``openai`` package),
and what the SDK's chat completions model refuses (``agents.models.chatcmpl_converter``: "Unhandled
item type or structure").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.items import Item
from workbench.verbs.content import PLACEHOLDER_ID
from workbench.verbs.doctor.chart import Chart
from workbench.verbs.doctor.finding import ARCHIVED, Finding, found
from workbench.verbs.refused import why_refused

_EASY = frozenset({"role", "content", "type", "phase"})
_SAID = frozenset({"output_text", "refusal"})


def no_items(chart: Chart) -> Iterator[Finding]:
    """What is JSON but no item of a conversation."""
    for entry in chart.readable:
        if (wrong := why_refused(entry.item)) is not None:
            yield found("no item", entry, f"{wrong}: models refuse it", ARCHIVED, take=[entry])


def unfit_messages(chart: Chart) -> Iterator[Finding]:
    """Messages in a form that one of the SDK's two kinds of models does not take."""
    for entry in chart.readable:
        if entry.kind != "message" or why_refused(entry.item) is not None:
            continue
        form = fitting(entry.item)
        if form != entry.item:
            yield found(
                "unfit message",
                entry,
                "a form of a message that the chat completions model of the SDK refuses",
                "it says the same in a form that all models take",
                rewrite={entry.key: form},
            )


def fitting(item: Item) -> Item:
    """A message in a form that the Responses and the chat completions model take."""
    content = item["content"]
    if item["role"] != "assistant":
        return item if item.keys() <= _EASY or "type" in item else {"type": "message", **item}
    if isinstance(content, str):
        return {name: item[name] for name in item if name in _EASY}
    if not any(_is_said(part) for part in content):
        return item if item.keys() <= _EASY else {**item, "type": "message"}
    whole = {"id", "type"} <= item.keys()
    return item if whole else {"id": PLACEHOLDER_ID, "status": "completed", **item, **_MESSAGE}


_MESSAGE = {"type": "message"}


def _is_said(part: Any) -> bool:
    kind = part.get("type") if isinstance(part, dict) else None
    return isinstance(kind, str) and kind in _SAID
