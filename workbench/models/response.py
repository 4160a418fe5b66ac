"""The objects of the SDK that a reply of the offline model becomes, each marked as such."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agents import ModelResponse, ModelSettings, TResponseInputItem, Usage
from openai.types.responses import (
    Response,
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseUsage,
)
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails

from workbench.estimates import item_tokens, schema_tokens, text_tokens, tool_tokens
from workbench.models.reply import Call, Reply
from workbench.models.requests import Offered

if TYPE_CHECKING:
    from agents.items import TResponseOutputItem

NAME = "offline"
MARK = f"resp_{NAME}_"
"""How the id of a response of the offline model begins."""

_ESTIMATED = {"estimated": True}


def output(made: Reply, settings: ModelSettings) -> list[TResponseOutputItem]:
    """The output items of a reply: one message, or the calls that the settings allow at once."""
    if not made.calls:
        text = ResponseOutputText(type="output_text", text=_encodable(made.text), annotations=[])
        return [
            ResponseOutputMessage(
                id=f"msg_{NAME}_{uuid.uuid4().hex}",
                type="message",
                role="assistant",
                status="completed",
                content=[text],
            )
        ]
    calls = made.calls[:1] if settings.parallel_tool_calls is False else made.calls
    return [_call(call) for call in calls]


def _call(call: Call) -> ResponseFunctionToolCall:
    identity = uuid.uuid4().hex
    return ResponseFunctionToolCall(
        id=f"fc_{NAME}_{identity}",
        call_id=f"call_{NAME}_{identity}",
        type="function_call",
        name=call.name,
        arguments=_encodable(json.dumps(call.arguments, ensure_ascii=False)),
        status="completed",
    )


def _encodable(text: str) -> str:
    """``text`` without lone surrogates, which neither JSON nor a terminal can take."""
    return text.encode("utf-8", "replace").decode()


def usage(
    instructions: str | None,
    given: str | list[TResponseInputItem],
    offered: Sequence[Offered],
    made: Sequence[TResponseOutputItem],
    schema: Mapping[str, Any] | None = None,
) -> Usage:
    """The usage of one request, estimated as `workbench.estimates` does.

    ``estimated=True`` stands in the details, which the SDK keeps for each request of a run.
    """
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    read_tokens = item_tokens(map(dict, items)) + (text_tokens(instructions) if instructions else 0)
    read_tokens += sum(tool_tokens(tool.name, tool.description, tool.schema) for tool in offered)
    read_tokens += schema_tokens(schema) if schema else 0
    made_tokens = item_tokens(item.model_dump() for item in made)
    return Usage(
        requests=1,
        input_tokens=read_tokens,
        output_tokens=made_tokens,
        total_tokens=read_tokens + made_tokens,
        input_tokens_details=InputTokensDetails.model_validate(
            {"cached_tokens": 0, "cache_write_tokens": 0, **_ESTIMATED}
        ),
        output_tokens_details=OutputTokensDetails.model_validate(
            {"reasoning_tokens": 0, **_ESTIMATED}
        ),
    )


def response(made: ModelResponse, *, model: str = NAME) -> Response:
    """``made`` as the Response that ends a stream."""
    used = made.usage
    return Response(
        id=made.response_id or "",
        created_at=time.time(),
        model=model,
        object="response",
        output=made.output,
        tool_choice="auto",
        tools=[],
        parallel_tool_calls=True,
        status="completed",
        usage=ResponseUsage(
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            total_tokens=used.total_tokens,
            input_tokens_details=used.input_tokens_details,
            output_tokens_details=used.output_tokens_details,
        ),
    )
