"""Two programs at once on one session that is compacted and encrypted."""

from __future__ import annotations

from pathlib import Path

import pytest

import workbench as wb
from tests.script import finish, start
from workbench.workspace import workspace

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="
TURNS = 12

PROGRAM = """
import sys
import workbench as wb
wb.session("shared", max_messages=8, keep_last=4, encrypt=True)
for number in range(int(sys.argv[2])):
    wb.ask("shared", f"{sys.argv[1]} says {number}")
"""


def test_two_programs_talk_compact_and_encrypt_at_once_and_nothing_is_lost(
    workbench_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {"WORKBENCH_HOME": str(workbench_home), "WORKBENCH_KEY": KEY}
    running = [start(PROGRAM, who, TURNS, folder=tmp_path, env=env) for who in ("Ann", "Bob")]
    for program in running:
        finish(program)
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    assert len(wb.history("shared")) <= 10
    frame = wb.history("shared", full=True)
    for who in ("Ann", "Bob"):
        own = frame[(frame["role"] == "user") & frame["content"].str.startswith(who)]
        assert own["content"].tolist() == [f"{who} says {number}" for number in range(TURNS)]
    assert set(wb.turns("shared")["status"]) == {"done"}
    assert len(wb.turns("shared")) == 2 * TURNS
    assert b"Ann says" not in b"".join(path.read_bytes() for path in workspace().folder.iterdir())
