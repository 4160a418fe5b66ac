"""The frame of one page of a history, equal to its part of the frame of the whole.

What is of each item by itself comes from the page's columns (`workbench.frames.chunks`), and its
place, turn, tool and record from what was found out about the whole (`workbench.frames.survey`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from workbench import items as of
from workbench.frames.chunks import chunk_of
from workbench.frames.columns import HISTORY_COLUMNS, Column, build_frame
from workbench.frames.fingerprint import json_text
from workbench.frames.labels import Labels
from workbench.frames.numbering import Counter
from workbench.frames.reading import Read
from workbench.frames.survey import Facts
from workbench.frames.table import Table
from workbench.protocols import TurnRecord

if TYPE_CHECKING:
    import pandas as pd

_PLACED = ("order", "turn", "tool_call_function", "agent", "model", "input_tokens", "output_tokens")
"""The columns that hang on the rest of the history, as `_placed` gives them."""


def page_frame(
    session_id: str,
    reads: Sequence[Read],
    facts: Facts,
    records: Mapping[str, TurnRecord],
    *,
    first: int,
    counter: Counter,
    columns: Sequence[Column] = HISTORY_COLUMNS,
) -> pd.DataFrame:
    """The rows of ``reads``, at least one, of which the first has the order ``first``.

    ``counter`` is as it was before them, and is left so. ``records`` are those of their turns. An
    ``item`` among ``columns`` that is text is the JSON text of it.
    """
    import pandas as pd

    alone, placed, texts = (
        [each for each in columns if _kind(each) == kind] for kind in ("alone", "placed", "text")
    )
    rows = list(_placed(reads, facts, records, first, counter.copy())) if placed else []
    frames = (
        Table(session_id, [chunk_of(reads).chunk], Labels()).frame(alone),
        build_frame([_from_row(each) for each in placed], rows),
        build_frame([replace(each, extract=_text) for each in texts], reads),
    )
    made = {name: frame[name] for frame in frames for name in frame.columns}
    return pd.DataFrame({each.name: made[each.name] for each in columns}, copy=False)


def _kind(column: Column) -> str:
    """What a column is made from: an item by itself, its place in the whole, or its JSON text."""
    if column.name in _PLACED:
        return "placed"
    return "text" if column.name == "item" and column.dtype == "string" else "alone"


def _from_row(column: Column) -> Column:
    return replace(column, extract=itemgetter(_PLACED.index(column.name)))


def _text(read: Read) -> str:
    return json_text(read.raw)


def _placed(
    reads: Sequence[Read],
    facts: Facts,
    records: Mapping[str, TurnRecord],
    first: int,
    counter: Counter,
) -> Iterator[tuple[Any, ...]]:
    """The values of _PLACED for each item."""
    known = dict(facts.turns)
    for order, each in enumerate(reads, start=first):
        turn = counter.number(each.item, each.turn_id, known)
        place = order, turn, _tool(each.item, facts.tools)
        record = None if each.turn_id is None else records.get(each.turn_id)
        if record is None or each.turn_id is None:
            yield (*place, None, None, None, None)
        elif facts.counted[each.turn_id] != order:
            yield (*place, record.agent, record.model, None, None)
        else:
            tokens = record.input_tokens, record.output_tokens
            yield (*place, record.agent, record.model, *tokens)


def _tool(item: Mapping[str, Any], tools: Mapping[str, str]) -> str | None:
    if not item.get("type"):
        return None  # a message, as most are
    return of.call_name(item) or (tools.get(of.call_id(item) or "") if of.is_output(item) else None)
