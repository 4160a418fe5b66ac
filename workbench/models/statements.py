"""The grammar of statements: what a user says of themself, sets, asks to remember or to forget.

A rule is a pattern and a builder; rules are looked up by the first word of the clause, so a clause
meets a few patterns only. The language is English; in other languages nothing is read into a
clause, which is the honest answer of a grammar.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from workbench.models.clauses import bare, clip, second_person

Kind = Literal["name", "preference", "setting", "fact", "remembered"]


class Fact(NamedTuple):
    """Something the user stated."""

    kind: Kind
    subject: str
    """What it is about, normalised: a later fact of the same subject takes its place."""
    value: str
    told: str
    """The same, said to the user: ``you prefer dark mode``."""
    said: str = ""
    """The user's own clause; read again, it gives this fact."""
    guessed: bool = False
    """A name read from ``I'm John``, which gives way to one that was stated as a name."""


@dataclass(frozen=True, slots=True)
class Forget:
    """A wish to leave something out from now on; an empty ``what`` means everything."""

    what: str


Statement = Fact | Forget
Builder = Callable[[re.Match[str]], Statement | None]

_KEPT = 300
"""Characters of a clause and of a value that a fact keeps."""

_ARTICLE = re.compile(r"(?:the|a|an|my|your|our|his|her|their|its)\s+", re.IGNORECASE)
_TRAILING = re.compile(
    r"[, ]+(?:please|now|instead|too|as well|again|thanks|thank you|from now on|anymore|any more"
    r"|by the way|btw)$",
    re.IGNORECASE,
)
_NAME_ENDS = re.compile(r"[,;(:]| (?:and|but|from|so|by the way|btw|not) ", re.IGNORECASE)
_NO_NAME = frozenset(
    "a an the not no back later when at if on in it that this what who unknown secret maybe now "
    "tomorrow today anything whatever something by".split()
)
# Adjectives of nations and faiths are capitalised like names: "I'm Finnish" names nobody.
_NATIONS = frozenset(
    "african albanian algerian american arab argentinian armenian asian australian austrian "
    "belgian brazilian british bulgarian canadian catalan chilean chinese colombian croatian "
    "cuban czech danish dutch egyptian english estonian ethiopian european filipino finnish "
    "french georgian german greek hungarian icelandic indian indonesian iranian iraqi irish "
    "israeli italian japanese jewish kenyan korean latvian lebanese lithuanian malaysian "
    "mexican moroccan nigerian norwegian pakistani palestinian persian peruvian polish "
    "portuguese romanian russian scottish serbian slovak slovenian spanish swedish swiss syrian "
    "taiwanese thai tunisian turkish ukrainian vietnamese welsh buddhist catholic hindu muslim "
    "protestant sikh ok okay sure sorry".split()
)
_PREPOSITION = re.compile(r" (?:over|to|than|in|for|when|because|with|on|at|and|or|instead)\b")


def subject(text: str) -> str:
    """The key under which a fact is kept: lower case, no article, one spelling of favourite."""
    key = text.casefold().strip(" '\"")
    while found := _ARTICLE.match(key):
        key = key[found.end() :]
    key = key.replace("favorite", "favourite").replace("color", "colour").replace("_", " ")
    return " ".join(key.replace("preferred ", "favourite ").split())


def _value(text: str) -> str:
    value = bare(text)
    for _ in range(3):
        if not (found := _TRAILING.search(value)):
            break
        value = bare(value[: found.start()])
    return value


def name(text: str) -> str | None:
    """The name at the start of ``text``; None where no name can be there."""
    value = _value(_NAME_ENDS.split(text, maxsplit=1)[0])
    words = value.split()
    if not words or len(words) > 6 or words[0].casefold() in _NO_NAME:
        return None
    return value if words[0][0].isalnum() else None


def _named(found: re.Match[str]) -> Statement | None:
    value = name(found["v"])
    if value is None:
        denied = re.match(r"not (.+)", found["v"], re.IGNORECASE)
        return Forget(f"my name is {bare(denied[1])}") if denied else None
    which = (found.groupdict().get("which") or "").casefold()
    key = f"{which} name" if which in ("first", "last", "middle") else "name"
    return Fact("name", key, value, f"your {key} is {value}")


def _guessed_name(found: re.Match[str]) -> Statement | None:
    value = name(found["v"])
    words = value.split() if value else []
    titled = all(word[0].isupper() and not word.isupper() for word in words)
    if not value or not titled or len(words) > 3 or words[0].casefold() in _NATIONS:
        return None
    return Fact("name", "name", value, f"your name is {value}", guessed=True)


