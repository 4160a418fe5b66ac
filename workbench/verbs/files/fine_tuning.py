"""OpenAI's format for training: a line a conversation, as messages of the Chat Completions API.

::

    {"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}],
     "tools": [...], "parallel_tool_calls": true}

See https://platform.openai.com/docs/guides/supervised-fine-tuning. What the agent of a session is
told (its instructions, as the first message) and can call (``tools``) is written where that agent
is known here (`wb.register_agent`) and its instructions are text. A conversation that could not be
learned from is refused: it has to end with a reply, and each call of a tool has its output.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import InvalidValue, shorten
from workbench.items import role
from workbench.protocols import ArchivedItem, Session
from workbench.sessions.given import is_session
from workbench.verbs.files.chat import Message, Messages
from workbench.verbs.files.jsonl import json_line
from workbench.verbs.files.report import ENCRYPTED, Written, counted
from workbench.verbs.files.source import TRIES, Changed, Entry, Source, source
from workbench.verbs.files.whole import whole_file
from workbench.verbs.progress import Bar
from workbench.workspace import workspace


def export_for_training(
    target: Any, place: Path, *, store: str | None, redact: Any, overwrite: bool
) -> Written:
    """Write one conversation, or several, a line each. Raises as `wb.export`, and InvalidValue
    for a conversation that could not be learned from, naming it and the place.
    """
    sources = [source(each, store=store, redact=redact, archived=False) for each in _each(target)]
    private = any(read.heading.encrypted for read in sources)
    left_out: Counter[str] = Counter()
    found: Counter[str] = Counter()
    taken = 0
    with (
        Bar("export", unit="sessions") as bar,
        whole_file(place, overwrite=overwrite, private=private) as file,
    ):
        for number, read in enumerate(sources, start=1):
            example = _example(read)
            file.write(example.line)
            taken += example.taken
            left_out += example.left_out
            found += read.redaction.counts
            bar(number, len(sources))
        size = file.tell()
    return Written(
        path=place,
        format="fine-tuning",
        size=size,
        items=taken,
        turns=sum(read.turns for read in sources),
        redacted=dict(found),
        notes=(*_notes(left_out), *((ENCRYPTED,) if private else ())),
    )


@dataclass(frozen=True, slots=True)
class _Example:
    """The line of one conversation, how many items are in it, and what is not, by kind."""

    line: bytes
    taken: int
    left_out: Counter[str]


def _each(target: Any) -> list[str | Session]:
    if isinstance(target, str) or is_session(target):
        return [target]
    if not isinstance(target, Sequence) or not target:
        raise InvalidValue(
            f"a session, or a list of sessions, is expected, not a {type(target).__name__}"
            if not isinstance(target, Sequence)
            else "the list of sessions is empty: name at least one"
        )
    return list(target)


def _example(read: Source) -> _Example:
    shown = _shown(read)
    items = [each.item for each in shown if not isinstance(each, ArchivedItem)]
    try:
        made = Messages(items)
        _check_order(made.messages)
    except ValueError as exc:
        name = shorten(read.heading.name or read.heading.session_id)
        raise InvalidValue(f"session {name} can't be trained on: {exc}") from None
    fields = {"messages": [*_instructions(read, items), *made.messages], **_tools(read)}
    left_out = made.left_out + Counter({"hidden item": len(shown) - len(items)})
    return _Example(json_line(fields), made.taken, left_out)


def _shown(read: Source) -> list[Entry]:
    for _ in range(TRIES):
        read.redaction.counts.clear()
        with suppress(Changed):
            return list(read.entries())
    return list(read.entries())


def _check_order(messages: Sequence[Message]) -> None:
    roles = [each["role"] for each in messages]
    if "user" not in roles or "assistant" not in roles:
        raise ValueError("it has no prompt, or no reply")
    if roles[-1] != "assistant":
        raise ValueError(
            f"it ends with a message of role {roles[-1]}, where a model would have nothing to "
            "learn; wb.rewind takes an open end away"
        )


def _known_agent(read: Source) -> Any:
    return workspace().agents.get(read.heading.agent or "") if read.heading.name else None


def _instructions(read: Source, items: Sequence[Any]) -> list[Message]:
    told = getattr(_known_agent(read), "instructions", None)
    if not isinstance(told, str) or any(
        role(item) in ("system", "developer") for item in items[:1]
    ):
        return []
    return [{"role": "system", "content": read.redaction.text(told)}]


def _tools(read: Source) -> dict[str, Any]:
    """What the agent can call, as the API describes tools."""
    from agents import FunctionTool

    agent = _known_agent(read)
    tools = [each for each in getattr(agent, "tools", ()) if isinstance(each, FunctionTool)]
    if not tools:
        return {}
    described = [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.params_json_schema,
            },
        }
        for tool in tools
    ]
    return {"tools": described, "parallel_tool_calls": True}


def _notes(left_out: Counter[str]) -> tuple[str, ...]:
    if not left_out:
        return ()
    kinds = ", ".join(counted(count, kind) for kind, count in sorted(left_out.items()))
    return (f"left out, as training takes messages and function calls only: {kinds}",)
