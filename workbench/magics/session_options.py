"""The verbs and options of ``%session``, as data."""

from __future__ import annotations

from workbench.magics.options import HELP, Option, explain

VERBS = {
    "list": "the named sessions, as a DataFrame",
    "use": "NAME: the session of %agent from now on",
    "new": "[NAME] [--store URL]: make one and use it",
    "info": "[NAME]: where it is kept, how long it is, what it goes on with",
    "history": "[NAME]: its items, as a DataFrame",
    "turns": "[NAME]: its turns, as a DataFrame",
    "clear": "[NAME]: empty it; the items are kept in its archive",
    "delete": "NAME: delete it with its archive, for good (asks; --yes does not)",
}

OPTIONS = (
    Option(("--store",), "where a new session is kept, e.g. sqlite:///app.db", "URL", kind="store"),
    Option(("-n", "--limit"), "how many of the newest items history shows", "N"),
    Option(("-y", "--yes"), "delete without asking"),
    HELP,
)


def session_help() -> str:
    """The help text of ``%session``."""
    usage = [f"%session {verb:<8} {about}" for verb, about in VERBS.items()]
    about = """Without a verb: list. NAME is the session in use when left out; one with spaces
stands in quotes. {{expression}} is replaced by its value; -- ends the options."""
    return explain(usage, about, OPTIONS)
