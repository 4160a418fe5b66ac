from __future__ import annotations

import asyncio

import pandas as pd

from workbench.cli.transcript import conversation, table
from workbench.frames.history import history_frame
from workbench.sessions import MemorySession

ITEMS = [
    {"role": "user", "content": "Use add"},
    {"type": "function_call", "name": "add", "arguments": "{}", "call_id": "1"},
    {"type": "function_call_output", "call_id": "1", "output": "5"},
    {"role": "assistant", "content": "It is 5. " * 20 + "\x1b[2J\nDone."},
]


def frame(*items: dict[str, str]) -> pd.DataFrame:
    async def read() -> pd.DataFrame:
        session = MemorySession("talk")
        await session.add_items(list(items))
        return await history_frame(session)

    return asyncio.run(read())


def test_the_conversation_reads_as_who_said_what() -> None:
    text = conversation(frame(*ITEMS))
    assert text.startswith("user: Use add\n")
    assert "assistant: It is 5." in text
    assert text.endswith("Done.")


def test_the_table_has_a_row_an_item_and_fits_a_terminal() -> None:
    lines = table(frame(*ITEMS)).splitlines()
    assert len(lines) == 1 + len(ITEMS)
    assert "add" in lines[2]
    assert not [line for line in lines if "NA" in line or "nan" in line]
    assert max(map(len, lines)) < 160


def test_a_reply_can_not_move_the_cursor() -> None:
    assert "\x1b" in ITEMS[-1]["content"]
    assert "\x1b" not in conversation(frame(*ITEMS)) + table(frame(*ITEMS))


def test_an_empty_history_is_no_error() -> None:
    assert conversation(frame()) == ""
    assert "order" in table(frame())
