from __future__ import annotations

from dataclasses import replace

import pytest

from tests.verbs.doctor.charts import chart, names, repaired, rest
from tests.verbs.subjects import assistant, call, output, reasoning, turns, user
from workbench.items import SUMMARY_HEADER, Item
from workbench.protocols import COMPACTION

ENDS: dict[str, list[Item]] = {
    "the prompt": [user("q")],
    "a thought": [user("q"), reasoning("rs_1")],
    "a call": [user("q"), call("c1")],
    "an output": [user("q"), call("c1"), output("c1")],
}


@pytest.mark.parametrize("end", ENDS)
def test_a_turn_that_was_killed_goes_as_a_whole(end: str) -> None:
    whole = turns(1)
    items = [*whole, *ENDS[end]]
    made = repaired(chart(*items, labels=["t1", "t1", *["t2"] * len(ENDS[end])], t1="done"))
    assert names(made)[0] == ("turn cut off", 3)
    assert rest(made) == whole
    assert "its last item was stored 1 minute ago" in made.findings[0].detail


def test_a_killed_turn_between_others_is_found() -> None:
    items = [user("q"), *turns(2)]
    made = repaired(chart(*items, labels=["t1", "t2", "t2"], t2="done"))
    assert names(made) == [("turn cut off", 1)]
    assert rest(made) == turns(2)


def test_a_turn_that_was_killed_behind_its_reply_is_whole() -> None:
    items = [*turns(1), *turns(2)]
    assert names(repaired(chart(*items, labels=["t1", "t1", "t2", "t2"], t1="done"))) == []


def test_a_recorded_turn_may_end_in_any_way() -> None:
    items = [user("q"), call("c1"), output("c1")]  # tool_use_behavior="stop_on_first_tool"
    assert names(repaired(chart(*items, labels=["t"] * 3, t="done"))) == []


def test_turns_that_nobody_recorded_count_by_what_they_hold() -> None:
    items = [user("q"), call("c1"), output("c1"), user("r"), assistant("a")]
    labels = ["t1", "t1", "t1", "t2", "t2"]
    assert names(repaired(chart(*items, labels=labels))) == []


def test_a_prompt_at_the_end_that_nothing_answered_is_found_without_labels() -> None:
    made = repaired(chart(*turns(1), user("q"), user("r")))
    assert names(made) == [("turn cut off", 3)]
    assert rest(made) == turns(1)


def test_what_somebody_put_there_for_a_start_is_left_alone() -> None:
    assert names(repaired(chart(user("a"), user("b")))) == []
    assert names(repaired(chart({"role": "system", "content": "s"}, user("b")))) == []
    assert names(repaired(chart(user("failed"), user("again"), assistant("a")))) == []


def test_a_summary_is_part_of_no_turn() -> None:
    summary = assistant(f"{SUMMARY_HEADER}\nx")
    items = [summary, user("q"), assistant("a")]
    assert names(repaired(chart(*items, labels=[f"{COMPACTION}1", "t1", "t1"], t1="done"))) == []
    assert names(repaired(chart(*items, labels=[f"{COMPACTION}1"]))) == []


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_what_a_failed_turn_left_behind_goes(status: str) -> None:
    items = [*turns(1), user("q"), reasoning("rs_1"), *turns(3)]
    labels = ["t1", "t1", "t2", "t2", "t3", "t3"]
    made = repaired(chart(*items, labels=labels, t1="done", t2=status, t3="done"))
    assert names(made) == [("left over", 3)]
    assert rest(made) == [*turns(1), *turns(3)]


def test_a_record_that_waits_for_what_is_answered_says_done() -> None:
    items = [user("q"), call("c1"), output("c1"), assistant("a")]
    made = repaired(chart(*items, labels=["t1", "t1", "t2", "t2"], t1="pending", t2="done"))
    assert names(made) == [("stale record", 1)]
    assert made.records["t1"].status == "done"
    assert not made.take
    assert not made.rewrite


def test_a_record_of_a_replaced_turn_that_came_back_says_done() -> None:
    made = repaired(chart(*turns(1), labels=["t1", "t1"], t1="replaced"))
    assert names(made) == [("stale record", 1)]


def test_records_without_items_are_nobodys_business() -> None:
    given = chart(*turns(1), labels=["t1", "t1"], t1="done", t2="pending", t3="failed")
    assert names(repaired(given)) == []


def test_records_that_can_not_be_read_say_nothing_of_turns() -> None:
    given = replace(chart(*turns(1), user("q"), labels=["t1", "t1", "t2"]), records=None)
    assert names(repaired(given)) == []
