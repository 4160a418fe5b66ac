"""What the notebook knows: its variables, the agents among them, the cell that runs now."""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError

from workbench.errors import nearest

PLAIN = "none"
"""``--agent none``: the plain assistant, whatever the session has used before."""


def cell_id(shell: Any) -> str | None:
    """The id of the cell that runs now, as the front end sent it; None where there are no cells."""
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return None
    parent = kernel.get_parent("shell") or {}
    found = parent.get("metadata", {}).get("cellId")
    return found if isinstance(found, str) else None


def agents(shell: Any) -> dict[str, Any]:
    """The agents known here: by variable, by the name they were registered under, by their own."""
    from workbench.verbs.agents import agents_in

    return agents_in(shell.user_ns)


def agent_named(shell: Any, name: str | None, *, magic: str, remembered_by: str = "") -> Any:
    """The agent called ``name`` (a variable, or an agent's own name); None for no name.

    Raises UsageError with the nearest name.
    """
    if name is None or name == PLAIN:
        return None
    known = agents(shell)
    if name in known:
        return known[name]
    value = shell.user_ns.get(name)
    if value is not None:
        raise UsageError(f"{magic}: {name} is a {type(value).__name__}, not an agent")
    hint = nearest(name, known, plural="agents")
    if remembered_by:
        raise UsageError(
            f"{magic}: session {remembered_by!r} goes on with agent {name!r}, which this notebook "
            f"doesn't have yet: run the cell that makes it, or choose with --agent ({PLAIN}: the "
            f"plain assistant); {hint}"
        )
    raise UsageError(f"{magic}: there is no agent {name!r}; {hint}")
