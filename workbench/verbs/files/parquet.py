"""Parquet: the columns of ``wb.history``, and behind them what a reload needs. Nothing is lost.

The leading columns are those of `workbench.frames.parquet` (the history with each item as its JSON
text), then

| column | dtype | meaning |
| --- | --- | --- |
| `turn_id` | string | the turn's own id |
| `archived` | string | why it is in the archive; ``hidden`` for a hidden item, NA in the history |
| `archived_at` | datetime64[us, UTC] | when it came there |

Items of the archive stand in their places, without an ``order``. The file's metadata has as JSON
``workbench`` (the heading and the version, as in `workbench.verbs.files.jsonl`), ``workbench.end``
(how many rows and turns there are, what was redacted, a SHA-256 over all of it), and
``workbench.turns.0``, ``.1``, ...: the records of turns as JSON lines, compressed with zlib, in
base64.

A table of another program is read too, if it has a column ``item`` of JSON text; ``created_at``,
``hidden`` and the columns above are taken where they are there.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from workbench.errors import CorruptFile, shorten
from workbench.items import decode
from workbench.protocols import HIDDEN, ArchivedItem, Report, StoredItem, TurnRecord
from workbench.verbs.files.jsonl import (
    Part,
    heading_fields,
    heading_of,
    item_text,
    place_fields,
    record_of,
    record_text,
)
from workbench.verbs.files.lines import opened_file
from workbench.verbs.files.source import Entry, Heading, Source

if TYPE_CHECKING:
    import pyarrow as pa

_HEADING, _END, _TURNS = "workbench", "workbench.end", "workbench.turns."
_RECORDS = 5_000
"""Turns of one entry of the metadata, which is held in memory as a whole by whoever reads."""
_TAKEN = ("item", "created_at", "turn_id", "archived", "archived_at", "hidden")
_BATCH = 1_000


def write(source: Source, file: BinaryIO, report: Report) -> None:
    """Write the whole conversation, a page of it in memory at a time."""
    import pyarrow as pa
    from pyarrow import parquet

    from workbench.frames.columns import build_frame
    from workbench.verbs.files.table import COLUMNS, frames

    schema = pa.Schema.from_pandas(build_frame(COLUMNS, []), preserve_index=False)
    with parquet.ParquetWriter(
        file, schema, compression="zstd", write_page_checksum=True
    ) as writer:
        digest = Digest()
        for frame in frames(source, report, digest.take):
            writer.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False))
        writer.add_key_value_metadata(_metadata(source, digest))


def _metadata(source: Source, digest: Digest) -> dict[str, str]:
    texts = [record_text(each) for each in source.records()]
    heading = json.dumps(heading_fields(source.redacted_heading()), default=datetime.isoformat)
    for text in (heading, *texts):
        digest.add(text)
    end = {"rows": digest.rows, "turns": len(texts), "redacted": dict(source.redaction.counts)}
    found = {_HEADING: heading, _END: json.dumps({**end, "sha256": digest.hex})}
    for number, start in enumerate(range(0, len(texts), _RECORDS)):
        lines = "\n".join(texts[start : start + _RECORDS])
        found[f"{_TURNS}{number}"] = b64encode(zlib.compress(lines.encode())).decode()
    return found


def read(path: Path, report: Callable[[int], object]) -> Iterator[Part]:
    """The parts of a file. Raises CorruptFile, NotFound, StoreUnusable."""
    import pyarrow as pa
    from pyarrow import parquet

    name = shorten(path.name)
    with opened_file(path) as file:
        try:
            table = parquet.ParquetFile(file, page_checksum_verification=True)
            yield from _parts(table, name, path.stat().st_size, report)
        except (pa.ArrowException, OSError) as exc:
            raise CorruptFile(
                f"{name} can't be read as Parquet: it was cut short, damaged, or is another kind "
                "of file"
            ) from exc


def _parts(table: Any, name: str, size: int, report: Callable[[int], object]) -> Iterator[Part]:
    known = _checked_columns(table.schema_arrow, name)
    found: Mapping[bytes, bytes] = table.metadata.metadata or {}
    metadata = {key.decode(errors="replace"): value for key, value in found.items()}
    ours = _HEADING in metadata
    end = _end(metadata, table.metadata.num_rows, name) if ours else {}
    yield _heading(metadata[_HEADING], name) if ours else Heading(session_id="")
    digest = Digest()
    for batch in table.iter_batches(batch_size=_BATCH, columns=known):
        for fields in batch.to_pylist():
            entry = _entry(fields, name, digest.rows + 1)
            digest.take(entry)
            yield entry
        report(size * digest.rows // max(1, table.metadata.num_rows))
    texts = list(_records(metadata, name))
    for text in (metadata.get(_HEADING, b"").decode(errors="replace"), *texts):
        digest.add(text)
    if ours and (len(texts), digest.hex) != (end.get("turns"), end.get("sha256", digest.hex)):
        raise CorruptFile(f"{name} was changed after it was written: its checksum is another one")
    for text in texts:
        yield _record(text, name)


def _checked_columns(schema: pa.Schema, name: str) -> list[str]:
    """The columns that are taken. Raises CorruptFile where there is none of items."""
    import pyarrow as pa

    if "item" not in schema.names:
        raise CorruptFile(
            f"{name} has no column 'item' with the JSON text of each item, so it is not the "
            "history of a conversation; wb.export and wb.to_parquet write one"
        )
    if not pa.types.is_string(kind := schema.field("item").type) and not (
        pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    ):
        raise CorruptFile(
            f"the column 'item' of {name} is of type {kind}, not the JSON text of each item, from "
            "which alone an item comes back as it was"
        )
    return [each for each in _TAKEN if each in schema.names]


def _entry(fields: dict[str, Any], name: str, number: int) -> Entry:
    try:
        item = decode(fields["item"])
        created, turn = _time(fields.get("created_at")), fields.get("turn_id")
        reason = fields.get("archived") or (HIDDEN if fields.get("hidden") else None)
        if not isinstance(turn, str | None) or not isinstance(reason, str | None):
            raise TypeError("text is expected")
        if reason is None:
            return StoredItem(number, item, created, turn)
        when = _time(fields.get("archived_at")) or created or datetime.now(UTC)
        return ArchivedItem(number, item, reason, when, created, turn)
    except (TypeError, ValueError) as exc:
        raise CorruptFile(
            f"row {number} of {name} can't be read: its item is no JSON object, or another column "
            f"is not what wb.export writes ({type(exc).__name__})",
            line=number,
        ) from None


def _time(value: Any) -> datetime | None:
    if not isinstance(value, datetime | None):
        raise TypeError("a time is expected")
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _end(metadata: Mapping[str, bytes], rows: int, name: str) -> dict[str, Any]:
    end = _json(metadata.get(_END, b"{}"), name)
    if end.get("rows") != rows:
        raise CorruptFile(f"{name} is not whole: it has other rows than it counts")
    return end


def _heading(data: bytes, name: str) -> Heading:
    try:
        return heading_of(_json(data, name), name)
    except (KeyError, TypeError, ValueError) as exc:
        raise CorruptFile(f"the metadata of {name} can't be read") from exc


def _json(data: bytes, name: str) -> dict[str, Any]:
    try:
        return decode(data)
    except ValueError:
        raise CorruptFile(f"the metadata of {name} can't be read") from None


def _records(metadata: Mapping[str, bytes], name: str) -> Iterator[str]:
    number = 0
    while (data := metadata.get(f"{_TURNS}{number}")) is not None:
        try:
            yield from zlib.decompress(b64decode(data)).decode().split("\n")
        except (ValueError, zlib.error) as exc:
            raise CorruptFile(f"the turns of {name} can't be read") from exc
        number += 1


def _record(text: str, name: str) -> TurnRecord:
    try:
        return record_of(json.loads(text))
    except (ValueError, KeyError, TypeError) as exc:
        raise CorruptFile(f"a turn of {name} can't be read") from exc


class Digest:
    """Over all that a file holds: Parquet has checksums for its pages, and none for the rest."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = sha256()

    @property
    def hex(self) -> str:
        """The digest of what was taken so far."""
        return self._hash.hexdigest()

    def take(self, entry: Entry) -> None:
        """Take in an item and its place."""
        self.rows += 1
        self.add(json.dumps(place_fields(entry), default=datetime.isoformat))
        self.add(item_text(entry.item))

    def add(self, text: str) -> None:
        """Take in a text."""
        data = text.encode("utf-8", "surrogatepass")
        self._hash.update(len(data).to_bytes(8, "big") + data)
