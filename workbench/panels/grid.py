"""``wb.grid``: the history of a conversation, or any DataFrame, to sort, filter, search, select."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import InvalidValue, shorten
from workbench.protocols import Session
from workbench.verbs.look import history
from workbench.verbs.search import search as search_items

if TYPE_CHECKING:
    from workbench.widgets.grid import Grid


def grid(
    target: str | Session | pd.DataFrame | None = None,
    *,
    store: str | None = None,
    full: bool = False,
    search: str | None = None,
    **options: Any,
) -> Grid:
    """A history, a frame, or what a search has found as an interactive grid.

    ``target`` is a name, any session object, with ``store`` (a URL) the id of a session there, or
    any DataFrame: that of ``wb.turns``, ``wb.list_sessions``, ``wb.search``, ``wb.compare``, or
    your own. ``full`` puts the archived items of a history in their places. With ``search`` and no
    target the grid shows what ``wb.search`` finds, which takes the same ``store`` and, as
    ``options``, ``sessions``, ``role``, ``since``, ``until``, ``tag`` and ``limit``.

    A click on a column's name sorts by it (again: the other way; a third time: not at all); filters
    are for roles, types, tools, sessions and turns, where there are such columns; the search looks
    through all columns of texts. Enter on a row shows all of it. Rows are selected by click (Shift:
    from there to here, Ctrl: one more) or Space: ``grid.selected`` is a DataFrame of them, and
    ``grid.shown`` one of what is filtered and sorted. Rows come from the kernel as they are looked
    at; the frame is not copied. Where no widget can be shown, the first rows stand as a table.

    Raises InvalidValue for arguments that don't go together, and what ``wb.history`` and
    ``wb.search`` raise.

    >>> turn = wb.ask("demo", "My name is John")
    >>> grid = wb.grid("demo")  # at the end of a cell it shows itself
    >>> len(grid.shown), grid.selected.empty
    (2, True)
    >>> grid.close()
    """
    from workbench.widgets.grid import Grid

    if search is not None:
        _only_search(target, full)
        found = search_items(search, store=store, **options)
        return Grid(found, title=f"Search: {shorten(search)}")
    if options:
        raise InvalidValue(f"{', '.join(options)}: wb.grid knows these only with search=")
    if target is None:
        raise InvalidValue("wb.grid shows a session, a DataFrame, or what search= finds; got none")
    if isinstance(target, pd.DataFrame):
        if store is not None or full:
            raise InvalidValue("store= and full= are for sessions; a DataFrame is shown as it is")
        return Grid(target, title="Rows")
    name = target if isinstance(target, str) else target.session_id
    return Grid(history(target, store=store, full=full), title=f"History of {shorten(name)}")


def _only_search(target: Any, full: bool) -> None:
    if target is not None or full:
        raise InvalidValue(
            "search= looks through all sessions; to search one history give its name alone "
            "and use the search of the grid, or sessions="
        )
