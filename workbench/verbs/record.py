"""``wb.record``: a conversation as a recording that ``OfflineModel.replay`` answers from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from workbench.errors import InvalidValue, shorten
from workbench.frames.numbering import number_turns
from workbench.models.exchanges import Exchange, is_thought, split
from workbench.models.recording import Recording, dump
from workbench.protocols import Session, TurnRecord
from workbench.verbs.files.export import written
from workbench.verbs.files.report import ENCRYPTED, Written, counted
from workbench.verbs.files.source import Entry, Heading, Source, originals, source
from workbench.verbs.files.whole import checked_target
from workbench.verbs.progress import Bar


def record(
    target: str | Session,
    path: str | os.PathLike[str],
    *,
    store: str | None = None,
    overwrite: bool = False,
) -> Written:
    """Write a conversation as a recording (YAML) that ``OfflineModel.replay(path)`` answers from.

    A tutorial or a test then runs a real exchange again with no key: the same prompts get the same
    answers, tools run, and what was not recorded raises. ``target`` is a name, a session object, or
    with ``store`` the id of a session there. What was compacted is recorded as it was said, hidden
    items too; reasoning is not, since no one could check it again. Agents, their instructions and
    their tools are code, and stay where they are. The format is described in
    `workbench.models.recording`; what is kept encrypted is written as plain text.

    Raises UnknownSession, KeyRequired, InvalidValue (a file that exists, without ``overwrite``; a
    conversation in which nothing was answered), StoreError.

    >>> turn = wb.ask("demo", "My name is John")
    >>> written = wb.record("demo", "demo.yaml")
    >>> again = wb.OfflineModel.replay("demo.yaml")
    >>> wb.ask("again", "My name is John", model=again).text
    'Nice to meet you, John.'
    """
    place = checked_target(path, overwrite=overwrite)
    read = source(target, store=store)
    thoughts = 0

    def write(given: Source, file: Any, report: Any) -> None:
        nonlocal thoughts
        entries = list(originals(given.entries(report)))
        thoughts = sum(is_thought(each.item) for each in entries)
        exchanges = exchanges_of(entries, given.records(), given.heading)
        file.write(dump(_recording(exchanges, given.heading)).encode("utf-8", "surrogatepass"))
        given.items, given.kept = len(entries) - thoughts, 0

    with Bar("record") as bar:
        size = written(read, place, write, bar, overwrite=overwrite)
    return Written(
        path=place,
        format="recording",
        size=size,
        items=read.items,
        turns=read.turns,
        notes=_notes(read.heading, thoughts),
    )


def _recording(exchanges: Sequence[Exchange], heading: Heading) -> Recording:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Recording(exchanges, heading.name or heading.session_id, now)


def _notes(heading: Heading, thoughts: int) -> tuple[str, ...]:
    left = (f"left out: {counted(thoughts, 'reasoning item')}",) if thoughts else ()
    return (*left, *((ENCRYPTED,) if heading.encrypted else ()))


def exchanges_of(
    entries: Sequence[Entry], records: Sequence[TurnRecord], heading: Heading
) -> list[Exchange]:
    """The exchanges of a conversation, with the tokens of each turn. Raises InvalidValue."""
    numbers = number_turns((each.item, each.turn_id) for each in entries)
    # By identity: the pairs hold the very items of the entries.
    turns = {
        id(each.item): (number, each.turn_id) for each, number in zip(entries, numbers, strict=True)
    }
    pairs = split(each.item for each in entries)
    if not pairs:
        name = shorten(heading.name or heading.session_id)
        raise InvalidValue(f"nothing was answered in session {name}: there is nothing to record")
    known = {each.turn_id: each for each in records}
    last = {turns[id(done[-1])]: n for n, (_given, done) in enumerate(pairs)}
    made = []
    for index, (given, done) in enumerate(pairs):
        number, turn_id = turns[id(done[-1])]
        found = known.get(turn_id) if turn_id is not None else None
        ends = last[number, turn_id] == index
        made.append(
            Exchange(
                given=given,
                answered=done,
                turn=number,
                model=found.model if found else None,
                usage=_usage(found) if found and ends else {},
            )
        )
    return made


def _usage(record: TurnRecord) -> Mapping[str, Any]:
    counts = {"input_tokens": record.input_tokens, "output_tokens": record.output_tokens}
    usage: dict[str, Any] = {name: count for name, count in counts.items() if count is not None}
    return {**usage, "estimated": True} if usage and record.estimated else usage
