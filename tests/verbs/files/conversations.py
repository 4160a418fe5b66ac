"""Conversations with all that an export has to carry, and odd ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

import workbench as wb
from workbench import loop
from workbench.items import Item
from workbench.protocols import ArchivedItem, StoredItem, TurnRecord
from workbench.workspace import workspace

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJg"
    "gg=="
)
PICTURE = f"data:image/png;base64,{PNG}"

TALK: list[tuple[str | None, Item]] = [
    ("t1", {"role": "user", "content": "My name is John, call me at 555-123-4567"}),
    (
        "t1",
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [
                {
                    "type": "output_text",
                    "text": "Hello John. *Nice* to meet you.",
                    "annotations": [],
                    "logprobs": [{"token": "Hello", "logprob": -0.1, "bytes": [72]}],
                }
            ],
        },
    ),
    ("t2", {"role": "user", "content": "Mail joe@example.com about the weather"}),
    (
        "t2",
        {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]},
    ),
    (
        "t2",
        {
            "id": "fc_1",
            "type": "function_call",
            "call_id": "call_4111111111111111",
            "name": "send_mail",
            "arguments": '{"to": "joe@example.com", "card": 4111111111111111}',
            "status": "completed",
        },
    ),
    (
        "t2",
        {
            "type": "function_call_output",
            "call_id": "call_4111111111111111",
            "output": "sent to joe@example.com",
        },
    ),
    ("t2", {"role": "assistant", "content": "Sent."}),
    (
        None,
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "What is this?"},
                {"type": "input_image", "image_url": PICTURE, "detail": "auto"},
            ],
        },
    ),
    (None, {"role": "assistant", "content": "A *red* dot, `x < 1`."}),
]


def record(turn_id: str, number: int, **changes: Any) -> TurnRecord:
    """The record of a turn."""
    made = TurnRecord(
        turn_id=turn_id,
        session_id="",
        started_at=START + timedelta(minutes=number),
        seconds=1.5,
        status="done",
        agent="Ada",
        model="gpt-5.2",
        requests=2,
        input_tokens=120,
        output_tokens=34,
    )
    return replace(made, **changes)


def rows(talk: list[tuple[str | None, Item]]) -> list[StoredItem | ArchivedItem]:
    """``talk`` as a store keeps it, a second apart; the fourth archived, the seventh hidden."""
    stored = [
        StoredItem(n, item, START + timedelta(seconds=n), turn_id)
        for n, (turn_id, item) in enumerate(talk)
    ]
    aside = {3: "cancelled turn", 6: "hidden"}
    later = START + timedelta(days=1)
    return [
        ArchivedItem(
            n,
            each.item,
            aside[n],
            later + timedelta(seconds=n),
            each.created_at,
            each.turn_id,
        )
        if n in aside
        else each
        for n, each in enumerate(stored)
    ]


def make(name: str = "demo", *, store: str | None = None, about: bool = True) -> None:
    """A named session with turns, an archive, a hidden item, a title and tags."""
    wb.session(name, store=store)
    session: Any = workspace().base(loop.run(workspace().get(name)))
    loop.run(session.put(rows(TALK)))
    for number, turn_id in enumerate(("t1", "t2", "t3")):
        failed = {"status": "failed", "error": "no answer for joe@example.com"}
        made = record(turn_id, number, **(failed if turn_id == "t3" else {}))
        loop.run(session.save_turn(replace(made, session_id=session.session_id)))
    if about:
        wb.tag(name, "red", "blue", title="Mail to joe@example.com", metadata={"n": 1})


def everything(name: str) -> dict[str, Any]:
    """All that is kept of a session, without what belongs to the place where it is."""
    session: Any = workspace().plain(loop.run(workspace().get(name)))
    return {
        "items": [replace(each, key=0) for each in loop.run(session.rows())],
        "archive": [replace(each, key=0) for each in loop.run(session.archived())],
        "turns": [replace(each, session_id="") for each in loop.run(session.turns())],
        "places": wb.history(name, full=True)[["order", "turn", "content"]].to_dict("list"),
    }


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=()), max_size=20)
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
ODD_ITEMS = st.dictionaries(st.text(max_size=8), _VALUES, max_size=4).map(
    lambda fields: {"role": "user", "content": "", **fields, "type": "message"}
)
"""Items with any JSON in them: unicode, NUL, halves of characters, big integers, nesting."""
