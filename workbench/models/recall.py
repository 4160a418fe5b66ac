"""What the user has said so far: the facts that hold now, and the messages themselves.

Only what the user wrote is read, and summaries made from it; never a reply of a model, nor the
output of a tool.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workbench.models.clauses import clauses
from workbench.models.reading import Entry
from workbench.models.statements import Fact, Forget, Statement, statement, subject
from workbench.models.summary_text import Summary, parse

_EMPTY = frozenset("the a an my your our of i me is are to in for do you it that".split())
_SEARCHES = 1000
"""Searches by words that wishes to forget may cost in one reading; a bound for hostile texts."""


class _Words:
    """Which facts hold which significant word, so that a search reads no other facts."""

    def __init__(self) -> None:
        self._holders: dict[str, dict[str, None]] = {}

    def add(self, fact: Fact) -> None:
        for word in _significant(f"{fact.subject} {fact.told}"):
            self._holders.setdefault(word, {})[fact.subject] = None

    def drop(self, fact: Fact) -> None:
        for word in _significant(f"{fact.subject} {fact.told}"):
            self._holders[word].pop(fact.subject, None)

    def search(self, words: str) -> list[str]:
        """The subjects of facts that hold every significant word, the newest first."""
        held = [self._holders.get(word, {}) for word in _significant(words)]
        if not held:
            return []
        rarest = min(held, key=len)
        return [key for key in reversed(rarest) if all(key in others for others in held)]


@dataclass
class Memory:
    """The facts by subject, in the order they were stated, and the user's messages."""

    facts: dict[str, Fact] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    """The user's messages as they stand in the items, oldest first."""
    earlier: Summary = field(default_factory=Summary)
    """What summaries in the items say of messages that are no longer there."""
    _words: _Words = field(default_factory=_Words)
    _searches: int = 0

    def take(self, stated: Statement) -> list[Fact]:
        """Keep a fact, or forget; gives the facts that are no longer held."""
        if isinstance(stated, Forget):
            return self._forget(stated.what)
        held = self.facts.get(stated.subject)
        if stated.guessed and held is not None and not held.guessed:
            return []
        gone = [self._drop(held.subject)] if held else []
        self.facts[stated.subject] = stated
        self._words.add(stated)
        return gone

    def _drop(self, key: str) -> Fact:
        fact = self.facts.pop(key)
        self._words.drop(fact)
        return fact

    def _forget(self, what: str) -> list[Fact]:
        gone = list(self.facts) if not what else self._meant(what)
        return [self._drop(key) for key in gone]

    def _meant(self, what: str) -> list[str]:
        """The subjects that ``what`` names: by a statement, a subject, or words of it."""
        inner = statement(what)
        if isinstance(inner, Fact):
            held = self.facts.get(inner.subject)
            return [inner.subject] if held and held.value == inner.value else []
        key = subject(what)
        if key in ("preferences", "settings", "likes"):
            return [fact.subject for fact in self.preferences()]
        if key in self.facts:
            return [key]
        self._searches += 1
        return self._words.search(subject(what)) if self._searches <= _SEARCHES else []

    def preferences(self) -> list[Fact]:
        """What was preferred, liked or set: a setting is a preference too."""
        return [fact for fact in self.facts.values() if fact.kind in ("preference", "setting")]

    def about(self, words: str) -> list[Fact]:
        """Facts that hold every significant word of ``words``, the newest first."""
        return [self.facts[key] for key in self._words.search(subject(words))]

    def find(self, key: str) -> Fact | None:
        """The fact of that subject, else the newest that speaks of it."""
        if exact := self.facts.get(subject(key)):
            return exact
        return next(iter(self.about(key)), None)

    @property
    def name(self) -> str | None:
        """The user's name, if they told it."""
        whole = self.facts.get("name")
        parts = [self.facts[key].value for key in _NAME_PARTS if key in self.facts]
        return whole.value if whole else " ".join(parts) or None

    @property
    def first(self) -> str | None:
        """The first thing the user said, also when only a summary holds it now."""
        return self.earlier.first or next(iter(self.messages), None)


_NAME_PARTS = ("first name", "middle name", "last name")


def remember(entries: Sequence[Entry]) -> Memory:
    """Everything that the user stated in ``entries``; time is linear in their length."""
    memory = Memory()
    for entry, called in zip(entries, _led_to_calls(entries), strict=True):
        if entry.kind == "summary":
            _take_summary(memory, parse(entry.text))
        elif entry.kind == "user":
            memory.messages.append(entry.text)
            for stated in statements(entry.text, a_request=called):
                memory.take(stated)
    return memory


def statements(text: str, *, a_request: bool = False) -> Iterable[Statement]:
    """What a message states. In ``a_request`` that led to a tool, ``use X`` meant the tool."""
    for clause in clauses(text):
        stated = None if clause.asks and not clause.polite else statement(clause.text)
        if stated is None or (a_request and isinstance(stated, Fact) and stated.kind == "setting"):
            continue
        yield stated


def _take_summary(memory: Memory, summary: Summary) -> None:
    memory.earlier = memory.earlier.then(summary)
    for said in summary.facts:
        if isinstance(stated := statement(said), Fact):
            memory.take(stated)


def _led_to_calls(entries: Sequence[Entry]) -> list[bool]:
    """For each entry, whether a call follows it before the user speaks again."""
    led, called = [False] * len(entries), False
    for index in range(len(entries) - 1, -1, -1):
        if entries[index].kind == "call":
            called = True
        elif entries[index].kind == "user":
            led[index], called = called, False
    return led


def _significant(words: str) -> frozenset[str]:
    return frozenset(words.casefold().replace("'s", "").split()) - _EMPTY
