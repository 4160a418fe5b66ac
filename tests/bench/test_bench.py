"""The benchmarks run, and count what they say they count; their times are not judged here."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.bench.__main__ import main
from tests.bench.appends import commits_in_wal
from tests.bench.figures import Figure, compared, table
from tests.bench.peak import peak
from tests.bench.processes import missing
from tests.bench.sides import a_turn
from tests.bench.team import ROOT
from workbench.items import encode


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["many", "tail", "first", "compaction", "search"], id="some"),
        pytest.param([], id="all", marks=pytest.mark.long),
    ],
)
def test_the_benchmarks_run_and_print_their_figures(
    names: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = tmp_path / "table.md"
    assert main([*names, "--quick", "--folder", str(tmp_path), "--markdown", str(shown)]) == 0
    printed = capsys.readouterr().out
    assert printed == shown.read_text()
    assert "commits an append, 16 sessions" in printed
    assert "get_items(20) of 300" in printed
    assert [path.name for path in tmp_path.iterdir()] == ["table.md"]
    if not names:
        lost = next(line for line in printed.splitlines() if "items lost" in line)
        assert lost.rstrip(" |").endswith("yes")
        assert "stall while reading" in printed


def test_an_unknown_benchmark_is_refused_with_the_names_known(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["appendix"])
    assert "append, many, processes" in capsys.readouterr().err


def test_a_ratio_is_that_of_the_medians_and_a_missed_figure_is_shown() -> None:
    figure = compared("work", {"ours": [1.0, 2.0, 9.0], "SDK": [2.0, 4.0, 4.0]}, 0.4, per=2)
    assert (figure.value, figure.spread, figure.reached) == (0.5, (0.5, 2.25), False)
    assert "| 2.00 s | 1.00 s | 0.5x (0.5-2.25) | <= 0.4x | NO      |" in table([figure])
    assert Figure("for information", 3.0).reached is None


def test_commits_are_counted_in_the_log_itself(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE t (x)")
        before = commits_in_wal(path)
        db.execute("INSERT INTO t VALUES (1)")
        db.execute("BEGIN")
        db.execute("INSERT INTO t VALUES (2)")
        db.execute("INSERT INTO t VALUES (zeroblob(20000))")
        db.execute("COMMIT")
        assert commits_in_wal(path) - before == 2
        db.execute("PRAGMA wal_checkpoint(RESTART)")
        db.execute("INSERT INTO t VALUES (3)")
        with pytest.raises(ValueError, match="begun anew"):
            commits_in_wal(path)


def test_a_lost_or_misplaced_item_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "written.db"
    turns = [a_turn(0), a_turn(0), a_turn(1)]
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE agent_messages (id INTEGER PRIMARY KEY, session_id, message_data)")
        db.executemany(
            "INSERT INTO agent_messages (session_id, message_data) VALUES ('process 0', ?)",
            [(encode(item),) for turn in turns for item in turn],
        )
        db.commit()
        assert missing(path, 1, 2) == 0
        db.execute("DELETE FROM agent_messages WHERE id = 6")
        db.commit()
        assert missing(path, 1, 2) == 1
        assert missing(path, 2, 2) == 1 + 6


def test_the_memory_of_a_process_is_not_that_of_the_one_which_started_it() -> None:
    large = b"x" * 300_000_000
    command = [sys.executable, "-c", "from tests.bench.peak import peak; print(peak())"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 200 < 300_000_000 / 1e6 < peak()
    assert large
