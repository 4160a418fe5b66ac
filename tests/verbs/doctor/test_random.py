"""Whatever a conversation holds: a repair ends, loses nothing, and leaves what models take."""

from __future__ import annotations

from typing import Any

from agents.models.chatcmpl_converter import Converter
from agents.run_internal.items import (
    deduplicate_input_items_preferring_latest,
    drop_orphan_function_calls,
)
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from tests.verbs.doctor.charts import chart, repaired, rest
from tests.verbs.subjects import assistant, call, output, reasoning, user
from workbench import loop
from workbench.items import Item, encode

IDS = st.sampled_from(["1", "2", "3"])
ITEMS: st.SearchStrategy[Item] = st.one_of(
    st.builds(user, st.sampled_from(["a", "b"])),
    st.builds(assistant, st.just("x"), st.none() | IDS.map("msg_{}".format) | st.just("rs_9")),
    st.builds(reasoning, IDS.map("rs_{}".format)),
    st.builds(call, IDS.map("c{}".format), a=st.integers(0, 1)),
    st.builds(output, IDS.map("c{}".format), st.sampled_from(["3", "4"])),
    st.sampled_from(
        [
            {"foo": 1},
            {"role": "tool", "content": "x"},
            {"role": "assistant", "content": [{"type": "output_text", "text": "y"}]},
            {"type": "item_reference", "id": "msg_1"},
            {"type": "function_call", "call_id": "c1", "name": "n"},
        ]
    ),
)
NAMES = st.sampled_from(
    [
        *("type", "role", "content", "id", "call_id", "arguments", "name", "output", "status"),
        *("summary", "phase", "caller", "approval_request_id", "text", "encrypted_content"),
    ]
)
LABELS = st.lists(st.sampled_from([None, "t1", "t2", "t3"]), max_size=12)
STATUSES = st.dictionaries(
    st.sampled_from(["t1", "t2", "t3"]),
    st.sampled_from(["done", "failed", "pending", "cancelled", "replaced"]),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(ITEMS, max_size=12), LABELS, STATUSES)
def test_a_repair_ends_and_leaves_what_the_sdk_sends_as_it_is(
    items: list[Item], labels: list[str | None], statuses: dict[str, str]
) -> None:
    made = repaired(chart(*items, labels=labels[: len(items)], **statuses))
    left: Any = rest(made)
    assert len(left) + len(made.take) == len(items)
    waiting = {each.order for each in made.findings if each.name == "pending approval"}
    if not waiting:
        every = set(range(len(left)))
        same = drop_orphan_function_calls(left, pruning_indexes=every, output_pruning_indexes=every)
        assert same == left
        assert deduplicate_input_items_preferring_latest(left) == left
        Converter.items_to_messages([each for each in left if each.get("type") != "item_reference"])


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 1) | st.sampled_from(["", "c1", "user", "message"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=4,
)
JUNK: st.SearchStrategy[Item] = st.dictionaries(NAMES, VALUES, max_size=5) | st.builds(
    lambda item, name, value: {**item, name: value}, ITEMS, NAMES, VALUES
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(JUNK, max_size=6))
def test_no_junk_stops_a_diagnosis(items: list[Item]) -> None:
    made = repaired(chart(*items))
    assert len(rest(made)) + len(made.take) == len(items)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(ITEMS, min_size=1, max_size=10))
def test_nothing_is_lost_in_a_session_and_another_look_finds_nothing(items: list[Item]) -> None:
    session = wb.MemorySession("demo")
    loop.run(session.add_items(items))
    wb.doctor(session, repair=True)
    again = wb.doctor(session, repair=True)
    assert set(again["finding"]) <= {"pending approval"}
    kept = [*loop.run(session.get_items()), *(e.item for e in loop.run(session.archived()))]
    assert len(kept) == len(items)
    assert sorted(map(essence, kept)) == sorted(map(essence, items))


def essence(item: Item) -> str:
    """What an item says: without the ids and the form that a repair may give it."""
    content = item.get("content")
    if isinstance(content, list):
        content = "".join(part["text"] for part in content)
    dropped = ("id", "status", "content", "type") if "role" in item else ("id", "call_id")
    kept = {name: value for name, value in item.items() if name not in dropped}
    return encode({"content": content, **dict(sorted(kept.items()))})
