"""What a compaction chooses: a pure function, tried on every kind of history."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.sessions.compaction.conversations import (
    assistant,
    call,
    output,
    reasoning,
    shape,
    turns,
    user,
)
from workbench.errors import InvalidValue
from workbench.estimates import item_tokens
from workbench.items import Item
from workbench.models.reading import SUMMARY_HEADER
from workbench.protocols import COMPACTION, StoredItem
from workbench.sessions.compaction.groups import groups, waiting
from workbench.sessions.compaction.plan import Plan, Policy, messages, plan

SYSTEM = {"role": "system", "content": "be kind"}
DEVELOPER = {"role": "developer", "content": "be brief"}
SUMMARY = assistant(f"{SUMMARY_HEADER}\nFacts the user stated:\n- My name is John")
HOSTED = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
OPAQUE = {"type": "compaction", "id": "cmp_1", "encrypted_content": "xyz"}
ASKS = {"type": "mcp_approval_request", "id": "m1", "name": "erase", "arguments": "{}"}
ALLOWS = {"type": "mcp_approval_response", "approval_request_id": "m1", "approve": True}
RAN = {"type": "mcp_call", "id": "mc_1", "approval_request_id": "m1", "name": "erase"}


def rows(items: list[Item], turn_ids: dict[int, str] | None = None) -> list[StoredItem]:
    return [
        StoredItem(10 * index, item, None, (turn_ids or {}).get(index))
        for index, item in enumerate(items)
    ]


def taken(items: list[Item], *, now: bool = False, **policy: Any) -> list[int] | None:
    """The places of what is summarised."""
    found = plan(rows(items), Policy(**policy), now=now)
    return None if found is None else [int(row.key) // 10 for row in found.rows]


# When, and how much


def test_nothing_is_due_up_to_the_limit() -> None:
    assert taken(turns(3), max_messages=6) is None
    assert taken([*turns(3), user("more")], max_messages=6) == [0, 1, 2, 3]


def test_half_of_what_may_be_is_kept_unless_something_else_is_said() -> None:
    assert taken(turns(11), max_messages=20) == list(range(12))
    assert taken(turns(11), max_messages=20, keep_last=4) == list(range(18))
    assert taken(turns(11), max_messages=20, keep_last=0) == [*range(20), 21]


def test_reasoning_does_not_count() -> None:
    items = [each for item in turns(3) for each in (reasoning("r"), item)]
    assert taken(items, max_messages=6) is None
    assert taken([*items, user("more")], max_messages=6) == list(range(8))


def test_a_compaction_can_be_asked_for_below_the_limit() -> None:
    assert taken(turns(4), now=True, max_messages=20, keep_last=2) == list(range(6))
    assert taken(turns(4), now=True, max_messages=20) is None  # all of it is the kept half
    assert taken(turns(4), now=True, max_messages=None, max_tokens=8) == list(range(6))


def test_too_many_tokens_leave_the_newest_half_of_them() -> None:
    items = [user("x" * 400), assistant("y" * 400), user("a" * 400), assistant("b" * 400)]
    assert taken(items, max_messages=None, max_tokens=400) is None
    assert taken(items, max_messages=None, max_tokens=399) == [0, 1]
    assert taken([*items, user("c")], max_messages=None, max_tokens=399) == [0, 1, 2]
    assert taken([*items, user("c")], max_messages=20, max_tokens=399) == [0, 1, 2]


def test_a_single_message_that_is_too_long_stays() -> None:
    assert taken([user("x" * 4_000)], max_messages=None, max_tokens=100) is None
    assert taken([*turns(8), user("x" * 4_000)], max_messages=None, max_tokens=100) == list(
        range(16)
    )


def test_what_an_earlier_compaction_left_counts_as_one_message() -> None:
    left = dict.fromkeys(range(5), f"{COMPACTION}one")
    items = [*[user(f"old {n}") for n in range(4)], OPAQUE, *turns(2)]
    assert messages(rows(items, left)) == 5
    policy = Policy(max_messages=6, opaque=True)
    assert plan(rows(items, left), policy) is None
    again = plan(rows([*items, *turns(2)], left), policy)
    assert again is not None
    assert [int(row.key) // 10 for row in again.rows] == list(range(10))


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_messages": 0},
        {"max_messages": -1},
        {"max_messages": True},
        {"max_messages": 2.5},
        {"max_messages": "20"},
        {"max_messages": None},
        {"max_tokens": 0},
        {"keep_last": -1},
        {"max_messages": 4, "keep_last": 4},
    ],
    ids=repr,
)
def test_limits_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        Policy(**wrong)


# What is never summarised


def test_system_and_developer_items_stay() -> None:
    items = [SYSTEM, *turns(2), DEVELOPER, *turns(2)]
    assert taken(items, max_messages=6, keep_last=2) == [1, 2, 3, 4, 6, 7]


def test_the_last_user_message_stays_however_long_the_turn_is() -> None:
    steps = [each for n in range(9) for each in (call(f"c{n}"), output(f"c{n}"))]
    items = [*turns(1), user("do it all"), *steps, assistant("done")]
    found = taken(items, max_messages=10, keep_last=3)
    assert found == [0, 1, *range(3, 19)]


def test_a_call_that_waits_for_approval_stays_with_its_reasoning_and_its_siblings() -> None:
    items = [user("go"), reasoning("r1"), call("a"), call("b"), output("a"), *turns(6)]
    assert taken(items, max_messages=8, keep_last=2) == [0, *range(5, 15)]
    items.append(output("b"))
    assert taken(items, max_messages=8, keep_last=2) == [0, *range(5, 15)]


def test_an_mcp_approval_that_waits_stays() -> None:
    items = [user("go"), reasoning("r1"), ASKS, *turns(6)]
    assert taken(items, max_messages=8, keep_last=2) == [0, *range(3, 13)]
    answered = [user("go"), reasoning("r1"), ASKS, ALLOWS, RAN, *turns(6)]
    assert taken(answered, max_messages=8, keep_last=2) == list(range(15))


def test_what_only_openai_can_read_stays_unless_openai_summarises() -> None:
    items = [OPAQUE, *turns(6)]
    assert taken(items, max_messages=8, keep_last=2) == list(range(1, 11))
    assert taken(items, max_messages=8, keep_last=2, opaque=True) == list(range(11))


# Where the cut may not go


@pytest.mark.parametrize(
    "whole",
    [
        [call("a"), output("a")],
        [call("a"), call("b"), output("a"), output("b")],
        [reasoning("r"), assistant("thought")],
        [reasoning("r"), call("a"), output("a")],
        [reasoning("r"), reasoning("s"), call("a"), call("b"), output("b"), output("a")],
        [reasoning("r"), HOSTED, assistant("looked up")],
        [ASKS, ALLOWS, RAN],
        [{**call("p"), "type": "program"}, call("q", caller={"caller_id": "p"}), output("q")],
    ],
    ids=lambda items: "+".join(item.get("type", "message") for item in items),
)
def test_no_cut_goes_through_what_belongs_together(whole: list[Item]) -> None:
    for before in range(4):
        items = [*turns(4), *whole, *turns(4)]
        for keep in range(1, 12):
            found = taken(items, max_messages=12 + before, keep_last=keep)
            inside = set(range(8, 8 + len(whole)))
            assert found is None or not inside & set(found) or inside <= set(found)


def test_a_cut_moves_back_to_where_a_call_begins() -> None:
    items = [*turns(3), user("go"), call("a"), call("b"), output("a"), output("b"), assistant("x")]
    for keep in (2, 3, 4, 5):
        assert taken(items, max_messages=10, keep_last=keep) == list(range(6))


def test_an_answer_that_came_late_keeps_its_call_and_holds_nothing_else_up() -> None:
    items = [user("go"), reasoning("r"), call("a"), *turns(5), output("a"), assistant("done")]
    assert taken(items, max_messages=8, keep_last=3) == [0, *range(3, 11)]
    assert taken([*items, *turns(2)], max_messages=8, keep_last=3) == list(range(16))


def test_calls_one_after_the_other_may_be_parted() -> None:
    items = [*turns(2), user("go"), call("a"), output("a"), call("b"), output("b"), assistant("x")]
    assert taken(items, max_messages=8, keep_last=3) == [0, 1, 2, 3, 5, 6]


# Whether it is worth it


def test_a_summary_alone_is_not_summarised_again() -> None:
    assert taken([SUMMARY, *turns(2)], now=True, max_messages=20, keep_last=4) is None
    assert taken([SUMMARY, *turns(2)], now=True, max_messages=20, keep_last=3) == [0, 1]


def test_where_much_must_stay_not_every_turn_pays_for_a_summary() -> None:
    rules = [DEVELOPER] * 30
    assert taken([*rules, *turns(7)], max_messages=20) is None
    assert taken([*rules, *turns(8)], max_messages=20) == list(range(30, 36))


def test_a_summary_is_summarised_again_together_with_what_follows() -> None:
    assert taken([SUMMARY, *turns(4)], max_messages=8, keep_last=4) == list(range(5))


# Every kind of history

ITEMS = st.one_of(
    st.builds(user, st.text(max_size=40)),
    st.builds(assistant, st.text(max_size=40)),
    st.sampled_from([SYSTEM, DEVELOPER, SUMMARY, HOSTED, OPAQUE, ASKS, ALLOWS, RAN]),
    st.builds(reasoning, st.sampled_from("rst")),
    st.builds(call, st.sampled_from("abcdef")),
    st.builds(output, st.sampled_from("abcdef")),
    st.just({"type": "local_shell_call_output", "id": "a", "output": "x"}),
    st.just({}),
)
POLICIES = st.builds(
    lambda most, share, long, opaque: Policy(
        max_messages=most,
        keep_last=None if share is None else int(share * most),
        max_tokens=long,
        opaque=opaque,
    ),
    st.integers(1, 12),
    st.none() | st.floats(0, 0.99),
    st.none() | st.integers(1, 80),
    st.booleans(),
)


@given(st.lists(ITEMS, max_size=40), POLICIES, st.booleans())
@example([user("x"), call("a"), output("a")] * 3, Policy(max_messages=1), False)
def test_a_plan_keeps_its_promises(items: list[Item], policy: Policy, now: bool) -> None:
    given_rows = rows(items)
    found = plan(given_rows, policy, now=now)
    size = item_tokens(items)
    if found is None:
        return
    assert now or policy.exceeded(messages(given_rows), size)
    places = [int(row.key) // 10 for row in found.rows]
    assert places == sorted(set(places))
    assert [row.item for row in found.rows] == [items[place] for place in places]
    check_protected(items, places, policy)
    check_together(items, places)
    check_kept(given_rows, places, policy, size)
    check_place(given_rows, places, found)


def check_protected(items: list[Item], places: list[int], policy: Policy) -> None:
    users = [index for index, item in enumerate(items) if item.get("role") == "user"]
    assert not {*users[-1:], *waiting(items)} & set(places)
    for place in places:
        assert items[place].get("role") not in ("system", "developer")
        assert policy.opaque or items[place].get("type") != "compaction"


def check_together(items: list[Item], places: list[int]) -> None:
    """Pairs and reasoning are on one side, by rules written down here a second time."""
    chosen, latest = set(places), dict[str, int]()
    for index, item in enumerate(items):
        if item.get("type") == "function_call":
            latest[item["call_id"]] = index
        if item.get("type") == "function_call_output" and item["call_id"] in latest:
            assert (index in chosen) == (latest[item["call_id"]] in chosen)
        if item.get("type") == "reasoning" and index + 1 < len(items):
            assert (index in chosen) == (index + 1 in chosen)


def check_kept(given_rows: list[StoredItem], places: list[int], policy: Policy, size: int) -> None:
    """The newest messages stay word for word, as many as were promised."""
    behind = [row for row in given_rows if int(row.key) // 10 > places[-1]]
    if policy.kept is not None and not policy.too_long(size):
        assert messages(behind) >= policy.kept


def check_place(given_rows: list[StoredItem], places: list[int], found: Plan) -> None:
    following = places[-1] + 1
    assert found.newest == given_rows[-1].key
    if following == len(given_rows):
        assert found.before is None
    else:
        assert found.before == given_rows[following].key


@given(st.lists(ITEMS, max_size=40))
def test_groups_are_named_by_their_first_item(items: list[Item]) -> None:
    found = groups(items)
    assert len(found) == len(items)
    for index, first in enumerate(found):
        assert first <= index
        assert found[first] == first


def test_order_in_a_shape_is_readable() -> None:
    assert shape([SUMMARY, user("a"), call("x")]) == ["S", "a", "function_call:x"]
