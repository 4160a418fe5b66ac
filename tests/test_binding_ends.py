"""How bound runs end: by an error, an early stop, the end of their cell, an approval to come."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agents import Agent

import workbench as wb
from tests.bound_cells import bound, roles, shell, statuses, users, without_key
from tests.full_store import FullStore
from tests.notebook_shell import Shell
from tests.turn.models import BreaksOff, Waits
from workbench.binding import Binding, WorkbenchRunner, bind
from workbench.errors import StoreFull
from workbench.sessions import MemorySession

__all__ = ["shell", "without_key"]


def test_the_binding_ends_with_a_cell_that_fails(shell: Shell) -> None:
    ran = shell.run(bound("await Runner.run(a, 'Hi')\n1 / 0"))
    assert isinstance(ran.error, ZeroDivisionError)
    shell.ok("await Runner.run(a, 'Not kept')")
    assert users() == ["Hi"]


FAILURES = {
    "refused": ("Agent(name='X', model=Refuses())", "Hi", "ConnectionError"),
    "tool": ("Agent(name='X', tools=[divide])", "Call divide with a=1 and b=0", "ZeroDivision"),
    "later": (
        "Agent(name='X', model=FailsAfterTools(), tools=[add])",
        "Call add with a=2 and b=3",
        "ConnectionError",
    ),
    "guardrail": ("Agent(name='X', input_guardrails=[no_input])", "Hi", "GuardrailTripwire"),
}


@pytest.mark.parametrize("way", ["run", "run_sync", "run_streamed"])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_run_that_fails_leaves_the_history_as_it_was(
    shell: Shell, failure: str, way: str
) -> None:
    made, prompt, name = FAILURES[failure]
    shell.ok(bound("await Runner.run(a, 'My name is John')"))
    before = wb.history("demo")
    call = {
        "run": f"await Runner.run(x, {prompt!r})",
        "run_sync": f"Runner.run_sync(x, {prompt!r})",
        "run_streamed": (
            f"async for event in Runner.run_streamed(x, {prompt!r}).stream_events(): pass"
        ),
    }[way]
    ran = shell.run(bound(f"x = {made}\n{call}"))
    assert name in repr(ran.error) + repr(getattr(ran.error, "__cause__", None))
    assert wb.history("demo").equals(before)
    assert statuses() == ["done", "failed"]
    assert ", failed]" in ran.out
    after = shell.ok(bound('r = await Runner.run(a, "What\'s my name?"); r.final_output'))
    assert after.value == "Your name is John."


def test_a_failed_run_says_that_the_history_is_as_it_was(shell: Shell) -> None:
    ran = shell.run(bound("await Runner.run(Agent(name='X', model=Refuses()), 'Hi')"))
    assert ran.error is not None
    assert ran.error.__notes__ == ["The history of session 'demo' is as it was before this run."]
    assert "as it was before this run" in ran.out


def test_a_stream_that_breaks_off_is_taken_back(shell: Shell) -> None:
    ran = shell.run(
        bound("""
words = []
r = Runner.run_streamed(Agent(name="X", model=BreaksOff()), "Hello there")
async for event in r.stream_events():
    if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
        words.append(event.data.delta)""")
    )
    assert isinstance(ran.error, ConnectionError)
    assert len(shell["words"]) == BreaksOff.words
    assert wb.history("demo").empty
    assert statuses() == ["failed"]


def test_too_many_steps_are_taken_back(shell: Shell) -> None:
    ran = shell.run(
        bound("""
x = Agent(name="X", tools=[add])
await Runner.run(x, "Call add with a=2 and b=3", max_turns=1)""")
    )
    assert type(ran.error).__name__ == "MaxTurnsExceeded"
    assert wb.history("demo").empty


def test_after_an_error_that_is_caught_the_next_run_goes_on(shell: Shell) -> None:
    shell.ok(
        bound("""
try:
    await Runner.run(Agent(name="X", model=Refuses()), "Hi")
except ConnectionError:
    r = await Runner.run(a, "My name is John")""")
    )
    assert users() == ["My name is John"]
    assert statuses() == ["failed", "done"]


def test_a_stream_that_is_not_read_to_its_end_is_taken_back(shell: Shell) -> None:
    ran = shell.ok(
        bound("""
r = Runner.run_streamed(a, "Tell me something long")
async for event in r.stream_events():
    break""")
    )
    assert "still under way when the cell ended" in ran.out
    assert "cancelled]" in ran.out
    assert wb.history("demo").empty
    next_turn = shell.ok("%agent -s demo My name is John")
    assert "Nice to meet you, John." in next_turn.text
    shell.ok("await asyncio.sleep(0.05)")  # what is left of the run gets its chance to write
    assert users() == ["My name is John"]
    assert statuses() == ["cancelled", "done"]


def test_a_task_that_nobody_awaits_is_taken_back(shell: Shell) -> None:
    shell.ok(
        bound("""
