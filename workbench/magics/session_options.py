"""The options of ``%session``: which there are, which of them a verb takes, and the help."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.magics.options import HELP, Option, explain
from workbench.magics.session_verbs import VERBS

OPTIONS: tuple[Option, ...] = (
    *{option.name: option for verb in VERBS.values() for option in verb.options}.values(),
    HELP,
)
"""Those of all verbs: one that several verbs have is the same for each."""


_ABOUT = """NAME is the session in use when left out; one with spaces stands in quotes. A key
never stands on the line. {{expression}} is replaced by its value; -- ends the options."""


def options_of(verb: str) -> tuple[Option, ...]:
    """The options that a verb takes."""
    return VERBS[verb].all_options


def refusal(verb: str, given: Iterable[str]) -> str | None:
    """What is wrong with the options ``given`` (by name) for a verb; None when nothing is.

    One that counts elsewhere is refused, as ``decrypt --dry-run`` would not be a dry one.
    """
    known = {option.name for option in options_of(verb)}
    wrong = next((each for each in OPTIONS if each.name in {*given} - known), None)
    if wrong is None:
        return None
    if wrong.name in VERBS:
        return f"it has no option {wrong.flags[-1]}; %session {wrong.name} does that"
    verbs = [f"%session {each.name}" for each in VERBS.values() if wrong in each.options]
    return f"it has no option {wrong.flags[-1]}, which is for {' and '.join(verbs)}"


def session_help(verb: str | None = None) -> str:
    """The help text of ``%session``, or of one verb of it; all where there is none of that name."""
    if verb in VERBS:
        return explain([f"%session {verb} {VERBS[verb].about}"], _ABOUT, options_of(verb))
    width = max(map(len, VERBS))
    usage = [f"%session {verb.name:<{width}} {verb.about}" for verb in VERBS.values()]
    return explain(usage, f"Without a verb: list.\n{_ABOUT}", OPTIONS)
