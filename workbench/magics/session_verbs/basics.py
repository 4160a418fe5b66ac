"""``%session``: list, choose, look at, clear and delete sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from workbench.magics.options import WRAPPERS, Option, wrapper_settings
from workbench.magics.request import Request, Verb

if TYPE_CHECKING:
    import pandas as pd

    from workbench.verbs.card import SessionCard

LISTED = ["name", "store", "n_items", "agent", "model", "last_used"]
"""The columns of ``wb.list_sessions`` that fit a screen, with title and tags where there are any
behind the name; times are cut to seconds."""


def _list(request: Request) -> pd.DataFrame:
    from workbench.verbs.look import list_sessions

    if request.given is not None:
        raise UsageError("%session list: it takes no name; see %session info NAME")
    looked_for: dict[str, Any] = {
        name: request.values[name] for name in ("tag", "title") if name in request.values
    }
    if "meta" in request.values:
        looked_for["metadata"] = metadata_of(request)
    if (store := request.values.get("store")) is not None:
        return list_sessions(store, **looked_for)
    found = list_sessions(**looked_for)
    noted = [each for each in ("title", "tags") if found[each].notna().any()]
    frame = found[["name", *noted, *LISTED[1:]]]
    return frame.assign(last_used=frame["last_used"].dt.floor("s"))


def metadata_of(request: Request) -> dict[str, Any]:
    """What ``--meta`` says."""
    from workbench.errors import InvalidValue
    from workbench.workspace.about import pair

    try:
        return dict(map(pair, request.values.get("meta", ())))
    except InvalidValue as exc:
        raise UsageError(f"%session: {exc}") from None


def _use(request: Request) -> None:
    from workbench import loop
    from workbench.errors import shorten
    from workbench.workspace import workspace

    name = request.needs_name("use")
    loop.run(workspace().get(name))
    request.magics.session = name
    print(f"%agent goes on with session {shorten(name)}.")


def _new(request: Request) -> None:
    from workbench import loop
    from workbench.errors import shorten
    from workbench.verbs.manage import new_name
    from workbench.verbs.opening import opened
    from workbench.workspace import workspace

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
    from workbench import loop
    from workbench.verbs.card import session_card

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


def _clear(request: Request) -> None:
    from workbench import loop
    from workbench.errors import shorten
    from workbench.verbs.manage import clear_session, left_behind

    count = loop.run(clear_session(request.name))
    print(f"Cleared session {shorten(request.name)}: {count} items are in its archive now.")
    _say_what_stays(loop.run(left_behind(request.name)))


def _delete(request: Request) -> None:
    from workbench import loop
    from workbench.errors import StoreUnreachable, shorten
    from workbench.verbs.manage import delete_session, left_behind
    from workbench.workspace import workspace

    name = request.needs_name("delete")
    entry = loop.run(workspace().get(name))
    where = workspace().shown(entry.store)
    if request.values.get("forget"):
        loop.run(workspace().forget(name))
        print(f"Forgot session {shorten(name)}; whatever {where} keeps of it stays there.")
        return
    if not request.values.get("yes") and not _agreed(
        f"Delete session {shorten(name)} with its archive from {where}, for good? [y/N] "
    ):
        print("Nothing was deleted.")
        return
    left = loop.run(left_behind(name))
    try:
        loop.run(delete_session(name))
    except StoreUnreachable as gone:
        raise UsageError(
            f"%session delete: {gone}. If that is gone for good, --forget lets go of the name"
        ) from None
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


STORE = Option(
    ("--store",), "where a new session is kept, e.g. sqlite:///app.db", "URL", kind="store"
)

TITLE = Option(
    ("--title",), "tag: its title; list, search: those with this in their title", "TEXT", empty=True
)
META = Option(
    ("--meta",),
    "tag: metadata; list, search: those with it; may be repeated",
    "KEY=VALUE",
    repeated=True,
)
FULL = Option(("--full",), "history, grid: the archived items too")
LIMIT = Option(("-n", "--limit"), "how many items history (the newest) and search show", "N")
SINCE = Option(("--since",), "from this time on: 2026-11-22, 2026-11-22T18:30", "TIME")
TAG = Option(("--tag",), "list, search: those with this tag; may be repeated", "TAG", repeated=True)

VERBS = (
    Verb("list", "the named sessions, as a DataFrame", _list, (STORE, TAG, TITLE, META)),
    Verb("use", "NAME: the session of %agent from now on", _use),
    Verb(
        "new",
        "[NAME] [--store URL] [--max-messages N] [--encrypt]: make one and use it",
        _new,
        (STORE, *WRAPPERS),
    ),
    Verb("info", "[NAME]: where it is kept, what stands around it, what it goes on with", _info),
    Verb(
        "history",
        "[NAME]: its items, as a DataFrame; --full: those in the archive too",
        _history,
        (
            LIMIT,
            FULL,
        ),
    ),
    Verb("turns", "[NAME]: its turns, as a DataFrame", _turns),
)

LEAVING = (
    Verb("clear", "[NAME]: empty it; the items are kept in its archive", _clear),
    Verb(
        "delete",
        "NAME: delete it with its archive, for good (asks; --yes does not)",
        _delete,
        (
            Option(("-y", "--yes"), "delete without asking"),
            Option(("--forget",), "delete: the name only; its store may be gone"),
        ),
    ),
)
"""These come last."""
