from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import workbench as wb
from tests.verbs.subjects import (
    KINDS,
    Given,
    assistant,
    call,
    given,
    output,
    reasoning,
    turns,
    user,
)
from workbench import loop
from workbench.errors import SessionChanged
from workbench.items import Item
from workbench.protocols import Edit, TurnRecord
from workbench.verbs.doctor.finding import frame

COLUMNS = {
    "finding": "string",
    "order": "Int64",
    "turn": "Int64",
    "type": "string",
    "detail": "string",
    "repair": "string",
}

ILL: list[Item] = [
    user("q"),
    output("c0"),
    call("c1"),
    assistant("a"),
    user("private words"),
    call("c2", a=1, b=2),
    output("c2"),
    output("c2"),
    assistant("b"),
    user("r"),
    call("c3"),
    user("s"),
    output("c4"),
    call("c4"),
    assistant("c"),
]
"""Of what every service keeps: an output alone, a call alone, a second output, a wrong order."""


@pytest.fixture(params=KINDS)
def any_kind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Given]:
    with given(request.param, tmp_path) as made:
        yield made


def dtypes(found: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in found.dtypes.items()}


def test_the_columns_are_the_same_when_nothing_is_wrong(any_kind: Given) -> None:
    any_kind.add(turns(1, 2))
    for repair in (False, True):
        found = wb.doctor(any_kind.target, repair=repair, **any_kind.words)
        assert found.empty
        assert dtypes(found) == COLUMNS
    assert dtypes(frame([])) == COLUMNS


def test_what_is_wrong_is_told_and_repaired_in_one_step(any_kind: Given) -> None:
    any_kind.add(ILL)
    before = any_kind.sent()
    found = wb.doctor(any_kind.target, **any_kind.words)
    assert list(zip(found["finding"], found["order"], strict=True)) == [
        ("output without call", 2),
        ("call without output", 3),
        ("second output", 8),
        ("call without output", 11),
        ("wrong order", 13),
    ]
    assert dtypes(found) == COLUMNS
    assert found["turn"].tolist() == [1, 1, 2, 3, 4]
    assert "private" not in found.to_string()
    assert any_kind.sent() == before
    assert any_kind.frame(full=True).get("archived", pd.Series(dtype="string")).notna().sum() == 0
    done = wb.doctor(any_kind.target, repair=True, **any_kind.words)
    assert done.equals(found)
    assert wb.doctor(any_kind.target, repair=True, **any_kind.words).empty
    kept = any_kind.frame(full=True)
    assert kept["archived"].dropna().tolist() == ["repaired"] * 4
    after = any_kind.sent()
    assert [item.get("type", item.get("role")) for item in after[-3:]] == [
        *("function_call", "function_call_output", "assistant")
    ]
    assert len(after) == len(before) - 4
    assert any_kind.texts()[-1] == "c"


def test_what_a_repair_took_out_can_be_put_back(any_kind: Given) -> None:
    any_kind.add([*turns(1), user("q"), call("c1"), *turns(2)])
    before = any_kind.texts()
    wb.doctor(any_kind.target, repair=True, **any_kind.words)
    assert wb.restore(any_kind.target, **any_kind.words).items == 0
    assert wb.restore(any_kind.target, what="repaired", **any_kind.words).items == 1
    assert any_kind.texts() == before


def test_hidden_items_are_not_examined_and_count_as_in_the_history() -> None:
    session = wb.MemorySession("demo")
    loop.run(session.add_items([user("p"), assistant("o"), user("q"), call("c1"), user("r")]))
    loop.run(session.add_items([assistant("a")]))
    wb.hide(session, 2)
    assert wb.doctor(session)["order"].tolist() == [4]
    keys = [row.key for row in loop.run(session.rows())]
    loop.run(session.archive([keys[2]], reason="hidden"))  # as no verb would
    assert wb.doctor(session).empty


def test_the_newest_turn_of_this_very_moment_is_left_alone() -> None:
    from agents import Agent, function_tool

    seen: list[Any] = []

    @function_tool
    def look() -> str:
        """Look."""
        seen.append(wb.doctor("demo"))
        return "seen"

    agent = Agent(name="A", instructions="x", tools=[look])
    wb.ask("demo", "My name is John")
    wb.ask("demo", "call look", agent=agent)
    assert [found.empty for found in seen] == [True]
    assert wb.doctor("demo").empty


def test_a_turn_that_failed_to_be_taken_back_is_found_by_its_record() -> None:
    wb.ask("demo", "My name is John")
    session: Any = wb.session("demo")
    loop.run(session.append([user("Hi"), assistant("Ho")], turn_id="t2"))
    started = wb.turns("demo")["started_at"].iloc[0].to_pydatetime()
    loop.run(session.save_turn(TurnRecord("t2", "demo", started, 1.0, "cancelled")))
    assert wb.doctor("demo", repair=True)["finding"].tolist() == ["left over"]
    assert len(wb.history("demo")) == 2
    assert wb.ask("demo", "What's my name?").text == "Your name is John."


def test_a_record_is_brought_up_to_date() -> None:
    session = wb.MemorySession("demo")
    loop.run(session.append([user("q"), call("c1")], turn_id="t1"))
    loop.run(session.append([output("c1"), assistant("a")], turn_id="t2"))
    for turn_id, status in (("t1", "pending"), ("t2", "done")):
        started = pd.Timestamp("2026-01-01", tz="UTC").to_pydatetime()
        loop.run(session.save_turn(TurnRecord(turn_id, "demo", started, 1.0, status)))  # type: ignore[arg-type]
    found = wb.doctor(session, repair=True)
    assert found["finding"].tolist() == ["stale record"]
    assert found["type"].isna().all()
    assert [each.status for each in loop.run(session.turns())] == ["done", "done"]
    assert wb.doctor(session).empty


def test_ids_and_shapes_are_mended_where_they_stand() -> None:
    session = wb.MemorySession("demo")
    items = [user("q"), assistant("a", "msg_1"), user("r"), reasoning("rs_1")]
    items += [assistant("b", "msg_1"), user("s"), {"no": "item"}, assistant("c")]
    keys = loop.run(session.append(items, turn_id=None))
    found = wb.doctor(session, repair=True)
    assert found["finding"].tolist() == ["id again", "no item"]
    assert found["repair"].tolist() == ["its id is taken off", "it goes to the archive"]
    assert [row.key for row in loop.run(session.rows())] == keys[:6] + keys[7:]
    assert wb.doctor(session).empty


def test_a_repair_that_was_overtaken_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    session = wb.MemorySession("demo")
    loop.run(session.add_items(ILL))
    edit = session.store.edit
    other = wb.MemorySession("demo")
    other.store = session.store

    async def late(session_id: str, change: Edit) -> Any:
        await other.add_items([user("meanwhile")])
        return await edit(session_id, change)

    monkeypatch.setattr(session.store, "edit", late)
    with pytest.raises(SessionChanged, match="nothing was repaired"):
        wb.doctor(session, repair=True)
    monkeypatch.undo()
    assert loop.run(session.get_items()) == [*ILL, user("meanwhile")]
    assert loop.run(session.archived()) == []
