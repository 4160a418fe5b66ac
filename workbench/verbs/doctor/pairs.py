"""Calls and their outputs: one alone, one too many, or the wrong way round. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workbench import items as of
from workbench.protocols import Key
from workbench.render.text import one_line
from workbench.verbs.doctor.chart import Chart, Entry
from workbench.verbs.doctor.finding import ARCHIVED, Finding, found

_ANSWERED = frozenset(
    """function_call custom_tool_call shell_call apply_patch_call computer_call local_shell_call
    tool_search_call program mcp_approval_request""".split()
)
"""What waits for an answer of ours: the list of the SDK (0.24.0, ``agents.run_internal.items``),
which leaves such a call out of what it sends, and the requests of hosted MCP."""

_LONGEST = 64
"""Characters that the API allows for an id."""


@dataclass(slots=True)
class Pairs:
    """Who answers whom. An answer belongs to the last call of its id that nothing answered."""

    waiting: list[Entry] = field(default_factory=list)
    passed: list[Entry] = field(default_factory=list)
    """Calls that nothing answered before there was another one of their id."""
    early: list[tuple[Entry, Entry]] = field(default_factory=list)
    """Outputs with the later calls that they answer."""
    alone: list[Entry] = field(default_factory=list)
    """Outputs with no call."""
    second: list[Entry] = field(default_factory=list)
    """Further outputs of a call that has one."""
    again: list[tuple[Entry, Entry]] = field(default_factory=list)
    """Calls with an earlier call of the same type and id."""
    answers: dict[Key, Entry] = field(default_factory=dict)
    """The output of each call."""


def asks(entry: Entry) -> str | None:
    """The id that an answer to this item names."""
    if entry.kind == "mcp_approval_request":
        return _text(entry.item.get("id"))
    return of.call_id(entry.item) if entry.kind in _ANSWERED else None


def answers(entry: Entry) -> str | None:
    """The id of the item that this one answers."""
    if entry.kind == "mcp_approval_response":
        return _text(entry.item.get("approval_request_id"))
    is_output = entry.kind is not None and entry.kind.endswith(of.OUTPUT_SUFFIX)
    return of.call_id(entry.item) if is_output else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def paired(entries: Sequence[Entry]) -> Pairs:
    """The pairs of a conversation, and what is left over."""
    pairs = Pairs()
    open_: dict[str, Entry] = {}
    last: dict[str, Entry] = {}
    stray: list[Entry] = []
    for entry in entries:
        if (identity := asks(entry)) is not None:
            if identity in last and last[identity].kind == entry.kind:
                pairs.again.append((last[identity], entry))
            if identity in open_:
                pairs.passed.append(open_[identity])
            open_[identity] = last[identity] = entry
        elif (identity := answers(entry)) is not None:
            if (call := open_.pop(identity, None)) is not None:
                pairs.answers[call.key] = entry
            elif identity in last:
                pairs.second.append(entry)
            else:
                stray.append(entry)
    for entry in stray:
        call = open_.pop(answers(entry) or "", None)
        if call is None:
            pairs.alone.append(entry)
        else:
            pairs.early.append((entry, call))
            pairs.answers[call.key] = entry
    pairs.waiting += open_.values()
    return pairs


def broken_pairs(chart: Chart) -> Iterator[Finding]:
    """All that can be wrong with calls and outputs."""
    pairs = paired(chart.readable)
    yield from _wrong_order(chart, pairs)
    yield from _lone_calls(chart, pairs)
    yield from _lone_outputs(pairs)
    yield from _ids_again(chart, pairs)


def _lone_calls(chart: Chart, pairs: Pairs) -> Iterator[Finding]:
    """Calls without output: those that a person may still allow stay."""
    for entry in pairs.waiting:
        yield _pending(entry) if _may_wait(chart, entry) else _unanswered(entry)
    yield from map(_unanswered, pairs.passed)


def _pending(entry: Entry) -> Finding:
    detail = f"call {_id(entry)} waits for a person"
    return found("pending approval", entry, detail, "none: wb.approve or wb.reject decides it")


def _unanswered(entry: Entry) -> Finding:
    detail = f"nothing answers call {_id(entry)}"
    return found("call without output", entry, detail, ARCHIVED, take=[entry])


def _may_wait(chart: Chart, entry: Entry) -> bool:
    """Whether a call may be one that waits for an approval."""
    if entry.kind == "mcp_approval_request":
        return True
    record = (chart.records or {}).get(entry.label or "")
    if record is not None:
        return record.status == "pending"
    # Where no turns are recorded, the newest call is taken for one that was parked: the SDK writes
    # a call together with its output otherwise.
    newest = chart.entries[-1].turn
    return entry.turn == newest and (entry.label is None or not chart.records)


def _lone_outputs(pairs: Pairs) -> Iterator[Finding]:
    """Outputs without call, and second ones: the first is what the model was told."""
    for entry in pairs.alone:
        detail = f"there is no call {_id(entry)}"
        yield found("output without call", entry, detail, ARCHIVED, take=[entry])
    for entry in pairs.second:
        detail = f"call {_id(entry)} has an output already"
        yield found("second output", entry, detail, ARCHIVED, take=[entry])


def _wrong_order(chart: Chart, pairs: Pairs) -> Iterator[Finding]:
    """Outputs in front of their calls: moved behind them, within a turn."""
    places = {each.key: place for place, each in enumerate(chart.entries) if pairs.early}
    for output, call in pairs.early:
        span = chart.entries[places[output.key] : places[call.key] + 1]
        detail = f"output {_id(output)} stands in front of its call (item {call.order})"
        if any(each.trouble or each.turn_id != call.turn_id for each in span):
            yield found("wrong order", output, detail, ARCHIVED, take=[output])
            continue
        moved = [*(each.item for each in span[1:]), output.item]
        yield found(
            "wrong order",
            output,
            detail,
            "it is moved behind its call",
            rewrite={slot.key: item for slot, item in zip(span, moved, strict=True)},
        )


def _ids_again(chart: Chart, pairs: Pairs) -> Iterator[Finding]:
    """Calls with an id that another has: the SDK sends only one of them, in a wrong place."""
    taken = {asks(each) for each in chart.readable} if pairs.again else set()
    for first, entry in pairs.again:
        if first.key not in pairs.answers:  # it goes, or waits
            continue
        output = pairs.answers.get(entry.key)
        whole = [each for each in (entry, output) if each is not None]
        if entry.item == first.item and entry.turn == first.turn:
            detail, repair = f"call {_id(entry)} was written twice", f"{ARCHIVED}, with its output"
            yield found("item twice", entry, detail, repair, take=whole, about=[first])
        elif output is not None and entry.kind != "mcp_approval_request":
            new = _free(_id(entry), taken)
            taken.add(new)
            yield _renamed(first, entry, whole, new)


def _renamed(first: Entry, entry: Entry, whole: Sequence[Entry], new: str) -> Finding:
    return found(
        "call id again",
        entry,
        f"call id {_id(entry)} was used before (item {first.order}): the SDK sends one of the two",
        f"it and its output get the call id {new}",
        rewrite={each.key: {**each.item, "call_id": new} for each in whole},
        about=[first],
    )


def _free(identity: str, taken: set[str | None]) -> str:
    number = 2
    while (new := f"{identity[: _LONGEST - 8]}_{number}") in taken:
        number += 1
    return new


def _id(entry: Entry) -> str:
    """The id of a call, as a detail shows it: it may come from a model."""
    return one_line(asks(entry) or answers(entry) or "", _LONGEST)
