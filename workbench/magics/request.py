"""What a ``%session`` line asks for, and what a verb of it is: data and one function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from workbench.magics.options import HELP, Option

if TYPE_CHECKING:
    from workbench.magics.settings import Settings


@dataclass(frozen=True, slots=True)
class Request:
    """One ``%session`` line: its options by name, and its words behind the verb.

    Where the first word is a session, `name` is that or the one in use.
    """

    magics: Settings
    values: dict[str, Any]
    words: tuple[str, ...]

    @property
    def given(self) -> str | None:
        """The first word; None when there is none."""
        return self.words[0] if self.words else None

    @property
    def name(self) -> str:
        """The session it is about."""
        return self.magics.session if self.given is None else self.given

    def needs_name(self, verb: str) -> str:
        """The name, which this verb wants to be said."""
        if self.given is None:
            raise UsageError(f"%session {verb}: which one? %session {verb} NAME")
        return self.given


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of ``%session``: what its help says, its options, and what it does.

    ``words`` is how many words may stand behind it, ``kinds`` what completes them, one after the
    other (``session``, ``file``, ``target``: what can be compared, or nothing; the last one counts
    for all that follow). ``run`` imports what it needs when it is
    called: the table of verbs is made when the extension is loaded, which has to be quick.
    """

    name: str
    about: str
    run: Callable[[Request], Any]
    options: tuple[Option, ...] = ()
    words: int = 1
    kinds: tuple[str, ...] = ("session",)

    @property
    def all_options(self) -> tuple[Option, ...]:
        """Its options, and --help."""
        return (*self.options, HELP)


def items(count: int) -> str:
    """So many items, in words."""
    return f"{count} item" + ("" if count == 1 else "s")
