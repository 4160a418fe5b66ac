"""Changes that others come in between: turns of this kernel, other programs, other kernels."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, function_tool

import workbench as wb
from tests.notebook_kernel import kernel
from tests.script import finish, start
from tests.verbs.subjects import KEY, KINDS, given, turns, user
from workbench import loop
from workbench.errors import InvalidValue, SessionChanged
from workbench.protocols import Edit
from workbench.verbs import changing
from workbench.verbs.numbered import able

rewind_module = import_module("workbench.verbs.rewind")

CALLS: dict[str, Callable[[Any], Any]] = {
    "rewind": lambda target: wb.rewind(target, 1),
    "edit": lambda target: wb.edit(target, 6, "x"),
    "hide": lambda target: wb.hide(target, 6),
    "show": lambda target: wb.show(target),
    "restore": lambda target: wb.restore(target),
}


def filled() -> wb.MemorySession:
    """Three turns, of which one was rewound before; the first prompt is hidden."""
    session = wb.MemorySession("demo")
    loop.run(session.add_items(turns(1, 2, 3, 4)))
    wb.rewind(session, 3)
    wb.hide(session, 1)
    return session


async def everything(session: Any) -> tuple[Any, ...]:
    return await session.rows(), await session.archived()


class Overtaken:
    """Lets another program change the conversation right before the next edit."""

    def __init__(self, session: Any, what: Callable[[Any], Any]) -> None:
        self.store = session.store
        self.edit = self.store.edit
        self.what = what
        self.state: Any = None
        self.other = wb.MemorySession("demo")
        self.other.store = self.store

    async def __call__(self, session_id: str, change: Edit) -> Any:
        self.store.edit = self.edit
        await self.what(self.other)
        self.state = await everything(self.other)
        return await self.edit(session_id, change)


@pytest.mark.parametrize("name", CALLS)
def test_what_is_changed_away_in_the_same_moment_is_told_and_nothing_is_done(name: str) -> None:
    session = filled()

    async def cleared(other: Any) -> None:
        for each in await other.rows():
            await other.archive([each.key], reason="gone")
        await other.restore([each.key for each in await other.archived()])
        first = (await other.rows())[0].key
        await other.edit(Edit(insert=[user("in front")], before=first))

    overtaken: Any = Overtaken(session, cleared)
    session.store.edit = overtaken  # type: ignore[method-assign]
    with pytest.raises(SessionChanged, match=r"was changed by another program.*wb.history"):
        CALLS[name](session)
    assert loop.run(everything(session)) == overtaken.state


@pytest.mark.parametrize("name", CALLS)
def test_a_turn_that_is_appended_meanwhile_is_never_taken_along(name: str) -> None:
    session = filled()
    overtaken: Any = Overtaken(session, lambda other: other.add_items(turns(9)))
    session.store.edit = overtaken  # type: ignore[method-assign]
    if name in ("rewind", "edit"):  # the last item is meant to be the last
        with pytest.raises(SessionChanged):
            CALLS[name](session)
        assert loop.run(everything(session)) == overtaken.state
    else:
        CALLS[name](session)
    assert wb.history(session)["content"].tolist()[-2:] == ["u9", "a9"]
    CALLS[name](session)


@pytest.mark.parametrize("kind", KINDS)
def test_of_two_that_rewind_at_once_one_does_and_the_other_is_told(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = changing.make
    looked = threading.Barrier(2)

    async def together(subject: Any, edit: Any) -> Any:
        await asyncio.to_thread(looked.wait, 20)
        return await make(subject, edit)

    with given(kind, tmp_path) as made:
        made.add(turns(1, 2, 3))
        before = made.texts()
        # In one process they take turns; only another one can come in between.
        monkeypatch.setattr(changing, "turn_lock", lambda _session: NoLock())
        monkeypatch.setattr(rewind_module, "make", together)
        ends: list[Any] = []

        def take(turn: int) -> None:
            try:
                ends.append(wb.rewind(made.target, turn, **made.words))
            except SessionChanged as exc:
                ends.append(exc)

        threads = [threading.Thread(target=take, args=(turn,)) for turn in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(isinstance(each, SessionChanged) for each in ends) == [False, True]
        assert made.texts() in (before[:2], before[:4])
        assert sorted(made.texts(full=True)) == sorted(before)
        monkeypatch.undo()


class NoLock:
    async def acquire(self) -> None: ...

    def release(self) -> None: ...


IN_A_KERNEL = """
import pathlib, time
import workbench as wb
import workbench.verbs.changing as changing
from importlib import import_module
module = import_module("workbench.verbs.rewind")
make = changing.make

async def together(subject, edit):
    import asyncio
    pathlib.Path("looked-{me}").touch()
    while not pathlib.Path("looked-{other}").exists():
        await asyncio.sleep(0.01)
    return await make(subject, edit)

module.make = together
try:
    print("rewound", wb.rewind("demo", {turn}).items)
except wb_errors.SessionChanged as exc:
    print("told:", exc)
