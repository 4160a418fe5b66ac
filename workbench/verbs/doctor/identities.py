"""The ids of items: such as no service takes, and such as two items have. Pure.

The ids of the Responses API are at most 64 characters long and begin with the sort of their item
(``msg_``, ``fc_``, ``rs_``); two items with one id are refused as duplicates, and the SDK's Runner
sends only one of two calls. Other services give ids of other forms: only what is plainly the id of
another sort of item is told of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from workbench import items as of
from workbench.protocols import Key
from workbench.render.text import one_line
from workbench.verbs.content import PLACEHOLDER_ID, without_id
from workbench.verbs.doctor.chart import Chart, Entry
from workbench.verbs.doctor.finding import ARCHIVED, Finding, found

_LONGEST = 64
_SORTS = {"message": "msg", "function_call": "fc", "reasoning": "rs"}
_KNOWN = re.compile(r"^(msg|fc|rs|ws|fs|ci|ig|mcp|mcpl|mcpr|ctc|cu|lsh|resp|conv)_")


def stale_ids(chart: Chart) -> Iterator[Finding]:
    """Ids that no service takes, and references to items that are not here."""
    here = {_id(each) for each in chart.readable if each.kind != "item_reference"}
    for entry in chart.readable:
        identity = entry.item.get("id")
        if entry.kind == "item_reference":
            if _id(entry) is None or _id(entry) not in here:
                detail = "it refers to an item of another conversation"
                yield found("stale id", entry, detail, ARCHIVED, take=[entry])
        elif "id" in entry.item and (wrong := _wrong(entry, identity)) is not None:
            yield _without("stale id", entry, wrong)


def _id(entry: Entry) -> str | None:
    identity = entry.item.get("id")
    return identity if isinstance(identity, str) else None


def _wrong(entry: Entry, identity: object) -> str | None:
    if identity is None or identity == PLACEHOLDER_ID:
        return None
    if not isinstance(identity, str) or not identity:
        return "its id is no text, or empty"
    if len(identity) > _LONGEST:
        return f"its id has {len(identity)} characters; services take {_LONGEST}"
    sort, known = _SORTS.get(entry.kind or ""), _KNOWN.match(identity)
    if sort is not None and known is not None and known[1] != sort:
        return f"its id, {one_line(identity)}, is that of another sort of item"
    return None


def ids_again(chart: Chart) -> Iterator[Finding]:
    """Items with an id that an earlier one has."""
    first: dict[tuple[bool, str], Entry] = {}
    entries = chart.readable
    for place, entry in enumerate(entries):
        identity = entry.item.get("id")
        if not isinstance(identity, str) or not identity or identity == PLACEHOLDER_ID:
            continue
        refers = entry.kind == "item_reference"
        before = first.setdefault((refers, identity), entry)
        if before is entry:
            continue
        detail = f"item {before.order} has the same id, {one_line(identity, _LONGEST)}"
        if refers or (before.item == entry.item and before.turn == entry.turn):
            yield found("item twice", entry, detail, ARCHIVED, take=[entry], about=[before])
        elif entry.kind == "reasoning":
            yield _thought_again(entries, place, before, detail)
        else:
            yield _without("id again", entry, detail, about=[before])


def _without(name: str, entry: Entry, detail: str, about: Sequence[Entry] = ()) -> Finding:
    """The item loses its id; where it can't do without, it goes."""
    bare = without_id(entry.item)
    if bare is None:
        return found(name, entry, detail, ARCHIVED, take=[entry], about=about)
    repair = "its id is taken off"
    return found(name, entry, detail, repair, rewrite={entry.key: bare}, about=about)


def _thought_again(entries: Sequence[Entry], place: int, before: Entry, detail: str) -> Finding:
    """Reasoning goes, and what came of it can't keep its ids."""
    rewrite: dict[Key, dict[str, object]] = {}
    for each in entries[place + 1 :]:
        if of.role(each.item) != "assistant" or each.kind == "reasoning":
            break
        bare = without_id(each.item)
        if bare is not None and bare != each.item:
            rewrite[each.key] = bare
    entry = entries[place]
    repair = f"{ARCHIVED}, and what came of it loses its id"
    return found("id again", entry, detail, repair, take=[entry], rewrite=rewrite, about=[before])
