"""What belongs together in a conversation, so that a cut never goes through it. Pure functions.

A call and its output; reasoning and what follows it; the calls that a model made side by side, and
all else of a response that reasoning leads; an MCP approval's request, its answer and the call that
it allowed; a program and the calls it made. Sources: the Responses API refuses an output without
its call and an item without its reasoning; chat completions want the calls of one message together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench import items as of
from workbench.items import Item
from workbench.models.reading import SUMMARY_HEADER


def is_summary(item: Item) -> bool:
    """Whether the item is a summary of earlier ones, by what it says."""
    return of.role(item) == "assistant" and of.text(item).startswith(SUMMARY_HEADER)


def groups(items: Sequence[Item], *, side_by_side: bool = True) -> list[int]:
    """For each item the index of the first item that it belongs together with, or its own.

    ``side_by_side`` False leaves calls apart that a model made at once with no reasoning in front.
    """
    first = list(range(len(items)))

    def root(index: int) -> int:
        while first[index] != index:
            first[index] = first[first[index]]
            index = first[index]
        return index

    for one, other in [*_by_id(items), *_by_place(items, side_by_side)]:
        low, high = sorted((root(one), root(other)))
        first[high] = low
    return [root(index) for index in range(len(items))]


def ends_turn(items: Sequence[Any]) -> bool:
    """Whether a batch is the end of a turn: an assistant's message, and no call that waits."""
    last = items[-1] if items else None
    return (
        isinstance(last, Mapping)
        and of.kind(last) == "message"
        and of.role(last) == "assistant"
        and not of.open_calls(items)
    )


def waiting(items: Sequence[Item]) -> list[int]:
    """The places of calls and approval requests that nothing later answers."""
    left: dict[str, int] = {}
    never: list[int] = []
    for index, item in enumerate(items):
        if (answered := _answers(item)) is not None:
            left.pop(answered, None)
        elif (asked := _asks(item)) is not None:
            never += [left[asked]] if asked in left else []
            left[asked] = index
    return sorted([*never, *left.values()])


def _by_id(items: Sequence[Item]) -> list[tuple[int, int]]:
    """Pairs of places that an id joins. An id that is used again belongs to its latest user."""
    asked: dict[str | None, int] = {}
    pairs: list[tuple[int, int]] = []
    for index, item in enumerate(items):
        if (identity := _asks(item)) is not None:
            asked[identity] = index
        joined = (_answers(item), _allowed_by(item), _program_of(item))
        pairs += [(asked[each], index) for each in joined if each in asked]
    return pairs


def _by_place(items: Sequence[Item], side_by_side: bool) -> list[tuple[int, int]]:
    """Pairs of neighbours that one response of a model holds."""
    pairs: list[tuple[int, int]] = []
    led = False
    for index in range(1, len(items)):
        before, item = items[index - 1], items[index]
        thought = of.kind(before) == "reasoning"
        led = (led or thought) and _by_model(before)
        goes_on = _by_model(item) and of.kind(item) != "reasoning"
        at_once = side_by_side and _is_request(before) and _is_request(item)
        if thought or (led and goes_on) or at_once:
            pairs.append((index - 1, index))
        led = led and goes_on
    return pairs


def _by_model(item: Item) -> bool:
    return of.role(item) == "assistant" and not is_summary(item)


def _is_request(item: Item) -> bool:
    return of.is_call(item) or of.kind(item) == "mcp_approval_request"


def _asks(item: Item) -> str | None:
    """The id that an answer to this item will name."""
    if of.kind(item) == "mcp_approval_request":
        return _text(item.get("id"))
    return None if of.is_output(item) else of.call_id(item)


def _answers(item: Item) -> str | None:
    if of.kind(item) == "mcp_approval_response":
        return _text(item.get("approval_request_id"))
    return of.call_id(item) if of.is_output(item) else None


def _allowed_by(item: Item) -> str | None:
    """The approval request that a hosted MCP call came from."""
    return _text(item.get("approval_request_id")) if of.kind(item) == "mcp_call" else None


def _program_of(item: Item) -> str | None:
    """The program that made this call: ``{"caller": {"type": "program", "caller_id": ...}}``."""
    caller = item.get("caller")
    return _text(caller.get("caller_id")) if isinstance(caller, dict) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
