"""Which tool an item is about: its own name on a call, and on an output that of its call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from workbench.frames.chunks import TEXT, Chunk, flags
from workbench.frames.labels import positions
from workbench.items import OUTPUT_SUFFIX

_CRUMBS = 100
"""More pieces than this many beyond the chunks are put together."""


def tools_of(chunks: Sequence[Chunk]) -> Any:
    """The tool of each item of a whole history, in Arrow's form: of an output that of the last call
    with its id.
    """
    names, calls, kinds = (_texts(chunks, each) for each in ("name", "tool_call_id", "type"))
    names = pc.if_else(pc.equal(names, pa.scalar("", TEXT)), None, names)
    if names.null_count == len(names):
        return names
    # Few items are about a tool: the rest is left out before anything is compared.
    about = pc.is_valid(calls)
    calls, kinds, named = (each.filter(about).combine_chunks() for each in (calls, kinds, names))
    called = pc.and_(pc.is_valid(named), pc.not_equal(calls, pa.scalar("", TEXT)))
    answers = pc.ends_with(kinds, OUTPUT_SUFFIX)
    asked = calls.filter(answers).dictionary_encode()
    found = positions(asked.dictionary, calls.filter(called))
    tools = named.filter(called).take(pa.array(found, mask=found < 0).take(asked.indices))
    is_answer = flags(about)
    is_answer[is_answer] = flags(answers)
    replaced = pc.replace_with_mask(names.combine_chunks(), pa.array(is_answer), tools)
    return pa.chunked_array([replaced], TEXT)


def tools_after(known: Any, chunks: Sequence[Chunk], new: Sequence[Chunk]) -> Any:
    """As `tools_of` all of ``chunks``, of which ``new`` are behind those that ``known`` is of."""
    quiet = all(each.texts["tool_call_id"].null_count == len(each) for each in new)
    if known is None or not quiet or known.num_chunks > len(chunks) + _CRUMBS:
        return tools_of(chunks)
    return pa.chunked_array([*known.chunks, *tools_of(new).chunks], TEXT)


def _texts(chunks: Sequence[Chunk], name: str) -> Any:
    return pa.chunked_array([each.texts[name] for each in chunks], TEXT)
