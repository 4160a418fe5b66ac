"""Turns that were cut off, that failed and stayed, and records that are behind. Pure.

A turn of the workbench is recorded when it ends, however it ends: one with items and no record was
killed, or is just being taken by another program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench import items as of
from workbench.protocols import Key, TurnRecord
from workbench.verbs.doctor.chart import Chart, Entry
from workbench.verbs.doctor.finding import Finding, found
from workbench.verbs.doctor.pairs import asks, paired

_TOGETHER = "all that is there of the turn goes to the archive"


def cut_off(chart: Chart) -> Iterator[Finding]:
    """Turns without an end."""
    if chart.records is not None:
        for turn_id, own in chart.turns().items():
            if turn_id not in chart.records and not _has_end(own, recorded=bool(chart.records)):
                yield _cut_off(chart, own)
    rest = _unanswered(chart.entries)
    if rest:
        yield _cut_off(chart, rest)


def _has_end(own: Sequence[Entry], *, recorded: bool) -> bool:
    """Whether a turn without a record ended all the same: its reply was written, and then it was
    killed; or where nothing is ever recorded, it said anything at all."""
    last = own[-1]
    if last.trouble is not None:
        return True  # it may have; when it is gone there is another look
    if of.kind(last.item) == "message" and of.role(last.item) == "assistant":
        return True
    return not recorded and any(not of.is_user_message(each.item) for each in own)


def _unanswered(entries: Sequence[Entry]) -> list[Entry]:
    """The user messages at the end that are part of no recorded turn; none where nothing was ever
    answered, as then they are what somebody put there."""
    rest: list[Entry] = []
    for each in reversed(entries):
        if each.label is not None or each.trouble or not of.is_user_message(each.item):
            break
        rest.insert(0, each)
    answered = any(of.role(each.item) == "assistant" for each in entries)
    return rest if answered else []


def _cut_off(chart: Chart, own: Sequence[Entry]) -> Finding:
    stored = own[-1].created_at
    age = "" if stored is None else f"; its last item was stored {_ago(chart, own[-1])} ago"
    detail = f"{len(own)} item{'' if len(own) == 1 else 's'} and no end of the turn{age}"
    return found("turn cut off", own[0], detail, _TOGETHER, take=own)


def _ago(chart: Chart, entry: Entry) -> str:
    assert entry.created_at is not None
    seconds = max(0, round((chart.now - entry.created_at).total_seconds()))
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            number = seconds // size
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{seconds} s"


def left_over(chart: Chart) -> Iterator[Finding]:
    """Items of a turn that failed or was stopped, and should have been taken out."""
    for turn_id, own in chart.turns().items():
        record = (chart.records or {}).get(turn_id)
        if record is not None and record.status in ("failed", "cancelled"):
            detail = f"its turn {record.status}, and {len(own)} of its items stayed"
            yield found("left over", own[0], detail, _TOGETHER, take=own)


def stale_records(chart: Chart) -> Iterator[Finding]:
    """Records that say less than the items: waiting where all is answered, replaced and there."""
    pairs = paired(chart.readable)
    waiting = {each.key for each in pairs.waiting}
    for turn_id, own in chart.turns().items():
        record = (chart.records or {}).get(turn_id)
        if record is None or not _is_behind(record, own, waiting):
            continue
        detail = f"the turn is recorded as {record.status}, and its items say that it is done"
        finding = found("stale record", own[0], detail, "its record says done")
        yield replace(finding, type=None, records=(replace(record, status="done"),))


def _is_behind(record: TurnRecord, own: Sequence[Entry], waiting: set[Key]) -> bool:
    if record.status == "replaced":
        return True
    calls = [each.key for each in own if asks(each) is not None]
    return record.status == "pending" and bool(calls) and not waiting.intersection(calls)
