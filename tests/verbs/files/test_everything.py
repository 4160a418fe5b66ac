"""Leaving with all conversations: a folder of files that are whole, and nothing forgotten."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
from pathlib import Path

import pytest

import workbench as wb
from tests.script import finish, line, start
from tests.verbs.files.conversations import everything, make
from workbench.errors import CorruptItem, InvalidValue, KeyRequired, NotFound
from workbench.verbs.session_folder import MARK
from workbench.workspace import workspace

KEY = "your-32-byte-encryption-key-here"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def out(name: str) -> Path:
    """The one file of ``out`` that begins so."""
    (found,) = Path("out").glob(f"{name}-*.jsonl")
    return found


def test_every_session_wherever_it_is_kept_comes_back_whole() -> None:
    make("Notes/1")
    make("notes/1", store="sqlite:///other.db")
    report = wb.export_all("out")
    assert (report.sessions, report.items, report.archived) == (2, 16, 2)
    files = sorted(Path("out").glob("*.jsonl"))
    assert [each.name.rpartition("-")[0] for each in files] == ["Notes-1", "notes-1"]
    for number, path in enumerate(files):
        wb.load(path, f"again {number}")
        assert everything(f"again {number}") == everything("Notes/1")


def test_all_of_a_store_named_or_not() -> None:
    wb.ask("tea", "I prefer tea", store="sqlite:///app.db")
    wb.ask("other", "I prefer coffee")
    report = wb.export_all("out", store="sqlite:///app.db")
    assert report.sessions == 1
    assert '"I prefer tea"' in out("tea").read_text()


def test_the_same_call_again_brings_the_files_up_to_date_and_says_what_is_left_over() -> None:
    from workbench import loop
    from workbench.verbs.manage import delete_session

    wb.ask("demo", "one")
    wb.ask("gone", "x")
    wb.export_all("out")
    wb.ask("demo", "two")
    loop.run(delete_session("gone"))
    Path("out", "_notes.txt").write_text("mine")
    report = wb.export_all("out")
    assert '"two"' in out("demo").read_text()
    assert report.left == (out("gone").name,)
    assert "of sessions that are gone" in str(report)
    assert wb.export_all("out", overwrite=True).removed == 1
    names = sorted(each.name for each in Path("out").iterdir())
    assert names == ["_notes.txt", MARK, out("demo").name]


def test_a_folder_of_something_else_is_left_alone() -> None:
    wb.ask("demo", "hi", store="sqlite:///app.db")
    Path("full").mkdir()
    Path("full", "mine.txt").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(InvalidValue, match="holds other files"):
            wb.export_all("full", overwrite=overwrite)
    wb.to_parquet("sqlite:///app.db", "table")
    with pytest.raises(InvalidValue, match=r"holds sessions as \*\.parquet; give another folder"):
        wb.export_all("table", store="sqlite:///app.db", overwrite=True)
    wb.export_all("out", store="sqlite:///app.db")
    with pytest.raises(InvalidValue, match=r"holds sessions as \*\.jsonl"):
        wb.to_parquet("sqlite:///app.db", "out", overwrite=True)
    with pytest.raises(InvalidValue, match="another store; give another folder"):
        wb.export_all("out")


def test_nothing_is_made_for_a_place_without_sessions_or_a_wrong_pattern() -> None:
    with pytest.raises(NotFound, match="is it the right place"):
        wb.export_all("out")
    wb.ask("demo", "hi")
    with pytest.raises(InvalidValue, match="no pattern 'mail'"):
        wb.export_all("out", redact="mail")
    assert not Path("out").exists()


def test_what_is_redacted_is_not_in_the_name_of_a_file_either() -> None:
    wb.ask("joe@example.com", "mail me at joe@example.com")
    report = wb.export_all("out", redact="email")
    assert report.redacted["email"] >= 2
    names = [each.name for each in Path("out").iterdir()]
    assert not [each for each in names if "joe" in each]
    assert "joe" not in out("email").read_text()


def test_a_session_that_can_not_be_read_stops_no_other() -> None:
    for name in ("a", "b", "c"):
        wb.ask(name, "hi")
    wb.export_all("out")
    before = out("a").read_bytes()
    with sqlite3.connect(workspace().file) as db:
        db.execute("UPDATE agent_messages SET message_data = '{' WHERE session_id IN ('a', 'b')")
    db.close()
    wb.ask("c", "more")
    with pytest.raises(CorruptItem, match="session 'a'") as caught:
        wb.export_all("out")
    assert caught.value.__notes__ == [
        "All other sessions were written.",
        "These could not be written either: 'b'.",
    ]
    assert out("a").read_bytes() == before
    assert '"more"' in out("c").read_text()


def test_an_encrypted_session_is_written_for_who_has_its_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    wb.session("secret", encrypt=True)
    wb.ask("secret", "My name is John")
    wb.ask("plain", "hi")
    report = wb.export_all("out")
    assert report.encrypted == ("secret",)
    assert "My name is John" in out("secret").read_text()
    assert stat.S_IMODE(out("secret").stat().st_mode) == 0o600
    assert "only you may read" in str(report)
    script = "import workbench as wb\nwb.export_all('two')"
    home = {"WORKBENCH_HOME": os.environ["WORKBENCH_HOME"]}
    process = start(script, folder=Path.cwd(), env=home)
    _output, errors = process.communicate(timeout=60)
    assert KeyRequired.__name__ in errors
    assert "All other sessions were written." in errors
    assert [each.name[:5] for each in Path("two").glob("*.jsonl")] == ["plain"]


KILLED = """
import sys
import workbench as wb
def slowly(text):
    if "wait" in text:
        print("in the middle", flush=True)
        sys.stdin.readline()
    return text
wb.export_all("out", redact=slowly)
"""


def test_a_kill_in_the_middle_leaves_whole_files_and_the_next_run_finishes(tmp_path: Path) -> None:
    for name, text in (("a", "one"), ("b", "wait here"), ("c", "three")):
        wb.ask(name, text)
    process = start(KILLED, folder=tmp_path, env={"WORKBENCH_HOME": str(tmp_path / "home")})
    assert line(process) == "in the middle"
    process.kill()
    finish(process, code=-signal.SIGKILL)
    assert [each.name[0] for each in Path("out").glob("[!.]*.jsonl")] == ["a"]
    assert list(Path("out").glob(".b-*.part"))
    wb.export_all("out")
    assert not list(Path("out").glob(".*.part"))
    assert wb.load(out("c"), "again").name == "again"
