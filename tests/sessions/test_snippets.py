"""The sessions as people write them: in a cell, in a script, with run_sync, with no API key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from tests.script import finish, start
from tests.stores.files import sql

BY_HAND = """
    agent = Agent(name="Assistant", instructions="Reply very concisely.")
    result = await Runner.run(agent, "My name is John")
    new_input = result.to_input_list() + [{"role": "user", "content": "What's my name?"}]
    result = await Runner.run(agent, new_input)
    print(result.final_output, "---")
"""

BY_SESSION = """
    agent = Agent(name="Assistant", instructions="Reply very concisely.")
    session = SQLiteSession("conversation_123")
    result = await Runner.run(agent, "My name is John", session=session)
    result = await Runner.run(agent, "What's my name?", session=session)
    print(result.final_output, "---")
"""

TOLD = """
    agent = Agent(name="Assistant")
    session = SQLiteSession(session_id="user_456_chat", db_path="./data/conversations.db")
    await Runner.run(agent, "I prefer dark mode", session=session)
    result = await Runner.run(agent, "Set language to Finnish", session=session)
"""

ASKED = """
    agent = Agent(name="Assistant")
    session = SQLiteSession(session_id="user_456_chat", db_path="./data/conversations.db")
    result = await Runner.run(agent, "What are my preferences?", session=session)
    print(result.final_output)
"""

IMPORTS = """\
from agents import Agent, Runner
from workbench.sessions import SQLiteSession
"""


def as_script(snippet: str) -> str:
    """With asyncio.run, as in a program."""
    body = "\n".join("    " + line for line in dedent(snippet).strip().splitlines())
    return f"async def main():\n{body}\nasyncio.run(main())\n"


def as_sync(snippet: str) -> str:
    """With Runner.run_sync, which needs no await."""
    return dedent(snippet).replace("await Runner.run(", "Runner.run_sync(")


def as_cell(snippet: str) -> str:
    """With await at the top level of an IPython cell."""
    return f"shell.run_cell({IMPORTS + dedent(snippet)!r}).raise_error()\n"


INSTALLED = "import asyncio, workbench\nworkbench.install()\n" + IMPORTS
LOADED = """\
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "workbench")
"""
FORMS = {
    "script": (INSTALLED, as_script),
    "run_sync": (INSTALLED, as_sync),
    "cell": (LOADED, as_cell),
}
"""How a program begins without a key, and how it runs a snippet."""


def run_all(folders: dict[str, Path], *snippets: str) -> dict[str, str]:
    """Run the snippets in a program for each form, all programs at once; what they printed."""
    programs = {
        form: start(begin + "".join(map(write, snippets)), folder=folders[form], flags=())
        for form, (begin, write) in FORMS.items()
    }
    return {form: finish(program) for form, program in programs.items()}


@dataclass(frozen=True)
class Talk:
    """What two programs printed, one after the other, and where they ran."""

    first: str
    second: str
    folder: Path


@pytest.fixture(scope="module")
def talks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Talk]:
    """For each form, a program and a later one that goes on."""
    folders = {form: tmp_path_factory.mktemp(form) for form in FORMS}
    first = run_all(folders, BY_HAND, BY_SESSION, TOLD)
    second = run_all(folders, BY_SESSION.replace("My name is John", "Hello again"), ASKED)
    return {form: Talk(first[form], second[form], folders[form]) for form in FORMS}


@pytest.mark.parametrize("form", FORMS)
class TestSnippets:
    def test_a_history_by_hand_goes_on(self, talks: dict[str, Talk], form: str) -> None:
        assert "Your name is John." in talks[form].first.split("---")[0]

    def test_a_session_remembers(self, talks: dict[str, Talk], form: str) -> None:
        assert "Your name is John." in talks[form].first.split("---")[1]

    def test_a_session_without_a_path_is_found_again_by_the_next_program(
        self, talks: dict[str, Talk], form: str
    ) -> None:
        assert "Your name is John." in talks[form].second.split("---")[0]
        workspace = talks[form].folder / ".workbench" / "workbench.db"
        rows = sql(workspace, "SELECT session_id FROM agent_messages")
        assert rows == [("conversation_123",)] * 8

    def test_preferences_are_found_again_by_another_program(
        self, talks: dict[str, Talk], form: str
    ) -> None:
        answer = talks[form].second.split("---")[1]
        assert "dark mode" in answer
        assert "Finnish" in answer
        assert (talks[form].folder / "data" / "conversations.db").exists()
