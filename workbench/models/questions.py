"""Questions about what was said, answered from the memory of it and from nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from workbench.models.clauses import bare, clip, listing, sentence
from workbench.models.reading import Entry
from workbench.models.recall import Memory
from workbench.models.statements import Fact, subject
from workbench.models.summary import told

_SHOWN = 300

WHAT = (
    "I'm the workbench's offline stand-in, not a language model: I know only what this "
    "conversation holds."
)
CAN = (
    'I can recall what you tell me (a name, a preference, a setting, "remember that ..."), call a '
    "tool or hand over to an agent that you name, and summarise."
)
HOW = "For a real model set OPENAI_API_KEY, or OPENAI_BASE_URL for a local server."


def unknown(what: str) -> str:
    """The honest answer to a question about something the user has not said."""
    return f"You haven't told me {what}. {WHAT} {HOW}"


class Asked:
    """One question, what it is asked of, and the rules' answers."""

    def __init__(self, memory: Memory, entries: Sequence[Entry]) -> None:
        self.memory = memory
        self.entries = entries

    def name(self, _: re.Match[str]) -> str:
        found = self.memory.name
        return f"Your name is {found}." if found else unknown("your name")

    def who(self, found: re.Match[str]) -> str:
        facts = self.memory.facts.values()
        return self.name(found) if not facts or self.memory.name else self.known(found)

    def preferences(self, _: re.Match[str]) -> str:
        facts = self.memory.preferences()
        return _told(facts) if facts else unknown("what you prefer")

    def known(self, _: re.Match[str]) -> str:
        facts = list(self.memory.facts.values())
        return _told(facts) if facts else unknown("anything about yourself")

    def own(self, found: re.Match[str]) -> str | None:
        """``my X``: the fact of that subject."""
        key = bare(found["k"])
        if not key or len(key) > 100:
            return None
        if subject(key) in ("preferences", "preference", "settings", "setting", "likes"):
            return self.preferences(found)
        if subject(key) == "name":
            return self.name(found)
        fact = self.memory.find(key)
        return sentence(clip(fact.told, _SHOWN)) if fact else unknown(f"your {clip(key, 60)}")

    def thing(self, found: re.Match[str]) -> str | None:
        """``the X``: only if the user said something of it; else it is no question for a memory."""
        fact = self.memory.find(found["k"])
        return sentence(clip(fact.told, _SHOWN)) if fact else None

    def doing(self, found: re.Match[str]) -> str:
        fact = self.memory.find(found["k"])
        return sentence(clip(fact.told, _SHOWN)) if fact else unknown("that")

    def age(self, _: re.Match[str]) -> str:
        facts = self.memory.about("years old")
        return _told(facts[:1]) if facts else unknown("your age")

    def told_of(self, found: re.Match[str]) -> str:
        facts = self.memory.about(found["k"])
        return _told(facts) if facts else unknown(f"anything about {clip(found['k'], 60)}")

    def first(self, _: re.Match[str]) -> str:
        # The question itself is the last message; it is what was said first only when it is alone.
        said = self.memory.first if len(self.memory.messages) > 1 or self._before else None
        return f'You began with: "{clip(said, _SHOWN)}"' if said else _NOTHING

    def previous(self, _: re.Match[str]) -> str:
        messages = self.memory.messages
        said = messages[-2] if len(messages) > 1 else (self._before or None)
        return f'Before this you said: "{clip(said, _SHOWN)}"' if said else _NOTHING

    def everything(self, _: re.Match[str]) -> str:
        messages = [*self.memory.earlier.latest, *self.memory.messages[:-1]]
        shown = [f'"{clip(each, 100)}"' for each in messages[-8:]]
        return sentence("you said " + listing(shown)) if shown else _NOTHING

    def count(self, _: re.Match[str]) -> str:
        number = len(self.memory.messages) + self.memory.earlier.user
        return f"You have sent {number} message{'' if number == 1 else 's'}, this one included."

    def summary(self, _: re.Match[str]) -> str:
        return told(self.entries, self.memory)

    def honest(self, _: re.Match[str]) -> str:
        return f"{WHAT} {CAN} {HOW}"

    def thanks(self, _: re.Match[str]) -> str:
        return "You're welcome."

    @property
    def _before(self) -> str:
        """The latest thing said that only a summary holds."""
        earlier = self.memory.earlier
        return next(reversed(earlier.latest), earlier.first or "")


def _told(facts: Sequence[Fact]) -> str:
    return sentence(listing([clip(fact.told, _SHOWN) for fact in facts]))


