"""The options of a magic, as data: parsed, explained and completed from one table.

IPython's own ``magic_arguments`` keeps quotes, has no ``--help`` and splits a prompt into words.
Here options come first and the rest of the line is left as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from IPython.core.error import UsageError


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its flags, what its value is called (None: it has none), and what it does.

    ``kind`` names what completes the value: ``session``, ``store``, ``agent``, ``file``, or
    nothing, and ``offers`` are values that are offered and not the only ones. A ``repeated`` option
    may stand several times, and its value is a list; an ``empty`` one may have the value "".
    """

    flags: tuple[str, ...]
    help: str
    value: str | None = None
    choices: tuple[str, ...] = ()
    kind: str | None = None
    offers: tuple[str, ...] = ()
    hidden: bool = False
    repeated: bool = False
    empty: bool = False

    @property
    def name(self) -> str:
        """The key in the parsed values: the long flag without dashes."""
        return self.flags[-1].lstrip("-").replace("-", "_")


HELP = Option(("-h", "--help"), "show this help")
AGENT = Option(("-a", "--agent"), "the agent that answers", "NAME", kind="agent")
"""Of verbs that take a turn."""

WRAPPERS = (
    Option(("--max-messages",), "above this, older ones become one summary (0: never)", "N"),
    Option(("--max-tokens",), "the same by estimated tokens", "N"),
    Option(("--keep-last",), "how many of the newest a summary leaves (default half)", "N"),
    Option(("--summary-model",), "the model of the summaries", "NAME"),
    Option(("--encrypt",), "store the items encrypted; see WORKBENCH_KEY"),
)
"""What stands around a session; remembered by its name."""


def wrapper_settings(values: Mapping[str, Any], *, magic: str) -> dict[str, Any]:
    """The values of the options WRAPPERS, as ``wb.session`` takes them. Raises UsageError."""
    settings: dict[str, Any] = {
        name: number(values[name], f"--{name.replace('_', '-')}", magic=magic)
        for name in ("max_messages", "max_tokens", "keep_last")
        if name in values
    }
    settings |= {name: values[name] for name in ("summary_model", "encrypt") if name in values}
    return settings


def number(value: str, flag: str, *, magic: str, least: int = 0) -> int:
    """A value that is a count; ``none`` is 0. Raises UsageError."""
    if value.lower() == "none":
        value = "0"
    if not (value.isascii() and value.isdigit()) or len(value) > 18 or int(value) < least:
        raise UsageError(f"{magic}: {flag} is a number from {least}, not {value!r}")
    return int(value)


_TOKEN = re.compile(r"""\s*((?:\{\{.*?\}\}|"[^"]*"|'[^']*'|[^\s"'])+)""")
"""A word; quotes and ``{{...}}`` keep their spaces."""


def parse(
    line: str,
    options: Sequence[Option],
    *,
    magic: str,
    fill: Callable[[str], str] | None = None,
) -> tuple[dict[str, Any], str]:
    """The options at the start of ``line``, by name, and the rest of the line as it is.

    Quotes around a value are taken off. ``fill`` puts values into ``{{...}}``, after the line was
    taken apart: what they hold is never read as an option. Raises UsageError, naming the nearest
    option.
    """
    values, _words, rest = _taken_apart(line, options, magic, fill, words=False)
    return values, rest if fill is None else fill(rest)


def parse_words(
    line: str,
    options: Sequence[Option],
    *,
    magic: str,
    fill: Callable[[str], str] | None = None,
    marking: Collection[str] = (),
) -> tuple[dict[str, Any], list[str]]:
    """As `parse`, where options may stand between words and behind them, and the rest is words.

    A word with spaces stands in quotes, which are taken off. Behind a first word that is one of
    ``marking``, what begins with a single dash is a word too.
    """
    values, words, rest = _taken_apart(line, options, magic, fill, words=True, marking=marking)
    words += rest.split()
    return values, words if fill is None else [fill(word) for word in words]