def _self(found: re.Match[str]) -> Statement | None:
    """``I am from Oulu``, ``I live in Oulu``: the verb is the subject, or verb and value are."""
    verb, value = found["verb"].strip().casefold(), _value(found["v"])
    unique = verb in ("live", "work as", "am from", "from", "come from", "was born", "work at")
    key = verb.removeprefix("am ").removeprefix("come ") if unique else found.group()
    if subject(value).startswith(("question", "problem", "request", "doubt")):
        return None
    return Fact("fact", subject(key), value, second_person(_value(found.group())))


def _preference(found: re.Match[str]) -> Statement | None:
    verb, value = found["verb"].casefold(), _value(found["v"])
    if not value or (found["would"] and verb in ("like", "love")):
        return None
    if found["no"]:
        return Forget(value)
    key = _head(value) if verb == "prefer" else value
    return Fact("preference", subject(key), value, second_person(_value(found.group())))


def _head(value: str) -> str:
    """``mode`` of ``dark mode``: what a later ``light mode`` replaces."""
    return value if _PREPOSITION.search(value) else value.split()[-1]


def _setting(found: re.Match[str]) -> Statement | None:
    key, value = subject(found["k"]), _value(found["v"])
    first = key.split(" ", 1)[0]
    if not key or not value or len(key.split()) > 6 or first in _NOT_SET:
        return None
    return Fact("setting", key, value, f"you set {second_person(key)} to {value}")


_NOT_SET = frozenset("up off out aside it this that them me us fire sail foot".split())


def _switched(found: re.Match[str]) -> Statement | None:
    groups = found.groupdict()
    state = groups.get("state") or groups.get("state2") or ""
    state = {"enable": "on", "disable": "off"}.get(state.casefold(), state.casefold())
    what = _value(groups.get("k") or groups.get("k2") or "")
    if not what or len(what.split()) > 6:
        return None
    return Fact("setting", subject(what), state, f"you turned {second_person(what)} {state}")


def _used(found: re.Match[str]) -> Statement | None:
    """``use metric units``, ``switch to dark mode``; a word like get_weather is a tool's."""
    value = _value(found["v"])
    like_code = any(mark in value for mark in "_()={}") or re.search(r"[a-z][A-Z]", value)
    if not value or like_code or len(value.split()) > 6 or re.search(r"\b(tool|function)\b", value):
        return None
    return Fact("setting", subject(_head(value)), value, second_person(f"you asked to use {value}"))


def _language(found: re.Match[str]) -> Statement | None:
    value = _value(found["v"])
    if not value[:1].isupper() or len(value.split()) > 2:
        return _rule_text(found)
    return Fact("setting", "language", value, f"you set the language to {value}")


def _rule_text(found: re.Match[str]) -> Statement | None:
    """``always answer briefly``: a standing wish, kept in its own words."""
    text = _value(found.group())
    if text.casefold().startswith("never mind"):
        return None
    return Fact("setting", subject(text), text, f"you asked: {second_person(text)}")


def _owned(found: re.Match[str]) -> Statement | None:
    key, value = subject(found["k"]), _value(found["v"])
    if not value or len(key.split()) > 6 or key in ("question", "point", "guess", "bad", "request"):
        return None
    kind: Kind = "preference" if key.startswith("favourite") else "fact"
    if key in ("preference", "preferences"):
        return Fact("preference", subject(_head(value)), value, f"you prefer {value}")
    return Fact(kind, key, value, f"your {second_person(key)} {found['be']} {value}")


def _remembered(found: re.Match[str]) -> Statement | None:
    """What follows ``remember that`` when it is a statement itself, else its text."""
    text = _value(found["v"])
    if not text:
        return None
    if isinstance(inner := statement(text), Fact):
        return inner
    if known := _IS.fullmatch(text):
        key, value = subject(known["k"]), _value(known["v"])
        told = second_person(f"{known['k']} {known['be']} {value}")
        return Fact("remembered", key, value, told)
    told = second_person(text)
    told = f"remember {told}" if told.startswith("to ") else told
    return Fact("remembered", subject(text), text, told)


def _forgotten(found: re.Match[str]) -> Statement | None:
    what = bare(found["v"] or "")
    if what.casefold() in ("it", "about it", "this"):
        return None
    everything = re.match(r"(?:everything|all|all of it|me)\b", what, re.IGNORECASE)
    return Forget("" if everything else re.sub(r"^(?:that|about) ", "", what))


