"""``wb.chat``: a conversation in a panel."""

from __future__ import annotations

from typing import Any

from workbench.errors import InvalidValue
from workbench.panels.chat_desk import ChatDesk
from workbench.protocols import Session
from workbench.verbs.talk import check_agent
from workbench.widgets.chat import ChatPanel


def chat(
    target: str | Session, *, store: str | None = None, agent: Any = None, model: Any = None
) -> ChatPanel:
    """A conversation in a panel: to read it, and to go on with it without code.

    It shows messages with Markdown and code, tools and reasoning folded away, calls that wait for
    an approval with their buttons, and marks where the history was compacted. One can send, stop,
    undo, regenerate, edit and resend, fork, and turn to other sessions. Where no widget can be
    shown, the newest of the conversation stands there as text.

    ``target`` is a name (made if new) or any session object; ``store`` a store URL, where a new
    name is kept; ``agent`` an ``agents.Agent`` and ``model`` a name or an SDK Model, which answer
    until others are picked in the panel (None: those that the session goes on with). The panel's
    ``session`` is what it shows, its ``turns`` are the Turns that were taken in it.

    Raises InvalidStoreURL, InvalidValue, KeyRequired, WrongKey, StoreError.

    >>> panel = wb.chat("demo")  # at the end of a cell it shows itself
    >>> panel.session.session_id, panel.turns
    ('demo', [])
    >>> panel.close()
    """
    if agent is not None:
        check_agent(agent)
    if model is not None and not isinstance(model, str) and not hasattr(model, "get_response"):
        raise InvalidValue(f"a model is a name or an SDK Model, not a {type(model).__name__}")
    return ChatPanel(ChatDesk(target, store=store, agent=agent, model=model))
