"""Hiding items: they stay in the history for people, and are not sent to the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index
from typing import Any

from workbench.errors import InvalidValue, shorten
from workbench.protocols import HIDDEN, Edit, Session
from workbench.sessions.compaction.groups import groups
from workbench.verbs.changing import Subject, change, look, make
from workbench.verbs.numbered import Numbered, at
from workbench.verbs.outcome import Outcome, count, listed
from workbench.verbs.waiting import refuse_waiting

Orders = int | Iterable[int]

_WRITTEN_OUT = 20
"""So many numbers are written one by one."""


def hide(target: str | Session, order: Orders, *, store: str | None = None) -> Outcome:
    """Keep items from the model: it is sent the conversation without them.

    ``order`` is a number of ``wb.history``, a ``range`` or a list of them. What can't be parted
    goes along: the output of a call and its call, reasoning and what came of it. Hidden items keep
    their numbers and stay in the history (column ``hidden``), in forks and copies; a compaction
    does not summarise them. ``wb.show`` takes it back. Arguments otherwise as `rewind`. Raises
    InvalidValue for an item that there is not or that waits for an approval; SessionChanged,
    UnknownSession, KeyRequired, Unsupported, StoreError.

    >>> turn = wb.ask("demo", "My name is John")
    >>> wb.hide("demo", 1)
    <Item 1 of session 'demo': hidden from the model>
    >>> wb.ask("demo", "What's my name?").text
    "You haven't told me your name. ..."
    """
    wanted = numbers(order)
    return change("hiding", target, store, lambda subject: _hidden(subject, wanted))


def show(
    target: str | Session, order: Orders | None = None, *, store: str | None = None
) -> Outcome:
    """Let the model see hidden items again, in their places; None: all of them.

    Arguments and errors as `hide`.

    >>> turn = wb.ask("demo", "My name is John")
    >>> hidden = wb.hide("demo", 1)
    >>> wb.show("demo")
    <Item 1 of session 'demo': sent to the model again>
    """
    wanted = None if order is None else numbers(order)
    return change("showing", target, store, lambda subject: _shown(subject, wanted))


def numbers(order: Any) -> Sequence[int]:
    """The numbers that are meant. Raises InvalidValue for what is no number or list of them."""
    if isinstance(order, range) and order:
        return order  # not as a list: it may be longer than any conversation
    several = isinstance(order, Iterable) and not isinstance(order, str | bytes)
    try:
        found = [_number(each) for each in (order if several else [order])]
    except TypeError:
        raise InvalidValue(
            f"order is a number of wb.history, a range or a list of them, not {_kind(order)}"
        ) from None
    if not found:
        raise InvalidValue("order names no item; give a number of wb.history, or several")
    return found


def _number(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError
    return index(value)  # whatever counts as a whole number: pandas' and numpy's too


def _kind(order: Any) -> str:
    return repr(order) if isinstance(order, int | float) else f"a {type(order).__name__}"


async def _hidden(subject: Subject, wanted: Sequence[int]) -> Outcome:
    rows = await look(subject)
    whole = together(rows, _at(rows, wanted, subject))
    refuse_waiting(subject, rows, whole)
    moved = [each for each in whole if not each.hidden]
    if moved:
        await make(subject, Edit(archive=[each.row.key for each in moved], reason=HIDDEN))
    return _told(subject, "hidden", moved, wanted)


async def _shown(subject: Subject, wanted: Sequence[int] | None) -> Outcome:
    rows = await look(subject)
    chosen = rows if wanted is None else together(rows, _at(rows, wanted, subject))
    moved = [each for each in chosen if each.hidden]
    if moved:
        await make(subject, Edit(restore=[each.row.key for each in moved]))
    return _told(subject, "shown", moved, wanted)


def _at(rows: Sequence[Numbered], wanted: Sequence[int], subject: Subject) -> list[Numbered]:
    return [at(rows, each, subject.name) for each in wanted]


def together(rows: Sequence[Numbered], chosen: Sequence[Numbered]) -> list[Numbered]:
    """``chosen`` with what each of them can't be parted from, in the order of ``rows``."""
    group = groups([each.row.item for each in rows], side_by_side=False)
    wanted = {group[each.order - 1] for each in chosen}
    return [each for each, own in zip(rows, group, strict=True) if own in wanted]


def _told(
    subject: Subject, done: str, moved: Sequence[Numbered], wanted: Sequence[int] | None
) -> Outcome:
    name = shorten(subject.name)
    if not moved:
        asked = "no hidden items" if wanted is None else f"these items {done} already"
        return Outcome(subject.name, (f"Session {name} has {asked}.",), 0)
    orders = [each.order for each in moved]
    what = f"Item {orders[0]}" if len(orders) == 1 else f"Items {listed(orders)}"
    now = "hidden from the model" if done == "hidden" else "sent to the model again"
    lines = [f"{what} of session {name}: {now}."]
    along = [] if wanted is None else sorted(set(orders) - set(wanted))
    if along:
        lines.append(
            f"{count(len(along), 'item')} ({listed(along)}) came along: a call and its output, "
            "and reasoning and what came of it, are never parted."
        )
    back = "show" if done == "hidden" else "hide"
    lines.append(f"{subject.call(back, _argument(orders))} takes it back.")
    return Outcome(subject.name, tuple(lines), len(moved))


def _argument(orders: Sequence[int]) -> str:
    """These numbers as a user would write them, short enough for a line."""
    if len(orders) == 1:
        return str(orders[0])
    first, last = orders[0], orders[-1]
    if last - first == len(orders) - 1 and len(orders) > _WRITTEN_OUT:
        return f"range({first}, {last + 1})"
    return str(list(orders)) if len(orders) <= _WRITTEN_OUT else "[...]"
