"""The panel: a DataFrame as a grid, the rows that are seen fetched from the kernel."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pandas as pd

from workbench.errors import InvalidValue
from workbench.frames.found import FoundFrame
from workbench.widgets.grid import asked, layout, sheets, static
from workbench.widgets.grid.column import Ints, columns_of
from workbench.widgets.grid.filters import choices, way
from workbench.widgets.grid.finding import pattern_of, terms_of
from workbench.widgets.grid.looking import Query, View
from workbench.widgets.grid.looks import Look, Looks, query_given
from workbench.widgets.grid.selecting import Selection
from workbench.widgets.grid.values import json_of, preview, whole
from workbench.widgets.panel import Panel, Tell

FIRST_ROWS = 20
"""Rows that come with the greeting: what a grid shows before it is scrolled."""

MOST_COPIED = 20_000
"""Rows that go to the clipboard at once."""

LONGEST = 100_000
"""Characters of one value in the detail of a row; the copy button takes all."""


class Grid(Panel):
    """``frame`` as an interactive grid. It is not copied, and must not be changed meanwhile."""

    page = "grid"
    packed = True

    def __init__(self, frame: pd.DataFrame, *, title: str = "Grid") -> None:
        self._frame = frame
        self._columns = columns_of(frame)
        self._shown = layout.shown_first(self._columns)
        self._looks = Looks(self._columns, len(frame))
        self._selection = Selection(len(frame))
        super().__init__(title=title)

    # What people read back in Python

    @property
    def selected(self) -> pd.DataFrame:
        """The selected rows, as they are in the frame: same columns, dtypes, index and order."""
        return self._frame.iloc[self._selection.rows]

    @property
    def shown(self) -> pd.DataFrame:
        """The rows that filters and search have left, in the order they are sorted."""
        rows = self._looks.settled().rows
        return self._frame if rows is None else self._frame.iloc[rows]

    def forms(self) -> dict[str, str]:
        view = self._looks.shown
        columns = [self._columns[each] for each in self._shown]
        counts = static.counted(view, len(self._frame), len(self._selection))
        return static.forms(columns, view, self.title, counts)

    # What a page asks

    async def greeting(self) -> dict[str, Any]:
        """The columns, the query, and the first rows of it."""
        view = self._looks.shown
        return {
            "columns": layout.about(self._columns, found=isinstance(self._frame, FoundFrame)),
            "shown": self._shown,
            "all": len(self._frame),
            "selected": len(self._selection),
            **self._seen(view),
            "rows": await asyncio.to_thread(self._page, view, 0, FIRST_ROWS),
        }

    async def on_look(self, tell: Tell, view: Any = None, count: Any = 0, **given: Any) -> Any:
        """Sort, filter, search: the first rows are told as soon as they are known."""
        count = asked.number(count, asked.MOST_ROWS)
        now = self._looks.begin(asked.query_of(self._columns, given))
        try:
            found = await asyncio.to_thread(self._look, now, count, tell)
        finally:
            self._looks.end(now)
        if found is None:
            raise asyncio.CancelledError
        seen = self._seen(found)
        self.tell_all("looked", by=view, **seen)
        return seen

    async def on_rows(self, _tell: Tell, start: Any = 0, count: Any = 0) -> dict[str, Any]:
        """Some rows of the view."""
        view = await self._looks.settle()
        start = asked.number(start, max(0, view.total))
        count = asked.number(count, asked.MOST_ROWS)
        page = await asyncio.to_thread(self._page, view, start, count)
        return {"version": self._looks.version, "rows": page}

    async def on_columns(self, _tell: Tell, shown: Any = None, **seen: Any) -> dict[str, Any]:
        """Show these columns; answers as `on_rows`."""
        chosen = asked.numbers(shown, len(self._columns) - 1)
        if not chosen:
            raise InvalidValue("a grid shows one column at least")
        self._shown = chosen
        return await self.on_rows(_tell, **seen)

    async def on_select(
        self,
        _tell: Tell,
        mode: Any = None,
        start: Any = 0,
        end: Any = 0,
        **seen: Any,
    ) -> dict[str, Any]:
        """Change the selection by the rows of the view from ``start`` up to ``end``."""
        view = await self._looks.settle()
        start, end = (asked.number(each, view.total) for each in (start, end))
        self._selection.change(mode, view.page(start, end - start))
        first = asked.number(seen.get("first", 0), view.total)
        rows = view.page(first, asked.number(seen.get("count", 0), asked.MOST_ROWS))
        self.tell_all("selected", by=seen.get("view"), count=len(self._selection))
        return {"count": len(self._selection), "picked": self._selection.picked(rows)}

    async def on_values(self, _tell: Tell, column: Any = None, like: Any = "") -> dict[str, Any]:
        """The values that a column can be filtered by."""
        chosen = self._columns[asked.number(column, len(self._columns) - 1)]
        if way(chosen) != "values" or not isinstance(like, str):
            raise InvalidValue(f"column {chosen.name!r:.60} has no list of values")
        return await asyncio.to_thread(choices, chosen, like[:1_000])

    async def on_detail(self, _tell: Tell, at: Any = None) -> dict[str, Any]:
        """All of one row: each value as text, the item as JSON."""
        return await asyncio.to_thread(self._detail, await self._row(at))

    async def on_copy(self, _tell: Tell, at: Any = None, column: Any = None) -> dict[str, Any]:
        """One value of a row, whole."""
        chosen = self._columns[asked.number(column, len(self._columns) - 1)]
        row = await self._row(at)
        return {"text": await asyncio.to_thread(self._whole, chosen, row, None)}

    async def on_sheet(self, tell: Tell, form: Any = None) -> dict[str, Any]:
        """The selected rows, or without any all that are shown, told in parts of text."""
        if form not in sheets.FORMS:
            raise InvalidValue(f"rows are copied as {' or '.join(sheets.FORMS)}")
        rows = await asyncio.to_thread(self._wanted, await self._looks.settle())
        if form == "tsv" and len(rows) > MOST_COPIED:
            raise InvalidValue(
                f"{len(rows):,} rows are too many for the clipboard, which takes {MOST_COPIED:,}: "
                "select fewer, or download them as CSV"
            )
        columns = [self._columns[each] for each in self._shown]
        parts = sheets.parts(columns, rows, form)
        done = 0
        while (part := await asyncio.to_thread(_next, parts)) is not None:
            tell(part=part, done=min(done, len(rows)), of=len(rows))
            done += sheets.ROWS
        return {"rows": len(rows)}

    # In threads

    def _look(self, now: Look, count: int, tell: Tell) -> View | None:
        def first(rows: Ints, total: int | None) -> None:
            page = self._cells(rows, now.query)
            tell(version=now.version, total=total, rows={"start": 0, **page})

        return self._looks.run(now, count, first, lambda done, of: tell(done=done, of=of))

    def _seen(self, view: View) -> dict[str, Any]:
        return {
            "version": self._looks.version,
            "total": view.total,
            "query": query_given(view.query),
        }

    def _page(self, view: View, start: int, count: int) -> dict[str, Any]:
        return {"start": start, **self._cells(view.page(start, count), view.query)}

    def _cells(self, rows: Ints, query: Query) -> dict[str, Any]:
        terms = pattern_of(terms_of(query.search))
        cells = []
        for place in self._shown:
            column = self._columns[place]
            marks = terms if column.kind == "text" else None
            cells.append([preview(column.at(int(row)), marks) for row in rows])
        return {"cells": cells, "picked": self._selection.picked(rows), "shown": self._shown}

    async def _row(self, at: Any) -> int:
        view = await self._looks.settle()
        return int(view.page(asked.number(at, max(0, view.total - 1)), 1)[0])

    def _detail(self, row: int) -> dict[str, Any]:
        fields = []
        for place, column in enumerate(self._columns):
            text = self._whole(column, row, LONGEST)
            fields.append([place, *text] if text is not None else [place, None, 0])
        return {"row": row, "fields": fields}

    def _whole(self, column: Any, row: int, most: int | None) -> Any:
        """A value of a row as text; with ``most`` cut there, and how much was left out."""
        value = column.at(row)
        if column.kind == "item" and value is not None:
            value = json_of(value, indent=2)
        if most is None:
            return whole(value, 2**31)[0]
        return None if preview(value) is None else whole(value, most)

    def _wanted(self, view: View) -> Ints:
        everything = view.page(0, view.total)
        if not len(self._selection):
            return everything
        return everything[self._selection.flags[everything]]


def _next(parts: Iterator[str]) -> str | None:
    return next(parts, None)
