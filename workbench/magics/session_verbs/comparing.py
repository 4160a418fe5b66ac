"""``%session``: comparing conversations, what the next turn sends, what turns have taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from workbench.magics.options import AGENT, Option, number
from workbench.magics.request import Request, Verb
from workbench.magics.session_verbs.basics import SINCE, STORE

if TYPE_CHECKING:
    import pandas as pd

    from workbench.verbs.compare import Comparison
    from workbench.verbs.context import Context
    from workbench.widgets.panel import Panel

_MOST = 32
"""Names behind a verb that takes several."""


def _compare(request: Request) -> Comparison | Panel:
    prompt = request.values.get("prompt")
    if prompt is not None and not request.words:
        raise UsageError(
            '%session compare: what is asked of whom? %session compare NAME NAME --prompt "..."'
        )
    options: dict[str, Any] = {
        name: request.values[name] for name in ("in_place", "keep") if name in request.values
    }
    if "repeat" in request.values:
        options["repeat"] = number(
            request.values["repeat"], "--repeat", magic="%session compare", least=1
        )
    options["session"] = request.values.get("from")
    options["agent"], options["model"] = answering(request, None)
    if prompt is None:
        return _compare_panel(list(request.words) or [request.name], options)
    from workbench.verbs.compare import compare

    return compare(prompt, list(request.words), **options)


def _compare_panel(targets: list[str], options: dict[str, Any]) -> Panel:
    """The prompt is typed there, again and again."""
    from workbench.panels.compare import compare_panel

    if options.pop("keep", False):
        raise UsageError("%session compare: --keep is for one --prompt; the panel has a button")
    return compare_panel(targets, **options)


def _context(request: Request) -> Context:
    from workbench import loop
    from workbench.verbs.context import context
    from workbench.workspace import workspace

    entry = loop.run(workspace().get(request.name))
    agent, model = answering(request, entry)
    return context(request.name, request.values.get("prompt"), agent=agent, model=model)


def answering(request: Request, entry: Any) -> tuple[Any, Any]:
    """The agent and the model as ``%agent`` would choose them: as said, or as remembered."""
    from workbench.magics import notebook

    named, model = request.values.get("agent"), request.values.get("model")
    remembered = ""
    if entry is not None:
        model = model or entry.model
        remembered = entry.name if named is None else ""
        named = named or entry.agent
    agent = notebook.agent_named(
        request.magics.shell, named, magic="%session", remembered_by=remembered
    )
    return agent, model or request.magics.model or None


def _usage(request: Request) -> pd.DataFrame:
    from workbench.verbs.usage import usage

    by = request.values.get("by", "session")
    return usage(
        list(request.words) or None,
        [each.strip() for each in by.split(",")],
        store=request.values.get("store"),
        since=request.values.get("since"),
    )


MODEL = Option(
    ("-m", "--model"),
    "compare, context, chat: which model answers; inspect: whose window",
    "NAME",
)

_ANSWERING = (
    AGENT,
    MODEL,
    Option(("--prompt",), "compare, context: what is said", "TEXT"),
)

VERBS = (
    Verb(
        "compare",
        '[NAME | URL | AGENT | MODEL]... [--prompt "..."]: ask all at once, on copies; in a panel',
        _compare,
        (
            *_ANSWERING,
            Option(
                ("--from",),
                "compare: the session that stores, agents and models go on from",
                "NAME",
                kind="session",
            ),
            Option(("--repeat",), "compare: how many times each is asked", "N"),
            Option(("--in-place",), "compare: talk to the sessions themselves"),
            Option(("--keep",), "compare: keep the copies, as NAME-compare-1"),
        ),
        words=_MOST,
        kinds=("target",),
    ),
    Verb("context", "[NAME]: what the next turn sends, and its tokens", _context, _ANSWERING),
    Verb(
        "usage",
        "[NAME]... [--by session,agent,model,day]: tokens, seconds, dollars",
        _usage,
        (
            Option(
                ("--by",),
                "usage: session, agent, model, day, or several: model,day",
                "WHAT",
                offers=("session", "agent", "model", "day"),
            ),
            SINCE,
            STORE,
        ),
        words=_MOST,
    ),
)
