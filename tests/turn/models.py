"""Models that fail, each in its own way, and agents to try them with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from agents import (
    Agent,
    GuardrailFunctionOutput,
    ModelResponse,
    function_tool,
    input_guardrail,
    output_guardrail,
)

from workbench.models.offline import OfflineModel


class Refuses(OfflineModel):
    """Fails before it says a word."""

    async def get_response(self, *args: Any, **kwargs: Any) -> ModelResponse:
        raise ConnectionError("the model is not there")


class BreaksOff(OfflineModel):
    """Says a few words of its reply, and then fails."""

    words = 2

    async def stream_response(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        said = 0
        async for event in super().stream_response(*args, **kwargs):
            said += event.type == "response.output_text.delta"
            yield event
            if said == self.words:
                raise ConnectionError("the stream broke off")


class FailsAfterTools(OfflineModel):
    """Asks for its tool, and fails when it sees what the tool said."""

    async def get_response(self, *args: Any, **kwargs: Any) -> ModelResponse:
        given = kwargs.get("input") or args[1]
        if isinstance(given, list) and given[-1].get("type") == "function_call_output":
            raise ConnectionError("the model went away")
        return await super().get_response(*args, **kwargs)


class Waits(OfflineModel):
    """Answers only when it is let: `started` says that it was asked, `go` lets it answer."""

    def __init__(self) -> None:
        super().__init__()
        self.started, self.go = asyncio.Event(), asyncio.Event()

    async def get_response(self, *args: Any, **kwargs: Any) -> ModelResponse:
        self.started.set()
        await self.go.wait()
        return await super().get_response(*args, **kwargs)


@function_tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@function_tool(failure_error_function=None)
def divide(a: int, b: int) -> float:
    """Divide two numbers."""
    return a / b


@function_tool(needs_approval=True)
def erase(name: str) -> str:
    """Erase a file."""
    return f"erased {name}"


@input_guardrail
async def no_input(context: Any, who: Any, given: Any) -> GuardrailFunctionOutput:
    """Lets nothing in."""
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)


@output_guardrail
async def no_output(context: Any, who: Any, made: Any) -> GuardrailFunctionOutput:
    """Lets nothing out."""
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)


def agent(model: Any = None, **options: Any) -> Agent:
    """An agent on ``model``: the offline one, where none is named."""
    return Agent(name="Ada", model=model or OfflineModel(), **options)


def said(items: list[Any]) -> list[str]:
    """Role or type of each item: the shape of a history."""
    return [each.get("role") or each["type"] for each in items]
