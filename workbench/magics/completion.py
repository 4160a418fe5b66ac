"""Tab completion of the magics' options, session names, agents and store schemes.

A context matcher (``IPython.core.completer``): it works for line and cell magics, in the terminal
and in JupyterLab, where ``set_hook('complete_command')`` fails for flags.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from IPython.core.completer import SimpleCompletion, context_matcher

from workbench.magics import notebook
from workbench.magics.agent import OPTIONS as AGENT_OPTIONS
from workbench.magics.options import Option
from workbench.magics.session_options import OPTIONS as SESSION_OPTIONS
from workbench.magics.session_options import options_of
from workbench.magics.session_verbs import VERBS

_OF_FILES = ("sqlite", "redis+unix", "unix")
"""The schemes of stores that are a path on this machine."""

_MOST = 500
"""Paths that are offered: a folder may hold any number."""

_LINE = re.compile(r"^\s*(%%?agent|%session)[ \t]+(.*)$")


def matcher(shell: Any) -> Callable[[Any], Any]:
    """The matcher for ``shell``, to be put among its ``custom_matchers``."""

    @context_matcher(identifier="workbench.magics")
    def workbench_matcher(context: Any) -> Any:
        before = context.line_with_cursor[: context.cursor_position]
        found = _LINE.match(before)
        if found is None:
            return {"completions": []}
        typed = re.split(r"\s", found.group(2))
        word = typed[-1]
        choices = candidates(shell, found.group(1), typed[:-1], word)
        # What needs quotes is offered before somebody has typed one.
        matching = [each for each in choices if each.startswith((word, f'"{word}'))]
        return {
            "completions": [SimpleCompletion(text=each, type=_sort(each)) for each in matching],
            "matched_fragment": word,
            # Otherwise Jedi adds whatever Python would say here.
            "suppress": bool(matching),
            "ordered": True,
        }

    return cast(Callable[[Any], Any], workbench_matcher)


def _sort(choice: str) -> str:
    """What JupyterLab writes beside it."""
    return "option" if choice.startswith("-") else "name"


def candidates(shell: Any, magic: str, typed: Sequence[str], word: str) -> list[str]:
    """What may stand at the cursor: behind the words ``typed``, beginning with ``word``."""
    before = [each for each in typed if each]
    options = _options(magic, before)
    last = next((each for each in options if before and before[-1] in each.flags), None)
    if last is not None and last.value is not None:
        return _files(word) if last.kind == "file" else _values(shell, last)
    if word.startswith("-"):
        return _flags(options, before)
    if magic == "%session":
        return _words(shell, before, word) if before else list(VERBS)
    return _flags(options, before) if not word else []


def _words(shell: Any, before: Sequence[str], word: str) -> list[str]:
    """What may be the next word behind the verb."""
    verb, place = VERBS.get(before[0]), len([one for one in before[1:] if not one.startswith("-")])
    if verb is None or place >= verb.words:
        return []
    kind = verb.kinds[min(place, len(verb.kinds) - 1)]
    if kind == "file":
        return _files(word)
    if kind == "target":
        return [*_sessions(), *sorted(notebook.agents(shell)), *_stores()]
    return _sessions() if kind == "session" else []


def _options(magic: str, before: Sequence[str]) -> Sequence[Option]:
    if magic != "%session":
        return AGENT_OPTIONS
    return options_of(before[0]) if before and before[0] in VERBS else SESSION_OPTIONS


def _flags(options: Iterable[Option], used: Sequence[str]) -> list[str]:
    return [
        option.flags[-1]
        for option in options
        if not option.hidden and (option.repeated or not set(option.flags) & set(used))
    ]


def _values(shell: Any, option: Option) -> list[str]:
    if option.choices or option.offers:
        return [*option.choices, *option.offers]
    if option.kind == "session":
        return _sessions()
    if option.kind == "agent":
        return sorted(notebook.agents(shell))
    return _stores() if option.kind == "store" else []


def _sessions() -> list[str]:
    from workbench import loop
    from workbench.errors import WorkbenchError
    from workbench.workspace import workspace

    try:
        names = [entry.name for entry in loop.run(workspace().names())]
    except WorkbenchError:  # a workspace that can't be read has nothing to offer
        return []
    return [f'"{name}"' if re.search(r"\s", name) else name for name in names]


def _files(word: str) -> list[str]:
    """The paths that begin with ``word``; a folder ends with a slash, to go on from there."""
    from glob import escape, glob

    quote, begun = (word[:1], word[1:]) if word[:1] in ('"', "'") else ("", word)
    found = sorted(glob(f"{escape(os.path.expanduser(begun))}*"))[:_MOST]
    home = os.path.expanduser("~") if begun.startswith("~/") else None
    paths = [f"{each}{os.sep}" if os.path.isdir(each) else each for each in found]
    shown = [f"~{each.removeprefix(home)}" if home else each for each in paths]
    return [_quoted(each, quote) for each in shown]


def _quoted(path: str, quote: str) -> str:
    if quote or re.search(r"\s", path):
        # Open behind a folder: there is more to come.
        return (quote or '"') + path + ("" if path.endswith(os.sep) else quote or '"')
    return path


def _stores() -> list[str]:
    from workbench.stores import SCHEMES

    return [f"{each}:///" if each in _OF_FILES else f"{each}://" for each in sorted(SCHEMES)]
