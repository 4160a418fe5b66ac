"""An agent whose tools wait for approvals, and a note of what they really did."""

from __future__ import annotations

from typing import Any

from agents import Agent, function_tool

from workbench.models.offline import OfflineModel

ERASE = "Call erase with name='x.txt'"


class Tools:
    """``done`` notes each call that came through."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def agent(self, name: str = "Ada", **options: Any) -> Agent[Any]:
        """An agent that may erase and send, when it is allowed to."""

        @function_tool(needs_approval=True, failure_error_function=None)
        def erase(name: str) -> str:
            """Erase a file."""
            self.done.append(f"erase {name}")
            if name == "broken":
                raise OSError("the disk is on fire")
            return f"erased {name}"

        @function_tool(needs_approval=True)
        def send(to: str) -> str:
            """Send a letter."""
            self.done.append(f"send {to}")
            return f"sent to {to}"

        return Agent(
            name=name,
            model=options.pop("model", None) or OfflineModel(),
            tools=[erase, send],
            **options,
        )
