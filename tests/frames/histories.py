"""Histories of all shapes, for Hypothesis: turns taken up again, calls far from their outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.frames.conversations import record
from workbench.protocols import HIDDEN, Archives
from workbench.sessions import MemorySession

Step = tuple[list[Any], str | None]
"""Items that are appended together, and their turn."""

_CALLS = st.sampled_from(["c1", "c2", "c3", ""])
_TEXTS = st.text(max_size=8) | st.sampled_from(["\ud800", "é\U0001f600", "|\n<b>"])


def _call(call_id: str, name: str) -> dict[str, Any]:
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": "{}"}


def _output(call_id: str, output: str) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": output}


_ITEMS: st.SearchStrategy[Any] = st.one_of(
    st.builds(
        lambda role, text: {"role": role, "content": text},
        st.sampled_from(["user", "user", "assistant", "system"]),
        _TEXTS,
    ),
    st.builds(_call, _CALLS, st.sampled_from(["add", "look", ""])),
    st.builds(_output, _CALLS, _TEXTS),
    st.sampled_from(
        [
            {},
            {"type": "reasoning", "id": "rs_1", "summary": []},
            {"type": "message", "role": "assistant", "content": None},
            {"type": "web_search_call", "status": "failed", "id": 7},
            {"role": "user", "content": [{"type": "input_image"}, {"type": "input_text"}, 3]},
        ]
    ),
)

TURNS = ["t1", "t2", "t3", "t4", ""]
_TURNS = st.sampled_from([None, *TURNS, "compaction:c"])

STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(st.lists(_ITEMS, min_size=1, max_size=4), _TURNS), max_size=14
)


async def play(
    session: Any, steps: Sequence[Step], recorded: Sequence[str], hidden: set[int]
) -> None:
    """Append the steps, remember some of the turns, and hide the items with these numbers."""
    keys = [key for items, turn in steps for key in await session.append(items, turn_id=turn)]
    for minute, turn in enumerate(recorded):
        await session.save_turn(record(turn, minute, input_tokens=minute))
    wanted = [key for number, key in enumerate(keys) if number in hidden]
    if wanted and isinstance(session, Archives):
        await session.archive(wanted, reason=HIDDEN)


async def played(
    steps: Sequence[Step], recorded: Sequence[str] = (), hidden: set[int] | None = None
) -> MemorySession:
    """A session in memory that went through all this."""
    session = MemorySession("demo")
    await play(session, steps, recorded, hidden or set())
    return session
