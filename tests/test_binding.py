"""Python cells whose runs are bound to a session, in a real IPython shell."""

from __future__ import annotations

from typing import Any

import pytest
from agents.run import AgentRunner, get_default_agent_runner

import workbench as wb
from tests.bound_cells import bound, roles, shell, statuses, users, without_key
from tests.notebook_shell import Shell
from workbench import loop
from workbench.binding import WorkbenchRunner, install, uninstall

__all__ = ["shell", "without_key"]


def test_every_way_to_run_an_agent_is_a_turn_of_the_session(shell: Shell) -> None:
    ran = shell.ok(
        bound("""
r = await Runner.run(a, "My name is John")
s = Runner.run_sync(a, "I prefer dark mode")
t = Runner.run_streamed(a, "What's my name?")
async for event in t.stream_events():
    pass
t.final_output""")
    )
    assert ran.value == "Your name is John."
    assert users() == ["My name is John", "I prefer dark mode", "What's my name?"]
    assert statuses() == ["done"] * 3
    assert "[session 'demo': 3 turns, " in ran.out
    assert wb.turns("demo")["n_items"].tolist() == [2, 2, 2]


def test_the_offline_model_is_mentioned_once_a_session(shell: Shell) -> None:
    notice = "the offline model answers"
    first = shell.ok(bound("await Runner.run(a, 'Hi')\nRunner.run_sync(a, 'Hi')"))
    again = shell.ok("%agent -s demo Hi")
    other = shell.ok("%agent -s other Hi")
    assert [each.out.count(notice) for each in (first, again, other)] == [1, 0, 1]


def test_the_body_sees_and_sets_the_notebooks_variables(shell: Shell) -> None:
    shell.ok("who = 'Ann'")
    shell.ok(bound("r = await Runner.run(a, f'My name is {who}')\nkept = {'a': {'b': 1}}"))
    assert shell["r"].final_output == "Nice to meet you, Ann."
    assert shell["kept"] == {"a": {"b": 1}}


def test_two_runs_at_once_are_taken_one_after_the_other(shell: Shell) -> None:
    shell.ok(
        bound("""
r = await asyncio.gather(*(Runner.run(a, f"My number is {n}") for n in range(3)))""")
    )
    assert users() == [f"My number is {n}" for n in range(3)]
    assert roles() == ["user", "assistant"] * 3
    assert statuses() == ["done"] * 3


def test_a_session_of_the_calls_own_wins(shell: Shell) -> None:
    shell.ok(
        bound("""
own = MemorySession("own")
r = await Runner.run(a, "My name is John", session=own)
s = Runner.run_sync(a, "What's my name?", session=own)
t = Runner.run_streamed(a, "What's my name?", session=own)
async for event in t.stream_events():
    pass""")
    )
    assert shell["s"].final_output == shell["t"].final_output == "Your name is John."
    assert wb.history("demo").empty
    assert len(wb.history(shell["own"])) == 6


def test_a_session_that_is_empty_and_counts_as_false_wins_too(shell: Shell) -> None:
    shell.ok(
        bound("""
class Sized(MemorySession):
    def __len__(self):
        return 0
own = Sized("own")
await Runner.run(a, "Hi", session=own)""")
    )
    assert wb.history("demo").empty
    assert len(wb.history(shell["own"])) == 2


@pytest.mark.parametrize("name", ["conversation_id", "previous_response_id"])
def test_a_history_on_the_server_is_not_bound(shell: Shell, name: str) -> None:
    ran = shell.run(bound(f"await Runner.run(a, 'Hi', {name}='x_1')"))
    assert "names a history on OpenAI's servers" in str(ran.error)
    assert wb.history("demo").empty
    assert statuses() == []


def test_an_agent_used_as_a_tool_is_part_of_the_turn(shell: Shell) -> None:
    ran = shell.ok(
        bound("""
inner = Agent(name="Inner")
outer = Agent(name="Outer", tools=[inner.as_tool("ask_inner", "asks")])
r = await Runner.run(outer, "Call ask_inner with input='My name is Eve'")""")
    )
    assert ran.error is None
    assert statuses() == ["done"]
    assert roles() == ["user", "function_call", "function_call_output", "assistant"]
    assert users() == ["Call ask_inner with input='My name is Eve'"]


def test_a_run_that_a_tool_starts_is_part_of_the_turn(shell: Shell) -> None:
    shell.ok(
        bound("""
@function_tool
async def deep(text: str) -> str:
    return (await Runner.run(a, text)).final_output
@function_tool
def sync(text: str) -> str:
    return Runner.run_sync(a, text).final_output
both = Agent(name="B", tools=[deep, sync])
r = await Runner.run(both, "Call deep with text='My name is Eve'")
s = await Runner.run(both, "Call sync with text='My name is Eve'")""")
    )
    assert "Nice to meet you, Eve" in shell["r"].final_output
    assert "Nice to meet you, Eve" in shell["s"].final_output
    assert statuses() == ["done", "done"]


def test_a_tool_that_asks_its_own_session_is_refused_not_hung(shell: Shell) -> None:
    shell.ok(
        bound("""
@function_tool
def loop_back(text: str) -> str:
    return wb.ask("demo", text).text
b = Agent(name="B", tools=[loop_back])
r = await Runner.run(b, "Call loop_back with text='Hi'")""")
    )
    assert "An error occurred while running the tool" in shell["r"].final_output
    frame = wb.turns("demo")
    assert frame["status"].tolist() == ["done", "failed"]
    assert "inside a turn of session 'demo'" in frame["error"].iloc[1]


