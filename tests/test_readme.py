"""What the README shows is what happens."""

from __future__ import annotations

import re
import shlex
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

import workbench
from tests.cli.test_main import COMMANDS
from tests.conversations_server import conversations_server
from tests.redis_server import redis_server
from tests.script import start
from workbench.cli.commands import parser
from workbench.frames.columns import columns_table
from workbench.magics.agent import OPTIONS
from workbench.magics.session_verbs import VERBS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)

RUN = """
import ast, asyncio, inspect, sys
import workbench
workbench.install()
source = open(sys.argv[1], encoding="utf-8").read()
code = compile(source, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
made = eval(code, {"__name__": "__main__"})
if inspect.iscoroutine(made):
    asyncio.run(made)
"""
"""Runs a file whose top level may await, as a cell may."""


def run_snippet(snippet: str, folder: Path, **env: str) -> str:
    (folder / "snippet.py").write_text(snippet, encoding="utf-8")
    program = start(RUN, "snippet.py", folder=folder, env=env, flags=())
    output, errors = program.communicate(timeout=120)
    assert program.returncode == 0, errors
    return output


def expected(snippet: str) -> re.Pattern[str]:
    """What the comment after ``print`` says, ``...`` standing for any text."""
    comment = re.search(r"^print\(.*\)  # (.*)$", snippet, re.M)
    assert comment
    return re.compile(".*".join(map(re.escape, comment[1].split("..."))), re.S)


BY_HAND, SESSION, FILE, REDIS, OPENAI, COMPACTION, ENCRYPTION, *DATA = SNIPPETS


def heading(snippet: str) -> str:
    """The heading that a snippet stands under."""
    return re.findall(r"^#+ (.*)$", README[: README.index(snippet)], re.M)[-1]


@pytest.mark.parametrize("snippet", DATA, ids=heading)
def test_a_snippet_about_data_runs_and_prints_what_it_says(snippet: str, tmp_path: Path) -> None:
    printed = run_snippet(snippet, tmp_path)
    if re.search(r"^print\(.*\)  # ", snippet, re.M):
        assert expected(snippet).search(printed)


@pytest.mark.parametrize(
    "snippet",
    [BY_HAND, SESSION, FILE, COMPACTION, ENCRYPTION],
    ids=["by hand", "session", "file", "compaction", "encryption"],
)
def test_a_snippet_of_the_readme_prints_what_it_says(snippet: str, tmp_path: Path) -> None:
    assert expected(snippet).search(run_snippet(snippet, tmp_path))


def test_the_snippet_of_redis_prints_what_it_says(tmp_path: Path) -> None:
    usual = "redis://localhost:6379"
    assert usual in REDIS
    with redis_server() as server:  # one of the test's own: there may be another one here
        printed = run_snippet(REDIS.replace(usual, server.url), tmp_path)
        assert server.do("TTL", "agents:session:user_456_chat") > 3000
    assert expected(REDIS).search(printed)


def test_the_snippet_of_openai_prints_what_it_says(tmp_path: Path) -> None:
    usual = 'Agent(name="Assistant")'
    assert usual in OPENAI
    snippet = OPENAI.replace(usual, 'Agent(name="Assistant", model="offline")')
    with conversations_server() as server:
        env = {"OPENAI_API_KEY": "test", "OPENAI_BASE_URL": server.url}
        printed = run_snippet(snippet, tmp_path, **env)
        assert server.count("POST", "/conversations") > 0
    assert expected(OPENAI).search(printed)


def test_the_file_of_the_readme_continues_in_another_program(tmp_path: Path) -> None:
    run_snippet(FILE, tmp_path)
    told = [line for line in FILE.splitlines() if not re.search("I prefer|Set lang", line)]
    assert expected(FILE).search(run_snippet("\n".join(told), tmp_path))


def test_the_columns_of_the_readme_are_the_columns_of_the_frame() -> None:
    assert columns_table() in README


def test_the_readme_names_every_option_and_every_verb() -> None:
    text = README.split("## Magics")[1].split("\n## ")[0]
    flags = {flag for option in OPTIONS if not option.hidden for flag in option.flags} - {"-h"}
    assert not {flag for flag in flags if f"`{flag}" not in text}
    assert not {verb for verb in VERBS if f"`{verb}" not in text}


def test_every_link_within_the_clone_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert targets
    # With the oldest versions the package is an installed wheel, not a folder of the clone.
    roots = (ROOT, Path(workbench.__file__).parents[1])
    assert all(any((root / target).exists() for root in roots) for target in targets)


def test_the_first_command_opens_the_lab() -> None:
    command = "python3 -m pip install uv && python3 -m uv run workbench lab"
    assert command in README.splitlines()


def test_the_table_of_commands_shows_lines_that_the_command_takes() -> None:
    section = README.split("\n## The command\n")[1].split("\n## ")[0]
    shown = [shlex.split(each) for each in re.findall(r"`workbench ([^`]+)`", section)]
    assert {words[0] for words in shown} == set(COMMANDS)
    for words in shown:
        parser().parse_args(words)
    options = {each for each in re.findall(r"`(--[\w-]+)[^`]*`", section) if each != "--help"}
    helps = " ".join(help_of(each) for each in COMMANDS)
    assert not {each for each in options if each not in helps}


def help_of(command: str) -> str:
    with pytest.raises(SystemExit), redirect_stdout(StringIO()) as shown:
        parser().parse_args([command, "--help"])
    return shown.getvalue()
