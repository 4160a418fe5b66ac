"""What an OpenAI-compatible server says on the wire, for tests/openai_server.py.

https://platform.openai.com/docs/api-reference/responses and .../chat
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from agents import (
    AgentOutputSchemaBase,
    FunctionTool,
    ModelResponse,
    ModelSettings,
    ModelTracing,
    Tool,
)
from openai.types.responses import Response, ResponseFunctionToolCall, ResponseOutputMessage

from workbench.models.events import stream_events, words
from workbench.models.offline import OfflineModel
from workbench.models.reply import Reply
from workbench.models.response import output, response

Body = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """One answer in both forms: the JSON of a whole one, and the texts of a stream's events."""

    whole: Body
    events: list[str]


class _WireSchema(AgentOutputSchemaBase):
    """An output type of which only the JSON schema came over the wire."""

    def __init__(self, schema: Body) -> None:
        self._schema = schema

    def is_plain_text(self) -> bool:
        return False

    def name(self) -> str:
        return "wire"

    def json_schema(self) -> Body:
        return self._schema

    def is_strict_json_schema(self) -> bool:
        return True

    def validate_json(self, json_str: str) -> Any:
        return json.loads(json_str)


def responses(body: Body, fixed: str | None) -> Answer:
    """``POST /v1/responses``."""
    given = (body.get("text") or {}).get("format") or {}
    schema = _WireSchema(given["schema"]) if given.get("type") == "json_schema" else None
    tools = [_tool(each) for each in body.get("tools") or () if each.get("type") == "function"]
    made = response(_ask(body, body.get("input") or [], tools, schema, fixed))
    made = Response.model_validate_json(_unmarked(made.model_dump_json(exclude_none=True)))
    made.model = body["model"]
    return Answer(_whole(made), [_event(one) for one in _events(made)])


def _whole(made: Response) -> Body:
    found: Body = json.loads(made.model_dump_json())
    return found


def _events(made: Response) -> Iterator[tuple[str, str]]:
    for event in stream_events(made):
        yield event.type, event.model_dump_json()


def _event(one: tuple[str, str]) -> str:
    return f"event: {one[0]}\ndata: {one[1]}\n\n"


def chat(body: Body, fixed: str | None) -> Answer:
    """``POST /v1/chat/completions``."""
    given = body.get("response_format") or {}
    schema = _WireSchema(given["json_schema"]["schema"]) if "json_schema" in given else None
    tools = [_tool(each["function"]) for each in body.get("tools") or ()]
    made = _ask(body, [item for m in body["messages"] for item in _items(m)], tools, schema, fixed)
    message = _chat_message(made)
    end = "tool_calls" if "tool_calls" in message else "stop"
    usage = {
        "prompt_tokens": made.usage.input_tokens,
        "completion_tokens": made.usage.output_tokens,
        "total_tokens": made.usage.total_tokens,
    }
    head = {"id": "chatcmpl-test", "created": 1, "model": body["model"]}
    choice = {"index": 0, "message": message, "finish_reason": end, "logprobs": None}
    whole = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
    head["object"] = "chat.completion.chunk"
    chunks = [{**head, "choices": [each]} for each in _chat_deltas(message, end)]
    if (body.get("stream_options") or {}).get("include_usage"):
        chunks.append({**head, "choices": [], "usage": usage})
    events = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return Answer(whole, [*events, "data: [DONE]\n\n"])


def _chat_message(made: ModelResponse) -> Body:
    message: Body = {"role": "assistant", "content": None}
    for item in made.output:
        if isinstance(item, ResponseOutputMessage):
            message["content"] = "".join(getattr(part, "text", "") for part in item.content)
        elif isinstance(item, ResponseFunctionToolCall):
            function = {"name": item.name, "arguments": item.arguments}
            call = {"id": _unmarked(item.call_id), "type": "function", "function": function}
            message.setdefault("tool_calls", []).append(call)
    return message


def _chat_deltas(message: Body, end: str) -> Iterator[Body]:
    yield {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    for word in words(message["content"] or ""):
        yield {"index": 0, "delta": {"content": word}, "finish_reason": None}
    for index, call in enumerate(message.get("tool_calls", ())):
        delta = {"tool_calls": [{"index": index, **call}]}
        yield {"index": 0, "delta": delta, "finish_reason": None}
    yield {"index": 0, "delta": {}, "finish_reason": end}


def _items(message: Body) -> Iterator[Body]:
    """A chat message as Responses items."""
    if message["role"] == "tool":
        out = message["content"]
        call = message["tool_call_id"]
        yield {"type": "function_call_output", "call_id": call, "output": out}
        return
    if message.get("content"):
        yield {"role": message["role"], "content": message["content"]}
    for call in message.get("tool_calls") or ():
        yield {"type": "function_call", "call_id": call["id"], **call["function"]}


def _ask(
    body: Body, given: Any, tools: list[Tool], schema: _WireSchema | None, fixed: str | None
) -> ModelResponse:
    settings = ModelSettings(tool_choice=_choice(body.get("tool_choice")))
    # A fixed answer has nothing to do with tools and types.
    made = asyncio.run(
        OfflineModel().get_response(
            body.get("instructions"),
            given,
            settings,
            [] if fixed is not None else tools,
            schema if fixed is None else None,
            [],
            ModelTracing.DISABLED,
            previous_response_id=None,
            conversation_id=None,
            prompt=None,
        )
    )
    if fixed is not None:
        made.output = output(Reply(fixed), settings)
    return made


def _choice(given: Any) -> str | None:
    if isinstance(given, dict):
        return str(given.get("name") or given["function"]["name"])
    return given if isinstance(given, str) else None


async def _never(_context: Any, _arguments: str) -> str:
    raise AssertionError("a server does not run the client's tools")


def _tool(given: Body) -> Tool:
    about = given.get("description") or ""
    return FunctionTool(given["name"], about, given.get("parameters") or {}, _never)


def _unmarked(text: str) -> str:
    """``text`` without what marks the offline model: to a client this is a real server."""
    return re.sub(r'"estimated":true,?|,"estimated":true', "", text).replace("_offline_", "_test_")


def error(message: str, code: str) -> Body:
    """The body of a failed request."""
    return {"error": {"message": message, "type": "test_error", "param": None, "code": code}}


ANSWERS: dict[str, Callable[[Body, str | None], Answer]] = {
    "/v1/responses": responses,
    "/v1/chat/completions": chat,
}