def _taken_apart(
    line: str,
    options: Sequence[Option],
    magic: str,
    fill: Callable[[str], str] | None,
    *,
    words: bool,
    marking: Collection[str] = (),
) -> tuple[dict[str, Any], list[str], str]:
    known = {flag: option for option in options for flag in option.flags}
    values: dict[str, Any] = {}
    kept: list[str] = []
    rest = line.strip()
    while rest:
        word, after = _next(rest, magic)
        if word == "--":
            return values, kept, after.lstrip()
        marks = bool(kept) and kept[0] in marking and word[:2] != "--" and word not in HELP.flags
        if not _is_flag(word) or marks:
            if not words:
                break
            kept.append(unquoted(word))
            rest = after.lstrip()
            continue
        flag, equals, given = word.partition("=")
        option = known.get(flag) or _refuse(flag, known, magic)
        if option.value is None:
            if equals:
                raise UsageError(f"{magic}: {flag} takes no value")
            values[option.name] = True
        else:
            if not equals:
                if not after.strip():
                    raise UsageError(f"{magic}: {flag} needs a value: {flag} {option.value}")
                given, after = _next(after.lstrip(), magic)
            if given[:1] in ('"', "'") and unquoted(given) == given:
                raise UsageError(f"{magic}: the quote is not closed in {flag} {given}")
            value = _checked(unquoted(given), option, magic, fill)
            values[option.name] = (
                [*values.get(option.name, ()), value] if option.repeated else value
            )
        rest = after.lstrip()
    return values, kept, rest


def too_much(words: Sequence[str], *, magic: str) -> UsageError:
    """The error for ``words`` that nothing asked for."""
    return UsageError(
        f"{magic}: too much on the line: {_shown(' '.join(words))}; "
        "a name with spaces stands in quotes"
    )


def _shown(text: str) -> str:
    # What is as long as a key may be one.
    return repr(text) if len(text) < 32 else f"{len(text)} characters"


def _is_flag(token: str) -> bool:
    # A prompt may begin with a dash and a space, or be a negative number.
    return bool(re.match(r"--?[A-Za-z]", token))


def _next(text: str, magic: str) -> tuple[str, str]:
    found = _TOKEN.match(text)
    if found is None or (found.end() < len(text) and text[found.end()] in "\"'"):
        # An apostrophe in a prompt is no quote: only an option's value has to be closed.
        token, _, after = text.partition(" ")
        if _is_flag(token) and ("'" in token or '"' in token):
            raise UsageError(f"{magic}: the quote is not closed in {token}")
        return token, after
    return found.group(1), text[found.end() :]


_SECRET = ("--key", "--new-key", "--encryption-key", "--passphrase", "--password")
"""Options that there are not, so that nobody writes a secret into a cell."""


def _refuse(flag: str, known: Mapping[str, Option], magic: str) -> Option:
    from difflib import get_close_matches

    if flag in _SECRET:
        raise UsageError(
            f"{magic}: there is no option {flag}, as keys and passwords never stand on the line: "
            "set WORKBENCH_KEY, or pass key= in Python"
        )
    shown = [name for name, option in known.items() if not option.hidden]
    close = get_close_matches(flag, shown, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}?" if close else f"see {magic} --help"
    raise UsageError(f"{magic}: there is no option {flag}; {hint}")


def _checked(value: str, option: Option, magic: str, fill: Callable[[str], str] | None) -> str:
    if fill is not None:
        value = fill(value)
    elif "{{" in value:
        return value  # it can be checked when it is known
    if not value and not option.empty:
        raise UsageError(f"{magic}: {option.flags[-1]} needs a value that is not empty")
    if option.choices and value not in option.choices:
        raise UsageError(
            f"{magic}: {option.flags[-1]} is one of {', '.join(option.choices)}, not {value!r}"
        )
    return value


def unquoted(value: str) -> str:
    """``value`` without the quotes around it."""
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def explain(usage: Sequence[str], about: str, options: Sequence[Option]) -> str:
    """The help text of a magic."""
    shown = [option for option in options if not option.hidden]
    heads = [_head(option) for option in shown]
    width = max(map(len, heads))
    lines = [f"  {head:<{width}}  {option.help}" for head, option in zip(heads, shown, strict=True)]
    return "\n".join([*usage, "", about, "", "Options:", *lines])


def _head(option: Option) -> str:
    value = "|".join(option.choices) if option.choices else option.value
    return ", ".join(option.flags) + (f" {value}" if value else "")
