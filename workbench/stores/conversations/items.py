"""How an item goes to the Conversations API and comes back; pure functions.

Going out: nulls, ``provider_data`` and ids that the API gives itself are left out; ids that it
needs (`NEEDS_ID`) are kept. Reasoning that has neither an id nor encrypted content can't be kept
there and is left out, as by the SDK's own ``OpenAIConversationsSession``. What the API would refuse
is refused here with a reason, before anything is written.

Coming back: a message of one plain text is ``{"role": ..., "content": text}`` (with its ``phase``),
which both model classes of the SDK take; an assistant message of another form (citations, a
refusal) keeps it and has the SDK's placeholder id, which the chat completions model needs to see
and the Responses model takes off again. Other items lose the id that the API gave them, and nulls.

An item that the API has no type for and that must come back as it is, an encrypted envelope, is
carried as a message: `CARRIER` and its JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Required, get_args, get_origin, get_type_hints

from workbench.errors import InvalidItem
from workbench.items import Item, call_id, decode, encode, kind, text

NEEDS_ID = frozenset(
    """reasoning file_search_call web_search_call computer_call code_interpreter_call
    image_generation_call local_shell_call local_shell_call_output mcp_list_tools
    mcp_approval_request mcp_call item_reference program program_output custom_tool_call""".split()
)
"""Kinds whose id is part of the item. The list of the SDK (0.24.0, ``session_persistence``), and
custom_tool_call, for which a server may want one: it is sent where there is one."""

CARRIER = "workbench-item:1 "
"""Begins the text of a message that carries an item which the API has no type for."""

_ENVELOPES = ("wb1", "__enc__")
_ROLES = frozenset({"user", "assistant", "system", "developer"})
_SAID = frozenset({"input_text", "output_text"})
_PARTS = frozenset({"input_text", "input_image", "input_file", "output_text", "refusal"})
_OWN = frozenset({"id", "provider_data"})
_PLACEHOLDER_ID = "__fake_id__"  # agents.models.fake_id.FAKE_RESPONSES_ID, for 0.5 s less to import


def outgoing(items: Sequence[Item]) -> list[Item]:
    """The items as the API takes them, in order; reasoning that it can't keep is left out.

    Raises InvalidItem, naming the item by its place in ``items`` (1-based) and the reason.
    """
    return again(storable(items))


def storable(items: Sequence[Item]) -> list[Item]:
    """The items that `outgoing` sends, as they are. Raises InvalidItem like it."""
    for item in items:
        encode(item)
    found: list[Item] = []
    for number, item in enumerate(items, 1):
        problem = _problem(item)
        if problem:
            raise InvalidItem(
                f"item {number} of {len(items)} can't be kept by the Conversations API: {problem}; "
                "nothing was written"
            )
        if not _lacks_identity(item):
            found.append(item)
    return found


def omitted(item: Item) -> str | None:
    """Why `outgoing` leaves ``item`` out; None: it is sent. Raises InvalidItem, with the reason
    alone, for what it refuses."""
    encode(item)
    if problem := _problem(item):
        raise InvalidItem(f"it can't be kept by the Conversations API: {problem}")
    if not _lacks_identity(item):
        return None
    return (
        "The Conversations API can't keep reasoning that has neither an id nor encrypted content."
    )


def again(items: Sequence[Item]) -> list[Item]:
    """As `outgoing`, for items that the API gave: nothing is refused here, the server decides."""
    return [_sent(item) for item in items]


def incoming(item: Item) -> Item:
    """A stored item as the API answered it, in the form that sessions give."""
    if kind(item) == "message":
        return _message(item)
    dropped = {"provider_data"} if item["type"] in NEEDS_ID else _OWN
    return {name: item[name] for name in item if name not in dropped and item[name] is not None}


def trace(item: Item) -> str:
    """What tells an item from others, before and after the API filled in its defaults: a digest."""
    parts = (
        kind(item),
        item.get("role"),
        item.get("id") if kind(item) in NEEDS_ID else None,
        call_id(item),
        text(item),
        item.get("encrypted_content"),
        item.get("phase"),
    )
    return hashlib.sha256(repr(parts).encode(errors="surrogatepass")).hexdigest()


def traced(items: Iterable[tuple[str, Item]], traces: Sequence[str]) -> list[str]:
    """The ids of those ``items`` (id and item, in order) that ``traces`` tell of, as far as found.

    What others wrote in between is passed over.
    """
    found: list[str] = []
    for identity, item in items:
        if len(found) < len(traces) and trace(item) == traces[len(found)]:
            found.append(identity)
    return found


def _sent(item: Item) -> Item:
    if _carried(item):
        return {"role": "user", "content": CARRIER + encode(item)}
    kept = {name: value for name, value in item.items() if value is not None}
    kept.pop("provider_data", None)
    if kind(item) not in NEEDS_ID or kept.get("id") == _PLACEHOLDER_ID:
        kept.pop("id", None)
    return kept


def _carried(item: Item) -> bool:
    """Whether the item goes as text: an envelope, or text that could be taken for a carried one."""
    if "type" not in item and any(name in item for name in _ENVELOPES):
        return True
    return kind(item) == "message" and text(item).startswith(CARRIER)


def _lacks_identity(item: Item) -> bool:
    """Reasoning that no server could recognise: other providers' models give it without an id."""
    if kind(item) != "reasoning":
        return False
    return item.get("id") in (None, "", _PLACEHOLDER_ID) and not item.get("encrypted_content")


