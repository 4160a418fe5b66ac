"""The text of a summary: written here, and read back here when it has become part of a history.

::

    [conversation summary]
    Messages: 4 from the user, 3 from the assistant, 1 tool results
    Facts the user stated:
    - My name is John
    Tool results:
    - get_weather({"city": "Oulu"}) -> sunny
    First message: Hello
    Latest messages:
    - What's the weather?
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.models.reading import SUMMARY_HEADER

_FACTS, _TOOLS, _LATEST = "Facts the user stated:", "Tool results:", "Latest messages:"
_FIRST = "First message: "
_MESSAGES = re.compile(
    r"Messages: (\d{1,9}) from the user, (\d{1,9}) from the assistant, (\d{1,9}) tool results"
)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a summary keeps; each text is one line. Facts and lines are oldest first."""

    facts: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    first: str | None = None
    latest: tuple[str, ...] = ()
    user: int = 0
    assistant: int = 0
    outputs: int = 0

    def then(self, later: Summary) -> Summary:
        """This summary followed by a later one."""
        return Summary(
            self.facts + later.facts,
            self.tools + later.tools,
            self.first or later.first,
            self.latest + later.latest,
            self.user + later.user,
            self.assistant + later.assistant,
            self.outputs + later.outputs,
        )


def render(summary: Summary, max_chars: int) -> str:
    """The text, at most ``max_chars`` long: facts come first, then the newest of the rest.

    Lines that do not fit are counted in a last line of their section, never dropped unsaid.
    """
    counts = f"{summary.user} from the user, {summary.assistant} from the assistant"
    lines = [SUMMARY_HEADER, f"Messages: {counts}, {summary.outputs} tool results"]
    room = max_chars - sum(len(line) + 1 for line in lines)
    for title, kept, share in (
        (_FACTS, summary.facts, 1.0),
        (_TOOLS, summary.tools, 0.6),
        (_LATEST, summary.latest, 1.0),
    ):
        if title == _LATEST and summary.first and len(_FIRST + summary.first) < room:
            lines.append(_FIRST + summary.first)
            room -= len(lines[-1]) + 1
        section = _section(title, kept, int(room * share))
        lines += section
        room -= sum(len(line) + 1 for line in section)
    return "\n".join(lines)


def _section(title: str, kept: Sequence[str], room: int) -> list[str]:
    """A title and the newest lines that fit into ``room`` characters, oldest first."""
    more = "- (and {} more that did not fit)"
    room -= len(title) + 1 + len(more) + 8
    chosen: list[str] = []
    for line in reversed(kept):
        if room < len(line) + 3:
            break
        chosen.append(f"- {line}")
        room -= len(line) + 3
    if not chosen:
        return []
    left = len(kept) - len(chosen)
    return [title, *([more.format(left)] if left else []), *reversed(chosen)]


def parse(text: str) -> Summary:
    """The summary in ``text``, which may have other words before its first line."""
    sections: dict[str, list[str]] = {_FACTS: [], _TOOLS: [], _LATEST: []}
    first, counts = None, (0, 0, 0)
    add: Callable[[str], None] | None = None
    for line in text.partition(SUMMARY_HEADER)[2].splitlines():
        if line in sections:
            add = sections[line].append
        elif line.startswith(_FIRST):
            first, add = line.removeprefix(_FIRST), None
        elif found := _MESSAGES.fullmatch(line):
            counts = (int(found[1]), int(found[2]), int(found[3]))
        elif add and line.startswith("- ") and not line.startswith("- (and "):
            add(line[2:])
    facts, tools, latest = (tuple(sections[key]) for key in (_FACTS, _TOOLS, _LATEST))
    return Summary(facts, tools, first, latest, *counts)
