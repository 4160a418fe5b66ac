"""A comparison as a DataFrame, one row for each prompt, what was compared, and run.

| column | dtype | meaning |
| --- | --- | --- |
| `prompt` | string | what was said |
| `number` | Int64 | which prompt it is, from 1 |
| `target` | string | what was compared: a session, a store, an agent or a model |
| `run` | Int64 | which repetition it is, from 1 |
| `store` | string | where the conversation was kept |
| `agent` | string | the agent that answered |
| `model` | string | the model that answered |
| `status` | string | done, pending, failed or cancelled |
| `reply` | string | the final output; NA when there is none |
| `items_equal` | boolean | whether all that was written read back item for item |
| `same_history` | boolean | whether the history before is that of the first target, ids aside |
| `n_history` | Int64 | items in the conversation before the prompt |
| `n_items` | Int64 | items that the turn added |
| `requests` | Int64 | requests to the model |
| `input_tokens` | Int64 | tokens that the model read |
| `output_tokens` | Int64 | tokens that the model wrote |
| `cost` | Float64 | US dollars; NA when the price is not known |
| `estimated` | boolean | whether the tokens are an estimate |
| `seconds` | Float64 | wall time of the turn |
| `seconds_load` | Float64 | of these, reading the history |
| `seconds_model` | Float64 | of these, waiting for the model |
| `seconds_save` | Float64 | of these, storing items |
| `bytes_stored` | Int64 | size of the added items where they are kept, as JSON in UTF-8 |
| `error` | string | what went wrong |

``items_equal`` is about the copy of the history, where one was made, and about what this turn
added; what a store leaves out or gives back in another form than it says it does is False.
Seconds of an encrypted session hold the encryption, and its bytes are those of the envelopes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench import items as of
from workbench.frames.columns import Column, build_frame

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class CompareRow:
    """One answer (`workbench.verbs.compare.asking.Answer`), and what the first target's met."""

    answer: Any
    first: Any


def prompt_text(prompt: Any) -> str:
    """A prompt as people read it: text, or a list of input items."""
    return prompt if isinstance(prompt, str) else "\n".join(map(of.text, prompt))


def _asked(name: str) -> Callable[[CompareRow], Any]:
    return lambda row: getattr(row.answer.asked, name)


def _of(name: str) -> Callable[[CompareRow], Any]:
    return lambda row: getattr(row.answer, name)


def _turn(name: str) -> Callable[[CompareRow], Any]:
    return lambda row: None if row.answer.turn is None else getattr(row.answer.turn, name)


def _usage(name: str) -> Callable[[CompareRow], Any]:
    return lambda row: None if row.answer.turn is None else getattr(row.answer.turn.usage, name)


def _reply(row: CompareRow) -> str | None:
    turn = row.answer.turn
    return turn.text if turn is not None and turn.status == "done" else None


def _n_items(row: CompareRow) -> int | None:
    return None if row.answer.stored is None else len(row.answer.turn.items)


def _seconds(name: str) -> Callable[[CompareRow], Any]:
    return lambda row: None if row.answer.turn is None else getattr(row.answer.seconds, name)


def _n_history(row: CompareRow) -> int | None:
    return None if row.answer.before is None else len(row.answer.before)


def _same_history(row: CompareRow) -> bool | None:
    mine, first = row.answer.before, row.first.before
    return None if mine is None or first is None else bool(mine == first)


COMPARE_COLUMNS: tuple[Column, ...] = (
    Column("prompt", "string", "what was said", lambda r: prompt_text(r.answer.asked.prompt)),
    Column("number", "Int64", "which prompt it is, from 1", _asked("number")),
    Column(
        "target",
        "string",
        "what was compared: a session, a store, an agent or a model",
        lambda row: row.answer.asked.side.label,
    ),
    Column("run", "Int64", "which repetition it is, from 1", _asked("run")),
    Column("store", "string", "where the conversation was kept", _of("place")),
    Column("agent", "string", "the agent that answered", _turn("agent")),
    Column("model", "string", "the model that answered", _turn("model")),
    Column("status", "string", "done, pending, failed or cancelled", _of("status")),
    Column("reply", "string", "the final output; NA when there is none", _reply),
    Column(
        "items_equal",
        "boolean",
        "whether all that was written read back item for item",
        _of("reads_back"),
    ),
    Column(
        "same_history",
        "boolean",
        "whether the history before is that of the first target, ids aside",
        _same_history,
    ),
    Column("n_history", "Int64", "items in the conversation before the prompt", _n_history),
    Column("n_items", "Int64", "items that the turn added", _n_items),
    Column("requests", "Int64", "requests to the model", _usage("requests")),
    Column("input_tokens", "Int64", "tokens that the model read", _usage("input_tokens")),
    Column("output_tokens", "Int64", "tokens that the model wrote", _usage("output_tokens")),
    Column("cost", "Float64", "US dollars; NA when the price is not known", _of("cost")),
    Column("estimated", "boolean", "whether the tokens are an estimate", _usage("estimated")),
    Column("seconds", "Float64", "wall time of the turn", _turn("seconds")),
    Column("seconds_load", "Float64", "of these, reading the history", _seconds("load")),
    Column("seconds_model", "Float64", "of these, waiting for the model", _seconds("model")),
    Column("seconds_save", "Float64", "of these, storing items", _seconds("save")),
    Column(
        "bytes_stored",
        "Int64",
        "size of the added items where they are kept, as JSON in UTF-8",
        _of("stored"),
    ),
    Column("error", "string", "what went wrong", _of("error")),
)
"""The columns of ``wb.compare(...).frame``, in order."""


def compare_frame(answers: Sequence[Any]) -> pd.DataFrame:
    """A row for each answer, in their order; the columns are COMPARE_COLUMNS.

    The first target is that of the first answer; it is compared by its first run.
    """
    firsts: dict[int, Any] = {}
    for each in answers:
        firsts.setdefault(each.asked.number, each)
    rows = [CompareRow(each, firsts[each.asked.number]) for each in answers]
    return build_frame(COMPARE_COLUMNS, rows)
