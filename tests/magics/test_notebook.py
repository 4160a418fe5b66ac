from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from IPython.core.error import UsageError
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter, MarkdownExporter

from tests.notebook_kernel import environment
from tests.notebook_shell import Shell
from workbench.magics.notebook import agent_named, agents, cell_id


def executed(folder: Path, *cells: str, env: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    """A notebook of these cells, run from a clean state as ``nbconvert --execute`` does."""
    for name, value in environment(folder).items():
        env.setenv(name, value)
    env.delenv("WORKBENCH_HOME", raising=False)
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(made, timeout=60, kernel_name="python3", resources=resources)
    client.execute()
    return made


def test_a_saved_notebook_reads_well_without_a_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = executed(
        tmp_path,
        "%load_ext workbench",
        "%%agent --session demo\nMy name is John",
        "%%agent --session demo\nWhat's my name?",
        env=monkeypatch,
    )
    (output,) = made.cells[2].outputs
    assert output.output_type == "display_data"
    assert {"text/plain", "text/markdown", "text/html"} <= set(output.data)
    assert output.data["text/plain"].startswith("Your name is John.")
    for exporter in (HTMLExporter, MarkdownExporter):
        text, _ = exporter().from_notebook_node(made)
        assert "Your name is John." in text


def test_a_usage_error_stops_the_notebook_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CellExecutionError, match="no option --sesion"):
        executed(
            tmp_path,
            "%load_ext workbench",
            "%%agent --sesion demo\nHi",
            "open('reached.txt', 'w').close()",
            env=monkeypatch,
        )
    assert not (tmp_path / "reached.txt").exists()


def test_agents_are_found_among_the_variables(shell: Shell) -> None:
    assert agents(shell.ip) == {}
    shell.ok("from agents import Agent\nada = Agent(name='Ada L')\n_hidden = Agent(name='H')")
    assert sorted(agents(shell.ip)) == ["Ada L", "ada"]
    assert agent_named(shell.ip, "Ada L", magic="%agent") is shell["ada"]
    assert agent_named(shell.ip, None, magic="%agent") is None
    assert agent_named(shell.ip, "none", magic="%agent") is None
    with pytest.raises(UsageError, match="did you mean 'ada'"):
        agent_named(shell.ip, "adda", magic="%agent")


def test_in_a_terminal_there_are_no_cells(shell: Shell) -> None:
    assert cell_id(shell.ip) is None
