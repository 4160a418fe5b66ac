"""Which tool or agent a message asks for, by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from workbench.models.clauses import bare
from workbench.models.schema import Schema, alike
from workbench.models.statements import statement

MOST = 16
"""Calls that one message can ask for."""

_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"[.!?\n;]")
_USE = frozenset("use using call run invoke execute try apply with via start trigger".split())
_FILLER = frozenset("the a an tool function my your please it this our to".split())
_BEGIN = _FILLER | frozenset("can could would will you i now then and ok so want".split())
_PASS_ON = frozenset(
    "transfer hand handoff pass connect send forward switch escalate talk speak route move "
    "delegate redirect refer put".split()
)
_NOT = frozenset("don dont not never without avoid stop".split())
_ABOUT = frozenset("what how why does which who describe explain".split())


@dataclass(frozen=True)
class Offered:
    """A tool or a handoff as the offline model needs it: plain data, nothing of the SDK."""

    name: str
    kind: Literal["function", "handoff", "hosted"]
    schema: Schema = field(default_factory=dict)
    agent: str = ""
    """For a handoff, the agent's name."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A tool that was asked for, the words after its name, and those before it."""

    tool: Offered
    after: str
    before: str


_Token = tuple[int, int, str]
"""Where a word starts and ends, and the word in lower case."""


@dataclass(frozen=True, slots=True)
class _Mention:
    tool: Offered
    first: int
    """Number of its first token."""
    start: int
    end: int
    as_agent: bool


def asked_for(message: str, tools: Sequence[Offered]) -> list[Request]:
    """The tools that ``message`` asks for, in the order of their names in it.

    A name counts when the message says to use it, begins with it, or writes it as code
    (``get_weather``, ``getWeather(...)``); not when it is denied, or asked about. Underscores,
    spaces and capitals make no difference. At most `MOST` + 1 requests are looked for.
    """
    if not tools:
        return []
    tokens = _tokens(message)
    meant = (each for each in _mentions(tokens, tools) if _is_meant(message, tokens, each))
    found = list(islice(meant, MOST + 1))
    requests, last = [], 0
    for number, mention in enumerate(found):
        end = found[number + 1].start if number + 1 < len(found) else len(message)
        before = message[last : mention.start]
        requests.append(Request(mention.tool, message[mention.end : end], before))
        last = mention.end
    return requests


def _tokens(message: str) -> list[_Token]:
    return [(word.start(), word.end(), word[0].casefold()) for word in _WORD.finditer(message)]


def _mentions(tokens: Sequence[_Token], tools: Iterable[Offered]) -> Iterator[_Mention]:
    """Names of tools in the text that do not overlap, the longest first at each place."""
    names = sorted(_names(tools), key=lambda each: -len(each[0]))
    by_letter: dict[str, list[tuple[str, Offered, bool]]] = {}
    for each in names:
        by_letter.setdefault(each[0][:1], []).append(each)
    index = 0
    while index < len(tokens):
        for name, tool, as_agent in by_letter.get(tokens[index][2][:1], ()):
            if used := _length(tokens, index, name):
                end = tokens[index + used - 1][1]
                yield _Mention(tool, index, tokens[index][0], end, as_agent)
                index += used - 1
                break
        index += 1


def _names(tools: Iterable[Offered]) -> Iterator[tuple[str, Offered, bool]]:
    for tool in tools:
        if name := alike(tool.name):
            yield name, tool, False
        agent = alike(tool.agent)
        for alias in dict.fromkeys((agent, agent.removesuffix("agent"))):
            if alias:
                yield alias, tool, True


def _length(tokens: Sequence[_Token], index: int, name: str) -> int:
    """How many tokens from ``index`` on spell ``name``; 0 when they do not."""
    spelled = 0
    for number in range(index, min(index + 12, len(tokens))):
        word = tokens[number][2]
        if not name.startswith(word, spelled):
            return 0
        spelled += len(word)
        if spelled == len(name):
            return number - index + 1
    return 0


def _is_meant(message: str, tokens: Sequence[_Token], mention: _Mention) -> bool:
    ahead = _words_ahead(message, tokens, mention)
    if _NOT & set(ahead[-5:]):
        return False
    if mention.as_agent:
        return bool(_PASS_ON & set(ahead[-8:]))
    cue = next((word for word in reversed(ahead) if word not in _FILLER), None)
    if cue in _USE:
        return True
    written = message[mention.start : mention.end]
    as_code = message[mention.end : mention.end + 1] == "(" or (
        written == mention.tool.name and re.search(r"_|[a-z][A-Z]", written) is not None
    )
    if as_code:
        return not _ABOUT & set(ahead)
    rest = message[mention.start : mention.start + 500]
    clause = _SENTENCE_END.split(rest, maxsplit=1)[0]
    return set(ahead) <= _BEGIN and statement(bare(clause)) is None


def _words_ahead(message: str, tokens: Sequence[_Token], mention: _Mention) -> list[str]:
    """The words before a name in its sentence, at most twelve of them."""
    ahead: list[str] = []
    end = mention.start
    for start, stop, word in reversed(tokens[max(0, mention.first - 12) : mention.first]):
        if _SENTENCE_END.search(message, stop, end):
            break
        ahead.append(word)
        end = start
    return ahead[::-1]


def described(message: str, tools: Sequence[Offered]) -> str | None:
    """What a tool is for, when the message asks that: ``what does get_weather do?``"""
    tokens = _tokens(message[:500])
    for mention in _mentions(tokens, tools):
        about = _ABOUT & {word for _, _, word in tokens[: mention.first]}
        if about and mention.tool.description and not mention.as_agent:
            return f"{mention.tool.name}: {mention.tool.description}"
    return None


def without(message: str, requests: Sequence[Request]) -> str:
    """What ``message`` says before the first request: the rest belongs to the tools."""
    return requests[0].before if requests else message


def forced(message: str, tool: Offered) -> Request:
    """A request for ``tool`` that the settings make, not the words."""
    found = next(iter(asked_for(message, [tool])), None)
    return found or Request(tool, message, "")


def tool_named(name: str, tools: Iterable[Offered]) -> Offered | None:
    """The tool of exactly that name."""
    return next((tool for tool in tools if tool.name == name), None)


Arguments = dict[str, Any]
