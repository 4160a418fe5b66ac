"""Histories as Parquet: the columns of ``wb.history``, with each item as its JSON text.

One file is one conversation, in row groups of one page each, so that it is written in flat memory
and read by many at once. Its metadata has, besides what pandas needs to give the same dtypes back,
an entry ``conversation-workbench``: a JSON object with

| name | meaning |
| --- | --- |
| `version` | of this format, 1 |
| `session_id` | the conversation |
| `items` | how many rows there are |
| `fingerprint` | of all that the rows were made of, see `workbench.frames.fingerprint` |
| `plain` | whether what was encrypted in its store is plain text in here |
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, TYPE_CHECKING

from workbench.frames.columns import HISTORY_COLUMNS, Column, build_frame
from workbench.frames.fingerprint import json_text

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

VERSION = 1
"""Of the format. A file of another one is written anew."""

KEY = b"conversation-workbench"
"""The entry of the metadata that is ours."""

_ITEM = Column("item", "string", "the item itself, as JSON text", lambda row: json_text(row.raw))

TABLE_COLUMNS: tuple[Column, ...] = tuple(
    _ITEM if each.name == "item" else each for each in HISTORY_COLUMNS
)
"""The columns of a history outside this process: HISTORY_COLUMNS with the items as JSON text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a file says of itself."""

    session_id: str
    items: int
    fingerprint: str
    plain: bool
    version: int = VERSION


def write_table(target: IO[bytes], frames: Iterable[pd.DataFrame], about: About) -> None:
    """Write frames of TABLE_COLUMNS as one file, a row group each, one at a time."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = _schema(about)
    with parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        for frame in frames:
            writer.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False))


def read_about(path: Path) -> About | None:
    """What a file says of itself; None for one that is missing, damaged, or not of this format."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        schema = parquet.read_schema(path)
        found = json.loads((schema.metadata or {})[KEY])
        about = About(**{each.name: found[each.name] for each in fields(About)})
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError):
        return None
    fits = about.version == VERSION and schema.names == [each.name for each in TABLE_COLUMNS]
    return about if fits else None


def _schema(about: About) -> pa.Schema:
    import pyarrow as pa

    schema = pa.Schema.from_pandas(build_frame(TABLE_COLUMNS, []), preserve_index=False)
    ours = {KEY: json.dumps(asdict(about)).encode()}
    return schema.with_metadata({**(schema.metadata or {}), **ours})
