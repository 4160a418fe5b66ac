"""One program: what waits, what a decision does, what is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from agents import Agent, RunContextWrapper, Runner, SQLiteSession, function_tool
from agents.testing import ScriptedModel, assistant_message, function_call

import workbench as wb
from tests.verbs.approve.tools import ERASE, Tools
from workbench import loop
from workbench.errors import InvalidValue, NotFound, TurnFailed, Unsupported
from workbench.frames.pending import PENDING_COLUMNS
from workbench.models.offline import OfflineModel
from workbench.sessions import MemorySession
from workbench.turn import Turn
from workbench.workspace import workspace

BOTH = "Call erase with name='x.txt' and call send with to='Bob'"


@pytest.fixture
def tools(workbench_home: Path) -> Tools:
    return Tools()


def ids(name: str = "demo") -> list[str]:
    return list(wb.pending(name)["call_id"])


def kinds(name: str = "demo") -> list[str]:
    return list(wb.history(name)["type"])


def test_a_call_that_waits_is_shown_with_what_it_would_do(tools: Tools) -> None:
    wb.ask("demo", "My name is John", agent=tools.agent())
    turn = wb.ask("demo", ERASE, agent=tools.agent())
    assert turn.status == "pending"
    assert tools.done == []
    frame = wb.pending()
    assert list(frame.columns) == [column.name for column in PENDING_COLUMNS]
    (row,) = frame.to_dict("records")
    assert (row["session"], row["turn"], row["tool"], row["agent"]) == ("demo", 2, "erase", "Ada")
    assert row["arguments"] == '{"name": "x.txt"}'
    assert row["status"] == "waiting"
    assert row["call_id"] == turn.items[1]["call_id"]
    assert (pd.Timestamp.now("UTC") - row["asked_at"]).total_seconds() < 60
    pd.testing.assert_frame_equal(frame, wb.pending("demo"))


def test_what_waits_has_the_number_of_its_turn_in_the_history_with_hidden_ones_before_it(
    tools: Tools,
) -> None:
    wb.ask("demo", "My name is John", agent=tools.agent())
    wb.ask("demo", ERASE, agent=tools.agent())
    wb.hide("demo", [1, 2])
    assert wb.pending("demo")["turn"].tolist() == [2]
    assert wb.history("demo")["turn"].max() == 2


def test_with_nothing_waiting_the_columns_are_the_same(tools: Tools) -> None:
    empty = wb.pending()
    assert len(empty) == 0
    wb.ask("demo", ERASE, agent=tools.agent())
    assert list(empty.dtypes) == list(wb.pending().dtypes)


def test_what_is_approved_is_done_once_and_the_turn_goes_on(tools: Tools) -> None:
    waiting = wb.ask("demo", ERASE, agent=tools.agent())
    turn = wb.approve("demo", agent=tools.agent())
    assert isinstance(turn, Turn)
    assert turn.status == "done"
    assert "erased x.txt" in turn.text
    assert '[tool] erase({"name": "x.txt"}) -> erased x.txt' in str(turn)
    assert tools.done == ["erase x.txt"]
    assert len(wb.pending()) == 0
    assert list(wb.turns("demo")["status"]) == ["done", "done"]
    assert kinds() == ["message", "function_call", "function_call_output", "message"]
    assert all(record.parked is None for record in records("demo"))
    assert workspace().runs == {}
    assert waiting.turn_id != turn.turn_id


def records(name: str) -> Any:
    place = workspace()
    return loop.run(place.base(loop.run(place.get(name))).turns())


def test_what_is_rejected_is_not_done_and_the_model_is_told_why(tools: Tools) -> None:
    wb.ask("demo", ERASE, agent=tools.agent())
    turn = wb.reject("demo", message="hands off", agent=tools.agent())
    assert isinstance(turn, Turn)
    assert tools.done == []
    assert turn.items[0]["output"] == "hands off"
    assert "hands off" in turn.text


def test_the_agent_need_not_be_given_where_the_run_began(tools: Tools) -> None:
    wb.ask("demo", ERASE, agent=tools.agent())
    wb.approve("demo")
    assert tools.done == ["erase x.txt"]


def test_an_agent_that_was_defined_anew_is_the_one_that_goes_on(tools: Tools) -> None:
    wb.ask("demo", ERASE, agent=tools.agent())
    later = Tools()
    wb.register_agent(later.agent())
    wb.approve("demo")
    assert (tools.done, later.done) == ([], ["erase x.txt"])


def test_of_two_calls_the_turn_waits_for_both(tools: Tools) -> None:
    wb.ask("demo", BOTH, agent=tools.agent())
    with pytest.raises(InvalidValue, match="2 calls of session 'demo' wait") as refused:
        wb.approve("demo")
    assert all(each in str(refused.value) for each in ids())
    left = wb.approve("demo", ids()[0])
    assert isinstance(left, pd.DataFrame)
    assert list(left["status"]) == ["approved", "waiting"]
    assert tools.done == []
    turn = wb.reject("demo")  # the one that is left
    assert isinstance(turn, Turn)
    assert tools.done == ["erase x.txt"]
    assert sum(item["type"] == "function_call_output" for item in turn.items[:2]) == 2


def test_several_calls_are_decided_at_once_and_a_decision_can_be_changed(tools: Tools) -> None:
    wb.ask("demo", BOTH, agent=tools.agent())
    first, second = ids()
    wb.reject("demo", first)
    wb.approve("demo", first)
    assert list(wb.pending()["status"]) == ["approved", "waiting"]
    turn = wb.approve("demo", [first, second])
    assert isinstance(turn, Turn)
    assert sorted(tools.done) == ["erase x.txt", "send Bob"]


def test_always_counts_for_the_other_calls_of_the_tool(tools: Tools) -> None:
    prompt = "Call erase with name='a.txt' and call erase with name='b.txt'"
    wb.ask("demo", prompt, agent=tools.agent())
    assert len(ids()) == 2
    turn = wb.approve("demo", ids()[0], always=True)
    assert isinstance(turn, Turn)
    assert sorted(tools.done) == ["erase a.txt", "erase b.txt"]


def test_what_is_not_there_is_refused_and_changes_nothing(tools: Tools) -> None:
    wb.ask("quiet", "hi", agent=tools.agent())
    with pytest.raises(InvalidValue, match="no call of session 'quiet' waits"):
        wb.approve("quiet")
    wb.ask("demo", ERASE, agent=tools.agent())
    with pytest.raises(InvalidValue, match="no call 'call_x' of session 'demo' waits"):
        wb.reject("demo", "call_x")
    with pytest.raises(InvalidValue, match="text"):
        wb.approve("demo", [3])  # type: ignore[list-item]
    for odd, said in (
        ({"call_id": 3}, "which is text"),
        ({"agent": "Ada"}, "an agents.Agent is expected, not a str"),
        ({"agent": 3}, "an agents.Agent is expected, not a int"),
    ):
        with pytest.raises(InvalidValue, match=said):
            wb.approve("demo", **odd)
    with pytest.raises(InvalidValue, match="message= is text, not a int"):
        wb.reject("demo", message=3)  # type: ignore[arg-type]
    with pytest.raises(LookupError, match="no session 'dmeo'"):
        wb.approve("dmeo")
    with pytest.raises(InvalidValue, match="no option 'colour'"):
        wb.approve("demo", colour="red")
    assert list(wb.pending()["status"]) == ["waiting"]
    wb.approve("demo")
    with pytest.raises(InvalidValue, match="waits for an approval"):
        wb.approve("demo")
    assert tools.done == ["erase x.txt"]


def test_tokens_of_a_run_that_goes_on_are_counted_once(tools: Tools) -> None:
    waiting = wb.ask("demo", ERASE, agent=tools.agent())
    turn = wb.approve("demo")
    assert isinstance(turn, Turn)
    whole = turn.result.context_wrapper.usage
    for name in ("requests", "input_tokens", "output_tokens"):
        both = getattr(waiting.usage, name) + getattr(turn.usage, name)
        assert both == getattr(whole, name)
        assert int(wb.turns("demo")[name].sum()) == both


def test_a_new_prompt_goes_on_without_it_and_says_so(tools: Tools) -> None:
    wb.ask("demo", ERASE, agent=tools.agent())
    turn = wb.ask("demo", "My name is John", agent=tools.agent())
    assert any("unanswered call of erase" in notice for notice in turn.notices)
    assert turn.status == "done"
    later = wb.ask("demo", "What's my name?", agent=tools.agent())
    assert not any("unanswered" in notice for notice in later.notices)
    assert ids()  # it still waits
    wb.approve("demo")
    # The answer stands behind its call: chat completions take it in no other order.
    assert kinds()[:4] == ["message", "function_call", "function_call_output", "message"]
    assert "John" in wb.ask("demo", "What's my name?").text
    assert tools.done == ["erase x.txt"]


def test_a_run_that_is_bound_to_a_session_waits_there_too(tools: Tools) -> None:
    from workbench.binding import Binding, WorkbenchRunner, bind

    session = wb.session("demo")
    agent = tools.agent()

    async def cell() -> None:
        bind(Binding(session, "demo", lambda: False))
        await WorkbenchRunner().run(agent, ERASE)

    loop.run(cell())
    assert list(wb.pending("demo")["tool"]) == ["erase"]
    wb.approve("demo", agent=agent)
    assert tools.done == ["erase x.txt"]


def test_a_state_that_the_program_resumes_itself_waits_no_more(tools: Tools) -> None:
    from workbench.binding import Binding, WorkbenchRunner, bind

    waiting = wb.ask("demo", ERASE, agent=tools.agent())
    state = waiting.result.to_state()
    state.approve(waiting.result.interruptions[0])

    session = wb.session("demo")

    async def cell() -> None:
        bind(Binding(session, "demo", lambda: False))
        await WorkbenchRunner().run(tools.agent(), state)

    loop.run(cell())
    assert len(wb.pending()) == 0
    frame = wb.turns("demo")
    assert list(frame["status"]) == ["done", "done"]
    assert int(frame["requests"].sum()) == 2
    with pytest.raises(InvalidValue, match="no call"):
        wb.approve("demo")
    assert tools.done == ["erase x.txt"]


@pytest.mark.parametrize("stream", [True, False])
def test_a_tool_that_fails_is_not_run_again_by_itself(tools: Tools, stream: bool) -> None:
    wb.ask("demo", "Call erase with name='broken'", agent=tools.agent())
    with pytest.raises(TurnFailed):
        wb.approve("demo", stream=stream)
    assert list(wb.pending()["status"]) == ["started"]
    with pytest.raises(InvalidValue, match="has failed: the tool may have done its work"):
        wb.approve("demo")
    assert tools.done == ["erase broken"]
    with pytest.raises(TurnFailed):
        wb.approve("demo", again=True)
    assert tools.done == ["erase broken"] * 2
    turn = wb.reject("demo", again=True)  # the way to go on without it
    assert isinstance(turn, Turn)
    assert tools.done == ["erase broken"] * 2


class FailsAfterTools(OfflineModel):
    """Goes away when it sees what the tool said."""

    async def get_response(self, *args: Any, **kwargs: Any) -> Any:
        given = kwargs.get("input") or args[1]
        if given[-1].get("type") == "function_call_output":
            raise ConnectionError("the model went away")
        return await super().get_response(*args, **kwargs)


def test_what_the_tool_has_answered_stays_when_the_model_fails_afterwards(tools: Tools) -> None:
    agent = tools.agent(model=FailsAfterTools())
    wb.ask("demo", ERASE, agent=agent, stream=False)
    with pytest.raises(TurnFailed, match="with what the approved tools answered"):
        wb.approve("demo", stream=False, agent=agent)
    assert kinds() == ["message", "function_call", "function_call_output"]
    assert len(wb.pending()) == 0
    assert list(wb.turns("demo")["status"]) == ["done", "failed"]
    wb.ask("demo", "My name is John", agent=tools.agent())
    assert tools.done == ["erase x.txt"]


def test_a_rejection_is_kept_when_the_model_fails_afterwards(tools: Tools) -> None:
    agent = tools.agent(model=FailsAfterTools())
    wb.ask("demo", ERASE, agent=agent, stream=False)
    with pytest.raises(TurnFailed):
        wb.reject("demo", stream=False, agent=agent)
    assert len(wb.pending()) == 0  # the model's own endpoint failed, after it was told
    assert kinds()[-1] == "function_call_output"
    assert tools.done == []


def test_a_context_is_never_written_down_and_asked_for_in_another_program(
    workbench_home: Path,
) -> None:
    seen: list[Any] = []

    @function_tool(needs_approval=True)
    def look(ctx: RunContextWrapper[Any]) -> str:
        """Look at the context."""
        seen.append(ctx.context)
        return "seen"

    agent = Agent(name="Ada", model=OfflineModel(), tools=[look])
    secret = {"token": "hunter2-hunter2"}
    for again in (False, True):
        wb.ask("demo", "Call look", agent=agent, context=secret)
        if again:  # as a new kernel has it
            workspace().runs.clear()
            with pytest.raises(InvalidValue, match=r"has a context, a dict.*context="):
                wb.approve("demo", agent=agent)
            wb.approve("demo", agent=agent, context=secret)
        else:
            wb.approve("demo")
    assert seen == [secret] * 2
    files = workspace().folder.iterdir()
    assert b"hunter2" not in b"".join(path.read_bytes() for path in files)


def test_an_unknown_agent_is_asked_for_by_name(tools: Tools) -> None:
    wb.ask("demo", ERASE, agent=tools.agent("Eve"))
    workspace().runs.clear()
    wb.register_agent(tools.agent("Eva"))
    with pytest.raises(NotFound, match=r"agent 'Eve', which is not defined.*'Eva'"):
        wb.approve("demo")
    assert list(wb.pending()["status"]) == ["waiting"]
    wb.approve("demo", agent=tools.agent("Eve"))
    assert tools.done == ["erase x.txt"]


def test_with_an_agent_that_has_not_the_tool_it_waits_on(tools: Tools) -> None:
    wb.ask("demo", ERASE, agent=tools.agent())
    with pytest.raises(TurnFailed, match="erase not found in agent Ada"):
        wb.approve("demo", agent=Agent(name="Ada", model=OfflineModel()))
    with pytest.raises(Unsupported, match="can't go on with this agent 'Bob'"):
        wb.approve("demo", agent=tools.agent("Bob"))
    assert list(wb.pending()["status"]) == ["approved"]
    wb.approve("demo")
    assert tools.done == ["erase x.txt"]


def test_an_agent_that_another_one_handed_over_to_waits_too(tools: Tools) -> None:
    steps = [[function_call("erase", {"name": "x.txt"}, call_id="c1")], [assistant_message("ok")]]
    helper = tools.agent("Helper", model=ScriptedModel(steps))
    desk = Agent(name="Desk", model=OfflineModel(), handoffs=[helper])
    waiting = wb.ask("demo", "Transfer to Helper", agent=desk)
    assert (waiting.status, waiting.agent) == ("pending", "Helper")
    assert list(wb.pending()["agent"]) == ["Helper"]
    workspace().runs.clear()
    wb.register_agent(desk)
    turn = wb.approve("demo")
    assert isinstance(turn, Turn)
    assert (turn.agent, tools.done) == ("Helper", ["erase x.txt"])


def test_an_agent_that_is_a_tool_waits_too(tools: Tools) -> None:
    inner = tools.agent("Inner")
    outer = Agent(
        name="Outer",
        model=OfflineModel(),
        tools=[inner.as_tool(tool_name="inner", tool_description="Does it")],
    )
    waiting = wb.ask("demo", f"Call inner with input={ERASE!r}", agent=outer)
    assert waiting.status == "pending"
    assert list(wb.pending()["tool"]) == ["erase"]
    workspace().runs.clear()
    wb.register_agent(outer)
    turn = wb.approve("demo")
    assert isinstance(turn, Turn)
    assert (turn.status, tools.done) == ("done", ["erase x.txt"])
    assert len(wb.pending()) == 0


def test_a_turn_that_was_rewound_does_not_wait(tools: Tools) -> None:
    wb.ask("demo", ERASE, agent=tools.agent())
    place = workspace()
    session = place.base(loop.run(place.get("demo")))
    rows = loop.run(session.rows())
    loop.run(session.archive([row.key for row in rows], reason="rewound"))
    assert len(wb.pending()) == 0
    loop.run(session.restore([row.key for row in rows]))
    assert len(wb.pending()) == 1


def test_a_session_object_and_an_id_in_a_store_can_be_decided_too(
    tools: Tools, tmp_path: Path
) -> None:
    memory = MemorySession("one")
    wb.ask(memory, ERASE, agent=tools.agent())
    assert list(wb.pending(memory)["session"]) == ["one"]
    wb.approve(memory)
    url = f"sqlite:///{tmp_path}/other.db"
    wb.ask("two", ERASE, agent=tools.agent(), store=url)
    assert list(wb.pending("two", store=url)["tool"]) == ["erase"]
    wb.approve("two", store=url)
    assert tools.done == ["erase x.txt"] * 2


def test_a_session_that_remembers_no_turns_says_how_to_go_on(tools: Tools) -> None:
    theirs = SQLiteSession("demo")
    turn = wb.ask(theirs, ERASE, agent=tools.agent())
    with pytest.raises(Unsupported, match="to_state"):
        wb.pending(theirs)
    state = turn.result.to_state()
    state.approve(turn.result.interruptions[0])
    asyncio.run(Runner.run(tools.agent(), state, session=theirs))
    assert tools.done == ["erase x.txt"]
    theirs.close()


@pytest.mark.parametrize("streamed", [False, True])
def test_a_run_that_names_its_session_itself_waits_there_too(tools: Tools, streamed: bool) -> None:
    from workbench.binding import WorkbenchRunner

    session = wb.session("demo")
    runner = WorkbenchRunner(lambda _line: None)

    async def cell(given: Any) -> Any:
        if not streamed:
            return await runner.run(tools.agent(), given, session=session)
        result = runner.run_streamed(tools.agent(), given, session=session)
        async for _event in result.stream_events():
            pass
        return result

    async def waits() -> Any:
        await cell("My name is John")
        return await cell(ERASE)

    loop.run(waits())
    (row,) = wb.pending().to_dict("records")
    assert (row["session"], row["turn"], row["tool"]) == ("demo", 2, "erase")
    turn = wb.approve("demo", agent=tools.agent())
    assert isinstance(turn, Turn)
    assert tools.done == ["erase x.txt"]
    assert len(wb.pending()) == 0
    assert all(record.parked is None for record in records("demo"))

    result = loop.run(cell(ERASE))
    assert len(wb.pending()) == 1
    state = result.to_state()
    state.reject(result.interruptions[0])
    loop.run(cell(state))
    assert len(wb.pending()) == 0
    assert "pending" not in set(wb.turns("demo")["status"])
    assert tools.done == ["erase x.txt"]