_IS = re.compile(r"(?P<k>[^,:]{1,80}?) (?P<be>is|are|was|were) (?P<v>.+)", re.IGNORECASE)
_OFTEN = r"(?:(?:really|always|usually|generally|also|still|now|much|strongly|do) )*"
_TABLE: list[tuple[str, str, Builder]] = [
    ("my the", r"(?:my|the) (?:(?P<which>full|first|last|middle|real|new|nick)[ -]?)?name"
               r"(?:'s| is)(?: now| actually)? (?P<v>.+)", _named),
    ("i i'm im", r"(?:i am|i'm|im) (?:called|named|known as) (?P<v>.+)", _named),
    ("i", r"i go by (?P<v>.+)", _named),
    ("call", r"call me (?P<v>.+)", _named),
    ("you", r"you (?:can|may|should|could) (?:just )?call me (?P<v>.+)", _named),
    ("people friends everyone everybody they", r"\w+ calls? me (?P<v>.+)", _named),
    ("i", r"i(?P<would> would|'d)? " + _OFTEN + r"(?P<no>no longer |(?:do not|don't) (?=prefer))?"
          r"(?P<verb>prefer|like|love|enjoy|adore|hate|dislike|detest|don't like|do not like"
          r"|can't stand) (?P<v>.+)", _preference),
    ("i'd", r"i(?P<would>'d) " + _OFTEN + r"(?P<no>no longer )?(?P<verb>prefer) (?P<v>.+)",
     _preference),
    ("i", r"i (?P<verb>live|work as|work at|work for|work in|work on|study|speak|own|drive|play"
          r"|use|was born|grew up|come from|am from|am (?=an? |\d|allergic |based |vega|vege)"
          r"|have (?=an? |\d|two |three )) ?(?P<v>.+)", _self),
    ("i'm im", r"i'?m (?P<verb>from|(?=an? |\d|allergic |based |vega|vege)) ?(?P<v>.+)", _self),
    ("i i'm im", r"(?:i am|i'm|im) (?P<v>[^\W\d_].*)", _guessed_name),
    ("set change switch", r"(?:set|change|switch) (?:(?:the|my|your|our) )?(?P<k>.{1,80}?)"
                          r"(?: to|:| =|=| as) ?(?P<v>.+)", _setting),
    ("switch change", r"(?:switch|change) to (?P<v>.+)", _used),
    ("turn", r"turn (?:(?P<state>on|off) (?P<k>.+)|(?P<k2>.{1,80}?) (?P<state2>on|off))",
     _switched),
    ("enable disable", r"(?P<state>enable|disable) (?P<k>.+)", _switched),
    ("use", r"use (?P<v>.+)", _used),
    ("answer reply respond speak write talk", r"\w+(?: to me)?(?: only| always)? in (?P<v>.+)",
     _language),
    ("always never", r"(?:always|never) (?!forget\b).+", _rule_text),
    ("remember note memorise memorize keep don't do never",
     r"(?:remember|note|memori[sz]e|keep in mind|(?:don't|do not|never) forget)"
     r"(?: that\b|:|,)? ?(?P<v>.+)", _remembered),
    ("forget", r"forget(?: (?P<v>.+))?", _forgotten),
    ("my our", r"(?:my|our) (?P<k>[^,:]{1,80}?) (?P<be>is|are|was|were) (?P<v>.+)", _owned),
]  # fmt: skip
_FIRST = re.compile(r"[\w']+")
_RULES: dict[str, list[tuple[re.Pattern[str], Builder]]] = {}
for _words, _pattern, _builder in _TABLE:
    for _word in _words.split():
        _RULES.setdefault(_word, []).append((re.compile(_pattern, re.IGNORECASE), _builder))


def statement(clause: str) -> Statement | None:
    """What one clause states, or None. ``clause`` is bare: see `workbench.models.clauses`."""
    first = _FIRST.match(clause)
    for pattern, build in _RULES.get(first[0].casefold(), ()) if first else ():
        found = pattern.fullmatch(clause)
        made = build(found) if found else None
        if isinstance(made, Fact):
            value, said = clip(made.value, _KEPT), clip(clause, _KEPT)
            return Fact(made.kind, made.subject, value, made.told, said, made.guessed)
        if made is not None:
            return made
    return None
