"""What a compaction does to a conversation, by itself and by hand; and undoing it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from agents import Agent, RunConfig, Runner
from agents.memory import SQLiteSession as SDKSession

from tests.models.conftest import without_key
from tests.sessions.compaction.conversations import (
    assistant,
    compacted_keys,
    compacting,
    is_summary,
    shape,
    talk,
    turns,
    user,
)
from workbench.models.offline import OfflineModel
from workbench.protocols import COMPACTION
from workbench.sessions import MemorySession

__all__ = ["without_key"]

QUIET = RunConfig(tracing_disabled=True)

# What it does to the history


async def test_older_messages_become_a_summary_and_recent_ones_stay() -> None:
    base = MemorySession("demo")
    session = compacting(base)
    await talk(session, 4)
    items = await session.get_items()
    assert shape(items) == ["S", "answer 2", "question 3", "answer 3"]
    assert await base.get_items() == items  # under the wrapper lies the same
    assert [each.item for each in await base.archived()] == turns(4)[:5]


async def test_the_summary_is_one_message_of_the_assistant_in_the_place_of_what_it_stands_for() -> (
    None
):
    session = compacting()
    rules = {"role": "system", "content": "be kind"}
    await session.add_items([*turns(1), rules, *turns(4, first=1)])
    await session.settled()
    rows = await session.rows()
    assert shape([row.item for row in rows]) == [
        "be kind",
        "S",
        "answer 3",
        "question 4",
        "answer 4",
    ]
    assert (rows[1].item["type"], rows[1].item["role"]) == ("message", "assistant")
    (reason,) = await compacted_keys(session)
    assert rows[1].turn_id == reason
    assert reason.startswith(COMPACTION)
    keys = [row.key for row in rows]
    assert keys == sorted(keys)


async def test_three_compactions_later_the_name_is_still_known() -> None:
    session = compacting(max_messages=4)
    agent = Agent(name="Ada", model=OfflineModel())
    await Runner.run(agent, "My name is John", session=session, run_config=QUIET)
    for n in range(9):
        await Runner.run(agent, f"My number {n} is {n * n}", session=session, run_config=QUIET)
    await session.settled()
    assert len(await compacted_keys(session)) >= 3
    result = await Runner.run(agent, "What's my name?", session=session, run_config=QUIET)
    assert result.final_output == "Your name is John."
    assert len(await session.get_items()) <= 6


async def test_a_summary_of_a_summary_takes_the_place_of_the_first() -> None:
    session = compacting()
    for n in range(12):
        await talk(session, 1, first=n)
    items = await session.get_items()
    assert [is_summary(item) for item in items].count(True) == 1
    assert is_summary(items[0])
    reasons = await compacted_keys(session)
    assert len(reasons) >= 3
    for earlier, later in pairwise(reasons):
        assert later in [a.reason for a in await session.archived() if a.turn_id == earlier]


async def test_nothing_is_ever_lost() -> None:
    session = compacting()
    for n in range(10):
        await talk(session, 1, first=n)
    await session.settled()
    archived = [each.item for each in await session.archived() if not is_summary(each.item)]
    live = [item for item in await session.get_items() if not is_summary(item)]
    assert archived + live == turns(10)


async def test_what_is_kept_follows_the_settings() -> None:
    for options, kept in (
        ({"keep_last": 2}, 2),
        ({"keep_last": 5}, 5),
        ({"max_messages": None, "max_tokens": 15}, 3),
    ):
        session = compacting(**options)
        await session.add_items(turns(4))
        await session.settled()
        assert shape(await session.get_items()) == ["S", *shape(turns(4))[-kept:]]


async def test_a_limit_in_the_settings_does_not_hide_that_it_is_due() -> None:
    session = compacting(MemorySession("demo", session_settings={"limit": 2}))
    await talk(session, 5)
    await session.settled()
    assert len(await session.rows()) <= 6
    assert await compacted_keys(session)


async def test_every_session_of_the_sdk_can_be_compacted(tmp_path: Path) -> None:
    inner = SDKSession("app", tmp_path / "app.db")
    session = compacting(inner)
    await talk(session, 4)
    assert shape(await session.get_items()) == ["S", "answer 2", "question 3", "answer 3"]
    assert shape(await inner.get_items()) == ["S", "answer 2", "question 3", "answer 3"]
    assert await session.undo_compaction() == 5
    assert await inner.get_items() == turns(4)
    await session.close()
    inner.close()


# By hand


async def test_a_compaction_by_hand_works_below_the_limit() -> None:
    session = compacting(max_messages=20, keep_last=2)
    await session.add_items(turns(4))
    report = await session.compact()
    assert report.id is not None
    assert (report.items_before, report.items_after) == (8, 3)
    assert list(report.summarised) == turns(4)[:6]
    assert shape(await session.get_items()) == ["S", "question 3", "answer 3"]
    again = await session.compact()
    assert (again.id, again.summarised, again.items_before) == (None, (), 3)


async def test_a_dry_run_shows_all_and_changes_nothing() -> None:
    session = compacting(max_messages=20, keep_last=2)
    await session.add_items(turns(4))
    before = await session.rows()
    report = await session.compact(dry_run=True)
    assert (report.id, report.dry_run) == (None, True)
    assert is_summary(assistant(report.summary))
    assert (report.items_before, report.items_after) == (8, 3)
    assert report.tokens_before == 16
    assert report.usage.estimated
    assert await session.rows() == before
    assert await session.archived() == []


async def test_undoing_brings_everything_back_exactly() -> None:
    session = compacting(keep_last=2)
    await session.append(turns(3), turn_id="t1")
    before = await session.rows()
    await session.compact()
    await session.add_items([user("later")])
    assert await session.undo_compaction() == 4
    rows = await session.rows()
    assert [(row.item, row.created_at, row.turn_id) for row in rows[:6]] == [
        (row.item, row.created_at, row.turn_id) for row in before
    ]
    assert shape([rows[6].item]) == ["later"]
    assert await session.archived() == []
    assert await session.undo_compaction() == 0


async def test_undoing_again_undoes_the_one_before() -> None:
    session = compacting()
    for n in range(12):
        await talk(session, 1, first=n)
    await session.settled()
    steps = len(await compacted_keys(session))
    counts = [await session.undo_compaction() for _ in range(steps + 1)]
    assert all(counts[:steps])
    assert counts[steps] == 0
    assert await session.get_items() == turns(12)
    assert await session.archived() == []


async def test_undoing_leaves_what_others_archived() -> None:
    session = compacting(keep_last=2)
    keys = await session.append(turns(4))
    await session.archive(keys[:1], reason="rewound")
    await session.compact()
    await session.undo_compaction()
    assert [each.reason for each in await session.archived()] == ["rewound"]
    assert await session.get_items() == turns(4)[1:]


async def test_a_summary_that_was_popped_does_not_keep_the_originals_away() -> None:
    session = compacting(max_messages=2, keep_last=0)
    await session.add_items([user("a"), assistant("b"), assistant("c")])
    await session.settled()
    assert is_summary(await session.pop_item())
    assert await session.undo_compaction() == 2
    assert shape(await session.get_items()) == ["a", "b", "c"]
