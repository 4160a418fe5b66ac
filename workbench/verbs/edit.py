"""Editing one item: another content in its place, and the original in the archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench import items as of
from workbench.errors import InvalidValue, shorten
from workbench.items import Item
from workbench.protocols import EDITED, Edit, Key, Session
from workbench.verbs.changing import Subject, change, look, make, newest
from workbench.verbs.content import edited, without_id
from workbench.verbs.numbered import Numbered, at
from workbench.verbs.outcome import Outcome, listed
from workbench.verbs.waiting import refuse_waiting


@dataclass(frozen=True, slots=True)
class Exchange:
    """What goes to the archive, what takes its place, and in front of which item that stands."""

    out: tuple[Numbered, ...]
    put: tuple[Item, ...]
    before: Key | None


def edit(
    target: str | Session,
    order: int,
    content: str | list[Any] | Item,
    *,
    store: str | None = None,
) -> Outcome:
    """Give the item ``order`` (as ``wb.history`` counts, from 1) another content.

    ``content`` is a text (of a message, the arguments of a call as JSON, the output of a call), a
    list of content parts, or a whole item as a dict. Role, turn and place stay; the original goes
    to the archive in the same step: ``wb.history(..., full=True)`` shows it. An edited item loses
    the id that the model's service gave it, and reasoning that led to it goes to the archive too,
    as services take the two only together. Arguments otherwise as `rewind`. Raises InvalidValue for
    an item that there is not, that is hidden, or that can't have this content; SessionChanged,
    UnknownSession, KeyRequired, Unsupported, StoreError.

    >>> turn = wb.ask("demo", "My name is John")
    >>> wb.edit("demo", 1, "My name is Jane")
    <Item 1 of session 'demo' was edited; the original is in its archive>
    >>> wb.ask("demo", "What's my name?").text
    'Your name is Jane.'
    """
    return change("editing", target, store, lambda subject: _edited(subject, order, content))


async def _edited(subject: Subject, order: int, content: Any) -> Outcome:
    rows = await look(subject)
    chosen = at(rows, order, subject.name)
    if chosen.hidden:
        raise InvalidValue(
            f"item {order} of session {shorten(subject.name)} is hidden; "
            f"{subject.call('show', str(order))} comes first"
        )
    put = edited(dict(chosen.row.item), content)
    if put == chosen.row.item:
        return Outcome(subject.name, (f"Item {order} of {_its(subject)} says that already.",), 0)
    change = exchange(rows, chosen, put)
    refuse_waiting(subject, rows, change.out)
    await make(
        subject,
        Edit(
            reason=EDITED,
            archive=[each.row.key for each in change.out],
            insert=list(change.put),
            before=change.before,
            turn_id=chosen.row.turn_id,
            # At the end it would otherwise come to stand behind what was appended meanwhile.
            newest=newest(rows) if change.before is None else ...,
        ),
    )
    return _told(subject, order, change, await look(subject), put)


def exchange(rows: Sequence[Numbered], chosen: Numbered, put: Item) -> Exchange:
    """What has to change for ``put`` to stand in the place of ``chosen``.

    Reasoning right in front of it goes, and what else came of that reasoning loses its id: the
    Responses API takes such an item only together with its reasoning. Raises InvalidValue where
    that can't be.
    """
    live = [each for each in rows if not each.hidden]
    place = live.index(chosen)
    first = place
    while first and of.kind(live[first - 1].row.item) == "reasoning":
        first -= 1
    end = place + 1
    if first < place:
        while end < len(live) and _goes_on(live[end]):
            end += 1
    rest = [without_id(each.row.item) for each in live[place + 1 : end]]
    if None in rest:
        raise InvalidValue(
            f"item {chosen.order} came from reasoning together with a hosted call that can't stand "
            "without it; hide them instead, or rewind"
        )
    out = tuple(live[first:end])
    # What is hidden right behind it stays behind it.
    before = next((each.row.key for each in rows[out[-1].order :]), None)
    return Exchange(out, (put, *(each for each in rest if each)), before)


def _goes_on(each: Numbered) -> bool:
    item = each.row.item
    return of.role(item) == "assistant" and of.kind(item) != "reasoning"


def _told(
    subject: Subject, order: int, change: Exchange, after: Sequence[Numbered], put: Item
) -> Outcome:
    thoughts = [each.order for each in change.out if of.kind(each.row.item) == "reasoning"]
    lines = [f"Item {order} of {_its(subject)} was edited; the original is in its archive."]
    if thoughts:
        which = "Item" if len(thoughts) == 1 else "Items"
        lines.append(f"{which} {listed(thoughts)}, the reasoning in front of it, went there too.")
    now = [each.order for each in after if each.row.item == put and not each.hidden]
    if now and order not in now:
        lines.append(f"It is item {min(now, key=lambda each: abs(each - order))} now.")
    lines.append(f"{subject.call('history', 'full=True')} shows both.")
    return Outcome(subject.name, tuple(lines), len(change.out))


def _its(subject: Subject) -> str:
    return f"session {shorten(subject.name)}"
