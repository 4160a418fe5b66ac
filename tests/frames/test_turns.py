from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.frames.conversations import SDK_SESSIONS, START, TALK, Handed, record, recorded, turns
from workbench.frames import TURN_COLUMNS, turns_frame
from workbench.protocols import HIDDEN
from workbench.sessions import EncryptedSession, MemorySession

DTYPES = [each.dtype for each in TURN_COLUMNS]


def rows(frame: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    assert [str(each) for each in frame.dtypes] == DTYPES
    cells = ([None if value is pd.NA else value for value in frame[name]] for name in names)
    return list(zip(*cells, strict=True))


def test_each_recorded_turn_is_a_row() -> None:
    frame = turns(asyncio.run(recorded()))
    assert rows(frame, "turn", "turn_id", "status", "user", "reply") == [
        (1, "t1", "done", "Use add", "It is 5."),
        (2, "t2", "done", "Thanks", "You're welcome."),
    ]
    assert rows(frame, "n_items", "n_tool_calls", "requests") == [(4, 1, 2), (2, 0, 1)]
    assert rows(frame, "input_tokens", "output_tokens", "total_tokens", "estimated") == [
        (100, 20, 120, True),
        (10, 4, 14, True),
    ]
    assert (
        rows(frame, "session_id", "agent", "model", "seconds")
        == [("demo", "Ada", "offline", 0.5)] * 2
    )
    assert frame["started_at"].iloc[0] == pd.Timestamp(START)
    assert frame["error"].isna().all()


def test_a_session_without_turns_gives_an_empty_frame_of_the_same_form() -> None:
    assert rows(turns(MemorySession("demo")), "turn", "status") == []


def test_turns_that_left_the_history_stay_in_their_place_without_a_number() -> None:
    async def build() -> MemorySession:
        session = MemorySession("demo")
        keys = await session.append([{"role": "user", "content": "first try"}], turn_id="gone")
        await session.append(TALK[:4], turn_id="t1")
        await session.archive(keys, reason="failed")
        await session.append(TALK[4:], turn_id="t2")
        await session.save_turn(record("gone", 0, "failed", error="the model said no"))
        await session.save_turn(record("t1", 1))
        await session.save_turn(record("t2", 3))
        await session.save_turn(record("never", 2, "cancelled"))
        await session.save_turn(record("last", 4, "replaced"))
        return session

    frame = turns(asyncio.run(build()))
    assert rows(frame, "turn", "turn_id", "status", "user", "n_items", "error") == [
        (None, "gone", "failed", "first try", 1, "the model said no"),
        (1, "t1", "done", "Use add", 4, None),
        (None, "never", "cancelled", None, None, None),
        (2, "t2", "done", "Thanks", 2, None),
        (None, "last", "replaced", None, None, None),
    ]


def test_an_error_that_is_encrypted_is_shown_as_that_without_the_key() -> None:
    async def build() -> MemorySession:
        session = MemorySession("demo")
        await sealed(session).save_turn(record("t1", 0, "failed", error="it said: mellon"))
        return session

    def sealed(session: MemorySession) -> EncryptedSession:
        return EncryptedSession(session, "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s=")

    session = asyncio.run(build())
    assert turns(session)["error"].tolist() == ["[encrypted]"]
    assert turns(sealed(session))["error"].tolist() == ["it said: mellon"]


def test_tokens_add_up_only_where_both_are_known() -> None:
    async def build() -> MemorySession:
        session = MemorySession("demo")
        await session.append(TALK[4:], turn_id="t1")
        await session.save_turn(record("t1", 0, input_tokens=3, output_tokens=None))
        return session

    frame = turns(asyncio.run(build()))
    assert rows(frame, "input_tokens", "output_tokens", "total_tokens") == [(3, None, None)]


@pytest.mark.parametrize(
    ("items", "statuses"),
    [
        (TALK, ["done", "done"]),
        (TALK[:2], ["pending"]),
        (TALK[:3], [None]),
        (TALK[:1], [None]),
        ([*TALK[:2], *TALK[4:]], [None, "done"]),
        ([], []),
    ],
)
def test_turns_that_nobody_recorded_are_worked_out_from_the_items(
    items: list[Any], statuses: list[str | None]
) -> None:
    frame = turns(Handed(*items))
    assert rows(frame, "turn", "status") == list(enumerate(statuses, start=1))
    unknown = ["turn_id", "agent", "model", "requests", "total_tokens", "estimated", "seconds"]
    assert frame[unknown].isna().all(axis=None)


@pytest.mark.parametrize("name", SDK_SESSIONS)
def test_sessions_of_the_sdk_show_their_turns(name: str, tmp_path: Path) -> None:
    async def read() -> pd.DataFrame:
        async with SDK_SESSIONS[name](tmp_path) as session:
            await session.add_items(TALK)
            return await turns_frame(session)

    assert rows(asyncio.run(read()), "session_id", "turn", "user", "reply", "n_tool_calls") == [
        ("demo", 1, "Use add", "It is 5.", 1),
        ("demo", 2, "Thanks", "You're welcome.", 0),
    ]


def test_odd_items_never_stop_the_frame() -> None:
    odd = [None, {}, 5, {"role": "user", "content": None}, {"type": "function_call"}, {"role": 3}]
    assert rows(turns(Handed(*odd)), "turn", "user", "n_items") == [(1, "", 6)]


def test_hidden_items_are_part_of_their_turns() -> None:
    async def hidden() -> MemorySession:
        session = await recorded()
        keys = [row.key for row in await session.rows()]
        await session.archive([keys[0], keys[1], keys[2], keys[5]], reason=HIDDEN)
        return session

    frame = turns(asyncio.run(hidden()))
    pd.testing.assert_frame_equal(frame, turns(asyncio.run(recorded())))
    assert frame["n_items"].tolist() == [4, 2]
    assert frame["reply"].tolist()[1] == "You're welcome."


def test_a_turn_that_is_hidden_as_a_whole_keeps_its_number() -> None:
    async def hidden() -> MemorySession:
        session = await recorded()
        await session.archive([row.key for row in (await session.rows())[:4]], reason=HIDDEN)
        return session

    assert turns(asyncio.run(hidden()))["turn"].tolist() == [1, 2]
