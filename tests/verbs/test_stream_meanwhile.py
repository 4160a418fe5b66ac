from __future__ import annotations

import sqlite3
import tracemalloc
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import workbench as wb
from tests.frames.conversations import TALK
from tests.frames.histories import played
from tests.script import finish, line, start
from tests.verbs.streams import a_long_one, together
from workbench import loop
from workbench.errors import CorruptItem, SessionChanged, StoreFull
from workbench.frames.survey import Survey
from workbench.protocols import HIDDEN, StoredItem
from workbench.sessions import (
    MemorySession,
    SQLiteSession,
)


def test_no_room_for_what_is_remembered_says_where_it_lacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_self: Survey, _reads: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Survey, "look", full)
    with pytest.raises(StoreFull, match="temporary file; free some, or set TMPDIR"):
        next(wb.iter_history(loop.run(played(a_long_one()))))


def test_a_damaged_item_is_named_and_the_pages_before_it_are_not_given_out(tmp_path: Path) -> None:
    session = SQLiteSession("demo", tmp_path / "chats.db")
    loop.run(session.append(TALK))
    with sqlite3.connect(tmp_path / "chats.db") as db:
        db.execute("UPDATE agent_messages SET message_data = '{oops' WHERE id = 5")
    db.close()
    with pytest.raises(CorruptItem, match="item 5 of session 'demo'"):
        next(wb.iter_history(session, size=2))


@pytest.fixture
def surveys(monkeypatch: pytest.MonkeyPatch) -> list[Survey]:
    """The surveys that are made."""
    made: list[Survey] = []
    init = Survey.__init__

    def keep(self: Survey) -> None:
        init(self)
        made.append(self)

    monkeypatch.setattr(Survey, "__init__", keep)
    return made


def is_closed(survey: Survey) -> bool:
    try:
        survey.facts([])
    except sqlite3.ProgrammingError:
        return True
    return False


def test_leaving_early_closes_all_that_was_open(surveys: list[Survey]) -> None:
    session = loop.run(played(a_long_one()))
    for page in wb.iter_history(session, size=5):
        assert len(page) == 5
        assert not all(map(is_closed, surveys))
        break
    del page
    assert surveys
    assert all(map(is_closed, surveys))


def test_an_interrupt_between_two_pages_closes_all_that_was_open(surveys: list[Survey]) -> None:
    pages: Any = wb.iter_history(loop.run(played(a_long_one())), size=5)
    next(pages)
    with pytest.raises(KeyboardInterrupt):
        pages.throw(KeyboardInterrupt())
    assert surveys
    assert all(map(is_closed, surveys))


def test_a_program_may_end_in_the_middle(tmp_path: Path) -> None:
    script = """
    import workbench as wb
    from workbench import loop
    from workbench.sessions import SQLiteSession
    session = SQLiteSession("demo", "chats.db")
    loop.run(session.append([{"role": "user", "content": str(n)} for n in range(3000)]))
    pages = wb.iter_history(session, size=500)
    print(len(next(pages)))
    input()
    """
    program = start(script, folder=tmp_path)
    assert line(program) == "500"
    finish(program, answer="\n")


def test_an_interrupt_at_any_moment_leaves_nothing_open_and_the_next_look_is_whole(
    tmp_path: Path,
) -> None:
    script = """
    import os, signal, threading, warnings
    import workbench as wb
    from workbench import loop
    from workbench.sessions import SQLiteSession
    # Python may be interrupted between making a coroutine and handing it over: that one is nothing.
    warnings.filterwarnings("ignore", "coroutine .* was never awaited")
    session = SQLiteSession("demo", "chats.db")
    loop.run(session.append([{"role": "user", "content": str(n)} for n in range(3000)]))
    list(wb.iter_history(session))  # an import that is interrupted can't be taken up again
    for seconds in (0.05, 0.11, 0.23, 0.37):
        threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            while True:
                for page in wb.iter_history(session, size=700):
                    pass
        except KeyboardInterrupt:
            print(sum(len(page) for page in wb.iter_history(session, size=700)))
    loop.run(session.store.close())
    """
    program = start(script, folder=tmp_path)
    assert finish(program).split() == ["3000"] * 4


def test_what_is_appended_meanwhile_is_left_for_the_next_time(tmp_path: Path) -> None:
    session = SQLiteSession("demo", tmp_path / "chats.db")
    loop.run(session.append(TALK))
    whole = wb.history(session)
    found = []
    for page in wb.iter_history(session, size=4):
        loop.run(session.append(TALK[:3]))
        found.append(page)
    pd.testing.assert_frame_equal(pd.concat(found, ignore_index=True), whole)


def test_what_is_taken_away_meanwhile_is_told_instead_of_skipped(tmp_path: Path) -> None:
    session = SQLiteSession("demo", tmp_path / "chats.db")
    loop.run(session.append(TALK))
    pages = wb.iter_history(session, size=2)
    next(pages)
    loop.run(session.archive([row.key for row in loop.run(session.rows())][3:4], reason="x"))
    with pytest.raises(SessionChanged, match=r"session 'demo' was changed .* begin again"):
        list(pages)


class HidesMeanwhile(MemorySession):
    """Somebody hides its third item while the page in front of it is read, and shows it again."""

    times = 1

    async def page(self, after: Any = None, *, limit: int = 1000) -> list[StoredItem]:
        found = await super().page(after, limit=limit)
        keys = [row.key for row in await self.rows()]
        if self.times and after is None:
            self.times -= 1
            await self.archive(keys[2:3], reason=HIDDEN)
        return found


def test_what_is_hidden_while_it_is_looked_for_is_not_lost() -> None:
    session = HidesMeanwhile("demo")
    loop.run(session.append(TALK))
    found = together(session, 2)
    assert found["hidden"].tolist() == [False, False, True, False, False, False]
    assert found["item"].tolist() == TALK


def test_a_conversation_that_never_stands_still_is_an_error_and_no_endless_loop() -> None:
    session = HidesMeanwhile("demo")
    session.times = 10**6
    loop.run(session.append(TALK * 20))
    with pytest.raises(SessionChanged, match="begin again"):
        list(wb.iter_history(session, size=2))


def peak(session: Any) -> int:
    """Bytes of Python's memory at most, while the pages are taken one by one."""
    tracemalloc.start()
    try:
        for _page in wb.iter_history(session, size=500):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ten_times_as_many_items_take_no_more_memory(tmp_path: Path) -> None:
    def filled(name: str, turns: int) -> SQLiteSession:
        session = SQLiteSession(name, tmp_path / "chats.db")
        for number in range(turns):
            loop.run(session.append(TALK * 10, turn_id=f"t{number}"))
        return session

    few, many = filled("few", 40), filled("many", 400)
    peak(few)  # what is imported on the way counts for neither
    assert peak(many) < 1.3 * peak(few)
