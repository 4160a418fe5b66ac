"""Columns as data: a name, a dtype, what it means, and how it is taken from a row.

The columns of ``wb.history``, one row per item:

| column | dtype | meaning |
| --- | --- | --- |
| `session_id` | string | the conversation |
| `order` | Int64 | place in the whole history, from 1 |
| `turn` | Int64 | the turn it belongs to, from 1 |
| `role` | string | user, assistant, tool, system or developer |
| `type` | string | the item's type: message, function_call, ... |
| `content` | string | its text; an image is `[image]` |
| `tool_call_function` | string | the tool, on a call and its output |
| `tool_call_arguments` | string | the arguments of a call, as the model wrote them |
| `tool_call_id` | string | joins a call and its output |
| `tool_call_error` | string | what a failed tool answered |
| `agent` | string | the agent of the turn |
| `model` | string | the model of the turn |
| `input_tokens` | Int64 | of the turn, on one of its rows |
| `output_tokens` | Int64 | of the turn, on one of its rows |
| `n_chars` | Int64 | characters of `content` |
| `created_at` | datetime64[us, UTC] | when it was stored |
| `item_id` | string | the item's own id |
| `hidden` | boolean | whether it stays here only, and is not sent to the model |
| `item` | item | the item itself, a dict |

Text is pandas' ``string``, so that every missing value, text or count, is the same ``pd.NA``.
``item`` is a dtype of the workbench (`workbench.frames.item_array`): a dict each, made when it is
looked at. A hidden item has its place and its turn like any other.
Tokens are counted by the turn: they lie on one row of each turn (its last assistant item, or its
last item), so that the sum over the column is the sum over the turns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

import pandas as pd

from workbench import items as of
from workbench.frames import item_array as _item_array  # noqa: F401 - registers the dtype
from workbench.protocols import TurnRecord

# What the SDK's Runner answers in place of a tool: agents.tool.default_tool_error_function,
# DEFAULT_APPROVAL_REJECTION_MESSAGE and default_tool_timeout_error_message.
_TOOL_FAILED = "An error occurred while running the tool."
_TOOL_REFUSED = "Tool execution was not approved."
_TIMED_OUT = ("Tool '", "' timed out after ", " seconds.")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a frame. ``extract`` takes its value from a row; None becomes ``pd.NA``."""

    name: str
    dtype: str
    doc: str
    extract: Callable[[Any], Any]


@dataclass(slots=True)
class ItemRow:
    """One item with all that is known of it. ``raw`` is the item as the session gave it."""

    session_id: str
    raw: Any
    item: Mapping[str, Any]
    order: int | None
    turn: int | None
    created_at: datetime | None
    role: str | None
    content: str
    tool: str | None
    record: TurnRecord | None
    archived: str | None = None
    counted: bool = False
    hidden: bool = False


def tool_error(item: Mapping[str, Any]) -> str | None:
    """What an output, or a hosted call with an error, says went wrong; None when nothing did."""
    if item.get("error") is not None and (of.is_call(item) or of.is_output(item)):
        error = item["error"]
        return str(error.get("message", error)) if isinstance(error, Mapping) else str(error)
    if not of.is_output(item):
        failed = of.is_call(item) and item.get("status") == "failed"
        return f"{of.kind(item)} failed" if failed else None
    answer = of.text(item)
    failed = item.get("status") in ("incomplete", "failed") or _says_failed(answer)
    return (answer or str(item["status"])) if failed else None


def _says_failed(answer: str) -> bool:
    if answer.startswith((_TOOL_FAILED, _TOOL_REFUSED)):
        return True
    start, middle, end = _TIMED_OUT
    return answer.startswith(start) and middle in answer and answer.endswith(end)


def _of_record(name: str) -> Callable[[ItemRow], Any]:
    return lambda row: None if row.record is None else getattr(row.record, name)


def _of_usage(name: str) -> Callable[[ItemRow], Any]:
    return lambda row: getattr(row.record, name) if row.counted else None


def _item_id(row: ItemRow) -> Any:
    return row.item.get("id")


HISTORY_COLUMNS: tuple[Column, ...] = (
    Column("session_id", "string", "the conversation", attrgetter("session_id")),
    Column("order", "Int64", "place in the whole history, from 1", attrgetter("order")),
    Column("turn", "Int64", "the turn it belongs to, from 1", attrgetter("turn")),
    Column("role", "string", "user, assistant, tool, system or developer", attrgetter("role")),
    Column(
        "type", "string", "the item's type: message, function_call, ...", lambda r: of.kind(r.item)
    ),
    Column("content", "string", "its text; an image is `[image]`", attrgetter("content")),
    Column(
        "tool_call_function", "string", "the tool, on a call and its output", attrgetter("tool")
    ),
    Column(
        "tool_call_arguments",
        "string",
        "the arguments of a call, as the model wrote them",
        lambda r: of.call_arguments(r.item),
    ),
    Column("tool_call_id", "string", "joins a call and its output", lambda r: of.call_id(r.item)),
    Column(
        "tool_call_error", "string", "what a failed tool answered", lambda r: tool_error(r.item)
    ),
    Column("agent", "string", "the agent of the turn", _of_record("agent")),
    Column("model", "string", "the model of the turn", _of_record("model")),
    Column("input_tokens", "Int64", "of the turn, on one of its rows", _of_usage("input_tokens")),
    Column("output_tokens", "Int64", "of the turn, on one of its rows", _of_usage("output_tokens")),
    Column("n_chars", "Int64", "characters of `content`", lambda r: len(r.content)),
    Column("created_at", "datetime64[us, UTC]", "when it was stored", attrgetter("created_at")),
    Column("item_id", "string", "the item's own id", _item_id),
    Column(
        "hidden",
        "boolean",
        "whether it stays here only, and is not sent to the model",
        attrgetter("hidden"),
    ),
    Column("item", "item", "the item itself, a dict", attrgetter("raw")),
)
"""The columns of ``wb.history``, in order."""


def columns_table(columns: Sequence[Column] = HISTORY_COLUMNS) -> str:
    """The columns as a Markdown table: name, dtype, meaning. The README shows the same text."""
    cells = [("column", "dtype", "meaning"), ("---", "---", "---")]
    cells += [(f"`{each.name}`", each.dtype, each.doc) for each in columns]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def build_frame(columns: Sequence[Column], rows: Sequence[Any]) -> pd.DataFrame:
    """A frame with exactly these columns and dtypes, one row for each of ``rows``."""
    return pd.DataFrame(
        {each.name: _series([each.extract(row) for row in rows], each.dtype) for each in columns}
    )


def _series(values: list[Any], dtype: Any) -> Any:
    if dtype == "string":
        return _text_series(values)
    if dtype.startswith("datetime64"):
        return pd.Series(pd.to_datetime(values, utc=True).astype(dtype))
    return pd.Series(values, dtype=dtype)


def _text_series(values: list[Any]) -> pd.Series[Any]:
    texts = [each if each is None or isinstance(each, str) else str(each) for each in values]
    try:
        return pd.Series(texts, dtype="string")
    except UnicodeEncodeError:  # a lone surrogate, which Arrow can't hold
        return pd.Series(list(map(_whole_characters, texts)), dtype="string")


def _whole_characters(text: str | None) -> str | None:
    return text and text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def known(values: Iterable[Any]) -> list[Any]:
    """The values that are not None, in order."""
    return [each for each in values if each is not None]
