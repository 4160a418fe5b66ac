"""Short ways to say what a user says, for the tests of the offline model."""

from __future__ import annotations

import asyncio
from typing import Any

from agents import Agent, RunConfig, Runner, RunResult, Tool

from workbench.models.offline import OfflineModel
from workbench.models.reading import read
from workbench.models.reply import Call, reply
from workbench.models.requests import Offered

UNTRACED = RunConfig(tracing_disabled=True)


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    return {"type": "message", "role": "assistant", "id": "msg_1", "content": [part]}


def says(*given: Any) -> str:
    """The reply to the last of these: texts of a user, or whole items."""
    return reply(read([user(one) if isinstance(one, str) else one for one in given])).text


def calls(message: str, *tools: Tool) -> list[Call]:
    """What is called for a message, with function tools offered."""
    return list(reply(read(message), offered(*tools)).calls)


def offered(*tools: Any) -> list[Offered]:
    return [
        Offered(tool.name, "function", tool.params_json_schema, description=tool.description)
        for tool in tools
    ]


def run(given: Any, **agent: Any) -> RunResult:
    """One run of the SDK's Runner on the offline model."""
    made = Agent(name="A", model=OfflineModel(), **agent)
    return asyncio.run(Runner.run(made, given, run_config=UNTRACED, max_turns=4))
