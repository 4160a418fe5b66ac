"""A whole conversation as lines of JSON that people can read, and back.

The first line tells its times and its turns, each other one an item: ``key``, ``created_at``,
``turn_id``, ``item``, and for one in the archive ``reason`` and ``archived_at``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from workbench.errors import CorruptFile
from workbench.items import decode, encode
from workbench.protocols import TurnRecord
from workbench.stores.documents.conversation import Conversation, Row
from workbench.stores.records import turn_from_json, turn_to_json

_ENDS = str.maketrans({end: f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"})
"""What JSON leaves as it is and ``str.splitlines`` takes for the end of a line."""


def to_lines(conversation: Conversation) -> list[str]:
    """The lines, without line ends: one for the conversation, then one for each item."""
    times: dict[str, Any] = {"created_at": conversation.created_at}
    times["updated_at"] = conversation.updated_at
    turns = ", ".join(map(turn_to_json, conversation.turns.values()))
    live = [_line(row) for row in conversation.rows]
    kept = [
        _line(row, reason=reason, archived_at=when) for row, reason, when in conversation.archive
    ]
    return [_with(times, "turns", f"[{turns}]"), *live, *kept]


def from_lines(lines: Iterable[str]) -> Conversation:
    """The conversation of `to_lines`. Raises CorruptFile, which names the line."""
    made = Conversation()
    for number, line in enumerate(lines, 1):
        try:
            _take(made, decode(line), is_first=number == 1)
        except (ValueError, LookupError, TypeError) as exc:
            raise CorruptFile(f"line {number} can't be read: {exc}", line=number) from exc
    return made


def _take(made: Conversation, told: dict[str, Any], *, is_first: bool) -> None:
    if is_first:
        made.created_at, made.updated_at = _time(told["created_at"]), _time(told["updated_at"])
        made.turns = {each.turn_id: each for each in map(_turn, told["turns"])}
        return
    row = Row(told["key"], encode(told["item"]), _time(told["created_at"]), told["turn_id"])
    if "reason" in told:
        archived_at = datetime.fromisoformat(told["archived_at"])
        made.archive.append((row, told["reason"], archived_at))
    else:
        made.rows.append(row)


def _line(row: Row, **more: Any) -> str:
    about: dict[str, Any] = {"key": row.key, "created_at": row.created_at}
    about["turn_id"] = row.turn_id
    return _with(about | more, "item", row.text)


def _with(about: dict[str, Any], name: str, data: str) -> str:
    """One line: ``about`` and, under ``name``, what is JSON already."""
    line = f'{json.dumps(about, default=datetime.isoformat)[:-1]}, "{name}": {data}}}'
    return line if line.isascii() else line.translate(_ENDS)


def _turn(told: dict[str, Any]) -> TurnRecord:
    return turn_from_json(json.dumps(told))


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
