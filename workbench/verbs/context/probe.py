"""What the SDK's Runner would send next, seen where it is sent: a run whose model only notes it.

Limits, orphan calls, repeated ids, handoffs, filters and whatever a later SDK does are so by the
SDK itself. The run reads the session and writes nothing to it; guardrails and hooks, which could
ask models or do things, are left out, and nobody is asked anything.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents import Agent, FunctionTool, Handoff, Model, ModelResponse, RunConfig, Usage
from agents.run import AgentRunner
from openai.types.responses import ResponseOutputMessage, ResponseOutputText

from workbench.items import Item
from workbench.own_loop import asked

_HIDDEN = frozenset({"run_compaction", "_get_items_with_generation", "_add_items_with_generation"})
"""What the SDK asks of its own compacting session beside the protocol."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: its items, instructions, tools (name, description, schema), output schema."""

    items: list[Item]
    instructions: str | None
    tools: list[dict[str, Any]]
    output_schema: Mapping[str, Any] | None


class ReadOnly:
    """``inner`` for a run that leaves no trace: what is written goes nowhere."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        if name in _HIDDEN:
            raise AttributeError(name)
        return getattr(self.inner, name)

    @property  # type: ignore[misc]  # what isinstance asks for; the SDK does, for its own classes
    def __class__(self) -> type:
        return type(self.inner)

    # From Python 3.12 on, isinstance looks for these in the class itself.
    session_id = property(lambda self: self.inner.session_id)
    session_settings = property(lambda self: getattr(self.inner, "session_settings", None))

    async def get_items(self, limit: int | None = None) -> list[Any]:
        # Not every session takes None for what it has by default.
        get = self.inner.get_items
        return list(await asked(self.inner, get() if limit is None else get(limit)))

    async def add_items(self, items: Sequence[Any]) -> None:
        pass

    async def pop_item(self) -> Any:
        return None

    async def clear_session(self) -> None:
        pass


class Probe(Model):
    """A model that notes the first request, and answers with nothing."""

    def __init__(self) -> None:
        self.sent: Sent | None = None

    async def get_response(
        self,
        system_instructions: str | None,
        input: Any,
        model_settings: Any,
        tools: Any,
        output_schema: Any,
        handoffs: Any,
        tracing: Any,
        **_more: Any,
    ) -> ModelResponse:
        self.sent = self.sent or Sent(
            [{"role": "user", "content": input}] if isinstance(input, str) else list(input),
            system_instructions,
            [*map(_tool, tools), *map(_handoff, handoffs)],
            _schema(output_schema),
        )
        text = ResponseOutputText(type="output_text", text="", annotations=[])
        message = ResponseOutputMessage(
            id="msg_probe", type="message", role="assistant", status="completed", content=[text]
        )
        return ModelResponse(output=[message], usage=Usage(), response_id=None)

    def stream_response(self, *_args: Any, **_kwargs: Any) -> Any:
        raise NotImplementedError("this run is not streamed")


def _tool(tool: Any) -> dict[str, Any]:
    if isinstance(tool, FunctionTool):
        described = {"description": tool.description, "parameters": tool.params_json_schema}
        return {"name": tool.name, **described}
    return {"name": tool.name, "description": f"[{type(tool).__name__}: runs elsewhere]"}


def _handoff(handoff: Handoff[Any, Any]) -> dict[str, Any]:
    return {
        "name": handoff.tool_name,
        "description": handoff.tool_description,
        "parameters": handoff.input_json_schema,
    }


def _schema(output: Any) -> Mapping[str, Any] | None:
    if output is None or output.is_plain_text():
        return None
    schema: Mapping[str, Any] = output.json_schema()
    return schema


async def sent_next(
    session: Any, agent: Agent[Any], *, prompt: Any = None, options: Mapping[str, Any]
) -> Sent:
    """What a turn of ``agent`` would send first; without ``prompt``, all but what the user says.

    ``options`` are keywords of ``Runner.run``. Raises what reading the session, and what the
    agent's own instructions and tools raise.
    """
    probe, mark = Probe(), f"probe-{uuid.uuid4().hex}"
    quiet = agent.clone(input_guardrails=[], output_guardrails=[], hooks=None)
    kept = {name: value for name, value in options.items() if name not in ("hooks", "run_config")}
    config = _quiet(options.get("run_config"), probe)
    try:
        await AgentRunner().run(
            quiet,
            mark if prompt is None else prompt,
            session=ReadOnly(session),
            run_config=config,
            **kept,
        )
    except Exception:
        if probe.sent is None:  # else it is only the empty answer that does not fit
            raise
    assert probe.sent is not None
    left = [item for item in probe.sent.items if item.get("content") != mark]
    return replace(probe.sent, items=left)


def _quiet(given: Any, probe: Probe) -> RunConfig:
    config = RunConfig(**given) if isinstance(given, dict) else given or RunConfig()
    return replace(
        config, model=probe, tracing_disabled=True, input_guardrails=None, output_guardrails=None
    )
