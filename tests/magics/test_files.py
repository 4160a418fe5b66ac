from __future__ import annotations

from pathlib import Path

import pytest

import workbench as wb
from tests.notebook_shell import Shell


def test_a_conversation_goes_out_and_comes_back(shell: Shell) -> None:
    shell.ok("%agent -s demo My name is John, mail john@example.com")
    report = shell.ok("%session export demo demo.jsonl --redact email,card")
    assert "email" in report.text
    assert "john@example.com" not in Path("demo.jsonl").read_text()
    card = shell.ok("%session load demo.jsonl again")
    assert card.value.name == "again"
    assert "John" in shell.ok("%agent What's my name?").text
    assert wb.history("again")["content"][0] == "My name is John, mail [email]"


def test_everything_that_is_to_be_redacted_is_however_often_it_is_said(shell: Shell) -> None:
    shell.ok("%agent -s demo My mail is john@example.com, my phone 555-123-4567")
    shell.ok("%session export demo demo.md --redact email --redact phone")
    written = Path("demo.md").read_text()
    assert "john@example.com" not in written
    assert "555-123-4567" not in written


def test_one_word_is_the_path_and_the_session_the_one_in_use(shell: Shell) -> None:
    shell.ok("%agent -s demo My name is John")
    shell.ok("%session use demo")
    shell.ok('%session export "my talk.html"')
    assert "My name is John" in Path("my talk.html").read_text()
    shell.ok("%session record demo.yaml")
    shell.ok("replay = __import__('workbench').OfflineModel.replay('demo.yaml')")
    assert shell["replay"].name == "replay:demo.yaml"
    shell.ok("%session export demo.jsonl --format fine-tuning --overwrite")
    shell.ok("%session load demo.jsonl trained --format fine-tuning --line 1")
    assert wb.history("trained")["role"].tolist() == ["user", "assistant"]


def test_a_report_shows_itself_in_all_forms(shell: Shell) -> None:
    shell.ok("%agent -s demo Hi")
    shown = shell.ok(
        "%session export demo demo.parquet --without-archive"
    ).value._repr_mimebundle_()
    assert {"text/plain", "text/markdown", "text/html"} <= shown.keys()
    assert "demo.parquet" in shown["text/html"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%session export", "which file?"),
        ("%session record", "which file?"),
        ("%session load", "which file?"),
        ("%session export dmeo x.jsonl", "did you mean 'demo'?"),
        ("%session export demo x.txt", "does not say its format"),
        ("%session export demo taken.jsonl", "--overwrite replaces"),
        ("%session export demo x.jsonl --redact emial", "did you mean 'email'?"),
        ("%session export demo x.jsonl --redact ,", "names nothing to take out"),
        ("%session export demo x.jsonl --format pdf", "--format is one of"),
        ("%session export demo x.jsonl more", "too much on the line"),
        ("%session load nowhere.jsonl", "there is no file"),
        ("%session load taken.jsonl", "is not a JSON object"),
        ("%session load taken.jsonl x --line one", "--line is the number of a line"),
        ("%session load taken.jsonl --redact all", "--redact, which is for %session export"),
        ("%session record demo taken.jsonl", "--overwrite replaces"),
    ],
)
def test_a_usage_error_is_one_line_that_names_the_way_out(
    shell: Shell, line: str, said: str
) -> None:
    shell.ok("%agent -s demo Hi")
    Path("taken.jsonl").write_text("mine")
    message = shell.run(line).usage_error
    assert said in message
    assert "\n" not in message
    assert wb.list_sessions()["name"].tolist() == ["demo"]
    assert Path("taken.jsonl").read_text() == "mine"
