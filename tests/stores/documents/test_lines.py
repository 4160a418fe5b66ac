"""A conversation written as lines comes back as it was, and a damaged line is named."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.contract_abilities import record
from workbench.errors import CorruptFile
from workbench.stores.documents import Conversation, from_lines, to_lines
from workbench.stores.memory import MemoryStore
from workbench.testing.data import ITEMS, message


async def talked() -> Conversation:
    """Items of all sorts, two of them in the archive, and turns."""
    store = MemoryStore()
    keys = await store.append("demo", list(ITEMS.values()), turn_id="t1")
    await store.append("demo", [message("last \x85 \u2028 \u2029 line")])
    await store.archive("demo", keys[2:4], reason="compacted")
    await store.save_turns("demo", [record("t1"), replace(record("t2"), error="half \ud83d")])
    conversation = store.load("demo")
    assert conversation is not None
    return conversation


async def test_a_conversation_comes_back_as_it_was() -> None:
    given = await talked()
    assert from_lines(to_lines(given)) == given
    assert from_lines(to_lines(Conversation())) == Conversation()


async def test_it_is_one_line_for_the_conversation_and_one_for_each_item() -> None:
    given = await talked()
    lines = to_lines(given)
    assert len(lines) == 1 + len(ITEMS) + 1
    assert "\n".join(lines).splitlines() == lines
    about, first, *_others = map(json.loads, lines)
    assert [turn["turn_id"] for turn in about["turns"]] == ["t1", "t2"]
    assert first["item"] == ITEMS["text"]
    assert [json.loads(line).get("reason") for line in lines[-2:]] == ["compacted"] * 2


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"key": 1}', '{"key": 1, "created_at": "x", "item": {}}']
)
async def test_a_line_that_can_not_be_read_is_named(damage: str) -> None:
    lines = to_lines(await talked())
    for number in (1, 5, len(lines)):
        with pytest.raises(CorruptFile, match=f"^line {number} can't be read") as failed:
            from_lines([*lines[: number - 1], damage, *lines[number:]])
        assert failed.value.line == number
