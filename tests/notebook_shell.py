"""A real IPython shell for one test: what a cell printed, showed and raised."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from workbench import loop
from workbench.stores import close_all


@dataclass(frozen=True)
class Ran:
    """One cell that was run."""

    out: str
    """What it printed."""
    shown: list[dict[str, Any]]
    """The data of each display, a cell's value included."""
    value: Any
    error: BaseException | None

    @property
    def usage_error(self) -> str:
        """The one line of a usage error; it must have been one."""
        assert isinstance(self.error, UsageError), repr(self.error)
        return str(self.error)

    @property
    def text(self) -> str:
        """All that a reader sees as text."""
        return "\n".join([self.out, *(each.get("text/plain", "") for each in self.shown)])


class Shell:
    """An IPython shell with the extension loaded."""

    def __init__(self, ip: InteractiveShell) -> None:
        self.ip = ip

    def run(self, source: str) -> Ran:
        """Run a cell. It may fail: `Ran.error`."""
        with capture_output() as captured:
            result = self.ip.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        shown = [each.data for each in captured.outputs]
        return Ran(captured.stdout, shown, result.result, error)

    def ok(self, source: str) -> Ran:
        """Run a cell that has to work."""
        ran = self.run(source)
        if ran.error is not None:
            raise ran.error
        return ran

    def __getitem__(self, name: str) -> Any:
        return self.ip.user_ns[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.ip.user_ns[name] = value


@contextmanager
def notebook_shell(*, load: bool = True) -> Iterator[Shell]:
    """A new shell, the one that ``get_ipython()`` gives while the block lasts."""
    main = sys.modules["__main__"]
    config = Config()
    config.HistoryManager.enabled = False
    InteractiveShell.clear_instance()
    ip = InteractiveShell.instance(config=config, colors="nocolor")
    try:
        if load:
            ip.run_line_magic("load_ext", "workbench")
        yield Shell(ip)
    finally:
        ip.run_line_magic("unload_ext", "workbench")
        atexit.unregister(ip.atexit_operations)
        InteractiveShell.clear_instance()
        sys.modules["__main__"] = main
        loop.run(close_all())
