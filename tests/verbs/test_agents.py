from __future__ import annotations

from pathlib import Path

from agents import Agent

import workbench as wb
from tests.script import run_script
from workbench.verbs.agents import agent_called, agents_in


def test_agents_are_known_by_variable_by_their_own_name_and_as_registered(
    workbench_home: Path,
) -> None:
    ada, eve, bob = (Agent(name=name) for name in ("Ada", "Eve", "Bob"))
    wb.register_agent(bob, name="helper")
    known = agents_in({"a": ada, "_": eve, "x": 1})
    assert known == {"Ada": ada, "a": ada, "helper": bob}
    assert agent_called("Bob") is agent_called("helper") is bob
    assert agent_called("Ada") is None


def test_a_script_has_agents_too(tmp_path: Path) -> None:
    source = """
    from workbench.verbs.agents import agent_called
    print(agent_called("Ada"))
    from agents import Agent
    ada = Agent(name="Ada L")
    print(agent_called("Ada L") is ada, agent_called("ada") is ada)
    """
    assert run_script(source, folder=tmp_path).splitlines() == ["None", "True True"]