"""


def test_two_kernels_that_rewind_at_once_lose_nothing(tmp_path: Path) -> None:
    with kernel(tmp_path) as first, kernel(tmp_path) as second:
        for number in range(1, 5):
            first.ok(f"%agent -s demo My number is {number}")
        both = [(first, "a", "b", 1), (second, "b", "a", 3)]
        requests = []
        for each, me, other, turn in both:
            each.ok("import workbench.errors as wb_errors")
            code = IN_A_KERNEL.replace("{me}", me).replace("{other}", other)
            requests.append(each.begin(code.replace("{turn}", str(turn))))
        ends = [each.end(request).out for (each, *_), request in zip(both, requests, strict=True)]
        assert sum(end.startswith("rewound") for end in ends) == 1, ends
        assert sum("was changed by another program" in end for end in ends) == 1, ends
        left = first.ok("print(*wb.history('demo')['turn'].unique())").out.split()
        assert left in (["1"], ["1", "2", "3"])
        second.ok("import importlib; importlib.reload(module); wb.restore('demo')")
        told = second.ok("print(*wb.history('demo')['content'], sep='\\n')").out.splitlines()
        assert told[::2] == [f"My number is {number}" for number in range(1, 5)]
        assert second.ok("print(wb.doctor('demo').empty)").out == "True\n"


WRITES = """
import sys
import workbench as wb
for number in range(int(sys.argv[1])):
    wb.ask("demo", f"My number is {number}")
print("written")
"""
REWINDS = """
import workbench as wb
from workbench.errors import InvalidValue, SessionChanged
told = 0
for number in range(20):
    try:
        wb.rewind("demo", max(0, len(set(wb.history("demo")["turn"])) - 1))
    except (SessionChanged, InvalidValue):
        told += 1
print("told", told)
"""


def test_a_program_that_rewinds_beside_one_that_talks_loses_no_item(
    workbench_home: Path, tmp_path: Path
) -> None:
    wb.ask("demo", "My name is John")
    env = {"WORKBENCH_HOME": str(workbench_home)}
    talks = start(WRITES, 10, folder=tmp_path, env=env)
    rewinds = start(REWINDS, folder=tmp_path, env=env)
    finish(talks)
    finish(rewinds)
    full = wb.history("demo", full=True)
    said = full.loc[full["role"] == "user", "content"].tolist()
    assert sorted(said) == sorted(["My name is John", *(f"My number is {n}" for n in range(10))])
    assert (full["role"] == "assistant").sum() == 11


# In this kernel


def test_a_change_waits_for_the_turn_that_is_under_way() -> None:
    working, go_on = threading.Event(), threading.Event()

    @function_tool
    def work() -> str:
        """Work."""
        working.set()
        assert go_on.wait(20)
        return "done"

    wb.ask("demo", "My name is John")
    agent = Agent(name="A", tools=[work])
    asking = threading.Thread(target=wb.ask, args=("demo", "call work"), kwargs={"agent": agent})
    asking.start()
    assert working.wait(20)
    done: list[Any] = []
    rewinding = threading.Thread(target=lambda: done.append(wb.rewind("demo", 1)))
    rewinding.start()
    time.sleep(0.2)
    assert not done
    assert wb.doctor("demo").empty, "the turn under way is left alone"
    go_on.set()
    for thread in (asking, rewinding):
        thread.join()
    assert done[0].items == 4
    assert len(wb.history("demo")) == 2


def test_a_tool_can_not_change_the_conversation_it_is_part_of() -> None:
    told: list[str] = []

    @function_tool
    def meddle() -> str:
        """Meddle."""
        for call in (wb.rewind, wb.hide):
            with pytest.raises(InvalidValue, match="inside a turn of session 'demo'") as caught:
                call("demo", 1)
            told.append(str(caught.value))
        wb.rewind("other", 0)
        return "done"

    wb.ask("other", "Hi")
    wb.ask("demo", "call meddle", agent=Agent(name="A", tools=[meddle]))
    assert len(told) == 2
    assert len(wb.history("demo")) == 4
    assert wb.history("other").empty


def test_the_lock_of_the_turn_is_given_back_after_an_error() -> None:
    wb.ask("demo", "My name is John")
    for _ in range(3):
        with pytest.raises(InvalidValue):
            wb.rewind("demo", 9)
    assert wb.ask("demo", "What's my name?").text == "Your name is John."


def test_what_stands_around_a_session_stays_there() -> None:
    session = wb.CompactionSession(wb.EncryptedSession(wb.MemorySession("demo"), KEY))
    assert changing.to_change(session, None) is session
    assert able(session) is session  # type: ignore[comparison-overlap,unused-ignore]
    wb.session("demo", max_messages=20, encrypt=True, key=KEY)
    named = changing.to_change("demo", None)
    assert isinstance(named, wb.CompactionSession)
    assert isinstance(named.base, wb.EncryptedSession)
    assert type(named.base.base).__name__ == "StoredSession"
