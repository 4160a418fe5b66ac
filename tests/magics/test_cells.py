from __future__ import annotations

from typing import Any

from tests.notebook_shell import Shell
from workbench.magics.cells import Cells


def listening(shell: Shell) -> tuple[Cells, list[str]]:
    cells, calls = Cells(shell.ip), []
    cells.watch()
    shell["later"] = lambda word: cells.at_end(lambda: calls.append(word))
    shell["runs"] = lambda: calls.append(cells.execution)
    return cells, calls


def test_it_calls_back_at_the_end_of_the_cell_once(shell: Shell) -> None:
    cells, calls = listening(shell)
    shell["calls"] = calls
    shell.ok("later('end'); assert calls == []")
    shell.ok("x = 1")
    assert calls == ["end"]
    cells.unwatch()


def test_it_calls_back_when_the_cell_fails(shell: Shell) -> None:
    cells, calls = listening(shell)
    shell.run("later('end'); 1 / 0")
    assert calls == ["end"]
    shell.run("later('never'")
    assert calls == ["end"]
    cells.unwatch()


def test_a_cell_inside_a_cell_has_an_end_of_its_own(shell: Shell) -> None:
    cells, calls = listening(shell)
    shell.ok("later('outer'); get_ipython().run_cell(\"later('inner')\"); later('outer too')")
    assert calls == ["inner", "outer", "outer too"]
    cells.unwatch()


def test_each_run_of_a_cell_has_a_name_of_its_own(shell: Shell) -> None:
    cells, calls = listening(shell)
    shell.ok("runs(); get_ipython().run_cell('runs()'); runs()")
    shell.ok("runs()")
    assert len(set(calls[:3])) == 1
    assert calls[3] != calls[0]
    cells.unwatch()


def test_what_waits_when_it_stops_listening_is_done(shell: Shell) -> None:
    cells, calls = listening(shell)
    stop: Any = cells.unwatch
    shell["stop"] = stop
    shell.ok("later('end'); stop()")
    assert calls == ["end"]
