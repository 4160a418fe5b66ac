from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest

from workbench.cli import app, main
from workbench.cli.app import FOLDER, NOTEBOOK, PAGE, arguments, environment, notice
from workbench.cli.commands import parser
from workbench.cli.lab import Server
from workbench.errors import InvalidValue


def test_the_page_is_served_with_a_token_and_without_code() -> None:
    given = arguments(Server(), dark=False, is_root=False)
    assert given[:3] == ["-m", "voila", str(NOTEBOOK)]
    assert {"--token", "--theme=light", "--Voila.ip=localhost"} <= set(given)


def test_port_browser_theme_and_extra_arguments_reach_the_server() -> None:
    server = Server(port=9001, browser=False, extra=("--debug",))
    given = arguments(server, dark=True, is_root=False)
    assert {"--port=9001", "--no-browser", "--theme=dark"} <= set(given)
    assert given[-1] == "--debug"


def test_root_does_not_open_up_to_other_machines_unasked() -> None:
    arguments(Server(), dark=False, is_root=True)
    with pytest.raises(InvalidValue, match=r"0\.0\.0\.0.*--allow-root"):
        arguments(Server(ip="0.0.0.0"), dark=False, is_root=True)


def test_a_port_that_cannot_be_is_refused_by_name() -> None:
    with pytest.raises(InvalidValue, match="no port 70000"):
        arguments(Server(port=70000), dark=False, is_root=False)


def test_the_kernel_finds_the_folder_and_the_server_its_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = environment({"JUPYTER_PATH": "/elsewhere", "OTHER": "kept"})
    assert given[FOLDER] == str(tmp_path)
    assert given["JUPYTER_PATH"] == f"{PAGE}{os.pathsep}/elsewhere"
    assert given["OTHER"] == "kept"
    assert (PAGE / "voila" / "templates" / "workbench" / "index.html.j2").is_file()


def test_the_notebook_of_the_page_is_a_valid_one_with_no_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert [each.outputs for each in notebook.cells] == [[]]
    assert "wb.app()" in notebook.cells[0].source


def test_without_the_extra_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "find_spec", lambda _name: None)
    assert main(["app"]) == 1
    assert "pip install 'conversation-workbench[app]'" in capsys.readouterr().err


def test_the_notice_says_where_conversations_are_kept_and_which_model_answers() -> None:
    assert "offline model" in notice({})
    assert ".workbench/" in notice({"OPENAI_API_KEY": "sk-secret"})
    assert "sk-secret" not in notice({"OPENAI_API_KEY": "sk-secret"})


def test_the_help_names_the_command() -> None:
    assert parser().parse_args(["app", "--no-browser", "--port", "0"]).command == "app"
