"""Where the workbench keeps its own file: beside the notebook, or where WORKBENCH_HOME says."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.places import home_folder, workspace_file
from workbench.sessions import SQLiteSession


def test_without_a_setting_it_lies_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKBENCH_HOME")
    monkeypatch.chdir(tmp_path)
    assert workspace_file() == tmp_path / ".workbench" / "workbench.db"
    monkeypatch.setenv("WORKBENCH_HOME", "")
    assert home_folder() == tmp_path / ".workbench"


def test_the_setting_moves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_HOME", "elsewhere")
    assert home_folder() == tmp_path / "elsewhere"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WORKBENCH_HOME", "~/kept")
    assert workspace_file() == tmp_path / "kept" / "workbench.db"


async def test_a_session_without_a_path_is_kept_there_for_its_owner_only(
    workbench_home: Path,
) -> None:
    async with SQLiteSession("conversation_123") as session:
        await session.add_items([{"role": "user", "content": "a"}])
    assert workbench_home.stat().st_mode & 0o777 == 0o700
    assert workspace_file().parent == workbench_home
    assert workspace_file().stat().st_mode & 0o777 == 0o600
