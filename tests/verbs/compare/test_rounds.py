"""A comparison that goes on: rounds, stopping, winners, and that nothing is left."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

import pytest
from agents import Agent

import workbench as wb
from tests.script import finish, line, start
from tests.turn.models import Refuses, add
from tests.verbs.compare.comparing import (
    KEY,
    Says,
    ask,
    copies,
    nothing_left,
    replies,
    rounds,
    talked,
)
from workbench import loop
from workbench.errors import InvalidValue
from workbench.items import is_encrypted
from workbench.sessions import MemorySession
from workbench.workspace import workspace


class Hangs(wb.OfflineModel):
    """Says one word, and no other."""

    async def stream_response(self, *args: Any, **kwargs: Any) -> Any:
        async for event in super().stream_response(*args, **kwargs):
            yield event
            if event.type == "response.output_text.delta":
                await asyncio.sleep(600)


# Rounds


def test_each_answer_is_heard_as_it_grows_and_at_its_end() -> None:
    talked("demo", "My name is John")
    heard: list[Any] = []
    made = rounds(["demo"], agent=Agent(name="Ann", tools=[add]))
    ask(made, "Use add with a=2 and b=3", hear=lambda *event: heard.append(event))
    kinds = [what for _label, _run, what, _value in heard]
    assert kinds[0] == "begun"
    assert kinds[-1] == "ended"
    assert ("demo", 1, "call", "add") in heard
    assert "".join(value for *_, what, value in heard if what == "text") == heard[-1][3].turn.text
    loop.run(made.close())


def test_a_round_begins_anew_or_goes_on_in_the_copies() -> None:
    talked("demo", "Hi")
    made = rounds(["demo", "offline"], session="demo")
    ask(made, "My name is John")
    first = copies()
    assert len(first) == 2
    assert replies(ask(made, "What's my name?")) != {"demo": "Your name is John."}
    assert not set(first) & set(copies())
    ask(made, "My name is Jane", go_on=True)
    gone_on = ask(made, "What's my name?", go_on=True)
    assert set(gone_on.frame["reply"][-2:]) == {"Your name is Jane."}
    assert gone_on.rounds == 3
    assert len(gone_on.answers) == 6
    assert len(copies()) == 2
    loop.run(made.close())
    assert nothing_left()
    assert len(wb.history("demo")) == 2


def test_other_columns_or_runs_begin_a_comparison_of_their_own() -> None:
    made = rounds(["offline"])
    ask(made, "Hi", go_on=True)
    assert ask(made, "Hi", go_on=True, repeat=2).rounds == 1
    loop.run(made.add("offline"))
    assert ask(made, "Hi", go_on=True, repeat=2).targets == ("offline", "offline (2)")
    loop.run(made.close())


def test_one_that_fails_is_an_answer_and_the_others_go_on() -> None:
    made = rounds({"broken": Refuses(), "well": "offline"})
    answers = ask(made, "Hi")
    assert answers.frame["status"].tolist() == ["failed", "done"]
    loop.run(made.close())


def test_one_is_stopped_or_all_and_the_others_answer() -> None:
    talked("demo", "Hi")
    made = rounds({"hangs": Hangs(), "also": Hangs(), "well": "offline"}, session="demo")
    ended: list[str] = []

    def hear(label: str, _run: int, what: str, _value: Any) -> None:
        if what == "ended":
            ended.append(label)
        if (label, what) == ("hangs", "text"):
            made.stop("hangs")
        if (label, what) == ("hangs", "ended"):
            asyncio.get_running_loop().call_later(0.05, made.stop)

    answers = ask(made, "My name is John", hear=hear)
    assert answers.frame["status"].tolist() == ["cancelled", "cancelled", "done"]
    assert answers.answers[0].error == "stopped"
    assert sorted(ended) == ["also", "hangs", "well"]
    assert ask(made, "What's my name?", go_on=True, hear=hear).frame["n_history"][2] == 2
    loop.run(made.close())
    assert nothing_left()


def test_a_stop_before_the_first_step_is_an_end_too() -> None:
    made = rounds(["offline"])

    async def at_once() -> Any:
        going = asyncio.create_task(made.ask("Hi", repeat=1, go_on=False, hear=lambda *_: None))
        await asyncio.sleep(0)  # the tasks are made, and none of them has begun
        made.stop()
        return await going

    assert loop.run(at_once()).frame["status"].tolist() == ["cancelled"]
    loop.run(made.close())


def test_two_rounds_at_once_are_refused_and_a_cancelled_one_leaves_nothing() -> None:
    talked("demo", "Hi")
    made = rounds(["demo"], model=Hangs())

    async def twice() -> None:
        asked = asyncio.Event()

        def hear(_label: str, _run: int, what: str, _value: Any) -> None:
            if what == "text":
                asked.set()

        going = asyncio.create_task(made.ask("Ho", repeat=1, go_on=False, hear=hear))
        await asked.wait()
        with pytest.raises(InvalidValue, match="a round is under way"):
            await made.ask("Hey", repeat=1, go_on=False, hear=lambda *_: None)
        with pytest.raises(InvalidValue, match="a round is under way"):
            made.remove("demo")
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going
        await made.close()

    loop.run(twice())
    assert nothing_left()


def test_in_place_talks_to_the_conversations_themselves() -> None:
    talked("one", "Hi")
    made = rounds(["one"], in_place=True)
    ask(made, "My name is John")
    assert wb.ask("one", "What's my name?").text == "Your name is John."
    assert loop.run(made.keep("one", 1, None)) == "one"
    with pytest.raises(InvalidValue, match="in_place is for conversations"):
        loop.run(made.add("offline"))
    loop.run(made.close())
    assert len(wb.history("one")) == 6


# Winners


def test_the_winner_is_a_session_of_its_own_with_its_turns_and_who_answered() -> None:
    talked("demo", "My name is John")
    ann = Agent(name="Ann")
    wb.register_agent(ann)
    made = rounds(["Ann", "demo"], session="demo")
    with pytest.raises(InvalidValue, match="asked nothing yet"):
        loop.run(made.keep("Ann", 1, None))
    ask(made, "What's my name?", repeat=2)
    assert loop.run(made.keep("Ann", 2, None)) == "demo-compare-1"
    assert loop.run(made.keep("demo", 1, "won")) == "won"
    with pytest.raises(InvalidValue, match="there is a conversation 'won' already"):
        loop.run(made.keep("demo", 1, "won"))
    loop.run(made.close())
    assert nothing_left()
    for name in ("demo-compare-1", "won"):
        assert wb.history(name)["content"].tolist()[-1] == "Your name is John."
        assert wb.turns(name)["status"].tolist() == ["done", "done"]
    assert loop.run(workspace().get("demo-compare-1")).agent == "Ann"
    assert loop.run(workspace().get("won")).agent is None


def test_what_stood_around_the_origin_stands_around_the_winner(tmp_path: Path) -> None:
    talked("demo", "My name is John", encrypt=True, key=KEY, max_messages=40)
    made = rounds([f"sqlite:///{tmp_path}/app.db"], session="demo", model="offline")
    ask(made, "Hi")
    (side,) = made.entrants.sides
    name = loop.run(made.keep(side.label, 1, None))
    loop.run(made.close())
    entry = loop.run(workspace().get(name))
    assert (entry.wrappers.max_messages, entry.model) == (40, "offline")
    assert all(map(is_encrypted, loop.run(workspace().base(entry).get_items())))
    assert wb.ask(name, "What's my name?").text == "Your name is John."


def test_an_empty_conversation_is_kept_by_the_workspace_and_one_without_a_name_is_not() -> None:
    mine = MemorySession("mine")
    made = rounds({"offline": "offline", "mine": mine})
    ask(made, "My name is John")
    assert loop.run(made.keep("offline", 1, None)) == "compare-1"
    with pytest.raises(InvalidValue, match="has no name in this workspace"):
        loop.run(made.keep("mine", 1, None))
    loop.run(made.close())
    assert wb.ask("compare-1", "What's my name?").text == "Your name is John."


# Nothing is left

GOES_ON = """
import asyncio, sys, time
import workbench as wb
from workbench import loop

wb.ask("demo", "Hi")
panel = wb.compare_panel(["demo", "offline"], session="demo")
loop.run(panel.on_ask(lambda **_: None, prompt="Ho"))
print("asked", flush=True)
time.sleep(600)
"""


def test_what_a_kill_between_two_rounds_leaves_is_deleted_by_the_next(
    tmp_path: Path, workbench_home: Path
) -> None:
    process = start(GOES_ON, folder=tmp_path, env={"WORKBENCH_HOME": str(workbench_home)})
    assert line(process) == "asked"
    assert len(copies()) == 2
    other = rounds(["demo"])
    ask(other, "Hi")
    assert len(copies()) == 3  # whose process lives is left alone
    process.kill()
    finish(process, code=-signal.SIGKILL)
    last = rounds({"says": Says("says")})
    ask(last, "Hi")
    loop.run(last.close())
    assert len(copies()) == 1
    loop.run(other.close())
    assert nothing_left()
