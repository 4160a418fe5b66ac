"""``%session``: panels, which show themselves where widgets can show and read as text elsewhere.

``%session history`` stays a plain DataFrame, since ``df = %session history demo`` is what people
write to go on with it in pandas; `grid` is the same as a panel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.magics.options import AGENT
from workbench.magics.request import Request, Verb
from workbench.magics.session_verbs.basics import FULL
from workbench.magics.session_verbs.comparing import MODEL, answering

if TYPE_CHECKING:
    from workbench.widgets.panel import Panel


def _chat(request: Request) -> Panel:
    from workbench.panels.chat import chat

    # A new name, or an agent that is remembered, is the panel's own business.
    agent, model = answering(request, None)
    return chat(request.name, agent=agent, model=model)


def _grid(request: Request) -> Panel:
    from workbench.panels.grid import grid

    return grid(request.name, full="full" in request.values)


def _inspect(request: Request) -> Panel:
    from workbench.panels.inspect import inspect

    return inspect(request.name, model=request.values.get("model"))


def _app(request: Request) -> Any:
    from workbench.panels.app import app

    return app(request.given)


VERBS = (
    Verb("chat", "[NAME]: talk in a panel", _chat, (AGENT, MODEL)),
    Verb(
        "grid",
        "[NAME]: its items in a panel, to sort, filter and search; --full: the archived too",
        _grid,
        (FULL,),
    ),
    Verb(
        "inspect",
        "[NAME]: a panel on context, compaction, encryption and what is wrong",
        _inspect,
        (MODEL,),
    ),
    Verb("app", "[NAME]: all sessions, and these panels for each, in one", _app),
)
