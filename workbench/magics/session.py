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
from workbench.magics.options import parse, wrapper_settings
from workbench.magics.session_options import OPTIONS, VERBS, refusal, session_help
from workbench.verbs.card import SessionCard, session_card
from workbench.verbs.manage import clear_session, delete_session, left_behind, new_name
from workbench.verbs.opening import opened
from workbench.workspace import workspace

if TYPE_CHECKING:
    import pandas as pd

    from workbench.magics.settings import Settings
    from workbench.sessions.encryption.conversion import Conversion

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
    if (wrong := refusal(verb, values)) is not None:
        raise UsageError(f"%session {verb}: {wrong}")
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
    settings = wrapper_settings(request.values, magic="%session new")
    made = opened(name, store=store, **settings)
    request.magics.session = name
    where = workspace().store(made.entry.store).url
    print(f"New session {shorten(name)} in {where}; %agent goes on with it.")


def _info(request: Request) -> SessionCard:
    return loop.run(session_card(request.name))


def _history(request: Request) -> pd.DataFrame:
    from workbench.verbs.look import history

    limit = request.values.get("limit")
    if limit is not None and not limit.isdigit():
        raise UsageError(f"%session history: --limit is a number of items, not {limit!r}")
    return history(
        request.name,
        limit=None if limit is None else int(limit),
        full="full" in request.values,
    )


def _turns(request: Request) -> pd.DataFrame:
    from workbench.verbs.look import turns

    return turns(request.name)


def _compact(request: Request) -> Any:
    from workbench.verbs.compact import compact

    settings = wrapper_settings(request.values, magic="%session compact")
    return compact(request.name, dry_run="dry_run" in request.values, **settings)


def _undo_compaction(request: Request) -> None:
    from workbench.verbs.compact import undo_compaction

    count = undo_compaction(request.name)
    name = shorten(request.name)
    print(
        f"Session {name}: {_items(count)} back in the place of the last summary."
        if count
        else f"Session {name} has no compaction to undo."
    )
    around = loop.run(workspace().get(request.name)).wrappers
    if count and around.compacts:
        print(
            f"The next turn that ends {around.limits} compacts it again; a limit of 0 "
            "(%agent --max-messages 0) switches that off."
        )


def _encrypt(request: Request) -> None:
    from workbench.verbs.encrypt import encrypt

    done = encrypt(request.name, from_sdk="from_sdk" in request.values)
    _converted(request.name, "is encrypted now", done)


def _decrypt(request: Request) -> None:
    from workbench.verbs.encrypt import decrypt

    _converted(request.name, "is plain text now", decrypt(request.name))


def _rekey(request: Request) -> None:
    from workbench.verbs.encrypt import rekey

    done = rekey(request.name)
    _converted(request.name, "has another key now" if done.changed else "has that key", done)
    print("Set WORKBENCH_KEY to the new key before the next kernel starts.")


def _converted(name: str, how: str, done: Conversion) -> None:
    key = "" if done.key_id is None else f", key {done.key_id}"
    kept = f" and {done.archived} in its archive" if done.archived else ""
    print(f"Session {shorten(name)} {how}: {_items(done.items)}{kept}{key}.")
    for note in done.notes:
        print(note)


def _clear(request: Request) -> None:
    count = loop.run(clear_session(request.name))
    print(f"Cleared session {shorten(request.name)}: {count} items are in its archive now.")
    _say_what_stays(loop.run(left_behind(request.name)))


def _items(count: int) -> str:
    return f"{count} item" + ("" if count == 1 else "s")


def _delete(request: Request) -> None:
    name = request.needs_name("delete")
    entry = loop.run(workspace().get(name))
    where = workspace().shown(entry.store)
    if not request.values.get("yes") and not _agreed(
        f"Delete session {shorten(name)} with its archive from {where}, for good? [y/N] "
    ):
        print("Nothing was deleted.")
        return
    left = loop.run(left_behind(name))
    loop.run(delete_session(name))
    print(f"Deleted session {shorten(name)}.")
    _say_what_stays(left)


def _say_what_stays(left: str | None) -> None:
    if left is not None:
        print(f"Note: {left}.")


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
    "compact": _compact,
    "undo-compaction": _undo_compaction,
    "encrypt": _encrypt,
    "decrypt": _decrypt,
    "rekey": _rekey,
    "clear": _clear,
    "delete": _delete,
}
