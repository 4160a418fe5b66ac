"""A notebook for the tests: an agent that is slow enough to be watched, and stopped."""

from __future__ import annotations

from pathlib import Path

from tests.browser.notebooks import write_notebook

HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"

CELLS = {
    "load": """\
%load_ext workbench
import workbench as wb
from agents import Agent

slow = Agent(name="Slow", model=wb.OfflineModel(delay=0.15))""",
    "slow": f"%%agent --session slow --agent slow\nRemember that {LONG}",
    "stopped": f"%%agent --session stopped --agent slow\n{LONG} {LONG} {LONG}",
    "after": "%%agent --session stopped --agent none\nMy name is John",
    "left": 'print(wb.history("stopped")["content"].tolist())',
    "hostile": f"%%agent --session hostile\n{HOSTILE}",
    "hostile-frame": 'wb.history("hostile")[["role", "content"]]',
    "mistake": "%agent --sesion demo Hello",
    "broken": """\
from agents import function_tool

@function_tool(failure_error_function=None)
def divide(by: int) -> float:
    return 1 / by

broken = Agent(name="Broken", tools=[divide])""",
    "failing": "%%agent -s failing --agent broken\nUse divide by 0",
    "typing": "",
}
"""Name and source of each cell; the names are the ids."""


def write_talk(path: Path) -> None:
    """Write the notebook to ``path``."""
    write_notebook(path, CELLS)
