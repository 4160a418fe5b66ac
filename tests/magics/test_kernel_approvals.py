"""A tool that waits for an approval in one real kernel, and is approved in the next one."""

from __future__ import annotations

import base64
from pathlib import Path

from tests.notebook_kernel import kernel

AGENT = """
%load_ext workbench
import workbench as wb
from agents import Agent, function_tool
@function_tool(needs_approval=True)
def erase(name: str) -> str:
    "Erase a file."
    open("done.txt", "a").write(name + "\\n")
    return f"erased {name}"
"""
ADA = "ada = Agent(name='Ada', tools=[erase])"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_an_approval_comes_from_the_next_kernel(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(PNG)
    with kernel(tmp_path) as first:
        first.ok(AGENT)
        first.ok(ADA)
        ran = first.ok(
            "%%agent -s demo -a ada --attach picture.png\nCall erase with name='x'", cell="c1"
        )
        assert "Waits for an approval" in ran.text
        assert ran.displays[-1]["text/html"].count("<img ") == 1
        # The same cell again: its turn takes the place of the one that waits.
        first.ok("%%agent -s demo -a ada\nCall erase with name='y'", cell="c1")
        first.ok("%session tag demo +red --title Erasing")
    assert not (tmp_path / "done.txt").exists()
    with kernel(tmp_path) as second:
        second.ok(AGENT)
        assert second.ok("print(list(wb.pending()['arguments']))").out == '[\'{"name": "y"}\']\n'
        ran = second.run("%session approve demo")
        assert "agent 'Ada', which is not defined here" in ran.err
        assert "Traceback" not in ran.err
        second.ok(ADA)
        ran = second.ok("%session approve demo")
        assert "erase says: erased y" in ran.text
        assert "no call of session 'demo' waits" in second.run("%session approve demo").err
        assert "red" in second.ok("%session list").text
    assert (tmp_path / "done.txt").read_text() == "y\n"
