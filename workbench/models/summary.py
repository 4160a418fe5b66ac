"""An extractive summary of a conversation: what was said, in the words it was said in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from workbench.errors import OfflineModelError
from workbench.models.clauses import clip, listing, sentence
from workbench.models.reading import Entry, read
from workbench.models.recall import Memory, remember, statements
from workbench.models.statements import Fact
from workbench.models.summary_text import Summary, render

SHORTEST = 200
"""The least ``max_chars`` that a summary can be asked for."""

_RANK = {"remembered": 0, "fact": 1, "preference": 2, "setting": 3, "name": 4}
_ARGUMENTS, _RESULT, _MESSAGE, _FACT = 80, 120, 120, 200


def summarise(items: str | Sequence[Any], *, max_chars: int = 1200) -> str:
    """A summary of ``items`` of at most ``max_chars`` characters, made without a model.

    It keeps what the user stated (names, settings, preferences, what was to be remembered, each in
    the user's words and in its latest form), the numbers of messages, one line for each tool
    result, the first and the latest messages. When it stands in a history in place of the items,
    the offline model recalls from it as from them, and a summary made with it keeps what it kept.
    Raises OfflineModelError when ``max_chars`` is below 200.
    """
    if max_chars < SHORTEST:
        raise OfflineModelError(f"a summary needs max_chars of {SHORTEST} or more, not {max_chars}")
    entries = read(items)
    return render(_gathered(entries, remember(entries)), max_chars)


def _gathered(entries: Sequence[Entry], memory: Memory) -> Summary:
    # render keeps the end of a list when room is short, so the names stand last.
    facts = sorted(memory.facts.values(), key=lambda fact: _RANK[fact.kind])
    counts = Counter(entry.kind for entry in entries)
    here = Summary(
        tools=tuple(tool_lines(entries)),
        first=clip(memory.messages[0], _MESSAGE) if memory.messages else None,
        latest=tuple(clip(text, _MESSAGE) for text in memory.messages if not _only_states(text)),
        user=counts["user"],
        assistant=counts["assistant"],
        outputs=counts["output"],
    )
    before = memory.earlier
    kept = Summary((), before.tools, before.first, before.latest, *_counts(before)).then(here)
    said = tuple(clip(fact.said, _FACT) for fact in facts)
    return Summary(said, kept.tools, kept.first, kept.latest, *_counts(kept))


def _counts(summary: Summary) -> tuple[int, int, int]:
    return summary.user, summary.assistant, summary.outputs


def _only_states(text: str) -> bool:
    """Whether a short message is nothing but a statement, which the facts already hold."""
    return len(text) < _MESSAGE and any(isinstance(each, Fact) for each in statements(text))


def tool_lines(entries: Sequence[Entry]) -> list[str]:
    """``name(arguments) -> output``, one line for each output of a tool."""
    waiting: dict[str, list[str]] = {}
    lines = []
    for entry in entries:
        if entry.kind == "call":
            waiting.setdefault(entry.name, []).append(clip(entry.text, _ARGUMENTS))
        elif entry.kind == "output":
            calls = waiting.get(entry.name)
            arguments = calls.pop(0) if calls else ""
            lines.append(f"{entry.name or 'tool'}({arguments}) -> {clip(entry.text, _RESULT)}")
    return lines


def told(entries: Sequence[Entry], memory: Memory) -> str:
    """The same as an answer in a conversation: sentences, and nothing to be read back."""
    before, here = memory.earlier, len(memory.messages)
    number = before.user + here
    parts = [f"So far you sent {number} message{'' if number == 1 else 's'}"]
    if memory.first:
        parts.append(f'you began with "{clip(memory.first, _MESSAGE)}"')
    facts = [fact.told for fact in memory.facts.values()]
    if facts:
        parts.append("you told me: " + listing([clip(each, _FACT) for each in facts]))
    if lines := [*before.tools, *tool_lines(entries)]:
        parts.append("tool results: " + "; ".join(lines[-5:]))
    return " ".join(sentence(part) for part in parts)
