"""The items of a conversation as a user counts them: by order and by turn, from 1.

The numbers are those of ``wb.history``: hidden items count, archived ones don't.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, cast

from workbench.errors import InvalidValue, shorten
from workbench.frames.numbering import number_turns
from workbench.frames.reading import read_shown
from workbench.protocols import Archives, Edits, KeepsRows, Session, StoredItem
from workbench.sessions.adopted import AdoptedSession
from workbench.sessions.wrapper import Base


@dataclass(frozen=True, slots=True)
class Numbered:
    """One item with its place in the history, its turn, and whether it is hidden."""

    row: StoredItem
    order: int
    turn: int
    hidden: bool


async def numbered(session: Any) -> list[Numbered]:
    """All items of a session that keeps rows (`able`), with their numbers."""
    shown = await read_shown(session)
    turns = number_turns((row.item, row.turn_id) for row, _hidden in shown)
    return [
        Numbered(row, order, turn, hidden)
        for order, ((row, hidden), turn) in enumerate(zip(shown, turns, strict=True), start=1)
    ]


def up_to(rows: Sequence[Numbered], turn: int, name: str) -> list[Numbered]:
    """Those of ``rows`` up to the end of a turn; 0 gives none. Raises InvalidValue."""
    checked_number(turn, max((each.turn for each in rows), default=0), "turn", name, least=0)
    return [each for each in rows if each.turn <= turn]


def at(rows: Sequence[Numbered], order: int, name: str) -> Numbered:
    """The item with this order. Raises InvalidValue."""
    checked_number(order, len(rows), "item", name)
    return rows[order - 1]


def checked_number(given: Any, last: int, what: str, name: str, *, least: int = 1) -> None:
    """Raise InvalidValue unless ``given`` is the number of a turn or an item."""
    # What comes out of a frame is a number of numpy's.
    is_number = isinstance(given, Integral) and not isinstance(given, bool)
    if not is_number or not least <= given <= last:
        there = f"{what}s {least} to {last}" if last >= least else f"no {what}s"
        raise InvalidValue(f"session {shorten(name)} has {there}, not {_shown(given)}")


def _shown(given: Any) -> str:
    """What was given for a number, in a few words: the repr of a frame has many lines, and a
    number of thousands of digits has none."""
    if isinstance(given, str):
        return shorten(given)
    if given is None or isinstance(given, float) or (isinstance(given, int) and _is_short(given)):
        return repr(given)
    return "so large a number" if isinstance(given, int) else f"a {type(given).__name__}"


def _is_short(number: int) -> bool:
    return number.bit_length() <= 128


def able(session: Session) -> Base:
    """``session``, or where it has the SDK's four methods alone, one around it with the rest."""
    has = all(isinstance(session, each) for each in (KeepsRows, Archives, Edits))
    return cast(Base, session if has else AdoptedSession(session))
