"""Which front end shows what a kernel puts out: some start a widget only for an output that names
it.

JupyterLab and Notebook start a panel for its own sake, and its live form takes the place of the
HTML (``js/base/places.js``). There the output is better without the widget's name: they would show
no other form beside it, and an error when the kernel is gone. VS Code (and what is made of it) and
Colab start a widget where an output names it, and show that rather than the HTML.
"""

from __future__ import annotations

import os
import sys
from typing import Any

VARIABLE = "WORKBENCH_WIDGET_VIEW"
"""Set to 1 or 0 it decides, for a front end that is not known here."""

VIEW = "application/vnd.jupyter.widget-view+json"
_VS_CODE = ("VSCODE_PID", "VSCODE_CWD")
_VS_CODE_NOTEBOOK = "__vsc_ipynb_file__"


def needs_view() -> bool:
    """Whether an output has to name the widget."""
    told = os.environ.get(VARIABLE, "").strip()
    return told not in ("0", "no") if told else _in_vs_code() or "google.colab" in sys.modules


def _in_vs_code() -> bool:
    # A kernel on another machine (WSL, a container, SSH) has none of the variables, but VS Code
    # tells it the notebook's path: https://github.com/holoviz/panel/issues/5200
    return any(name in os.environ for name in _VS_CODE) or _VS_CODE_NOTEBOOK in _user_names()


def _user_names() -> dict[str, Any]:
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return {} if shell is None else shell.user_ns
