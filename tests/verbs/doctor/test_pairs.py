from __future__ import annotations

import pytest

from tests.verbs.doctor.charts import chart, names, repaired, rest
from tests.verbs.subjects import assistant, call, output, reasoning, user
from workbench.items import Item

HEALTHY: dict[str, list[Item]] = {
    "nothing": [],
    "a call": [user("q"), call("c1"), output("c1"), assistant("a")],
    "side by side": [user("q"), call("c1"), call("c2"), output("c2"), output("c1")],
    "reasoning": [user("q"), reasoning("rs_1"), call("c1"), output("c1"), assistant("a")],
    "hosted": [user("q"), {"type": "web_search_call", "id": "ws_1", "status": "completed"}],
    "hosted MCP": [
        user("q"),
        {"type": "mcp_approval_request", "id": "mcpr_1", "name": "n", "arguments": "{}"},
        {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True},
        {"type": "mcp_call", "id": "mcp_1", "approval_request_id": "mcpr_1", "output": "x"},
        assistant("a"),
    ],
    "a computer": [
        user("q"),
        {"type": "computer_call", "id": "cu_1", "call_id": "k", "action": {"type": "wait"}},
        {"type": "computer_call_output", "call_id": "k", "output": {"type": "x"}},
    ],
    "a shell": [
        user("q"),
        {"type": "local_shell_call", "id": "lsh_1", "call_id": "k", "action": {}},
        {"type": "local_shell_call_output", "id": "k", "output": "x"},
    ],
    "tool search of the service": [
        user("q"),
        {"type": "tool_search_call", "call_id": None, "execution": "server"},
        {"type": "tool_search_output", "call_id": None, "tools": []},
    ],
}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_conversation_has_no_findings(name: str) -> None:
    assert names(repaired(chart(*HEALTHY[name]))) == []


def test_a_call_without_output_goes_with_the_reasoning_that_led_to_it() -> None:
    items = [user("q"), reasoning("rs_1"), call("c1"), user("r"), assistant("a")]
    made = repaired(chart(*items))
    assert names(made) == [("call without output", 3), ("reasoning without follower", 2)]
    assert rest(made) == [items[0], *items[3:]]


def test_reasoning_that_led_to_another_call_too_stays() -> None:
    items = [user("q"), reasoning("rs_1"), call("c1"), call("c2"), output("c2"), user("r")]
    made = repaired(chart(*items, assistant("a")))
    assert names(made) == [("call without output", 3)]
    assert reasoning("rs_1") in rest(made)


@pytest.mark.parametrize("place", [0, 1, 4])
def test_an_output_without_call_goes(place: int) -> None:
    items = [user("q"), call("c1"), output("c1"), assistant("a")]
    items.insert(place, output("c9"))
    made = repaired(chart(*items))
    assert names(made) == [("output without call", place + 1)]
    assert output("c9") not in rest(made)
    assert len(rest(made)) == 4


def test_of_two_outputs_the_first_stays() -> None:
    made = repaired(chart(user("q"), call("c1"), output("c1"), output("c1", "4"), assistant("a")))
    assert names(made) == [("second output", 4)]
    assert rest(made)[2] == output("c1")


def test_an_answer_to_no_request_goes() -> None:
    answer = {"type": "mcp_approval_response", "approval_request_id": "x", "approve": True}
    assert names(repaired(chart(user("q"), answer, assistant("a")))) == [("output without call", 2)]


# Order


def test_an_output_in_front_of_its_call_is_moved_behind_it() -> None:
    items = [user("q"), output("c1"), call("c2"), call("c1"), output("c2"), assistant("a")]
    made = repaired(chart(*items, labels=["t"] * 6, t="done"))
    assert names(made) == [("wrong order", 2)]
    assert not made.take
    assert rest(made) == [items[0], call("c2"), call("c1"), output("c1"), *items[4:]]


def test_two_outputs_in_front_of_their_calls_are_both_moved() -> None:
    items = [user("q"), output("c1"), output("c2"), call("c1"), call("c2"), assistant("a")]
    made = repaired(chart(*items))
    assert {name for name, _ in names(made)} == {"wrong order"}
    assert not made.take
    found = rest(made)
    assert sorted(map(str, found)) == sorted(map(str, items))
    for each in ("c1", "c2"):
        assert found.index(call(each)) < found.index(output(each))


def test_across_turns_nothing_is_moved() -> None:
    items = [user("q"), output("c1"), user("r"), call("c1"), assistant("a")]
    made = repaired(chart(*items, labels=["t1", "t1", "t2", "t2", "t2"], t1="done", t2="done"))
    assert names(made) == [("wrong order", 2), ("call without output", 4)]
    assert rest(made) == [user("q"), user("r"), assistant("a")]


# Approvals


def test_the_newest_call_may_wait_for_an_approval_and_stays() -> None:
    items = [user("q"), reasoning("rs_1"), call("c1")]
    for given in (chart(*items), chart(*items, labels=["t"] * 3, t="pending")):
        made = repaired(given)
        assert names(made) == [("pending approval", 3)]
        assert made.findings[0].repair == "none: wb.approve or wb.reject decides it"
        assert not made.repairs


def test_a_recorded_approval_may_wait_behind_newer_turns() -> None:
    items = [user("q"), call("c1"), user("r"), assistant("a")]
    made = repaired(chart(*items, labels=["t1", "t1", "t2", "t2"], t1="pending", t2="done"))
    assert names(made) == [("pending approval", 2)]
    made = repaired(chart(*items, labels=["t1", "t1", "t2", "t2"], t1="done", t2="done"))
    assert names(made) == [("call without output", 2)]


def test_a_request_of_hosted_mcp_is_never_taken_out() -> None:
    request = {"type": "mcp_approval_request", "id": "mcpr_1", "name": "n", "arguments": "{}"}
    made = repaired(chart(user("q"), request, user("r"), assistant("a")))
    assert names(made) == [("pending approval", 2)]


# Ids of calls


def test_a_call_that_was_written_twice_goes_once() -> None:
    pair = [call("c1"), output("c1")]
    made = repaired(chart(user("q"), *pair, *pair, assistant("a")))
    assert names(made) == [("item twice", 4)]
    assert rest(made) == [user("q"), *pair, assistant("a")]


def test_a_call_id_that_is_used_again_is_made_another_one() -> None:
    first, second = [call("c1", a=1), output("c1")], [call("c1", a=2), output("c1", "5")]
    second[0] = {**second[0], "id": "fc_other"}
    made = repaired(chart(user("q"), *first, user("r"), *second, assistant("a")))
    assert names(made) == [("call id again", 5)]
    assert not made.take
    found = rest(made)
    assert found[1:3] == first
    assert {item["call_id"] for item in found[4:6]} == {"c1_2"}
    assert found[5]["output"] == "5"


def test_a_new_call_id_is_free_and_short_enough() -> None:
    name = "c" * 64
    pairs = [
        item
        for number in range(3)
        for item in ({**call(name, a=number), "id": f"fc_{number}"}, output(name, str(number)))
    ]
    made = repaired(chart(user("q"), *pairs, assistant("a")))
    ids = [item["call_id"] for item in rest(made)[1:7:2]]
    assert len(set(ids)) == 3
    assert max(map(len, ids)) <= 64


def test_a_call_written_twice_and_answered_once_goes_once() -> None:
    made = repaired(chart(user("q"), call("c1"), call("c1"), output("c1"), assistant("a")))
    assert names(made) == [("call without output", 2)]
    assert rest(made) == [user("q"), call("c1"), output("c1"), assistant("a")]
