"""Turns and their tokens are as at a first look, whatever comes after what was known before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.frames.conversations import TALK, record
from tests.frames.plain import assert_same, plain_history
from workbench.frames import history_frame, settled
from workbench.frames.cache import CACHE
from workbench.frames.counting import turn_numbers
from workbench.items import user_message
from workbench.protocols import COMPACTION
from workbench.sessions import StoredSession
from workbench.stores.sqlite import SQLiteStore

ANSWER = {"role": "assistant", "content": "Yes."}
ASKED = user_message("And now?")
Step = tuple[Sequence[Any], str | None]
"""Items, and the turn they are labelled with."""


async def fill(session: StoredSession, kind: str) -> None:
    for number in range(4):
        await session.append(TALK, turn_id=None if kind == "unlabelled" else f"t{number}")
        if kind == "with records":
            await session.save_turn(record(f"t{number}", number, input_tokens=number))


@pytest.fixture(params=["with records", "without", "unlabelled"])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoredSession]:
    CACHE.clear()
    session = StoredSession(SQLiteStore(tmp_path / "chats.db"), "demo")
    asyncio.run(fill(session, request.param))
    yield session
    asyncio.run(session.store.close())
    CACHE.clear()


async def check(session: Any) -> None:
    assert_same(await history_frame(session), await plain_history(session))


STEPS: dict[str, list[Step]] = {
    "a new turn": [([ASKED, ANSWER], "t9")],
    "one without a label": [([ASKED, ANSWER], None)],
    "more of an old turn": [([ANSWER], "t1")],
    "an old turn among new ones": [([ASKED], "t9"), ([ANSWER], "t2"), ([ASKED], None)],
    "an answer without a label": [([ANSWER], None), ([ASKED], "t9")],
    "a question in pieces": [([ASKED], None), ([ASKED], None), ([ANSWER, ASKED], None)],
    "a summary": [([user_message("all of it")], f"{COMPACTION}c1"), ([ASKED], None)],
    "one after the other": [([ASKED, ANSWER], f"n{number}") for number in range(6)],
}


@pytest.mark.parametrize("name", STEPS)
async def test_what_comes_next_is_numbered_as_at_a_first_look(
    session: StoredSession, name: str
) -> None:
    await check(session)
    for items, turn_id in STEPS[name]:
        await session.append(items, turn_id=turn_id)
        await check(session)
        if turn_id is not None and not turn_id.startswith(COMPACTION):
            await session.save_turn(record(turn_id, 9, agent="Cy", input_tokens=7))
            await check(session)


async def test_a_turn_that_is_recorded_again_or_late_is_shown(session: StoredSession) -> None:
    await check(session)
    await session.append([ASKED], turn_id="late")
    await check(session)
    for turn_id, agent in (("late", "Di"), ("t1", "Bo"), ("t1", None), ("nobody's", "Ed")):
        await session.save_turn(record(turn_id, 3, agent=agent))
        await check(session)
    await session.append([ASKED, ANSWER], turn_id="next")
    await session.pop_item()
    await check(session)
    await session.clear_session()
    await check(session)


async def test_a_frame_that_is_written_to_leaves_the_next_one_alone(
    session: StoredSession,
) -> None:
    frame = await history_frame(session)
    frame.loc[:, ["turn", "input_tokens"]] = 99
    frame.loc[:, "agent"] = "Nobody"
    await check(session)
    await session.append([ASKED], turn_id="t9")
    await check(session)


async def test_the_numbers_of_earlier_turns_are_not_worked_out_again(
    session: StoredSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []

    def spy(turns: Any, users: Any, summaries: Any) -> Any:
        counted.append(len(turns))
        return turn_numbers(turns, users, summaries)

    monkeypatch.setattr(settled, "turn_numbers", spy)
    await check(session)
    for turn_id in ("t9", None, None):
        await session.append([ASKED, ANSWER], turn_id=turn_id)
        await check(session)
    await check(session)
    assert counted == [4 * len(TALK), 2, 2, 2]


async def test_many_looks_leave_no_crumbs(
    session: StoredSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settled, "_CRUMBS", 3)
    await session.save_turn(record("t1", 1))
    for number in range(5):
        await session.append([ASKED, ANSWER], turn_id=f"n{number}")
        await session.save_turn(record(f"n{number}", number))
        await check(session)
    known = CACHE.get(CACHE.key(session.store, "demo", False)).settled
    assert known is not None
    assert known.agents is None or len(known.agents) <= 3
