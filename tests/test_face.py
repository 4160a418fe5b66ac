"""What ``import workbench`` gives, and what it costs."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import workbench
from tests.script import finish, start

NAMES = {
    "CompactionSession",
    "EncryptedSession",
    "MemorySession",
    "OfflineModel",
    "OpenAISession",
    "Passphrase",
    "RedisSession",
    "SQLiteSession",
    "Turn",
    "app",
    "approve",
    "ask",
    "chat",
    "compact",
    "compare",
    "compare_panel",
    "context",
    "copy",
    "decrypt",
    "doctor",
    "edit",
    "encrypt",
    "export",
    "export_all",
    "fork",
    "generate_key",
    "grid",
    "hide",
    "history",
    "inspect",
    "install",
    "iter_history",
    "list_sessions",
    "load",
    "open",
    "open_store",
    "pending",
    "record",
    "register_agent",
    "reject",
    "rekey",
    "restore",
    "rewind",
    "search",
    "session",
    "show",
    "tag",
    "to_dask",
    "to_parquet",
    "tree",
    "turns",
    "undo_compaction",
    "uninstall",
    "usage",
}
"""The public face. A name that is added or taken away belongs into the changelog."""


def test_the_face_has_these_names() -> None:
    assert set(workbench.__all__) == NAMES
    assert workbench.__all__ == sorted(workbench.__all__)
    assert set(dir(workbench)) >= NAMES
    for name in NAMES:
        assert getattr(workbench, name) is not None


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_name_says_in_one_sentence_what_it_is(name: str) -> None:
    told = inspect.cleandoc(getattr(workbench, name).__doc__ or "")
    first = " ".join(told.split("\n\n")[0].split())
    assert re.match(r"[A-Z`].{15,}?[.:;]( |$)", first), first


def test_every_name_that_the_documents_use_is_in_it() -> None:
    root = Path(__file__).parents[1]
    texts = [root / "README.md", root / "CHANGELOG.md", *(root / "notebooks").glob("*.ipynb")]
    text = "".join(path.read_text(encoding="utf-8") for path in texts)
    used = set(re.findall(r"\b(?:wb|workbench)\.([a-z]\w*)\(", text))
    assert len(used) > 30
    assert used <= NAMES


def test_the_modules_of_errors_and_sessions_are_there_without_another_import(
    tmp_path: Path,
) -> None:
    source = """
        import workbench as wb
        print(wb.errors.WrongKey.__name__, "errors" in dir(wb))
        print(wb.protocols.Session.__name__, wb.sessions.SQLiteSession is wb.SQLiteSession)
    """
    output = finish(start(source, folder=tmp_path, bare=True))
    assert output.split() == "WrongKey True Session True".split()


def test_another_name_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = workbench.nonsense


def test_a_mistyped_name_gets_the_nearest() -> None:
    with pytest.raises(AttributeError, match=r"'histroy'; did you mean 'history'\?"):
        _ = workbench.histroy


def test_no_function_of_the_face_has_the_name_of_a_module() -> None:
    folder = Path(workbench.__file__).parent
    modules = {path.stem for path in folder.iterdir()}
    assert not NAMES & modules


LOADED = """
import sys
HEAVY = ("agents", "openai", "pandas", "redis", "ipywidgets", "anywidget", "aiosqlite", "sqlite3")
def heavy():
    return sorted(set(HEAVY) & set(sys.modules))
"""


def test_importing_it_loads_nothing_heavy(tmp_path: Path) -> None:
    source = LOADED + "import workbench\nprint(heavy(), workbench.__version__)"
    output = finish(start(source, folder=tmp_path, bare=True))
    assert output.strip() == f"[] {workbench.__version__}"


SHELL = (
    LOADED
    + """
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.enabled = False
ip = InteractiveShell.instance(config=config, colors="nocolor")
before = heavy()
"""
)


def test_loading_the_extension_loads_nothing_heavy(tmp_path: Path) -> None:
    source = SHELL + 'ip.run_line_magic("load_ext", "workbench")\nprint(heavy() == before)'
    source += '\nprint(sorted(set(heavy()) - {"sqlite3"}))'
    output = finish(start(source, folder=tmp_path, flags=(), bare=True))
    assert output.splitlines() == ["True", "[]"]


def test_the_sdk_that_is_imported_later_gets_our_runner_and_its_own_back(tmp_path: Path) -> None:
    source = (
        SHELL
        + """
def runner():
    from agents.run import get_default_agent_runner
    return type(get_default_agent_runner()).__name__
ip.run_line_magic("load_ext", "workbench")
ip.run_line_magic("load_ext", "workbench")
import agents
print(runner())
ip.run_line_magic("unload_ext", "workbench")
print(runner())
ip.run_line_magic("load_ext", "workbench")
print(runner())
ip.run_line_magic("reload_ext", "workbench")
print(runner())
ip.run_line_magic("unload_ext", "workbench")
print(runner())
"""
    )
    ours, own = "WorkbenchRunner", "AgentRunner"
    output = finish(start(source, folder=tmp_path, flags=(), bare=True))
    runners = [line for line in output.splitlines() if "Runner" in line]
    assert runners == [ours, own, ours, ours, own]


def test_unloading_before_the_sdk_is_imported_leaves_no_trace(tmp_path: Path) -> None:
    source = (
        SHELL
        + """
transformers = list(ip.input_transformers_cleanup)
matchers = list(ip.Completer.custom_matchers)
finders = list(sys.meta_path)
ip.run_line_magic("load_ext", "workbench")
ip.run_line_magic("unload_ext", "workbench")
print(ip.input_transformers_cleanup == transformers, ip.Completer.custom_matchers == matchers)
print(sys.meta_path == finders, "agent" in ip.magics_manager.magics["cell"])
print([each for each in ip.configurables if type(each).__name__ == "Workbench"])
import agents
from agents.run import get_default_agent_runner
print(type(get_default_agent_runner()).__name__)
"""
    )
    output = finish(start(source, folder=tmp_path, flags=(), bare=True)).splitlines()
    assert output[-4:] == ["True True", "True False", "[]", "AgentRunner"]


def test_a_module_of_the_users_own_called_agents_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "agents.py").write_text("mine = 1\n")
    source = SHELL + 'ip.run_line_magic("load_ext", "workbench")\nimport agents\nprint(agents.mine)'
    assert finish(start(source, folder=tmp_path, flags=(), bare=True)).strip() == "1"
