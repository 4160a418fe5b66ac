"""Messages of the Chat Completions API as items, and items as messages.

https://platform.openai.com/docs/api-reference/chat/create, and for training
https://platform.openai.com/docs/guides/supervised-fine-tuning. What one form has and the other has
not is left out, and named; what makes no sense in its place raises ValueError, without any text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from workbench import items as of
from workbench.items import Item

Message = dict[str, Any]

_ROLES = frozenset(("system", "developer", "user", "assistant"))
_SAID = frozenset(("input_text", "output_text", "text"))


def items_of(message: Mapping[str, Any]) -> list[Item]:
    """The items that a message stands for. Raises ValueError."""
    role = message.get("role")
    if role == "tool":
        return [_output(message)]
    if not isinstance(role, str) or role not in _ROLES:
        raise ValueError("a message has a role: system, developer, user, assistant or tool")
    if message.get("function_call") is not None:
        raise ValueError("function_call is the old form of tool_calls, which is not read")
    said = _said(role, message)
    return [*said, *(_call(each) for each in message.get("tool_calls") or ())]


def is_message(fields: Mapping[str, Any]) -> bool:
    """Whether a line is a message of a chat, in a form that no item has."""
    content = fields.get("content")
    parts = content if isinstance(content, list) else ()
    kinds = {part.get("type") for part in parts if isinstance(part, Mapping)}
    return (
        fields.get("role") == "tool"
        or bool(fields.get("tool_calls"))
        or ("content" not in fields and isinstance(fields.get("refusal"), str))
        or bool(kinds & {"text", "image_url", "file"})
    )


def _said(role: str, message: Mapping[str, Any]) -> list[Item]:
    content, refusal = message.get("content"), message.get("refusal")
    if isinstance(refusal, str):
        content = [{"type": "refusal", "refusal": refusal}]
    if content is None or content == []:
        if message.get("tool_calls"):
            return []
        raise ValueError("a message has content")
    if isinstance(content, str):
        return [{"role": role, "content": content}]
    if not isinstance(content, list):
        raise ValueError("content is text or a list of parts")
    return [{"role": role, "content": [_item_part(role, each) for each in content]}]


def _item_part(role: str, part: Any) -> dict[str, Any]:
    kind = part.get("type") if isinstance(part, Mapping) else None
    if kind == "text" and isinstance(part.get("text"), str):
        return {
            "type": "output_text" if role == "assistant" else "input_text",
            "text": part["text"],
        }
    if kind == "refusal":
        return {"type": "refusal", "refusal": part.get("refusal")}
    if kind == "image_url" and isinstance(part.get("image_url"), Mapping):
        image = part["image_url"]
        detail = image.get("detail") or "auto"
        return {"type": "input_image", "image_url": image.get("url"), "detail": detail}
    if kind == "file" and isinstance(part.get("file"), Mapping):
        return {"type": "input_file", **part["file"]}
    raise ValueError("a part of content is text, image_url, file or refusal")


def _call(call: Any) -> Item:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        raise ValueError("a tool call has a function")
    name, arguments, identity = function.get("name"), function.get("arguments"), call.get("id")
    if not all(isinstance(each, str) for each in (name, arguments, identity)):
        raise ValueError("a tool call has an id, a name and arguments as JSON text")
    return {"type": "function_call", "call_id": identity, "name": name, "arguments": arguments}


def _output(message: Mapping[str, Any]) -> Item:
    identity, content = message.get("tool_call_id"), message.get("content")
    if not isinstance(identity, str):
        raise ValueError("a tool message has a tool_call_id")
    if isinstance(content, list):
        content = "\n".join(str(each.get("text", "")) for each in content)
    if not isinstance(content, str):
        raise ValueError("a tool message has content")
    return {"type": "function_call_output", "call_id": identity, "output": content}


class Messages:
    """Items turned into messages. ``taken`` is how many are in them, ``left_out`` counts what has
    no place there, items and parts of items, by kind. Raises ValueError, naming the item."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.left_out: Counter[str] = Counter()
        self.taken = 0
        self.messages: list[Message] = []
        self._open: list[str] = []
        for number, item in enumerate(items, start=1):
            try:
                self._take(item)
            except ValueError as exc:
                raise ValueError(f"item {number}: {exc}") from None
        if self._open:
            raise ValueError("its last call of a tool has no output")

    def _take(self, item: Item) -> None:
        kind = of.kind(item)
        if kind == "function_call":
            self._add_call(item)
        elif kind == "function_call_output":
            self._add_output(item)
        elif kind == "message" and (role := of.role(item)) in _ROLES:
            self._add_message(str(role), item)
        else:
            self.left_out[kind] += 1
            return
        self.taken += 1

    def _add_message(self, role: str, item: Item) -> None:
        if self._open:
            raise ValueError("a message stands between a call of a tool and its output")
        content = item.get("content")
        parts = [content] if isinstance(content, str) else list(content or ())
        refusal = _refusal(parts)
        if refusal is not None:
            self.messages.append({"role": role, "refusal": refusal})
        elif made := self._content(parts):
            self.messages.append({"role": role, "content": made})

    def _content(self, parts: Sequence[Any]) -> Any:
        """Text where there is nothing else, as most readers expect; else parts."""
        made = list(self._parts(parts))
        texts = [each["text"] for each in made if each["type"] == "text"]
        return "".join(texts) if len(texts) == len(made) else made

    def _parts(self, parts: Sequence[Any]) -> Iterator[dict[str, Any]]:
        for part in parts:
            kind = part.get("type") if isinstance(part, Mapping) else None
            if isinstance(part, str):
                yield {"type": "text", "text": part}
            elif kind in _SAID and isinstance(part.get("text"), str):
                yield {"type": "text", "text": part["text"]}
            elif kind == "input_image" and isinstance(part.get("image_url"), str):
                detail = part.get("detail") or "auto"
                yield {
                    "type": "image_url",
                    "image_url": {"url": part["image_url"], "detail": detail},
                }
            else:
                self.left_out[str(kind or "unknown")] += 1

    def _add_call(self, item: Item) -> None:
        identity, name = of.call_id(item), of.call_name(item)
        arguments = item.get("arguments")
        if identity is None or name is None or not isinstance(arguments, str):
            raise ValueError("a call without an id, a name or arguments")
        if not _is_json(arguments):
            raise ValueError("a call whose arguments are no JSON")
        call = {
            "id": identity,
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        last = self.messages[-1] if self.messages else {}
        if last.get("role") == "assistant" and "refusal" not in last:
            last.setdefault("tool_calls", []).append(call)
        else:
            self.messages.append({"role": "assistant", "tool_calls": [call]})
        self._open.append(identity)

    def _add_output(self, item: Item) -> None:
        identity = of.call_id(item)
        if identity not in self._open:
            raise ValueError("an output without its call")
        self._open.remove(str(identity))
        content = of.output_text(item)
        self.messages.append({"role": "tool", "tool_call_id": identity, "content": content})


def _refusal(parts: Sequence[Any]) -> str | None:
    refused = [each for each in parts if isinstance(each, Mapping) and "refusal" in each]
    return str(refused[0]["refusal"]) if refused and len(refused) == len(parts) else None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
