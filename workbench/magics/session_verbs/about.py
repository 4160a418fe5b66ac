"""``%session``: what a session is about (title, tags, metadata), and what waits in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from workbench.magics.options import AGENT, Option, too_much, unquoted
from workbench.magics.request import Request, Verb
from workbench.magics.session_verbs.basics import META, TITLE, metadata_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench.workspace.about import About

_MARKED = re.compile(r"[+-].", re.DOTALL)
"""A word that adds a tag or takes one away."""

MARKING = ("tag",)
"""The verbs whose words may begin with a dash."""

CALLS = 20
"""How many calls may be named on one line."""


def _tag(request: Request) -> About:
    from workbench.verbs.tag import tag

    names = [word for word in request.words if not _MARKED.match(word)]
    if len(names) > 1:
        raise too_much(names[1:], magic="%session tag")
    words = [word for word in request.words if _MARKED.match(word)]
    return tag(
        names[0] if names else request.magics.session,
        *(unquoted(word[1:]) for word in words if word.startswith("+")),
        title=request.values.get("title"),
        remove=[unquoted(word[1:]) for word in words if word.startswith("-")],
        metadata=metadata_of(request),
    )


def _pending(request: Request) -> pd.DataFrame:
    from workbench.verbs.approve import pending

    return pending(request.given)


def _approve(request: Request) -> Any:
    __tracebackhide__ = True
    from workbench.verbs.approve import approve

    return _decided(request, approve, always="always" in request.values)


def _reject(request: Request) -> Any:
    __tracebackhide__ = True
    from workbench.verbs.approve import reject

    always, message = "always" in request.values, request.values.get("message")
    return _decided(request, reject, always=always, message=message)


def _decided(request: Request, decide: Any, **how: Any) -> Any:
    __tracebackhide__ = True
    from workbench import loop
    from workbench.magics import notebook
    from workbench.workspace import workspace

    magics, named = request.magics, request.values.get("agent")
    entry = loop.run(workspace().get(request.name))
    agent = notebook.agent_named(magics.shell, named, magic="%session approve") if named else None
    return decide(
        request.name,
        list(request.words[1:]) or None,
        agent=agent,
        model=entry.model or magics.model or None,
        api=magics.api or None,
        stream=magics.stream,
        again="again" in request.values,
        **how,
    )


_ALWAYS = Option(("--always",), "the same for every call of this tool in the run")
_AGAIN = Option(("--again",), "although the run was begun before: the tool may have run already")

VERBS = (
    Verb(
        "tag",
        "[NAME] [+TAG] [-TAG] [--title TEXT] [--meta KEY=VALUE]: note what it is about",
        _tag,
        (TITLE, META),
        words=50,
        kinds=("session", ""),
    ),
    Verb("pending", "[NAME]: calls of tools that wait for an approval, as a DataFrame", _pending),
    Verb(
        "approve",
        "[NAME] [CALL_ID]: let the tool be called that waits, and go on",
        _approve,
        (AGENT, _ALWAYS, _AGAIN),
        words=CALLS,
        kinds=("session", ""),
    ),
    Verb(
        "reject",
        "[NAME] [CALL_ID] [--message TEXT]: refuse it, and go on",
        _reject,
        (AGENT, _ALWAYS, _AGAIN, Option(("--message",), "reject: what the model is told", "TEXT")),
        words=CALLS,
        kinds=("session", ""),
    ),
)
