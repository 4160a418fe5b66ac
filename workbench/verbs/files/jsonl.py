"""JSON lines, without loss: a line of heading, a line an item, a line a turn, a line at the end.

UTF-8, one JSON object a line, lines ended by a newline. Version 1::

    {"workbench": "conversation", "version": 1, "session_id": "demo", "exported_at": "...", ...}
    {"order": 1, "created_at": "...", "turn_id": "...", "item": {...}}
    {"order": null, "created_at": "...", "turn_id": "...",
     "archived": "cancelled turn", "archived_at": "...", "item": {...}}
    {"order": 2, ..., "archived": "hidden", "archived_at": "...", "item": {...}}
    {"turn": {"turn_id": "...", "started_at": "...", "seconds": 0.8, "status": "done", ...}}
    {"end": {"items": 2, "archived": 1, "turns": 1, "redacted": {}, "sha256": "..."}}

The heading may have ``name``, ``agent``, ``model``, ``created_at``, ``title``, ``tags``,
``metadata`` and ``encrypted`` (it was where it came from). Items stand in their places, those of
the archive too: ``archived`` is why one is there, ``order`` its number in ``wb.history`` (null
where it has none). ``item`` is the item as the session holds it.

A ``turn`` has the fields of `workbench.protocols.TurnRecord`. Times are ISO 8601 in UTC, null
where they are not known. ``redacted`` is how many of each kind were replaced, ``sha256`` that of
all bytes before the last line; a file that was changed by hand is read again when that is taken
out. Fields that a reader does not know are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from dataclasses import fields as fields_in
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, BinaryIO, get_args

import orjson

from workbench.errors import CorruptFile, InvalidItem
from workbench.items import Item, decode, encode
from workbench.protocols import ArchivedItem, Report, Status, StoredItem, TurnRecord
from workbench.verbs.files.source import Entry, Heading, Source, is_shown

KIND = "conversation"
VERSION = 1

_OF_TURNS = {each.name for each in fields_in(TurnRecord)}

Part = Heading | StoredItem | ArchivedItem | TurnRecord
"""What a file is read as: first the heading, then the items in their places, then the turns."""


def write(source: Source, file: BinaryIO, report: Report) -> None:
    """Write the whole conversation, a page of it in memory at a time."""
    digest = sha256()
    for line in _lines(source, report):
        digest.update(line)
        file.write(line)
    counts = {"items": source.items, "archived": source.kept, "turns": source.recorded}
    redacted = dict(source.redaction.counts)
    file.write(json_line({"end": {**counts, "redacted": redacted, "sha256": digest.hexdigest()}}))


def _lines(source: Source, report: Report) -> Iterator[bytes]:
    yield json_line(heading_fields(source.redacted_heading()))
    order = 0
    for entry in source.entries(report):
        order += is_shown(entry)
        fields = {"order": order if is_shown(entry) else None, **place_fields(entry)}
        yield json_line(fields)[:-2] + b',"item":' + item_text(entry.item).encode() + b"}\n"
    for record in source.records():
        yield b'{"turn":' + record_text(record).encode() + b"}\n"


def heading_fields(heading: Heading) -> dict[str, Any]:
    """The heading as it is written: what is not known is left out."""
    known = asdict(heading)
    # The id is what makes it a heading, even if a redaction has left nothing of it.
    fields = {name: value for name, value in known.items() if value or name == "session_id"}
    now = datetime.now(UTC)
    return {"workbench": KIND, "version": VERSION, "exported_at": now, **fields}


def place_fields(entry: Entry) -> dict[str, Any]:
    """When and where an item was kept, beside the item itself."""
    fields: dict[str, Any] = {"created_at": entry.created_at, "turn_id": entry.turn_id}
    if isinstance(entry, ArchivedItem):
        fields |= {"archived": entry.reason, "archived_at": entry.archived_at}
    return fields


def item_text(item: Item) -> str:
    """The JSON text of an item, also of one that an application wrote with a NaN in it."""
    try:
        return encode(item)
    except InvalidItem:
        return json.dumps(item)


def record_text(record: TurnRecord) -> str:
    """The JSON text of a turn; which session it is of, the file says."""
    fields = asdict(record)
    del fields["session_id"]
    return json.dumps(fields, default=datetime.isoformat)


def json_line(fields: Mapping[str, Any]) -> bytes:
    """``fields`` as a line of JSON."""
    try:
        return orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:  # half a character, which JSON can escape
        return json.dumps(fields, default=datetime.isoformat).encode() + b"\n"


def read(lines: Iterator[bytes], name: str) -> Iterator[Part]:
    """The parts of a file; ``name`` is how messages call it.

    Raises CorruptFile for one that was cut short or changed, and for a later version.
    """
    digest = sha256()
    seen = {"items": 0, "archived": 0, "turns": 0}
    for number, line in enumerate(lines, start=1):
        fields = fields_of(line, name, number)
        if "end" in fields and number > 1:
            _check_end(fields["end"], seen, digest.hexdigest(), name, number)
            _check_nothing_follows(lines, name, number)
            return
        digest.update(line)
        part = _part(fields, name, number)
        seen[_counted(part)] += not isinstance(part, Heading)
        yield part
    raise CorruptFile(f"{name} was cut short: its last line, which counts the others, is not there")


def _counted(part: Part) -> str:
    if isinstance(part, TurnRecord):
        return "turns"
    return "items" if isinstance(part, Heading) or is_shown(part) else "archived"


def _part(fields: dict[str, Any], name: str, number: int) -> Part:
    try:
        if number == 1:
            return heading_of(fields, name)
        if "turn" in fields:
            return record_of(fields["turn"])
        return entry_of(fields, number)
    except (KeyError, TypeError, ValueError) as exc:
        raise CorruptFile(
            f"line {number} of {name} can't be read: it is not a line of a conversation of "
            f"version {VERSION} ({type(exc).__name__})",
            line=number,
        ) from exc


def fields_of(line: bytes, name: str, number: int) -> dict[str, Any]:
    """The JSON object of a line. Raises CorruptFile."""
    try:
        return decode(line)
    except ValueError:  # its own words would show the text of an item
        short = "" if line.endswith(b"\n") else "; the file ends there: was it cut short?"
        raise CorruptFile(
            f"line {number} of {name} is not a JSON object{short}", line=number
        ) from None


def heading_of(fields: Mapping[str, Any], name: str) -> Heading:
    """The heading of a file. Raises CorruptFile for another kind or a later version."""
    version = fields.get("version")
    if fields.get("workbench") != KIND or type(version) is not int:
        raise CorruptFile(f"{name} is not an exported conversation", line=1)
    if version > VERSION:
        raise CorruptFile(
            f"{name} was written by a later workbench (version {version}, known: {VERSION}); "
            "upgrade conversation-workbench to read it",
            line=1,
        )
    return Heading(
        session_id=_text(fields["session_id"]) or "",
        name=_text(fields.get("name")),
        agent=_text(fields.get("agent")),
        model=_text(fields.get("model")),
        created_at=time_of(fields.get("created_at")),
        title=_text(fields.get("title")),
        tags=tuple(map(str, fields.get("tags", ()))),
        metadata=dict(fields.get("metadata", {})),
        encrypted=fields.get("encrypted") is True,
    )


def entry_of(fields: Mapping[str, Any], key: int) -> Entry:
    """An item with its place. Raises KeyError, TypeError, ValueError."""
    item, created, turn = fields["item"], time_of(fields.get("created_at")), fields.get("turn_id")
    if not isinstance(item, dict):
        raise TypeError("an item is an object")
    reason = _text(fields.get("archived"))
    if reason is None:
        return StoredItem(key, item, created, _text(turn))
    when = time_of(fields["archived_at"])
    if when is None:
        raise TypeError("an archived item has a time")
    return ArchivedItem(key, item, reason, when, created, _text(turn))


def record_of(fields: Any) -> TurnRecord:
    """A turn. Raises KeyError, TypeError, ValueError."""
    known = {name: fields[name] for name in _OF_TURNS if name in fields}
    started = time_of(fields["started_at"])
    record = TurnRecord(**{**known, "started_at": started, "session_id": ""})
    well = isinstance(record.seconds, int | float) and record.status in get_args(Status)
    if not isinstance(record.turn_id, str) or started is None or not well:
        raise TypeError("a turn has an id, a time, seconds and a status")
    return record


def time_of(value: Any) -> datetime | None:
    """A time as it was written. Raises TypeError, ValueError."""
    if value is None:
        return None
    time = datetime.fromisoformat(value)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError("text is expected")


def _check_end(end: Any, seen: dict[str, int], digest: str, name: str, number: int) -> None:
    if not isinstance(end, dict) or {key: end.get(key) for key in seen} != seen:
        raise CorruptFile(
            f"{name} is not whole: its last line counts other items than there are", line=number
        )
    if end.get("sha256", digest) != digest:
        raise CorruptFile(
            f"{name} was changed after it was written: its checksum is another one. If that was "
            'you, take "sha256" out of its last line',
            line=number,
        )


def _check_nothing_follows(lines: Iterator[bytes], name: str, number: int) -> None:
    if any(line.strip() for line in lines):
        raise CorruptFile(
            f"{name} goes on after its last line, {number}: two files in one?", line=number + 1
        )
