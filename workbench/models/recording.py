"""A recorded conversation as YAML that people read, check in, and change by hand.

Version 1::

    workbench: recording
    version: 1
    session: demo
    recorded_at: '2026-11-22T16:36:00+00:00'
    exchanges:
    - turn: 1
      given:
      - role: user
        content: My name is John
      digest: 3c3b3b0f7c6a2d51
      answered:
      - role: assistant
        content: Nice to meet you, John.
      model: gpt-5.2
      usage:
        input_tokens: 11
        output_tokens: 8
    count: 1

``given`` are the items that a request brought anew, ``answered`` what the model said; each is an
item of the Responses API without the ids of the service. ``digest`` is of all that the turn had
given and answered till then (`workbench.models.exchanges.Place`); who changes a recording by hand
takes it out. ``count`` is how many exchanges there are: a file without it was cut short. ``usage``
and ``model`` may be missing. Reasoning is not recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from workbench.errors import CorruptFile, InvalidItem, shorten
from workbench.items import Item
from workbench.models.exchanges import Exchange, place_of, readable

KIND = "recording"
VERSION = 1
_BLOCK = "|"


@dataclass(frozen=True, slots=True)
class Recording:
    """The exchanges of one conversation, and where they come from."""

    exchanges: Sequence[Exchange]
    session: str = ""
    recorded_at: str = ""


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as a block, and nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = _BLOCK if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


class _Loader(yaml.SafeLoader):
    """Reads plain values only. References are refused: a few lines of them can mean gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("a reference (*name), which no recording has")
        return super().compose_node(parent, index)


def dump(recording: Recording) -> str:
    """The text of a recording. Raises InvalidItem for an item that YAML can't hold as it is."""
    names: dict[str, str] = {}
    document = {
        "workbench": KIND,
        "version": VERSION,
        "session": recording.session,
        "recorded_at": recording.recorded_at,
        "exchanges": _written(recording.exchanges, names),
        "count": len(recording.exchanges),
    }
    text = yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    if _same(text, document):
        return text
    # Characters that a reader of YAML takes for others: written as escapes.
    text = yaml.dump(document, Dumper=yaml.SafeDumper, sort_keys=False, default_style='"')
    if _same(text, document):
        return text
    raise InvalidItem("an item of the conversation can't be written as YAML; nothing was written")


def _same(text: str, document: Any) -> bool:
    try:
        return bool(_loaded(text) == document)
    except (yaml.YAMLError, ValueError):
        return False


def _written(exchanges: Sequence[Exchange], names: dict[str, str]) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []
    sofar: list[Item] = []
    for each in exchanges:
        given = [readable(item, names) for item in each.given]
        answered = [readable(item, names) for item in each.answered]
        sofar += given
        fields: dict[str, Any] = {"turn": each.turn, "given": given}
        fields |= {"digest": place_of(sofar).digest, "answered": answered}
        fields |= {"model": each.model} if each.model else {}
        fields |= {"usage": dict(each.usage)} if each.usage else {}
        written.append(fields)
        sofar += answered
    return written


def parse(text: str, name: str) -> Recording:
    """The recording in a text; ``name`` is how messages call it. Raises CorruptFile."""
    try:
        document = _loaded(text)
    except (yaml.YAMLError, RecursionError, ValueError) as exc:
        raise _unreadable(exc, name) from None
    if not isinstance(document, Mapping) or document.get("workbench") != KIND:
        raise CorruptFile(f"{name} is not a recorded conversation")
    _check_version(document.get("version"), name)
    found = document.get("exchanges")
    if not isinstance(found, list) or document.get("count") != len(found):
        raise CorruptFile(
            f"{name} was cut short: its last line, count, is not how many exchanges it holds"
        )
    exchanges = [_exchange(each, number, name) for number, each in enumerate(found, start=1)]
    _check_digests(exchanges, found, name)
    return Recording(
        exchanges, str(document.get("session", "")), str(document.get("recorded_at", ""))
    )


def _loaded(text: str) -> Any:
    return yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader, made stricter


def _unreadable(error: Exception, name: str) -> CorruptFile:
    """By its line alone: the reader's own words would show what was said."""
    mark = getattr(error, "problem_mark", None)
    where = f" at line {mark.line + 1}" if mark is not None else ""
    why = str(error) if type(error) is yaml.YAMLError else "it is no YAML; was it cut short?"
    return CorruptFile(
        f"{name} can't be read{where}: {why}", line=None if mark is None else mark.line + 1
    )


def _check_version(version: Any, name: str) -> None:
    if type(version) is not int or version < 1:
        raise CorruptFile(f"{name} does not say which version of a recording it is")
    if version > VERSION:
        raise CorruptFile(
            f"{name} was written by a later workbench (version {version}, known: {VERSION}); "
            "upgrade conversation-workbench to replay it"
        )


def _exchange(fields: Any, number: int, name: str) -> Exchange:
    fields = fields if isinstance(fields, Mapping) else {}
    given, answered = fields.get("given"), fields.get("answered")
    if not _are_items(given) or not _are_items(answered) or not answered:
        raise CorruptFile(
            f"exchange {number} of {name} has no items under given, or none under answered"
        )
    usage, turn = fields.get("usage") or {}, fields.get("turn", number)
    if not isinstance(usage, Mapping) or type(turn) is not int:
        raise CorruptFile(f"exchange {number} of {name} has another turn or usage than a recording")
    assert given is not None
    return Exchange(
        given=given, answered=answered, turn=turn, model=fields.get("model"), usage=usage
    )


def _are_items(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict) and ("role" in each or isinstance(each.get("type"), str))
        for each in value
    )


def _check_digests(exchanges: Sequence[Exchange], found: Sequence[Any], name: str) -> None:
    sofar: list[Item] = []
    for number, (each, fields) in enumerate(zip(exchanges, found, strict=True), start=1):
        sofar += each.given
        written, now = fields.get("digest"), place_of(sofar).digest
        if written is not None and written != now:
            raise CorruptFile(
                f"exchange {number} of {name} was changed after it was recorded (its digest is "
                f"{now}, not {shorten(str(written))}). If that was you, take the digest out"
            )
        sofar += each.answered
