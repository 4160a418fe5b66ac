"""What an item is: one Responses-API input item, a plain dict. Pure functions, no I/O.

An item is stored as one JSON text. `encode` refuses what would not come back equal (NaN, bytes,
keys that are not strings, objects), so that a store returns exactly what it was given; `decode`
raises rather than guess. The shapes follow the OpenAI Responses API and the SDK's
``TResponseInputItem``.
"""

from __future__ import annotations

import json
import math
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from workbench.errors import InvalidItem

Item = dict[str, Any]
"""One Responses-API input item."""

ENVELOPE = "wb1"
"""The field of an item that the workbench encrypted: `workbench.sessions.encryption.envelope`."""
_SDK_ENVELOPE = "__enc__"
SUMMARY_HEADER = "[conversation summary]"
"""The first line of a summary that stands in a history in place of older items."""
_SEALED_TEXT = f'{{"{ENVELOPE}":'
_STRICT = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
CALL_SUFFIX = "_call"
OUTPUT_SUFFIX = "_output"
_IMAGE = "[image]"
_NAMED_IMAGE = re.compile(r"\[image [^\n]+\]")
_ARGUMENTS = ("arguments", "action", "input", "operation", "code", "queries")
"""Where the kinds of calls keep what they ask: function, computer, custom, patch, code, search."""


def encode(item: Mapping[str, Any]) -> str:
    """The JSON text of ``item``, as every store keeps it.

    Raises InvalidItem, naming the place inside the item, when JSON can't hold a value as it is.
    """
    try:
        data = orjson.dumps(item, option=_STRICT)
        # orjson writes NaN as null and enums and UUIDs as their text: only equality shows that.
        if type(item) is dict and orjson.loads(data) == item:
            return data.decode()
    except (orjson.JSONEncodeError, orjson.JSONDecodeError, RecursionError):
        pass
    return _encode_slowly(item)


def _encode_slowly(item: Any) -> str:
    """For what orjson can't take (lone surrogates, tuples, nesting), and to say what is wrong."""
    if not isinstance(item, dict):
        raise InvalidItem(f"an item is a dict, not {type(item).__name__}; nothing was written")
    try:
        for where, problem in _problems(item, "item"):
            raise InvalidItem(f"{where} is {problem}, which JSON can't hold; nothing was written")
        return json.dumps(item, allow_nan=False)
    except RecursionError:
        raise InvalidItem("the item is nested too deeply; nothing was written") from None


