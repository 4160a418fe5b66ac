"""The turns of a session as a DataFrame, one row per turn.

| column | dtype | meaning |
| --- | --- | --- |
| `session_id` | string | the conversation |
| `turn` | Int64 | from 1; NA when its items left the history |
| `turn_id` | string | the turn's own id |
| `status` | string | done, failed, cancelled, pending or replaced |
| `user` | string | what the user said |
| `reply` | string | the last message of the assistant |
| `agent` | string | the agent that answered |
| `model` | string | the model that answered |
| `n_items` | Int64 | items, in the history or archived |
| `n_tool_calls` | Int64 | calls of tools among them |
| `requests` | Int64 | requests to the model |
| `input_tokens` | Int64 | tokens that the model read |
| `output_tokens` | Int64 | tokens that the model wrote |
| `total_tokens` | Int64 | both together |
| `estimated` | boolean | whether the tokens are an estimate |
| `seconds` | Float64 | wall time |
| `started_at` | datetime64[us, UTC] | when it began |
| `error` | string | what went wrong |

A turn of a session that records none is worked out from its items: what they can't tell is NA.
Turns whose items have all left the conversation (failed, replaced, summarised) stay in the frame,
without a number, in the place where they happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from workbench import items as of
from workbench.frames.columns import Column, build_frame, known
from workbench.frames.numbering import number_turns, turn_label
from workbench.frames.reading import Read, read_archive, read_rows, read_turns
from workbench.protocols import Session, TurnRecord

if TYPE_CHECKING:
    import pandas as pd

_START = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class TurnRow:
    """One turn: its number in the conversation, its items (None: unknown), its record."""

    session_id: str
    turn: int | None
    items: Sequence[Mapping[str, Any]] | None
    record: TurnRecord | None
    newest: bool = False


def status(row: TurnRow) -> str | None:
    """How the turn ended, as recorded (one that waited may have been resumed by other code since);
    else as far as its items tell.

    ``done`` has a reply after everything else, ``pending`` is the newest turn with a call that
    nothing answered yet; None is a turn that was cut off in a way that the items don't tell.
    """
    items = row.items or ()
    if row.record is not None:
        resumed = row.record.status == "pending" and items and not of.open_calls(items)
        return "done" if resumed and _is_reply(items[-1]) else row.record.status
    if of.open_calls(items):
        return "pending" if row.newest else None
    return "done" if items and _is_reply(items[-1]) else None


def _is_reply(item: Mapping[str, Any]) -> bool:
    return of.kind(item) == "message" and of.role(item) == "assistant"


def _user(row: TurnRow) -> str | None:
    return _joined(filter(of.is_user_message, row.items or ()))


def _reply(row: TurnRow) -> str | None:
    return _joined(list(filter(_is_reply, row.items or ()))[-1:])


def _joined(items: Iterable[Mapping[str, Any]]) -> str | None:
    texts = [of.text(each) for each in items]
    return "\n".join(texts) if texts else None


def _n_items(row: TurnRow) -> int | None:
    return None if row.items is None else len(row.items)


def _n_tool_calls(row: TurnRow) -> int | None:
    return None if row.items is None else sum(map(of.is_call, row.items))


def _total_tokens(row: TurnRow) -> int | None:
    counts = known((_of("input_tokens")(row), _of("output_tokens")(row)))
    return sum(counts) if len(counts) == 2 else None


def _of(name: str) -> Callable[[TurnRow], Any]:
    return lambda row: None if row.record is None else getattr(row.record, name)


def _error(row: TurnRow) -> str | None:
    error = None if row.record is None else row.record.error
    return "[encrypted]" if error is not None and of.is_encrypted_text(error) else error


TURN_COLUMNS: tuple[Column, ...] = (
    Column("session_id", "string", "the conversation", attrgetter("session_id")),
    Column("turn", "Int64", "from 1; NA when its items left the history", attrgetter("turn")),
    Column("turn_id", "string", "the turn's own id", _of("turn_id")),
    Column("status", "string", "done, failed, cancelled, pending or replaced", status),
    Column("user", "string", "what the user said", _user),
    Column("reply", "string", "the last message of the assistant", _reply),
    Column("agent", "string", "the agent that answered", _of("agent")),
    Column("model", "string", "the model that answered", _of("model")),
    Column("n_items", "Int64", "items, in the history or archived", _n_items),
    Column("n_tool_calls", "Int64", "calls of tools among them", _n_tool_calls),
    Column("requests", "Int64", "requests to the model", _of("requests")),
    Column("input_tokens", "Int64", "tokens that the model read", _of("input_tokens")),
    Column("output_tokens", "Int64", "tokens that the model wrote", _of("output_tokens")),
    Column("total_tokens", "Int64", "both together", _total_tokens),
    Column("estimated", "boolean", "whether the tokens are an estimate", _of("estimated")),
    Column("seconds", "Float64", "wall time", _of("seconds")),
    Column("started_at", "datetime64[us, UTC]", "when it began", _of("started_at")),
    Column("error", "string", "what went wrong", _error),
)
"""The columns of ``wb.turns``, in order."""


async def turns_frame(session: Session) -> pd.DataFrame:
    """The turns of any session, oldest first, one row each; the columns are TURN_COLUMNS."""
    reads, _ = await read_rows(session, None)
    records = await read_turns(session)
    archive = await read_archive(session) if records else {}
    return build_frame(TURN_COLUMNS, turn_rows(session.session_id, reads, records, archive))


def turn_rows(
    session_id: str,
    reads: Sequence[Read],
    records: Sequence[TurnRecord],
    archive: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[TurnRow]:
    """The turns in the order they happened: those of the history, and those that left it."""
    numbered = _numbered(session_id, reads, {each.turn_id: each for each in records}, archive)
    present = {turn_label(each.turn_id) for each in reads}
    gone = [
        TurnRow(session_id, None, archive.get(each.turn_id), each)
        for each in records
        if each.turn_id not in present
    ]
    return _by_time(numbered, gone)


def _numbered(
    session_id: str,
    reads: Sequence[Read],
    records: Mapping[str, TurnRecord],
    archive: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[TurnRow]:
    turns: dict[int, list[Read]] = {}
    for each, number in zip(
        reads, number_turns((each.item, each.turn_id) for each in reads), strict=True
    ):
        turns.setdefault(number, []).append(each)
    rows = []
    for number, members in sorted(turns.items()):
        identities = known(turn_label(each.turn_id) for each in members)
        record = records.get(identities[0]) if identities else None
        # The beginning of a turn may have been summarised, and its end still be there.
        gone = archive.get(identities[0], ()) if identities else ()
        items = [*gone, *(each.item for each in members if not _is_summary(each))]
        rows.append(TurnRow(session_id, number, items, record))
    if rows:
        rows[-1].newest = True
    return rows


def _is_summary(read: Read) -> bool:
    return turn_label(read.turn_id) != read.turn_id


def _by_time(numbered: Sequence[TurnRow], gone: Sequence[TurnRow]) -> list[TurnRow]:
    """Put each turn that is gone before the first one that started later; numbers stay in order."""
    keyed: list[tuple[datetime, TurnRow]] = []
    latest = _START
    for row in numbered:
        if row.record is not None:
            latest = max(latest, row.record.started_at)
        keyed.append((latest, row))
    keyed += [(row.record.started_at, row) for row in gone if row.record is not None]
    return [row for _, row in sorted(keyed, key=lambda pair: pair[0])]
