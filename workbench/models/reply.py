"""What the offline model answers: a pure function of the items and the tools it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.models import arguments, questions
from workbench.models.clauses import Clause, clauses, clip, listing, sentence
from workbench.models.questions import CAN, HOW, WHAT
from workbench.models.reading import Entry, last_turn
from workbench.models.recall import Memory, remember
from workbench.models.requests import (
    MOST,
    Arguments,
    Offered,
    Request,
    asked_for,
    described,
    forced,
    tool_named,
    without,
)
from workbench.models.schema import loads
from workbench.models.statements import Fact, Forget, Statement, statement

_ECHOED, _OUTPUT, _QUESTIONS, _NOTED = 200, 4000, 200, 20


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool, or of the tool that stands for a handoff."""

    name: str
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Reply:
    """Either calls, or a text."""

    text: str = ""
    calls: tuple[Call, ...] = ()


def reply(
    entries: Sequence[Entry], tools: Sequence[Offered] = (), *, choice: str | None = None
) -> Reply:
    """The answer to the last user message in ``entries``.

    ``choice`` is the settings' tool_choice: None or ``auto``, ``none``, ``required``, or a name.
    A tool is called at most once for a message: when its output is there, the reply tells it.
    """
    message, since = last_turn(entries)
    outputs = [entry for entry in since if entry.kind == "output"]
    requests = asked_for(message, tools)
    if outputs or any(entry.kind == "call" for entry in since):
        told = [_outcome(entry) for entry in outputs] or ["The tool gave no output."]
        rest = _talk(without(message, requests), entries) if requests else None
        return Reply(" ".join([*told, *([rest] if rest else [])]))
    wanted = _wanted(message, tools, requests, choice)
    if len(wanted) > MOST:
        return Reply(f"That asks for more than {MOST} calls at once. Ask for fewer in one message.")
    if wanted:
        return _called(wanted)
    text = described(message, tools) or _talk(message, entries)
    attached = next((each.attached for each in reversed(entries) if each.kind == "user"), ())
    if attached:
        return Reply(" ".join([*([text] if text else []), _unseen(attached)]))
    return Reply(text or _fallback(message))


def _unseen(attached: Sequence[str]) -> str:
    """What can honestly be said of files and images: that they are there."""
    names = listing([clip(each, 80) for each in attached[:10]])
    more = f" and {len(attached) - 10} more" if len(attached) > 10 else ""
    them = "it" if len(attached) == 1 else "them"
    return f"You attached {names}{more}; I can't look into {them}. {WHAT} {HOW}"


def _wanted(
    message: str, tools: Sequence[Offered], requests: list[Request], choice: str | None
) -> list[Request]:
    """The requests that the words and the settings leave."""
    if choice == "none":
        return []
    if choice in (None, "auto"):
        return requests
    if choice != "required":
        named = tool_named(choice or "", tools)
        return [forced(message, named)] if named else requests
    callable_ = [forced(message, tool) for tool in tools if tool.kind != "hosted"]
    full = [one for one in callable_ if not arguments.fill(one.tool.schema, one.after)[1]]
    return requests or full[:1] or callable_[:1]


def _called(requests: Sequence[Request]) -> Reply:
    """Calls, or the question for what is missing: nothing is called before that is answered."""
    calls, asks = [], []
    for request in requests:
        tool = request.tool
        if tool.kind == "hosted":
            asks.append(f"{tool.name} runs on the model provider's servers, not here. {WHAT} {HOW}")
            continue
        found, missing = arguments.fill(tool.schema, request.after, request.before)
        if missing:
            asks.append(arguments.question(tool.name, missing, found))
        calls.append(Call(tool.name, found))
        if tool.kind == "handoff":
            break
    return Reply(text="\n".join(asks)) if asks else Reply(calls=tuple(calls))


def _outcome(entry: Entry) -> str:
    """A tool's output in a sentence; that of a handoff names the agent."""
    found = loads(entry.text) if len(entry.text) < 1000 else None
    if isinstance(found, dict) and list(found) == ["assistant"]:
        return f"You are with {clip(str(found['assistant']), 80)} now."
    shown = entry.text.strip()
    if len(shown) > _OUTPUT:
        shown = f"{shown[:_OUTPUT]}… ({len(entry.text)} characters in all)"
    return f"{entry.name or 'The tool'} says: {shown or '(nothing)'}"


def _talk(message: str, entries: Sequence[Entry]) -> str | None:
    """Thanks for what was told and answers to what was asked; None when there was neither."""
    last = max((i for i, e in enumerate(entries) if e.kind == "user"), default=len(entries))
    memory = remember(entries[:last])
    memory.messages.append(message)
    said = list(clauses(message))
    stated = [(clause, _stated(clause)) for clause in said]
    acknowledged = _acknowledge([each for _, each in stated if each], memory)
    asked = [clause for clause, each in stated if each is None and clause.text][-_QUESTIONS:]
    answers = [questions.answer(clause.text, memory, entries[: last + 1]) for clause in asked]
    parts = [*acknowledged, *dict.fromkeys(filter(None, answers))]
    left = [clause for clause, answer in zip(asked, answers, strict=True) if answer is None]
    if parts and any(clause.asks for clause in left) and not any(WHAT in part for part in parts):
        parts.append(f"The rest I can't answer. {WHAT} {HOW}")
    if not parts and message.strip() and not any(clause.text for clause in said):
        return _greeting(message, memory)
    return " ".join(parts) or None


def _stated(clause: Clause) -> Statement | None:
    return None if clause.asks and not clause.polite else statement(clause.text)


def _acknowledge(stated: Sequence[Statement], memory: Memory) -> list[str]:
    """One sentence for a name, one for all other facts, one for each wish to forget."""
    parts: list[str] = []
    noted: list[str] = []
    for each in stated:
        known = memory.name
        gone = memory.take(each)
        if isinstance(each, Forget):
            parts.append(_forgotten(gone))
        elif each.subject == "name" and known is None:
            parts.append(f"Nice to meet you, {clip(each.value, 80)}.")
        elif memory.facts.get(each.subject) is not None:
            noted.append(each.told)
    shown = [clip(each, _ECHOED) for each in noted[:_NOTED]]
    if len(noted) > _NOTED:
        shown.append(f"{len(noted) - _NOTED} more")
    return [*parts, f"Noted: {listing(shown)}."] if noted else parts


def _forgotten(gone: Sequence[Fact]) -> str:
    if not gone:
        return "There is nothing like that to forget."
    what = listing([clip(fact.told, 80) for fact in gone[:10]])
    return f"From now on I leave out that {what}. The message itself stays in the history."


def _greeting(message: str, memory: Memory) -> str:
    if "thank" in message.casefold():
        return "You're welcome."
    name = f", {clip(memory.name, 80)}" if memory.name else ""
    return f"Hello{name}. {WHAT} {CAN} {HOW}"


def _fallback(message: str) -> str:
    """What the model says when it can't answer: what it heard, what it is, and the way out."""
    if not message.strip():
        return f"There is no message to answer. {WHAT} {CAN} {HOW}"
    asked = any(clause.asks for clause in clauses(message[:_OUTPUT]))
    heard = f'You {"asked" if asked else "said"}: "{clip(message, _ECHOED)}"'
    return " ".join([sentence(heard), *(["I can't answer that."] if asked else []), WHAT, CAN, HOW])
