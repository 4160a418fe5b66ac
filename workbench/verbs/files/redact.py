"""Taking personal data out of items before they leave: ``wb.export(..., redact=...)``.

Every text of an item is looked at: what was said, the arguments of calls and the outputs of tools
(inside their JSON too, which stays valid JSON, its keys and its numbers included), file names, web
addresses, citations, summaries of reasoning. Not looked at is what is no text of anybody's: types,
roles, ids, the names of tools, what is encrypted, and the bytes of images, sounds and files. Where
a text of a model was changed its token probabilities, which repeat it, are left out.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from workbench.errors import InvalidValue, nearest
from workbench.items import Item, is_call, is_output
from workbench.verbs.files.patterns import NAMED, Find, Span

ALL = "all"
_OTHER = "redacted"

_STRUCTURE = frozenset(
    "id type role status call_id phase namespace server_label encrypted_content file_id "
    "container_id approval_request_id response_id previous_response_id detail format".split()
)
"""Fields whose text is no text of anybody's."""

_FREE = frozenset(("attributes", "metadata", "arguments", "parameters", "input_schema", "env"))
"""Fields below which a user's own names of fields stand: there nothing is structure."""

_BYTES_IN = frozenset(("data", "file_data", "image_data", "result", "screenshot"))
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{64,}={0,2}")
_DATA_URL = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w=.+-]+)*;base64,")

Replace = Callable[[str], tuple[str, Counter[str]]]


class Redaction:
    """What ``redact=`` asks for. ``counts`` is how many of each kind were replaced so far.

    ``wanted`` is a name of a pattern (email, card, phone, ssn, or all), a compiled pattern, a
    function from text to text, or several of these; None changes nothing. Raises InvalidValue.
    """

    def __init__(self, wanted: Any = None) -> None:
        self.counts: Counter[str] = Counter()
        self._steps: list[Replace] = [_step(kind, each) for kind, each in _asked_for(wanted)]

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self._steps)

    def text(self, text: str) -> str:
        """``text`` with what was found replaced. Raises InvalidValue for a function that fails."""
        for step in self._steps:
            text, found = step(text)
            self.counts += found
        return text

    def item(self, item: Item) -> Item:
        """A copy of ``item`` with its texts redacted."""
        if not self:
            return item
        redacted: Item = self._structure(item, names=is_call(item) or is_output(item))
        return redacted

    def data(self, value: Any) -> Any:
        """Any JSON value with all its texts, keys and whole numbers redacted."""
        if isinstance(value, str):
            return self._readable(value)
        if isinstance(value, Mapping):
            return dict(self._fields(value))
        if isinstance(value, list | tuple):
            return [self.data(each) for each in value]
        if isinstance(value, int) and not isinstance(value, bool):
            shown = self.text(str(value))
            return value if shown == str(value) else shown
        return value

    def _fields(self, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        used: Counter[str] = Counter()
        for key, inner in value.items():
            name = self.text(key)
            used[name] += 1
            # Two addresses that were keys: nothing of what stood under them is lost.
            yield name if used[name] == 1 else f"{name} {used[name]}", self.data(inner)

    def _structure(self, value: Any, *, names: bool = False) -> Any:
        if isinstance(value, str):
            return self._readable(value)
        if isinstance(value, Mapping):
            return self._part(value, names=names)
        if isinstance(value, list | tuple):
            return [self._structure(each) for each in value]
        return value

    def _part(self, part: Mapping[str, Any], *, names: bool) -> Item:
        made: Item = {}
        for key, inner in part.items():
            if key in _STRUCTURE or (names and key == "name"):
                made[key] = inner
            elif key in _FREE and not isinstance(inner, str):
                made[key] = self.data(inner)
            elif key in _BYTES_IN and isinstance(inner, str) and _BASE64.fullmatch(inner):
                made[key] = inner
            elif key != "logprobs":
                made[key] = self._structure(inner)
        if "logprobs" in part:
            made["logprobs"] = part["logprobs"] if made.get("text") == part.get("text") else []
        return made

    def _readable(self, text: str) -> str:
        """A text; one that is JSON stays valid, and one that holds the bytes of a file whole."""
        if _DATA_URL.match(text):
            return text
        inner = _as_json(text)
        if inner is None:
            return self.text(text)
        redacted = self.data(inner)
        return text if redacted == inner else json.dumps(redacted, ensure_ascii=False)


def _as_json(text: str) -> Any:
    """What ``text`` says as a JSON object or list; None when it is neither."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _asked_for(wanted: Any) -> list[tuple[str, Any]]:
    """Each step by the kind it counts as; the named ones first, in the order they look."""
    given = [wanted] if isinstance(wanted, str | re.Pattern) or callable(wanted) else wanted
    if given is None:
        return []
    if not isinstance(given, Iterable) or isinstance(given, Mapping | bytes):
        raise _no_redaction(wanted)
    given = list(given)
    if not given:  # better an error than personal data in a file that is thought to have none
        raise InvalidValue("redact names nothing to take out; leave it out to export all as it is")
    named = {name for each in given if isinstance(each, str) for name in _names(each)}
    steps: list[tuple[str, Any]] = [(name, find) for name, find in NAMED.items() if name in named]
    for each in given:
        if callable(each) or (isinstance(each, re.Pattern) and isinstance(each.pattern, str)):
            steps.append((_OTHER, each))
        elif not isinstance(each, str):
            raise _no_redaction(each)
    return steps


def _names(name: str) -> Iterable[str]:
    if name == ALL:
        return NAMED
    if name not in NAMED:
        known = [*NAMED, ALL]
        raise InvalidValue(
            f"there is no pattern {name!r} to redact; {nearest(name, known, plural='patterns')}"
        )
    return (name,)


def _no_redaction(given: Any) -> InvalidValue:
    return InvalidValue(
        "redact is a name (email, card, phone, ssn, all), a compiled pattern of text, a function "
        f"from text to text, or a list of these, not a {type(given).__name__}"
    )


def _step(kind: str, how: Any) -> Replace:
    if kind in NAMED:
        return _replacing(kind, how)
    return _replacing(kind, _matches(how)) if isinstance(how, re.Pattern) else _calling(kind, how)


def _matches(pattern: re.Pattern[str]) -> Find:
    return lambda text: (each.span() for each in pattern.finditer(text) if each[0])


def _replacing(kind: str, find: Find) -> Replace:
    def replace(text: str) -> tuple[str, Counter[str]]:
        spans = _apart(find(text))
        if not spans:
            return text, Counter()
        pieces, end = [], 0
        for start, stop in spans:
            pieces += [text[end:start], f"[{kind}]"]
            end = stop
        return "".join([*pieces, text[end:]]), Counter({kind: len(spans)})

    return replace


def _apart(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that overlap as one."""
    joined: list[Span] = []
    for start, stop in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined


def _calling(kind: str, function: Callable[[str], Any]) -> Replace:
    def replace(text: str) -> tuple[str, Counter[str]]:
        try:
            made = function(text)
        except Exception as exc:
            raise InvalidValue(
                f"the redact function raised a {type(exc).__name__} on a text of {len(text)} "
                "characters; nothing was written"
            ) from exc
        if not isinstance(made, str):
            raise InvalidValue(
                f"the redact function returned a {type(made).__name__} where text was expected; "
                "nothing was written"
            )
        return made, Counter({kind: 1} if made != text else {})

    return replace
