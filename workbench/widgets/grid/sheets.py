"""Rows as text for spreadsheets: TSV for the clipboard, CSV for a file.

A spreadsheet takes a text that begins with ``=`` or the like for a formula, which may send data
away: such texts get an apostrophe in front, as OWASP advises
(https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from workbench.widgets.grid.column import GridColumn, Ints
from workbench.widgets.grid.values import text_of

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SEPARATORS = {"csv": ",", "tsv": "\t"}

FORMS = tuple(_SEPARATORS)

ROWS = 2_000
"""Rows of one part."""


def parts(columns: Sequence[GridColumn], rows: Ints, form: str) -> Iterator[str]:
    """The rows under the names of the columns, a part at a time."""
    yield _written([[harmless(each.name) for each in columns]], form)
    for start in range(0, len(rows), ROWS):
        some = rows[start : start + ROWS]
        yield _written([[_cell(each, int(row)) for each in columns] for row in some], form)


def harmless(text: str) -> str:
    """``text`` so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def _cell(column: GridColumn, row: int) -> str:
    value: Any = column.at(row)
    text = text_of(value) or ""
    return text if column.kind in ("number", "time", "flag") else harmless(text)


def _written(rows: Sequence[Sequence[str]], form: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=_SEPARATORS[form], lineterminator="\r\n").writerows(rows)
    return out.getvalue().replace("\x00", "")
