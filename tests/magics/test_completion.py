from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter

from tests.notebook_shell import Shell

AGENT_FLAGS = [
    "--session",
    "--store",
    "--max-messages",
    "--max-tokens",
    "--keep-last",
    "--summary-model",
    "--encrypt",
    "--agent",
    "--model",
    "--attach",
    "--no-stream",
    "--out",
    "--code",
    "--prompt",
    "--rerun",
    "--help",
]


def offered(shell: Shell, line: str) -> list[str]:
    """What Tab offers at the end of the line."""
    with provisionalcompleter():
        return [each.text for each in shell.ip.Completer.completions(line, len(line))]


@pytest.fixture
def filled(shell: Shell) -> Shell:
    shell.ok("from agents import Agent\nada = Agent(name='Ada L')\nother = 1")
    for name in ("demo", "two words", "🦊"):
        shell.ok(f'%agent -s "{name}" -a ada Hi')
    return shell


@pytest.mark.parametrize("magic", ["%agent", "%%agent"])
def test_options_are_offered(filled: Shell, magic: str) -> None:
    assert offered(filled, f"{magic} --se") == ["--session"]
    assert offered(filled, f"{magic} -") == AGENT_FLAGS
    assert offered(filled, f"{magic} -s demo --no") == ["--no-stream"]
    assert "--session" not in offered(filled, f"{magic} -s demo --")
    assert "--bind" not in offered(filled, f"{magic} --")


def test_values_are_offered(filled: Shell) -> None:
    assert sorted(offered(filled, "%%agent -s ")) == ['"two words"', "demo", "🦊"]
    assert offered(filled, "%%agent --session de") == ["demo"]
    assert offered(filled, "%agent --store s") == ["sqlite:///"]
    stores = {"memory://", "openai://", "redis://", "redis+cluster://", "rediss://", "sqlite:///"}
    assert stores <= set(offered(filled, "%agent --store "))
    assert offered(filled, "%session new x --store redis+u") == ["redis+unix:///"]
    assert offered(filled, "%agent --rerun ") == ["append", "replace", "fork"]
    assert "ada" in offered(filled, "%agent --agent a")
    assert "other" not in offered(filled, "%agent --agent ")


def test_verbs_and_names_are_offered(filled: Shell) -> None:
    assert offered(filled, "%session de") == ["decrypt", "delete"]
    assert offered(filled, "%session compac") == ["compact"]
    assert offered(filled, "%session compare demo d") == ["demo"]
    assert "demo" not in offered(filled, "%session info demo d")
    assert offered(filled, "%session compact demo --dry") == ["--dry-run"]
    assert offered(filled, "%session new x --en") == ["--encrypt"]
    assert offered(filled, "%session decrypt demo --") == ["--help"]
    assert "--encrypt" not in offered(filled, "%session compact demo --")
    assert offered(filled, "%session undo-compaction d") == ["demo"]
    assert set(offered(filled, "%session ")) >= {"list", "use", "info", "history", "delete"}
    assert offered(filled, "%session use d") == ["demo"]
    assert offered(filled, "%session history demo --l") == ["--limit"]


def test_a_prompt_is_left_alone(filled: Shell) -> None:
    assert "demo" not in offered(filled, "%agent -s demo Tell me about de")
    assert "--session" not in offered(filled, "x = -")


def test_nothing_is_offered_after_unloading(filled: Shell) -> None:
    filled.ok("%unload_ext workbench")
    assert "--session" not in offered(filled, "%agent --se")


def test_files_are_offered_for_what_is_attached(shell: Shell, tmp_path: Path) -> None:
    for name in ("cat.png", "my cat.png", "other.txt", ".hidden"):
        (tmp_path / name).write_text("x")
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "tom.png").write_text("x")
    assert offered(shell, "%%agent --attach ca") == ["cat.png", "cats/"]
    assert offered(shell, "%agent --attach cats/") == ["cats/tom.png"]
    assert offered(shell, "%%agent --attach my") == ['"my cat.png"']
    assert offered(shell, '%%agent --attach "ca') == ['"cat.png"', '"cats/']
    assert "--attach" in offered(shell, "%agent --attach cat.png --a")
    assert f"{tmp_path}/cat.png" in offered(shell, f"%agent --attach {tmp_path}/c")


def test_behind_a_verb_stands_what_it_takes_and_nothing_else(
    filled: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "talks"
    folder.mkdir()
    (folder / "talk.jsonl").touch()
    monkeypatch.chdir(folder)
    names = {'"two words"', "demo", "🦊"}
    assert offered(filled, "%session load ") == ["talk.jsonl"]
    assert set(offered(filled, "%session export ")) == names
    assert offered(filled, "%session export demo ta") == ["talk.jsonl"]
    assert offered(filled, "%session record demo ta") == ["talk.jsonl"]
    compared = set(offered(filled, "%session compare demo "))
    assert {*names, "ada", "memory://"} <= compared
    assert "demo" not in offered(filled, "%session hide demo ")
    assert set(offered(filled, "%session usage --by ")) == {"session", "agent", "model", "day"}