_NOTHING = "You have said nothing before this in this conversation."
_IS = r"(?:'s|s| is| are| was| were)?"
_ASK = (
    r"(?:(?:do|did|can) you (?:still )?(?:know|remember|recall)"
    r"|(?:tell|remind|show|give) me(?: of)?|remember|recall|list|say|you know)(?: about)?"
)
_RULES: list[tuple[re.Pattern[str], Callable[[Asked, re.Match[str]], str | None]]] = [
    (re.compile(pattern, re.IGNORECASE), rule)
    for pattern, rule in (
        (rf"(?:{_ASK} )?(?:what|who){_IS} my (?:full )?name(?: is| again| now)?", Asked.name),
        (rf"(?:{_ASK} )?(?:my name|who i am)", Asked.name),
        (r"(?:what|how) (?:do|should|would|will|did) (?:you|i ask you to) call me", Asked.name),
        (r"(?:what|how) am i called", Asked.name),
        (r"who am i", Asked.who),
        (rf"(?:{_ASK} )?(?:what|which)(?: things)? do i (?:prefer|like|love|enjoy|want)",
         Asked.preferences),
        (rf"(?:{_ASK} )?(?:what|which) (?:are )?(?:my )?(?:preferences|settings)"
         r"(?: are| have i| did i| do i)?.{0,40}", Asked.preferences),
        (rf"(?:{_ASK} )?(?:everything |all )?(?:(?:what|that) )?(?:do |did |can )?you "
         r"(?:know|remember|recall) (?:about|of) me", Asked.known),
        (rf"(?:{_ASK} )?what (?:have|did) i (?:told|tell) you(?: about me| about myself| so far)?",
         Asked.known),
        (r"(?:do|did) you (?:know|remember) (?:anything about )?me", Asked.known),
        (rf"(?:{_ASK} )?what (?:was|were|is)? ?(?:the |my )?(?:very )?first (?:thing|message"
         r"|question|words?|sentence|prompt)\b.{0,60}", Asked.first),
        (rf"(?:{_ASK} )?what (?:did|have|was|had)(?: it)? i (?:say|said|ask|asked|tell you|told you"
         r"|write|wrote)(?: to you)? (?:at )?(?:first|(?:in |at )?the (?:beginning|start))",
         Asked.first),
        (rf"(?:{_ASK} )?what (?:was|were|is) (?:the |my )?(?:last|previous|latest) (?:thing|message"
         r"|question|words?|sentence|prompt)\b.{0,60}", Asked.previous),
        (rf"(?:{_ASK} )?what (?:did|have|had) i (?:just )?(?:say|said|ask|asked|tell you|told you"
         r"|write|wrote)(?: to)?(?: you)?(?: just)?(?: now| before| last| earlier| previously"
         r"| before that| before this)?", Asked.previous),
        (r"repeat (?:my |the )?(?:last|previous) (?:message|question)", Asked.previous),
        (r"(?:what|list|show me|tell me)(?: were| are)?(?: all)?(?: of)? my (?:messages|questions)"
         r".{0,20}", Asked.everything),
        (r"how many (?:messages|questions|times|turns)\b.{0,60}", Asked.count),
        (r"(?:(?:give|show|write|make)(?: me)? )?(?:a |the )?(?:short |brief )?(?:summari[sz]e"
         r"|recap|sum up|summary|tl;?dr)\b.{0,80}", Asked.summary),
        (rf"(?:{_ASK} )?(?:what|who|where|when|which|how){_IS} (?:exactly |old is )?my (?P<k>.+)",
         Asked.own),
        (rf"(?:{_ASK} )my (?P<k>.+)", Asked.own),
        (r"(?:what|which) (?P<k>.{1,60}?) (?:do|did|have|had|should) (?:i|you) (?:prefer|like|love"
         r"|choose|chose|chosen|set|use|want|pick|have|speak|play|drive|own)\b.{0,40}", Asked.own),
        (r"(?:where|what|how|which) (?:do|am|did) i (?P<k>live|work|study|from|speak|play|drive|use"
         r"|grow up|grew up|own)\b.{0,30}", Asked.doing),
        (rf"(?:{_ASK} )?how old (?:am i|i am)", Asked.age),
        (
            rf"(?:{_ASK} )?what (?:did|have) i (?:tell|told|say|said)(?: to)?(?: you)? about "
            r"(?P<k>.+)",
            Asked.told_of,
        ),
        (r"where am i (?P<k>from)", Asked.doing),
        (rf"(?:{_ASK} )?(?:what|who|where|when){_IS} (?P<k>.+)", Asked.thing),
        (rf"{_ASK} (?P<k>.+)", Asked.thing),
        (r"(?:who|what)(?: are|'re|'s| is) you\b.{0,40}|what can you do.{0,40}|help(?: me)?"
         r"|(?:are|aren't) you .{1,60}|(?:what|which) (?:model|llm|ai)\b.{0,60}", Asked.honest),
        (r"(?:many )?(?:thanks|thank you|thx|cheers)\b.{0,40}", Asked.thanks),
    )
]  # fmt: skip


def answer(clause: str, memory: Memory, entries: Sequence[Entry]) -> str | None:
    """The answer to one bare clause, or None when it is no question that a memory can answer."""
    asked = Asked(memory, entries)
    for pattern, rule in _RULES:
        if (found := pattern.fullmatch(clause)) and (text := rule(asked, found)):
            return text
    return None