def _problem(item: Item) -> str | None:
    """Why the API would refuse the item; None where it would not, as far as can be told here."""
    if _carried(item) or _lacks_identity(item):
        return None
    try:
        json.dumps(item, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "it holds a lone surrogate, which UTF-8 can't"
    name = kind(item)
    known = shapes().get(name)
    if known is None:
        return f"there is no item of the type {name[:40]!r}"
    present = {key for key, value in item.items() if value is not None} - _OWN
    strange = sorted(present - known.allowed)
    missing = sorted(known.required - present - _OWN)
    if strange:
        return f"a {name} has no {', '.join(map(repr, strange[:3]))}"
    if missing:
        return f"a {name} needs {', '.join(map(repr, missing))}"
    if name in NEEDS_ID - {"custom_tool_call"} and not _identity(item):
        return f"a {name} needs the id that the model gave it"
    if name == "function_call_output" and not isinstance(item["output"], (str, list)):
        return "the output of a call is text or a list of parts"
    return _message_problem(item) if name == "message" else None


def _identity(item: Item) -> bool:
    return bool(item.get("id")) and item["id"] != _PLACEHOLDER_ID


def _message_problem(item: Item) -> str | None:
    if item["role"] not in _ROLES:
        return f"the role of a message is one of {', '.join(sorted(_ROLES))}"
    content = item["content"]
    if isinstance(content, str):
        return None
    if not isinstance(content, list):
        return "the content of a message is text or a list of parts"
    for part in content:
        name = part.get("type") if isinstance(part, dict) else None
        if name not in _PARTS:
            return f"a part of a message is one of {', '.join(sorted(_PARTS))}"
        if name in _SAID and not isinstance(part.get("text"), str):
            return f"an {name} needs its text"
    return None


def _message(item: Item) -> Item:
    content = item.get("content")
    parts = content if isinstance(content, list) else [{"type": "input_text", "text": content}]
    said = str(parts[0]["text"]) if len(parts) == 1 and _is_plain(parts[0]) else None
    if said is not None and said.startswith(CARRIER):
        return _unpacked(said) or {"role": item["role"], "content": said}
    if said is not None:
        kept: Item = {"role": item["role"], "content": said}
    elif item["role"] == "assistant":
        kept = {"id": _PLACEHOLDER_ID, "type": "message", "role": "assistant"}
        kept |= {"status": item.get("status") or "completed", "content": _output_parts(parts)}
    else:
        kept = {"role": item["role"], "content": [_without_nulls(part) for part in parts]}
    return kept | ({"phase": item["phase"]} if item.get("phase") else {})


def _is_plain(part: Any) -> bool:
    """Whether a part says no more than its text."""
    more = ("annotations", "logprobs", "prompt_cache_breakpoint")
    said = part.get("type") in _SAID and isinstance(part.get("text"), str)
    return said and not any(part.get(name) for name in more)


def _output_parts(parts: Sequence[Item]) -> list[Item]:
    """The parts of an assistant message; a server may call its text ``input_text``."""
    return [
        {"annotations": [], **_without_nulls(part), "type": "output_text"}
        if part.get("type") in _SAID
        else _without_nulls(part)
        for part in parts
    ]


def _without_nulls(part: Item) -> Item:
    return {name: value for name, value in part.items() if value is not None}


def _unpacked(carried: str) -> Item | None:
    try:
        return decode(carried.removeprefix(CARRIER))
    except (ValueError, RecursionError):
        return None  # somebody's own text that only begins like it


@dataclass(frozen=True, slots=True)
class Shape:
    """The names that an item of one type must have, and all that it may have."""

    required: frozenset[str]
    allowed: frozenset[str]


@cache
def shapes() -> Mapping[str, Shape]:
    """For each type of item what the ``openai`` package knows of it: its own list, kept by it."""
    from openai.types.responses import ResponseInputItemParam

    forms: dict[str, list[dict[str, Any]]] = {}
    for each in get_args(ResponseInputItemParam):
        hints = get_type_hints(each, include_extras=True)
        for name in _literals(hints.get("type")):
            forms.setdefault(name, []).append(hints)
    return {name: _shape(several) for name, several in forms.items()}


def _shape(forms: Sequence[dict[str, Any]]) -> Shape:
    """Of the forms of one type: what all of them need, and what any may have."""
    needed = [{name for name, hint in form.items() if _needed(hint)} for form in forms]
    # A message may do without its type, and a null is as good as nothing.
    return Shape(frozenset(set.intersection(*needed)) - {"type"}, frozenset().union(*forms))


def _needed(hint: Any) -> bool:
    return get_origin(hint) is Required and type(None) not in get_args(get_args(hint)[0])


def _literals(hint: Any) -> list[str]:
    """The texts that a type hint allows: of ``Required[Literal["message"]]``, ``Optional[...]``."""
    if get_origin(hint) is Literal:
        return [value for value in get_args(hint) if isinstance(value, str)]
    return [name for each in get_args(hint) for name in _literals(each)]
