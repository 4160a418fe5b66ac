"""``%session search``: finding items by their words, in all conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.error import UsageError

from workbench.magics.options import Option, number
from workbench.magics.request import Request, Verb
from workbench.magics.session_verbs.basics import LIMIT, META, SINCE, STORE, TAG, TITLE, metadata_of

if TYPE_CHECKING:
    from workbench.frames.found import FoundFrame

_MOST_WORDS = 200


def _search(request: Request) -> FoundFrame:
    from workbench.verbs.search import search

    if not request.words:
        raise UsageError('%session search: what for? %session search "dark mode"')
    values = request.values
    limits = {}
    if "limit" in values:
        limits["limit"] = number(values["limit"], "--limit", magic="%session search") or None
    return search(
        " ".join(map(_again_in_quotes, request.words)),
        sessions=values.get("in"),
        role=values.get("role"),
        since=values.get("since"),
        until=values.get("until"),
        store=values.get("store"),
        tag=values.get("tag"),
        title=values.get("title"),
        metadata=metadata_of(request) if "meta" in values else None,
        **limits,
    )


def _again_in_quotes(word: str) -> str:
    """What stood in quotes on the line was a phrase; the line was taken apart at spaces since."""
    return f'"{word}"' if " " in word and '"' not in word else word


VERBS = (
    Verb(
        "search",
        'WORDS | "A PHRASE" | BEGINN*: items with these words, in all named sessions',
        _search,
        (
            Option(
                ("--in",),
                "search: this session only; may be repeated",
                "NAME",
                kind="session",
                repeated=True,
            ),
            Option(
                ("--role",),
                "search: what this role said",
                "ROLE",
                choices=("user", "assistant", "tool", "system", "developer"),
            ),
            SINCE,
            Option(("--until",), "search: stored before this time, or up to this day", "TIME"),
            STORE,
            TAG,
            TITLE,
            META,
            LIMIT,
        ),
        words=_MOST_WORDS,
        kinds=("",),
    ),
)