model = Waits()
task = asyncio.create_task(Runner.run(Agent(name="X", model=model), "Hi"))
await model.started.wait()""")
    )
    assert wb.history("demo").empty
    shell.ok("%agent -s demo My name is John")
    shell.ok("model.go.set()\nawait asyncio.wait({task})")
    assert shell["task"].cancelled()
    assert users() == ["My name is John"]


def test_a_stream_that_is_cancelled_is_taken_back(shell: Shell) -> None:
    ran = shell.ok(
        bound("""
r = Runner.run_streamed(a, "Tell me something long")
async for event in r.stream_events():
    r.cancel()
s = await Runner.run(a, "My name is John")""")
    )
    assert ran.error is None
    assert users() == ["My name is John"]
    assert statuses() == ["cancelled", "done"]


def test_a_stream_that_is_cancelled_at_once_is_over_at_once(shell: Shell) -> None:
    ran = shell.ok(
        bound("""
r = Runner.run_streamed(a, "Tell me something long")
r.cancel()
async with asyncio.timeout(5):
    s = await Runner.run(a, "My name is John")""")
    )
    assert "still under way" not in ran.out
    assert users() == ["My name is John"]
    assert statuses() == ["cancelled", "done"]


def test_runs_that_wait_for_each_other_when_the_cell_ends_hold_nothing_up(shell: Shell) -> None:
    ran = shell.ok(
        bound("""
model = Waits()
tasks = [asyncio.create_task(Runner.run(Agent(name="X", model=model), "Hi")) for _ in range(3)]
await model.started.wait()
await asyncio.sleep(0.05)""")
    )
    assert "3 runs were still under way" in ran.out
    shell.ok("%agent -s demo My name is John")
    shell.ok("model.go.set()\nawait asyncio.wait(tasks)")
    assert users() == ["My name is John"]
    assert statuses() == ["cancelled"] * 3 + ["done"]


def test_a_stream_that_is_cancelled_after_its_turn_is_kept(shell: Shell) -> None:
    shell.ok(
        bound("""
r = Runner.run_streamed(a, "My name is John")
async for event in r.stream_events():
    if event.type == "raw_response_event":
        r.cancel(mode="after_turn")""")
    )
    assert roles() == ["user", "assistant"]
    assert statuses() == ["done"]


def test_a_turn_that_its_own_cell_would_wait_for_forever_is_refused(shell: Shell) -> None:
    ran = shell.run(
        bound("""
model = Waits()
task = asyncio.create_task(Runner.run(Agent(name="X", model=model), "Hi"))
await model.started.wait()
Runner.run_sync(a, "Hi")""")
    )
    assert "still under way in this cell" in str(ran.error)
    assert wb.history("demo").empty


def test_an_approval_waits_and_is_resumed_in_the_same_session(shell: Shell) -> None:
    ran = shell.ok(
        bound("""
x = Agent(name="X", tools=[erase])
r = await Runner.run(x, "Call erase with name='x.txt'")
len(r.interruptions)""")
    )
    assert ran.value == 1
    assert "pending]" in ran.out
    assert statuses() == ["pending"]
    shell.ok(
        bound("""
state = r.to_state()
state.approve(r.interruptions[0])
s = await Runner.run(x, state)""")
    )
    assert "erased x.txt" in shell["s"].final_output
    assert roles() == ["user", "function_call", "function_call_output", "assistant"]
    assert statuses() == ["done", "done"]


def binding_on(store: FullStore) -> Binding:
    """A binding of the running context to a session in ``store``."""
    binding = Binding(MemorySession("demo", store=store), "demo", lambda: False)
    bind(binding)
    return binding


async def test_a_run_that_cannot_be_recorded_is_not_said_to_be_under_way() -> None:
    store = FullStore("save_turn")
    binding = binding_on(store)
    with pytest.raises(StoreFull):
        await WorkbenchRunner().run(Agent(name="Ada"), "Hi")
    assert binding.end() == 0
    assert len(await binding.session.get_items()) == 2


async def test_one_run_that_cannot_be_taken_back_does_not_keep_the_others() -> None:
    store = FullStore("archive")
    binding = binding_on(store)
    model = Waits()
    running: list[Any] = [
        asyncio.create_task(WorkbenchRunner().run(Agent(name="Ada", model=model), "Hi"))
        for _ in range(2)
    ]
    await model.started.wait()
    while len(binding.under_way) < 2:  # noqa: ASYNC110  # nobody tells of it
        await asyncio.sleep(0.01)
    with pytest.raises(StoreFull):
        await asyncio.to_thread(binding.end)
    assert [turn.status for turn in binding.turns] == ["cancelled"]
    await asyncio.wait(running)
    assert [each.cancelled() for each in running] == [False, True]
    assert isinstance(running[0].exception(), StoreFull)
