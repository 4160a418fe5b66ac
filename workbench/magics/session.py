"""``%session``: list, choose, look at and delete named sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from workbench import loop
from workbench.errors import WorkbenchError, nearest, shorten
from workbench.magics.body import filled
from workbench.magics.options import parse
from workbench.magics.session_options import OPTIONS, VERBS, session_help
from workbench.verbs.card import SessionCard, session_card
from workbench.verbs.manage import clear_session, delete_session, new_name
from workbench.workspace import workspace

if TYPE_CHECKING:
    import pandas as pd

    from workbench.magics.settings import Settings

LISTED = ["name", "store", "n_items", "agent", "model", "last_used"]
"""The columns of ``wb.list_sessions`` that fit a screen; times are cut to seconds."""


def run(magics: Settings, line: str) -> Any:
    """Do what the line says. Raises UsageError, one line: nothing of the user's own runs here."""
    fill = partial(filled, namespace=magics.user_ns, magic="%session")
    values, words = parse(line, OPTIONS, magic="%session", words=2, fill=fill)
    if values.get("help"):
        print(session_help())
        return None
    verb, given, name = words.partition(" ")
    verb = verb or "list"
    if verb not in VERBS:
        hint = nearest(verb, VERBS, plural="verbs")
        raise UsageError(f"%session: there is no verb {verb!r}; {hint}")
    request = Request(magics, values, name if given else None)
    action: Callable[[Request], Any] = _ACTIONS[verb]
    try:
        return action(request)
    except WorkbenchError as exc:
        raise UsageError(f"%session {verb}: {exc}") from None


@dataclass(frozen=True, slots=True)
class Request:
    """One ``%session`` line: its options, and the name it gives (None: the one in use)."""

    magics: Settings
    values: dict[str, Any]
    given: str | None

    @property
    def name(self) -> str:
        """The session it is about."""
        return self.magics.session if self.given is None else self.given

    def needs_name(self, verb: str) -> str:
        """The name, which this verb wants to be said."""
        if self.given is None:
            raise UsageError(f"%session {verb}: which one? %session {verb} NAME")
        return self.given


def _list(request: Request) -> pd.DataFrame:
    from workbench.verbs.look import list_sessions

    if request.given is not None:
        raise UsageError("%session list: it takes no name; see %session info NAME")
    if (store := request.values.get("store")) is not None:
        return list_sessions(store)
    frame = list_sessions()[LISTED]
    return frame.assign(last_used=frame["last_used"].dt.floor("s"))


def _use(request: Request) -> None:
    name = request.needs_name("use")
    loop.run(workspace().get(name))
    request.magics.session = name
    print(f"%agent goes on with session {shorten(name)}.")


def _new(request: Request) -> None:
    name = loop.run(new_name()) if request.given is None else request.given
    store = request.values.get("store") or request.magics.store or None
    if loop.run(workspace().find(name)) is not None:
        raise UsageError(
            f"%session new: there is a session {shorten(name)} already; "
            "%session use goes on with it"
        )
    entry, _ = loop.run(workspace().open(name, store=store))
    request.magics.session = name
    where = workspace().store(entry.store).url
    print(f"New session {shorten(name)} in {where}; %agent goes on with it.")


def _info(request: Request) -> SessionCard:
    return loop.run(session_card(request.name))


def _history(request: Request) -> pd.DataFrame:
    from workbench.verbs.look import history

    limit = request.values.get("limit")
    if limit is not None and not limit.isdigit():
        raise UsageError(f"%session history: --limit is a number of items, not {limit!r}")
    return history(request.name, limit=None if limit is None else int(limit))


def _turns(request: Request) -> pd.DataFrame:
    from workbench.verbs.look import turns

    return turns(request.name)


def _clear(request: Request) -> None:
    count = loop.run(clear_session(request.name))
    print(f"Cleared session {shorten(request.name)}: {count} items are in its archive now.")


def _delete(request: Request) -> None:
    name = request.needs_name("delete")
    entry = loop.run(workspace().get(name))
    if not request.values.get("yes") and not _agreed(
        f"Delete session {shorten(name)} with its archive from "
        f"{workspace().store(entry.store).url}, for good? [y/N] "
    ):
        print("Nothing was deleted.")
        return
    loop.run(delete_session(name))
    print(f"Deleted session {shorten(name)}.")


def _agreed(question: str) -> bool:
    try:
        return input(question).strip().lower() in ("y", "yes")
    except (EOFError, RuntimeError, NotImplementedError):
        # A front end without input (nbconvert, papermill) can't be asked.
        raise UsageError("%session delete: can't ask here; say --yes to delete") from None


_ACTIONS: dict[str, Callable[[Request], Any]] = {
    "list": _list,
    "use": _use,
    "new": _new,
    "info": _info,
    "history": _history,
    "turns": _turns,
    "clear": _clear,
    "delete": _delete,
}
