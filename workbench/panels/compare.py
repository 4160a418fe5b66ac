"""``wb.compare_panel``: several conversations, stores, agents or models beside each other."""

from __future__ import annotations

from typing import Any

from workbench.errors import InvalidValue
from workbench.protocols import Session
from workbench.verbs.compare import check_options
from workbench.verbs.compare.asking import Asker
from workbench.verbs.compare.entrants import entrants
from workbench.verbs.compare.rounds import Rounds
from workbench.verbs.prices import price_list
from workbench.verbs.talk import check_agent
from workbench.widgets.compare import MOST_RUNS, ComparePanel
from workbench.workspace import workspace


def compare_panel(
    targets: Any,
    *,
    session: str | Session | None = None,
    agent: Any = None,
    model: Any = None,
    in_place: bool = False,
    repeat: int = 1,
    at_once: int = 16,
    prices: Any = None,
    **run_options: Any,
) -> ComparePanel:
    """A panel with one prompt for several conversations, stores, agents or models at once.

    All answer at the same time, each streaming into its column; one can be stopped, or all, and one
    that fails says so while the others go on. When all are done the words in which they differ from
    the first are marked, and a table and bars tell seconds, tokens, bytes and cost. Then one of
    them can be gone on with: its copy becomes a named session (``demo-compare-1``).

    ``targets`` and the other arguments are those of ``wb.compare``: sessions, store URLs, agents
    and models in any mixture, 12 at most; stores, agents and models go on from ``session``. Each
    round begins on new copies, or goes on in those of the last one ("Go on in each column"); they
    are deleted when a round begins anew and when the panel is closed (``panel.close()``).
    ``in_place`` talks to the conversations themselves; ``repeat`` asks each so many times (10 at
    most). Columns can be added and taken away in the panel.

    ``panel.comparison`` is the last comparison and ``panel.frame`` its frame, as ``wb.compare``
    gives them. Raises InvalidValue, UnknownSession, KeyRequired, and what opening a session does.

    >>> turn = wb.ask("demo", "My name is John")
    >>> panel = wb.compare_panel(["demo", "memory://fresh"])  # shows itself at the end of a cell
    >>> panel
    <ComparePanel: Compare demo, memory://fresh>
    >>> panel.close()  # deletes the copies
    """
    __tracebackhide__ = True
    if agent is not None:
        check_agent(agent)
    listed = price_list(prices)
    check_options(repeat, at_once, run_options)
    if repeat > MOST_RUNS:
        raise InvalidValue(f"a panel shows {MOST_RUNS} runs at most: wb.compare takes any number")
    if in_place and repeat > 1:
        raise InvalidValue("repeat asks on several copies, and in_place makes none: leave one out")
    found = entrants(
        targets, session=session, agent=agent, model=model, prices=listed, in_place=in_place
    )
    rounds = Rounds(workspace(), found, Asker(run_options, listed), at_once=at_once)
    return ComparePanel(rounds, repeat=repeat)
