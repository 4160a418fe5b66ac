"""``%session``: forking, the family, copying to another store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.error import UsageError

from workbench.magics.options import Option
from workbench.magics.request import Request, Verb

if TYPE_CHECKING:
    from workbench.render.family import Family
    from workbench.verbs.copying import CopyReport
    from workbench.verbs.fork import Forked


def _fork(request: Request) -> Forked:
    from workbench.verbs.fork import fork

    at = request.values.get("at")
    if at is not None and not at.isdigit():
        raise UsageError(f"%session fork: --at is the number of a turn, not {at!r}")
    new = request.words[1] if len(request.words) > 1 else None
    return fork(request.name, new, at=None if at is None else int(at))


def _tree(request: Request) -> Family:
    from workbench.verbs.tree import tree

    return tree(request.name)


def _copy(request: Request) -> CopyReport:
    from workbench.verbs.copying import copy

    to = request.values.get("to")
    if to is None:
        raise UsageError("%session copy: where to? %session copy NAME --to redis://localhost:6379")
    return copy(
        request.name,
        to,
        name=request.values.get("name"),
        restart="restart" in request.values,
    )


VERBS = (
    Verb(
        "fork",
        "[NAME] [NEW] [--at TURN]: a new session that begins as this one did",
        _fork,
        (Option(("--at",), "fork: up to and including this turn; 0 begins an empty one", "TURN"),),
        words=2,
        kinds=("session", ""),
    ),
    Verb("tree", "[NAME]: what it was forked from, and what was forked from it", _tree),
    Verb(
        "copy",
        "[NAME] --to URL [--name NEW]: copy it to another store, every item verified",
        _copy,
        (
            Option(("--to",), "copy: the store, e.g. redis://localhost:6379", "URL", kind="store"),
            Option(("--name",), "copy: what the copy is called", "NEW"),
            Option(("--restart",), "copy: clear what one that was cut off has left, begin anew"),
        ),
    ),
)
