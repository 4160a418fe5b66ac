"""Labels and the items they belong to: whatever others did, no label goes to another item."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import InvalidItem
from workbench.protocols import Edit
from workbench.sessions.adopted.slots import Slots, changed, digest_of, seen, text_of
from workbench.testing.data import message

NOW = datetime(2026, 5, 4, tzinfo=UTC)
TEXTS = st.lists(st.sampled_from("abcdef"), max_size=12)


def labelled(texts: str) -> Slots:
    """A slot for each letter, whose turn is its place and its letter."""
    slots = seen(Slots(), [message(letter) for letter in texts])
    named = [replace(s, turn_id=f"{n}{s.item['content']}") for n, s in enumerate(slots.all)]
    return replace(slots, all=tuple(named))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(before=TEXTS, after=TEXTS, gone=st.lists(st.integers(0, 11), max_size=4))
def test_a_label_stays_with_its_item(before: list[str], after: list[str], gone: list[int]) -> None:
    slots = labelled("".join(before))
    keys = {slots.all[number].key for number in gone if number < len(before)}
    slots, _none = changed(slots, Edit(archive=list(keys), reason="old"), NOW)
    found = seen(slots, [message(letter) for letter in after])
    assert [slot.item["content"] for slot in found.live()] == after
    for slot in found.live():
        assert slot.digest == digest_of(slot.item)
        assert slot.turn_id is None or slot.turn_id[-1] == slot.item["content"]
    turns = [slot.turn_id for slot in found.all if slot.turn_id is not None]
    assert turns == sorted(set(turns), key=lambda turn: int(turn[:-1])), "no label twice, in order"
    assert [s.archive for s in found.kept()] == [s.archive for s in slots.kept()], "none is lost"
    numbers = [slot.number or 0 for slot in found.all]
    assert numbers == sorted(set(numbers))
    assert found.last >= max(numbers, default=0)


@pytest.mark.parametrize(
    ("before", "after", "turns"),
    [
        ("abcd", "abcdx", ["0a", "1b", "2c", "3d", None]),
        ("abcd", "ab", ["0a", "1b"]),
        ("abcd", "cd", ["2c", "3d"]),
        ("abcd", "Scdx", [None, "2c", "3d", None]),
        ("abcd", "abxd", ["0a", "1b", None, "3d"]),
        ("aaa", "aa", ["0a", "1a"]),
        ("abcd", "", []),
        ("abcd", "wxyz", [None] * 4),
    ],
)
def test_what_others_did_is_seen(before: str, after: str, turns: list[str | None]) -> None:
    found = seen(labelled(before), [message(letter) for letter in after])
    assert [slot.turn_id for slot in found.live()] == turns


def test_the_order_of_the_keys_of_an_item_does_not_count() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 1.5})


@pytest.mark.parametrize("item", [{"x": float("inf")}, {"x": "\ud800"}, {"n": 10**30}], ids=str)
def test_what_another_program_stored_can_be_told_apart_and_kept(item: dict[str, object]) -> None:
    assert digest_of(item) == digest_of(dict(item))
    assert text_of(item).startswith("{")


def test_what_is_no_json_is_not_put_into_a_journal() -> None:
    with pytest.raises(InvalidItem, match="can't be changed safely"):
        text_of({"x": object()})
