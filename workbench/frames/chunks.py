"""Some thousands of consecutive items of a history as columns in Arrow's memory.

What is here is of each item by itself, so that a chunk holds whatever comes before and behind it:
places, turns and tokens are worked out for the history as a whole (`workbench.frames.table`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.frames.extracting import FACTS, facts
from workbench.frames.reading import Read, why
from workbench.protocols import HIDDEN, ItemColumns

TEXT = pa.large_string()
TIME = pa.timestamp("us", "UTC")
POOL = pa.system_memory_pool()
"""Gives memory back to the system as soon as nobody has it; Arrow's own keeps half as much more."""

Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Objects = np.ndarray[Any, np.dtype[np.object_]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Columns of equal length: ``texts`` has those of FACTS, ``items`` JSON texts (Arrow) or Python
    objects (NumPy). ``archived`` says why an item is in the archive, ``hidden`` whether it is
    shown all the same; None where that goes for no item.
    """

    texts: dict[str, Any]
    n_chars: Ints
    created_at: Any
    items: Any
    archived: Any = None
    hidden: Flags | None = None

    def __len__(self) -> int:
        return len(self.n_chars)

    @property
    def nbytes(self) -> int:
        """How much memory it takes; of Python objects only the references count."""
        columns = [*self.texts.values(), self.n_chars, self.created_at, self.items]
        return sum(int(each.nbytes) for each in columns)

    def archived_texts(self) -> Any:
        """Why each item is in the archive, as Arrow."""
        return pa.nulls(len(self), TEXT) if self.archived is None else self.archived

    def hidden_flags(self) -> Flags:
        """Whether each item is hidden."""
        return np.zeros(len(self), dtype=np.bool_) if self.hidden is None else self.hidden


@dataclass(frozen=True, slots=True)
class Taken:
    """A chunk, and the turn ids of its items (Arrow), which are only looked at once."""

    chunk: Chunk
    labels: Any


class ChunkTaker:
    """Makes a chunk of the items it is given: `workbench.protocols.TakesColumns`.

    Each group of them becomes Arrow's at once: the memory of its texts is then there for the next.
    """

    def __init__(self) -> None:
        self._parts: list[Taken] = []

    def add(self, columns: ItemColumns) -> None:
        """Take the next items, at least one; their texts are kept, what they hold is let go of."""
        reasons = columns.reasons
        kept = reasons.count(None) < len(reasons)
        self._parts.append(
            _taken(
                columns.items,
                columns.texts,
                columns.created_at,
                columns.turn_ids,
                [_why(each) for each in reasons] if kept else (),
                [each == HIDDEN for each in reasons] if kept else (),
            )
        )

    def made(self) -> Taken | None:
        """The chunk of what was added."""
        if not self._parts:
            return None
        labels = concatenated([each.labels for each in self._parts])
        return Taken(joined([each.chunk for each in self._parts]), labels)


def _taken(
    raws: Sequence[Any],
    items: Any,
    created_at: Any,
    labels: Sequence[str | None],
    archived: Sequence[str | None],
    hidden: Sequence[bool],
) -> Taken:
    columns = dict(zip(FACTS, zip(*map(facts, raws), strict=True), strict=True))
    chunk = Chunk(
        {name: text_array(values) for name, values in columns.items()},
        np.fromiter(map(len, columns["content"]), np.int64, len(raws)),
        created_at,
        items,
        text_array(archived) if any(each is not None for each in archived) else None,
        np.array(hidden) if any(hidden) else None,
    )
    return Taken(chunk, text_array(labels))


def joined(chunks: Sequence[Chunk]) -> Chunk:
    """Chunks that stand one behind the other, at least one, as one."""
    return Chunk(
        {name: concatenated([each.texts[name] for each in chunks]) for name in FACTS},
        np.concatenate([each.n_chars for each in chunks]),
        concatenated([each.created_at for each in chunks]),
        concatenated([each.items for each in chunks]),
        concatenated([each.archived_texts() for each in chunks])
        if any(each.archived is not None for each in chunks)
        else None,
        np.concatenate([each.hidden_flags() for each in chunks])
        if any(each.hidden is not None for each in chunks)
        else None,
    )


def concatenated(arrays: Sequence[Any]) -> Any:
    """Arrow arrays as one."""
    return pa.concat_arrays(arrays, memory_pool=POOL)


def _why(reason: str | None) -> str | None:
    return None if reason is None or reason == HIDDEN else why(reason)


def chunk_of(reads: Sequence[Read]) -> Taken:
    """The chunk of items, at least one, that came as Python objects, and are kept so."""
    return _taken(
        [each.raw for each in reads],
        np.fromiter((each.raw for each in reads), np.object_, len(reads)),
        _times([each.created_at for each in reads]),
        [each.turn_id for each in reads],
        [each.archived for each in reads],
        [each.hidden for each in reads],
    )


def text_array(values: Sequence[Any]) -> Any:
    """Texts as Arrow: null for None, str(value) for what is no text, and for half of a surrogate
    pair, which UTF-8 can't hold, the mark for that.
    """
    if values.count(None) == len(values):
        return pa.nulls(len(values), TEXT)
    try:
        return pa.array(values, TEXT, memory_pool=POOL)
    except (UnicodeEncodeError, pa.ArrowException):
        return pa.array(
            [each if each is None else _whole_characters(each) for each in values], TEXT
        )


def flags(values: Any) -> Flags:
    """Arrow's truth values as an array of one's own; null is False."""
    found = values.fill_null(False)
    array = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    return np.array(array.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _whole_characters(value: Any) -> str:
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _times(values: Sequence[Any]) -> Any:
    """Datetimes as Arrow, naive ones taken as UTC."""
    try:
        return pa.array(values, TIME)
    except pa.ArrowException:
        return pa.array(pd.to_datetime(values, utc=True).astype("datetime64[us, UTC]"), TIME)
