"""What the workbench does with every kind of session that is not its own: one contract for all.

Each test takes an empty session of each kind, as an application has it, and hands the object to the
face. What the session holds at the end is looked up by its own methods.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from agents import Agent, Runner, function_tool

import workbench as wb
from tests.interop.kinds import KINDS, session_of
from tests.turn.models import add
from tests.verbs.compare.comparing import nothing_left
from workbench import loop
from workbench.errors import InvalidValue, Unsupported
from workbench.models.reading import SUMMARY_HEADER

JOHN, SUM, ASKED, NAME = (
    "My name is John",
    "Use add with a=2 and b=3",
    "What's my name?",
    "Your name is John.",
)
KEY = "your-32-byte-encryption-key-here"
ROLES = ["user", "assistant", "user", "assistant", "tool", "assistant"]


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    with session_of(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def talked(session: Any) -> Any:
    """A session that had two turns, one with a tool."""
    ann = Agent(name="Ann", tools=[add])
    for prompt in (JOHN, SUM):
        wb.ask(session, prompt, agent=ann, model="offline", stream=False)
    return session


def held(session: Any) -> list[Any]:
    """What the session itself gives."""
    items: list[Any] = loop.run(session.get_items())
    return items


def texts(target: Any, **given: Any) -> list[str]:
    return [str(text) for text in wb.history(target, **given)["content"]]


def test_it_is_asked_and_its_frames_are_like_those_of_our_own(talked: Any) -> None:
    assert wb.ask(talked, ASKED).text == NAME
    ours = wb.MemorySession("ours")
    loop.run(ours.add_items(held(talked)))
    frame, same = wb.history(talked), wb.history(ours)
    assert frame["role"].tolist() == [*ROLES, "user", "assistant"]
    assert frame["turn"].tolist() == [1, 1, 2, 2, 2, 2, 3, 3]
    columns = ["order", "turn", "role", "type", "content", "tool_call_function", "tool_call_id"]
    pd.testing.assert_frame_equal(frame[columns], same[columns])
    assert frame.dtypes.equals(same.dtypes)
    turns = wb.turns(talked)
    assert turns["reply"].tolist()[-1] == NAME
    pages = list(wb.iter_history(talked, size=3))
    assert list(map(len, pages)) == [3, 3, 2]
    assert pd.concat(pages)["content"].tolist() == frame["content"].tolist()
    found = wb.search("John", sessions=[talked], role="user")
    assert found["snippet"].tolist() == ["My name is **John**"]
    assert wb.doctor(talked).empty
    assert len(wb.context(talked).items) == 8
    assert wb.grid(talked).shown["content"].tolist() == frame["content"].tolist()


def test_it_is_talked_to_in_a_panel(session: Any) -> None:
    panel = wb.chat(session)

    def ask(verb: str, **given: Any) -> Any:
        return loop.run(panel._work("1", verb, given))

    def said() -> list[str]:
        return [each["text"] for each in ask("hello")["past"]["rows"]]

    ask("send", text=JOHN)
    ask("send", text=ASKED)
    assert said()[::3] == [JOHN, NAME]
    ask("undo", version=ask("hello")["past"]["version"])
    assert said() == [JOHN, "Nice to meet you, John."]
    assert len(held(session)) == 2
    ask("redo", version=ask("hello")["past"]["version"])
    assert said()[-1] == NAME
    assert ASKED in panel.forms()["text/plain"]
    panel.close()
    inspect = wb.inspect(session)
    for tab in ("context", "compaction", "encryption", "doctor", "about"):
        assert loop.run(inspect._work("1", tab, {}))
    inspect.close()


def test_it_is_compared_on_a_copy_and_goes_on_in_place_when_told(talked: Any) -> None:
    before = held(talked)
    found = wb.compare(ASKED, {"theirs": talked, "ours": "memory://other"}, session=talked).frame
    assert found["reply"].tolist() == [NAME, NAME]
    assert found["items_equal"].all()
    assert found["same_history"].all()
    panel = wb.compare_panel([talked])
    loop.run(panel._work("1", "ask", {"prompt": ASKED}))
    assert panel.frame["reply"].tolist() == [NAME]
    panel.close()
    assert held(talked) == before
    assert nothing_left()
    wb.compare(ASKED, [talked], in_place=True)
    assert len(held(talked)) == len(before) + 2


def test_it_is_taken_along_as_a_file_a_copy_and_a_fork(talked: Any, tmp_path: Path) -> None:
    for suffix in ("jsonl", "parquet", "md", "html"):
        wb.export(talked, tmp_path / f"left.{suffix}")
    wb.load(tmp_path / "left.jsonl", "loaded")
    wb.copy(talked, f"sqlite:///{tmp_path / 'copy.db'}", name="copied")
    assert wb.fork(talked, "forked", at=1).items == 2
    assert texts("loaded") == texts("copied") == texts(talked)
    assert wb.ask("forked", ASKED).text == NAME
    assert len(held(talked)) == 6
    wb.record(talked, tmp_path / "talk.yaml")
    replay = wb.OfflineModel.replay(tmp_path / "talk.yaml")
    assert wb.ask("again", JOHN, model=replay).text == "Nice to meet you, John."


def test_a_conversation_is_copied_into_it(session: Any) -> None:
    loop.run(session.get_items())  # one that a service names has its id from now on
    wb.ask("ours", JOHN)
    wb.copy("ours", session)
    assert texts(session) == texts("ours")
    assert len(held(session)) == 2
    assert wb.ask(session, ASKED).text == NAME


def test_its_history_is_changed_and_nothing_is_lost(talked: Any) -> None:
    before = texts(talked)
    wb.hide(talked, 1)
    assert len(held(talked)) == 5
    assert wb.history(talked)["hidden"].tolist() == [True, *[False] * 5]
    wb.show(talked, 1)
    wb.rewind(talked, 1)
    assert len(held(talked)) == 2
    assert texts(talked, full=True) == before
    wb.restore(talked)
    wb.compact(talked, keep_last=4)
    assert texts(talked)[0].startswith(SUMMARY_HEADER)
    wb.undo_compaction(talked)
    assert texts(talked) == before
    wb.edit(talked, 1, "My name is Jane")
    assert wb.ask(talked, ASKED).text == "Your name is Jane."


def test_what_is_broken_is_found_and_repaired(session: Any) -> None:
    wb.ask(session, JOHN)
    call = {"type": "function_call", "call_id": "c1", "name": "add", "arguments": "{}"}
    loop.run(session.add_items([call, {"role": "user", "content": "Hello?"}]))
    assert not wb.doctor(session).empty
    wb.doctor(session, repair=True)
    assert wb.doctor(session).empty
    assert wb.ask(session, ASKED).text == NAME


def test_the_sdks_own_runner_goes_on_where_the_workbench_was(talked: Any) -> None:
    wb.compact(talked, keep_last=2)
    agent = Agent(name="Plain", model=wb.OfflineModel())
    result = loop.run(Runner.run(agent, ASKED, session=talked))
    assert result.final_output == NAME
    assert texts(talked)[-1] == NAME


def test_our_compaction_stands_around_it(session: Any) -> None:
    loop.run(session.get_items())
    ours = wb.CompactionSession(session, max_messages=4)
    for prompt in (JOHN, "I prefer tea", ASKED):
        turn = wb.ask(ours, prompt)
    assert turn.text == NAME
    assert len(held(session)) < 6
    assert len(wb.history(ours, full=True)) > 6


def test_our_encryption_stands_around_it(session: Any) -> None:
    loop.run(session.get_items())
    if "Encrypted" in type(session).__name__ or "Compaction" in type(session).__name__:
        with pytest.raises(InvalidValue, match=r"is encrypted already|the order is"):
            wb.EncryptedSession(session, KEY)
        return
    ours = wb.EncryptedSession(session, KEY)
    wb.ask(ours, JOHN)
    assert wb.ask(ours, ASKED).text == NAME
    assert len(held(session)) == 4
    assert "John" not in str(held(session))


def test_turns_and_approvals_are_kept_with_a_session_of_ours_around_it(session: Any) -> None:
    @function_tool(needs_approval=True)
    def book(city: str) -> str:
        return f"booked {city}"

    loop.run(session.get_items())
    clerk = Agent(name="Clerk", tools=[book])
    wb.ask(session, JOHN, agent=clerk)
    assert wb.turns(session)["agent"].isna().all()
    assert wb.usage(session).empty
    with pytest.raises(Unsupported, match="records no turns"):
        wb.approve(session)
    ours = wb.CompactionSession(session, max_messages=1_000)
    wb.ask(ours, "Call book with city='Oulu'", agent=clerk)
    assert wb.pending(ours)["tool"].tolist() == ["book"]
    assert wb.approve(ours).text == "book says: booked Oulu"
    assert wb.turns(ours)["agent"].tolist()[-1] == "Clerk"
    assert len(held(session)) == 6
