"""The numbers of turns and the places of tokens, for a whole history at once.

`turn_numbers` says the same as `workbench.frames.numbering.number_turns`, of columns instead of
items: a million items take milliseconds.
"""

from __future__ import annotations

import numpy as np

from workbench.frames.chunks import Flags, Ints


def turn_numbers(turns: Ints, users: Flags, summaries: Flags) -> Ints:
    """The turn of each item, from 1.

    ``turns`` is a number that the items of a recorded turn have in common, -1 for the others;
    ``users`` says what is a user's message, ``summaries`` what stands for items that were
    summarised and is in no turn.
    """
    if not len(turns):
        return turns
    labelled = turns >= 0
    asking = users & ~labelled & ~summaries
    begins = asking.copy()
    begins[1:] &= ~asking[:-1]
    firsts = _first_places(turns)
    begins[firsts[firsts >= 0]] = True
    counts = np.cumsum(begins)
    numbers = np.where(labelled, counts[firsts[turns]], counts) if len(firsts) else counts
    known = labelled | (begins & asking)
    # Everything else goes on with the turn before it.
    latest = np.maximum.accumulate(np.where(known, np.arange(len(turns)), -1))
    return np.where(latest >= 0, numbers[latest], 1)


def _first_places(turns: Ints) -> Ints:
    """Where the first item of each turn stands; -1 for one without items."""
    firsts = np.full(int(turns.max()) + 1, -1)
    places = np.flatnonzero(turns >= 0)[::-1]
    firsts[turns[places]] = places  # of several assignments to one place the last one stays
    return firsts


def token_places(turns: Ints, assistant: Flags, count: int) -> Ints:
    """Which item the tokens of each of ``count`` turns lie on: the last one of the assistant, or
    the last one; -1 for a turn without items.
    """
    places = np.full(count, -1)
    for of_turn in (turns >= 0, (turns >= 0) & assistant):
        found = np.flatnonzero(of_turn)
        places[turns[found]] = found
    return places