def _problems(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if value is None or isinstance(value, (bool, str)):
        return
    if isinstance(value, int):
        # Readers of JSON, orjson among them, round what is longer to a float.
        if not -(2**63) <= value < 2**64:
            yield where, "an integer of more than 64 bits"
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield where, repr(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                yield f"the key {key!r} of {where}", f"of type {type(key).__name__}"
            else:
                yield from _problems(inner, f"{where}[{key!r}]")
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _problems(inner, f"{where}[{index}]")
    else:
        yield where, f"of type {type(value).__name__}"


def decode(data: str | bytes) -> Item:
    """The item of a stored JSON text. Raises ValueError when it is not a JSON object."""
    try:
        item = orjson.loads(data)
    except orjson.JSONDecodeError:
        # What the SDK's json.dumps wrote and orjson refuses: NaN, big exponents, lone surrogates.
        item = _decode_slowly(data)
    if type(item) is not dict:
        raise ValueError(f"a JSON {type(item).__name__} where an object was expected")
    return item


def _decode_slowly(data: str | bytes) -> Any:
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None


_FROM_THE_MODEL = frozenset({"reasoning", "mcp_approval_request", "mcp_list_tools", "program"})


def kind(item: Mapping[str, Any]) -> str:
    """The item's type; a bare ``{"role": ..., "content": ...}`` is a message.

    An encrypted item is "encrypted", whatever it holds.
    """
    if is_encrypted(item):
        return "encrypted"
    return str(item.get("type") or ("message" if "role" in item else "unknown"))


def role(item: Mapping[str, Any]) -> str | None:
    """user, assistant, system or developer for a message; tool for an output; else assistant.

    A call and a reasoning item come from the model, so their role is ``assistant``.
    """
    given = item.get("role")
    if isinstance(given, str) and given:
        return given
    if is_output(item):
        return "tool"
    return "assistant" if is_call(item) or kind(item) in _FROM_THE_MODEL else None


def text(item: Mapping[str, Any]) -> str:
    """What a person would read in the item: message text, a call, an output, a summary.

    Images and files are shown as ``[image]`` and ``[file name]``, an image whose name stands before
    it (`workbench.verbs.attach`) as ``[image name]``. Never raises on odd items.
    """
    name = kind(item)
    if name == "encrypted" and is_encrypted(item):
        return f"[encrypted: {encrypted_size(item)} bytes, key {encryption_key_id(item)}]"
    if is_call(item) or name == "mcp_approval_request":
        return f"{item.get('name') or name}({call_arguments(item) or ''})"
    if is_output(item):
        return output_text(item)
    if name == "reasoning":
        return _parts_text(item.get("summary")) or _parts_text(item.get("content"))
    if name == "compaction":
        return "[compacted history]"
    return _parts_text(item.get("content"))


def output_text(item: Mapping[str, Any]) -> str:
    """What a tool answered: of an output item, or of a hosted call that carries its own output."""
    for key in ("output", "result", "results", "outputs"):
        if item.get(key) is not None:
            return "[image]" if "image" in kind(item) else _parts_text(item[key])
    return ""


def _parts_text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence) and not isinstance(content, (bytes, bytearray)):
        texts = list(map(_part_text, content))
        if len(texts) > 1 and _IMAGE in texts:
            texts = [text for place, text in enumerate(texts) if not _is_named(texts, place)]
        return "\n".join(filter(None, texts))
    if isinstance(content, Mapping):
        return _part_text(content)
    return "" if content is None else str(content)


def _is_named(texts: Sequence[str], place: int) -> bool:
    """Whether an image has its name in the part before it."""
    before = texts[place - 1] if place else ""
    return texts[place] == _IMAGE and _NAMED_IMAGE.fullmatch(before) is not None


def _part_text(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        return ""
    for key in ("text", "refusal", "transcript"):
        if isinstance(part.get(key), str):
            return str(part[key])
    if "stdout" in part or "stderr" in part or "logs" in part:
        streams = (part.get("stdout"), part.get("stderr"), part.get("logs"))
        return "\n".join(str(each).rstrip("\n") for each in streams if each)
    name = str(part.get("type", ""))
    if "image" in name or "screenshot" in name:
        return _IMAGE
    if "file" in name:
        return f"[file {part.get('filename') or part.get('file_id') or ''}".rstrip() + "]"
    return "[audio]" if "audio" in name else ""


def is_encrypted(item: Mapping[str, Any]) -> bool:
    """Whether the item is an envelope: the workbench's, or that of the SDK's EncryptedSession."""
    return ENVELOPE in item or _SDK_ENVELOPE in item


def is_encrypted_text(text: str) -> bool:
    """Whether a text, such as the error of a turn, is kept as the JSON text of an envelope."""
    return text.startswith(_SEALED_TEXT)


def encrypted_size(item: Mapping[str, Any]) -> int:
    """The bytes of an envelope, nonce and tag included; 0 for what is none. Never raises."""
    sealed = item.get(ENVELOPE) or item.get("payload") if is_encrypted(item) else None
    return len(sealed.rstrip("=")) * 3 // 4 if isinstance(sealed, str) else 0


def encryption_key_id(item: Mapping[str, Any]) -> str | None:
    """The id of the key of an envelope, 8 hexadecimal digits; None where there is none.

    The SDK's envelopes name no key but the way it was derived: ``hkdf-v1``.
    """
    sealed = item.get(ENVELOPE)
    if isinstance(sealed, str):
        try:
            return b64decode(sealed[:8]).hex()[:8] or None
        except ValueError:
            return None
    named = item.get("kid") if is_encrypted(item) else None
    return named if isinstance(named, str) else None


def is_user_message(item: Mapping[str, Any]) -> bool:
    """Whether the item is what a person said: the start of a turn."""
    return item.get("role") == "user"


def is_call(item: Mapping[str, Any]) -> bool:
    """Whether the item asks for a tool: function_call, computer_call, web_search_call, ..."""
    return kind(item).endswith(CALL_SUFFIX)


def is_output(item: Mapping[str, Any]) -> bool:
    """Whether the item answers a call: function_call_output and its like."""
    return kind(item).endswith(OUTPUT_SUFFIX)


def call_id(item: Mapping[str, Any]) -> str | None:
    """The id that joins a call and its output; None where the item has none."""
    value = item.get("call_id")
    if value is None and kind(item) == "local_shell_call_output":
        value = item.get("id")  # the API's own name for it in this one item
    return value if isinstance(value, str) else None


def call_name(item: Mapping[str, Any]) -> str | None:
    """The name of the tool that a call asks for."""
    value = item.get("name")
    return value if isinstance(value, str) and is_call(item) else None


def call_arguments(item: Mapping[str, Any]) -> str | None:
    """The arguments of a call, as the JSON text the model wrote (not parsed: it may be invalid)."""
    if not (is_call(item) or kind(item) == "mcp_approval_request"):
        return None
    for key in _ARGUMENTS:
        value = item.get(key)
        if value is not None:
            return value if isinstance(value, str) else _json(value)
    return None


def _json(value: Any) -> str:
    try:
        return json.dumps(value, default=str, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return f"[{type(value).__name__}]"


def open_calls(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """Ids of the calls that no later item answers, in order: what is pending or was cut off."""
    waiting: dict[str, None] = {}
    for item in items:
        identity = call_id(item)
        if identity is None:
            continue
        if is_output(item):
            waiting.pop(identity, None)
        elif is_call(item):
            waiting[identity] = None
    return list(waiting)


def user_message(content: str) -> Item:
    """A user item, in the form the SDK's Runner stores."""
    return {"role": "user", "content": content}
