"""``%session``: changing a conversation: rewind and restore, edit, hide and show, doctor.

Where the first word is a number, the session in use is meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from IPython.core.error import UsageError

from workbench.magics.options import Option, too_much
from workbench.magics.request import Request, Verb

if TYPE_CHECKING:
    import pandas as pd

    from workbench.verbs.outcome import Outcome

_NUMBERS = re.compile(r"[0-9]{1,18}(-[0-9]{1,18})?", re.ASCII)
"""``3``, or ``3-5`` for all three."""

_MANY = 100
"""How many numbers may stand on one line."""


def _rewind(request: Request) -> Outcome:
    from workbench.verbs.rewind import rewind

    name, words = _parted(request)
    (turn,) = _numbers(words, "rewind", "N: which turn is to be the last one? 0: none", one=True)
    return rewind(name, turn)


def _restore(request: Request) -> Outcome:
    from workbench.verbs.restore import restore

    return restore(request.name, what=request.values.get("what"))


def _edit(request: Request) -> Outcome:
    from workbench.verbs.edit import edit

    name, words = _parted(request)
    asked = 'N "TEXT": which item, and what does it say? (N as in %session history)'
    (order,) = _numbers(words[:1], "edit", asked, one=True)
    if len(words) < 2:
        raise UsageError(f"%session edit {asked}")
    if len(words) > 2:
        raise too_much(words[2:], magic="%session edit")
    return edit(name, order, words[1])


def _hide(request: Request) -> Outcome:
    from workbench.verbs.hide import hide

    name, words = _parted(request)
    return hide(name, _numbers(words, "hide", "N: which items? (as in %session history)"))


def _show(request: Request) -> Outcome:
    from workbench.verbs.hide import show

    name, words = _parted(request)
    return show(name, _numbers(words, "show", "N") if words else None)


def _doctor(request: Request) -> pd.DataFrame:
    from workbench.verbs.doctor import doctor

    found = doctor(request.name, repair="repair" in request.values)
    if found.empty:
        from workbench.errors import shorten

        print(f"Session {shorten(request.name)}: nothing is wrong with it.")
    return found


def _parted(request: Request) -> tuple[str, tuple[str, ...]]:
    """The session, and the words behind it."""
    first, rest = request.words[:1], request.words[1:]
    if not first or _NUMBERS.fullmatch(first[0]):
        return request.magics.session, request.words
    return first[0], rest


def _numbers(words: Sequence[str], verb: str, asked: str, *, one: bool = False) -> list[int]:
    """The numbers of ``words``. Raises UsageError where there are none, or one is none."""
    wrong = next((word for word in words if not _NUMBERS.fullmatch(word)), None)
    if wrong is not None or not words:
        found = "" if wrong is None else f"; {wrong[:40]!r} is no number"
        raise UsageError(f"%session {verb} [NAME] {asked}{found}")
    if one and (len(words) > 1 or "-" in words[0]):
        raise UsageError(f"%session {verb} takes one number")
    return [number for word in words for number in _run(word, verb)]


def _run(word: str, verb: str) -> range:
    first, _, last = word.partition("-")
    run = range(int(first), int(last or first) + 1)
    if not run or len(run) > 1_000_000:
        raise UsageError(f"%session {verb}: {word} is no range of items")
    return run


_ONE = ("session", "")
"""One session, and numbers or text behind it, which nothing can guess."""

VERBS = (
    Verb(
        "rewind",
        "[NAME] N: go back to turn N; later ones are archived",
        _rewind,
        words=2,
        kinds=_ONE,
    ),
    Verb(
        "restore",
        "[NAME]: put back what the last rewind or clear took out",
        _restore,
        (
            Option(
                ("--what",),
                "restore: what was rewound, cleared or repaired",
                "WHAT",
                choices=("rewound", "cleared", "repaired"),
            ),
        ),
    ),
    Verb("edit", '[NAME] N "TEXT": give item N another text', _edit, words=3, kinds=_ONE),
    Verb(
        "hide", "[NAME] N...: don't send items (3 5-7) to the model", _hide, words=_MANY, kinds=_ONE
    ),
    Verb(
        "show", "[NAME] [N...]: send hidden items (all) to it again", _show, words=_MANY, kinds=_ONE
    ),
    Verb(
        "doctor",
        "[NAME]: what is wrong with it, as a DataFrame; --repair mends it",
        _doctor,
        (Option(("--repair",), "doctor: do it, and archive what is taken out"),),
    ),
)
