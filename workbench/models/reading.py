"""What the items of a conversation say, in the few kinds that the offline model tells apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from workbench import items
from workbench.models.attached import said_and_attached

SUMMARY_HEADER = items.SUMMARY_HEADER
"""The first line of a text made by ``summarise``; what follows it holds facts the user stated."""

# https://openai.github.io/openai-agents-python/handoffs/ : the form of nest_handoff_history.
_TRANSCRIPT_START, _TRANSCRIPT_END = "<CONVERSATION HISTORY>", "</CONVERSATION HISTORY>"
_TRANSCRIPT_LINE = re.compile(r"\d+\. (?:(user|assistant|system|developer)(?: \([^)]*\))?: )?(.*)")

EntryKind = Literal["user", "assistant", "summary", "call", "output", "other"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as the offline model sees it: its kind and text, for a call its tool's name.

    The text of a call is its arguments, as JSON; that of an output is what the tool answered.
    """

    kind: EntryKind
    text: str
    name: str = ""
    attached: tuple[str, ...] = ()
    """What images, files and sounds of a message are called; `text` is without them."""


def read(given: str | Sequence[Any]) -> list[Entry]:
    """The entries of a model's input, oldest first. Odd items become ``other``; none raises."""
    if isinstance(given, str):
        return [Entry("user", given)]
    return _summaries_marked(list(_named_outputs(map(_as_mapping, given))))


def users(entries: Iterable[Entry]) -> list[str]:
    """The texts that the user wrote, oldest first."""
    return [entry.text for entry in entries if entry.kind == "user"]


def last_turn(entries: Sequence[Entry]) -> tuple[str, list[Entry]]:
    """The user's last message and what came after it; ``""`` and everything without one."""
    for index in range(len(entries) - 1, -1, -1):
        if entries[index].kind == "user":
            return entries[index].text, list(entries[index + 1 :])
    return "", list(entries)


def _as_mapping(item: Any) -> Mapping[str, Any]:
    if isinstance(item, Mapping):
        return item
    dump = getattr(item, "model_dump", None)
    dumped = dump(exclude_unset=True) if callable(dump) else None
    return dumped if isinstance(dumped, Mapping) else {}


def _named_outputs(given: Iterable[Mapping[str, Any]]) -> Iterator[Entry]:
    """Entries in order; an output takes the name of the call that it answers."""
    names: dict[str, str] = {}
    for item in given:
        identity = items.call_id(item) or ""
        if items.is_output(item):
            yield Entry("output", items.text(item), names.get(identity, ""))
        elif items.is_call(item):
            names[identity] = items.call_name(item) or items.kind(item)
            yield Entry("call", items.call_arguments(item) or "", names[identity])
        else:
            yield from _message(item)


def _message(item: Mapping[str, Any]) -> Iterator[Entry]:
    text = items.text(item)
    role = items.role(item) if items.kind(item) == "message" else None
    if role == "assistant" and _TRANSCRIPT_START in text and _TRANSCRIPT_END in text:
        yield from _transcript(text)
    elif role == "user" or role == "assistant":
        said, attached = said_and_attached(item)
        yield Entry("user" if role == "user" else "assistant", said, attached=attached)
    else:
        yield Entry("other", text)


def _transcript(text: str) -> Iterator[Entry]:
    """The messages inside the one message that a nested handoff leaves of a conversation."""
    body = text.split(_TRANSCRIPT_START, 1)[1].rsplit(_TRANSCRIPT_END, 1)[0]
    for line in body.splitlines():
        found = _TRANSCRIPT_LINE.fullmatch(line.strip())
        if found is None:
            continue
        role, said = found.groups()
        if role is not None:
            yield from _message({"role": role, "content": said})
        elif said.startswith("{"):
            yield from _json_line(said)


def _json_line(line: str) -> Iterator[Entry]:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError):
        return
    if isinstance(item, dict):
        yield from _named_outputs([item])


def _summaries_marked(entries: list[Entry]) -> list[Entry]:
    """Messages that hold a summary are marked so, except what the user says just now."""
    last = max((i for i, entry in enumerate(entries) if entry.kind == "user"), default=-1)
    messages = ("user", "assistant", "other")
    return [
        replace(entry, kind="summary")
        if entry.kind in messages and index != last and SUMMARY_HEADER in entry.text
        else entry
        for index, entry in enumerate(entries)
    ]
