"""The agents that are known by name: registered ones, and variables of the notebook."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any


def agents_in(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The agents known here: by variable, by the name they were registered under, by their own."""
    module = sys.modules.get("agents")
    if module is None or not hasattr(module, "Agent"):  # or a module of the user's own
        return {}
    from workbench.workspace import workspace

    variables = {
        name: value
        for name, value in dict(namespace).items()
        if isinstance(value, module.Agent) and not name.startswith("_")
    }
    own = {agent.name: agent for agent in variables.values()}
    return {**own, **workspace().agents, **variables}


def agent_called(name: str) -> Any:
    """The agent whose own name this is, or else that is known by it; None where there is none."""
    known = known_agents()
    own = [agent for agent in known.values() if agent.name == name]
    return own[-1] if own else known.get(name)


def known_agents() -> dict[str, Any]:
    """As `agents_in` the notebook, or the program that runs."""
    core = sys.modules.get("IPython")
    shell = core.get_ipython() if core else None
    if shell is not None:
        return agents_in(shell.user_ns)
    return agents_in(vars(sys.modules["__main__"]))
