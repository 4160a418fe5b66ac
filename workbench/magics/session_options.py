"""The verbs and options of ``%session``, as data."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.magics.options import HELP, WRAPPERS, Option, explain

VERBS = {
    "list": "the named sessions, as a DataFrame",
    "use": "NAME: the session of %agent from now on",
    "new": "[NAME] [--store URL] [--max-messages N] [--encrypt]: make one and use it",
    "info": "[NAME]: where it is kept, what stands around it, what it goes on with",
    "history": "[NAME]: its items, as a DataFrame; --full: those in the archive too",
    "turns": "[NAME]: its turns, as a DataFrame",
    "compact": "[NAME]: replace its older messages by a summary now; --dry-run only shows it",
    "undo-compaction": "[NAME]: put the messages of the last summary back",
    "encrypt": "[NAME]: store its items encrypted (key: WORKBENCH_KEY, or it asks)",
    "decrypt": "[NAME]: store its items as plain text again",
    "rekey": "[NAME]: encrypt it with another key (WORKBENCH_NEW_KEY, or it asks)",
    "clear": "[NAME]: empty it; the items are kept in its archive",
    "delete": "NAME: delete it with its archive, for good (asks; --yes does not)",
}

OPTIONS = (
    Option(("--store",), "where a new session is kept, e.g. sqlite:///app.db", "URL", kind="store"),
    *WRAPPERS,
    Option(("-n", "--limit"), "how many of the newest items history shows", "N"),
    Option(("--full",), "history: the archived items too"),
    Option(("--dry-run",), "compact: show what would be done, and change nothing"),
    Option(("--from-sdk",), "encrypt: what the SDK's EncryptedSession wrote with this key"),
    Option(("-y", "--yes"), "delete without asking"),
    HELP,
)

_COMPACTION = ("max_messages", "max_tokens", "keep_last", "summary_model")
_TAKEN = {
    "list": ("store",),
    "new": ("store", *_COMPACTION, "encrypt"),
    "history": ("limit", "full"),
    "compact": (*_COMPACTION, "dry_run"),
    "encrypt": ("from_sdk",),
    "delete": ("yes",),
}
"""The options of each verb; those that are not here have none."""


def options_of(verb: str) -> list[Option]:
    """The options that a verb takes."""
    names = {*_TAKEN.get(verb, ()), HELP.name}
    return [option for option in OPTIONS if option.name in names]


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
    verbs = [f"%session {each}" for each, names in _TAKEN.items() if wrong.name in names]
    return f"it has no option {wrong.flags[-1]}, which is for {' and '.join(verbs)}"


def session_help() -> str:
    """The help text of ``%session``."""
    width = max(map(len, VERBS))
    usage = [f"%session {verb:<{width}} {about}" for verb, about in VERBS.items()]
    about = """Without a verb: list. NAME is the session in use when left out; one with spaces
stands in quotes. A key never stands on the line. {{expression}} is replaced by its value; -- ends
the options."""
    return explain(usage, about, OPTIONS)
