from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.frames.histories import STEPS, Step
from workbench.frames.numbering import Counter, number_turns


@given(steps=STEPS, size=st.integers(1, 9))
def test_turns_are_counted_page_by_page_as_in_the_whole(steps: Sequence[Step], size: int) -> None:
    labelled = [(item, turn) for items, turn in steps for item in items]
    counter = Counter()
    known: dict[str, int] = {}
    numbers: list[int] = []
    for start in range(0, len(labelled), size):
        counter = counter.copy()
        numbers += [counter.number(*each, known) for each in labelled[start : start + size]]
    assert numbers == number_turns(labelled)
