"""What commands print: tables that stand straight, and lines for programs."""

from __future__ import annotations

import io
import json
import os
import sys

import pandas as pd
import pytest

from workbench.cli.lines import aligned, print_json, print_table, rows_of, width

ROWS = [
    ["NAME", "STORE"],
    ["demo", "sqlite:///a.db"],
    ["深色模式", "memory://"],
    ["cafe\u0301", "x"],
]


def test_columns_stand_below_each_other_in_any_script() -> None:
    lines = aligned(ROWS)
    assert lines[1] == "demo      sqlite:///a.db"
    starts = {width(line) - width(row[1]) for line, row in zip(lines, ROWS, strict=True)}
    assert starts == {10}


def test_in_a_terminal_the_widest_column_gives_way_and_the_others_stay() -> None:
    lines = aligned([["name", "y" * 90], ["深" * 40, "z"]], room=60)
    assert max(map(width, lines)) == 60
    assert lines[0].startswith("name ")
    assert lines[0].endswith("y…")
    assert "深…" in lines[1]
    assert max(map(width, aligned([["x" * 90] * 3], room=10))) == 3 * 12 + 4


def test_a_terminal_is_never_moved_and_a_table_stays_a_line_a_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table({"name": "NAME", "n": "N"}, [{"name": "a\x1b[2J\nb\x9b", "n": None}])
    assert capsys.readouterr().out == "NAME  N\na b   -\n"


def test_a_pipe_gets_whole_values_and_a_terminal_what_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((30, 9)))
    for out, longest in ((io.StringIO(), 86), (Terminal(), 30)):
        monkeypatch.setattr(sys, "stdout", out)
        print_table({"a": "A", "b": "B"}, [{"a": "demo", "b": "x" * 80}])
        assert max(map(len, out.getvalue().splitlines())) == longest


def test_a_line_for_programs_is_json_in_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, str | None]] = [{"name": "深\x1b\x9b\ud800", "n": None}, {"name": "b"}]
    print_json(rows)
    out = capsys.readouterr().out
    assert out.isascii()
    assert [json.loads(line) for line in out.splitlines()] == rows


def test_rows_of_a_frame_are_plain_values() -> None:
    frame = pd.DataFrame(
        {
            "n": pd.array([1, None], dtype="Int64"),
            "text": pd.array(["a", None], dtype="string"),
            "at": pd.array(
                [pd.Timestamp("2026-01-02T03:04:05Z"), None], dtype="datetime64[us, UTC]"
            ),
        }
    )
    assert rows_of(frame) == [
        {"n": 1, "text": "a", "at": "2026-01-02T03:04:05+00:00"},
        {"n": None, "text": None, "at": None},
    ]
    assert json.dumps(rows_of(frame))
    assert rows_of(frame.iloc[:0]) == []
