"""Items as they are kept, made into the objects that the SDK expects a model to return."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputItem,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseOutputText,
)
from pydantic import TypeAdapter

from workbench.items import Item, call_id, kind

if TYPE_CHECKING:
    from agents.items import TResponseOutputItem


def output_item(
    item: Item, identity: str, names: dict[str, str], *, mark: str
) -> TResponseOutputItem:
    """``item`` with new ids made of ``identity``; ``names`` keeps those of calls.

    Raises ValueError (pydantic's ValidationError) for what no model returns.
    """
    if kind(item) == "message":
        return _message(item, f"msg_{mark}_{identity}")
    named = call_id(item)
    fields = {**item, "id": f"item_{mark}_{identity}"}
    if named is not None:
        fields["call_id"] = names.setdefault(named, f"call_{mark}_{identity}")
    if kind(item) == "function_call":
        fields |= {"id": f"fc_{mark}_{identity}", "status": "completed"}
        return ResponseFunctionToolCall.model_validate(fields)
    made: TResponseOutputItem = _any().validate_python({"status": "completed", **fields})
    return made


@cache
def _any() -> TypeAdapter[Any]:
    return TypeAdapter(ResponseOutputItem)


def _message(item: Item, identity: str) -> ResponseOutputMessage:
    content = item.get("content")
    parts = [content] if isinstance(content, str) else list(content or ())
    fields: dict[str, Any] = {"phase": item["phase"]} if item.get("phase") else {}
    return ResponseOutputMessage(
        id=identity,
        type="message",
        role="assistant",
        status="completed",
        content=[_part(part) for part in parts],
        **fields,
    )


def _part(part: Any) -> ResponseOutputText | ResponseOutputRefusal:
    if isinstance(part, str):
        return ResponseOutputText(type="output_text", text=part, annotations=[])
    if isinstance(part, dict) and part.get("type") == "refusal":
        return ResponseOutputRefusal.model_validate(part)
    return ResponseOutputText.model_validate({"annotations": [], **part})