def test_handoffs_and_tools_work_as_ever(shell: Shell) -> None:
    shell.ok(
        bound("""
billing = Agent(name="Billing")
b = Agent(name="B", tools=[add], handoffs=[billing])
r = await Runner.run(b, "Call add with a=2 and b=3")
s = await Runner.run(b, "Transfer me to Billing")""")
    )
    assert "5" in shell["r"].final_output
    assert shell["s"].last_agent.name == "Billing"
    assert wb.turns("demo")["agent"].tolist() == ["B", "Billing"]


def test_the_binding_ends_with_the_cell(shell: Shell) -> None:
    shell.ok(bound("await Runner.run(a, 'Hi')"))
    shell.ok("await Runner.run(a, 'Not kept')\nRunner.run_sync(a, 'Not kept')")
    assert users() == ["Hi"]


def test_a_cell_inside_the_cell_does_not_end_the_binding(shell: Shell) -> None:
    shell.ok(
        bound("""
get_ipython().run_cell("x = 1")
r = Runner.run_sync(a, "Hi")""")
    )
    shell.ok("Runner.run_sync(a, 'Not kept')")
    assert users() == ["Hi"]


def test_a_function_called_later_is_not_bound(shell: Shell) -> None:
    shell.ok(
        bound("""
def later():
    return Runner.run_sync(a, "Later")
r = Runner.run_sync(a, "Hi")""")
    )
    shell.ok("later()")
    assert users() == ["Hi"]


def test_two_cells_two_sessions(shell: Shell) -> None:
    shell.ok(bound("await Runner.run(a, 'My name is John')", "one"))
    shell.ok(bound('r = await Runner.run(a, "What\'s my name?")', "two"))
    assert "You haven't told me your name" in shell["r"].final_output
    assert (len(wb.history("one")), len(wb.history("two"))) == (2, 2)


def test_the_model_option_goes_before_the_agents_own(shell: Shell) -> None:
    ran = shell.run("%%agent -s demo -m gpt-5.2\nawait Runner.run(a, 'Hi')")
    assert type(ran.error).__name__ == "MissingKey"
    shell.ok(
        "%%agent -s demo -m offline\nr = await Runner.run(Agent(name='X', model='gpt-5.2'), 'Hi')"
    )
    assert wb.turns("demo")["model"].iloc[-1] == "offline"


def test_the_last_turn_is_kept_in_a_variable(shell: Shell) -> None:
    shell.ok(
        "%%agent -s demo --out t\nawait Runner.run(a, 'Hi')\nawait Runner.run(a, 'My name is Ann')"
    )
    assert shell["t"].text == "Nice to meet you, Ann."


def test_a_run_config_of_the_calls_own_is_kept(shell: Shell) -> None:
    shell.ok(
        bound("""
seen = []
def look(data):
    seen.append(len(data.model_data.input))
    return data.model_data
await Runner.run(a, "Hi", run_config=RunConfig(call_model_input_filter=look))""")
    )
    assert shell["seen"] == [1]


def test_run_sync_works_in_a_plain_cell_too(shell: Shell) -> None:
    assert shell.ok("Runner.run_sync(a, 'My name is Ann').final_output").value == (
        "Nice to meet you, Ann."
    )
    shell.ok("async def cell(): return Runner.run_sync(a, 'Hi').final_output")
    assert "offline" in str(shell.ok("await cell()").value)


def test_a_script_has_the_runner_after_install() -> None:
    said: list[str] = []
    runner = install(said.append)
    try:
        from agents import Agent, Runner

        assert install() is runner
        agent = Agent(name="A")
        assert Runner.run_sync(agent, "My name is Ann").final_output == "Nice to meet you, Ann."
        Runner.run_sync(agent, "Hi")
        assert len(said) == 1
        assert "OPENAI_API_KEY" in said[0]
        result = loop.run(streamed(agent))
        assert result == "Nice to meet you, Bob."
    finally:
        uninstall()
    assert type(get_default_agent_runner()) is AgentRunner


async def streamed(agent: Any) -> str:
    from agents import Runner

    result = Runner.run_streamed(agent, "My name is Bob")
    async for _event in result.stream_events():
        pass
    return str(result.final_output)


def test_uninstalling_puts_a_runner_of_the_users_own_back() -> None:
    from agents.run import set_default_agent_runner

    class Own(AgentRunner):
        pass

    own = Own()
    set_default_agent_runner(own)
    try:
        install()
        install()
        assert isinstance(get_default_agent_runner(), WorkbenchRunner)
        uninstall()
        assert get_default_agent_runner() is own
    finally:
        set_default_agent_runner(None)


def test_uninstalling_leaves_a_runner_of_the_users_own_alone() -> None:
    from agents.run import set_default_agent_runner

    class Own(AgentRunner):
        pass

    own = Own()
    set_default_agent_runner(own)
    try:
        uninstall()
        assert get_default_agent_runner() is own
    finally:
        set_default_agent_runner(None)
    assert not isinstance(get_default_agent_runner(), WorkbenchRunner)
