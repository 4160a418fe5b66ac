"""The settings of the magics: traits, so that ``%config Workbench`` and config files set them."""

from __future__ import annotations

from typing import Any, cast

from IPython.core.magic import Magics
from traitlets import Bool, Enum, Unicode

from workbench.magics.cells import Cells

RERUN = ("append", "replace", "fork")


class Settings(Magics):
    """What ``%config Workbench`` lists, and the shell around it."""

    session = Unicode("default", help="The session of %agent when none is named.").tag(config=True)
    store = Unicode(
        "", help="Where new sessions are kept, as a store URL; empty: the workspace's own file."
    ).tag(config=True)
    model = Unicode("", help="The model that answers; empty: the agent's own.").tag(config=True)
    api = Enum(
        ["", "responses", "chat_completions"],
        "",
        help="The API to speak with the endpoint; empty: the SDK's default (responses).",
    ).tag(config=True)
    stream = Bool(True, help="Show replies while they come in.").tag(config=True)
    rerun = Enum(
        list(RERUN), "replace", help="What happens when a cell runs again: append, replace, fork."
    ).tag(config=True)

    def __init__(self, shell: Any, cells: Cells) -> None:
        super().__init__(shell=shell)
        self.cells = cells

    @property
    def user_ns(self) -> dict[str, Any]:
        """The notebook's variables."""
        return cast(dict[str, Any], cast(Any, self.shell).user_ns)
