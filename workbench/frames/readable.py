"""How a frame with texts in it shows itself in HTML, so that they can be read.

Where there are more columns than room, JupyterLab breaks the texts, and nothing else, to a word a
line. Pandas has cut them (``display.max_colwidth``), so on one line they are not long.
"""

from __future__ import annotations

import re
import weakref

import pandas as pd

_BREAKABLE = re.compile(r"<td>(?=[^<]* )")
_WHOLE = '<td style="white-space:nowrap">'
_MOST = 200
"""Characters of a text that are still one line."""


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` itself, which from now on shows texts on one line.

    It stays a plain DataFrame: one of a class of our own would never be equal to that for
    ``pandas.testing``. What is selected from it shows itself as pandas does.
    """
    known = weakref.ref(frame)  # a cycle would keep a million items until the next collection

    def html() -> str | None:
        shown = known()
        return None if shown is None else unbroken(type(shown)._repr_html_(shown))  # type: ignore[attr-defined]  # not in pandas' stubs

    vars(frame)["_repr_html_"] = html
    return frame


def unbroken(html: str | None) -> str | None:
    """A table of pandas with its texts on one line, unless they may be of any length."""
    width = pd.get_option("display.max_colwidth")
    if html is None or width is None or width > _MOST:
        return html
    return _BREAKABLE.sub(_WHOLE, html)
