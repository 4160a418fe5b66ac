"""`check` tells who keeps the contract from who breaks it, wherever it runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.script import finish, start
from workbench.stores.documents import Conversation
from workbench.stores.memory import MemoryStore
from workbench.testing import SessionContract, check


class Forgetful(MemoryStore):
    """Loses what is older than three items."""

    def save(self, session_id: str, conversation: Conversation) -> None:
        conversation.rows = conversation.rows[-3:]
        super().save(session_id, conversation)


def test_a_store_that_keeps_the_contract_passes_all_of_it() -> None:
    checked = check(lambda _folder: MemoryStore())
    assert checked.ok
    assert str(checked) == f"All {checked.passed} tests passed."
    assert checked.passed >= len([name for name in dir(SessionContract) if name[:5] == "test_"])


def test_a_store_that_loses_items_is_told_which_tests_it_failed_and_why() -> None:
    checked = check(lambda _folder: Forgetful())
    assert not checked.ok
    why = checked.failed["test_a_limit_takes_the_newest[None-abcde]"]
    assert why.endswith("assert ['c', 'd', 'e'] == ['a', 'b', 'c', 'd', 'e']")
    assert "test_an_item_comes_back_as_it_was[text]" not in checked.failed
    first, *lines = str(checked).splitlines()
    assert first == f"{checked.passed} tests passed, {len(checked.failed)} failed:"
    assert f"test_a_limit_takes_the_newest[None-abcde]: {why}" in lines


def test_a_store_that_can_not_be_made_fails_everything() -> None:
    def refuse(folder: Path) -> MemoryStore:
        raise PermissionError("no room here")

    checked = check(refuse)
    assert (checked.ok, checked.passed) == (False, 0)
    assert set(checked.failed.values()) == {"PermissionError: no room here"}


def test_each_test_of_the_suite_gets_an_empty_folder(tmp_path: Path) -> None:
    folders = set()

    def make(folder: Path) -> MemoryStore:
        assert not any(folder.iterdir())
        folders.add(folder)
        (folder / "data").touch()
        return MemoryStore()

    assert check(make).passed == len(folders)
    assert not any(folder.exists() for folder in folders)


async def test_it_runs_where_a_loop_runs_already_and_prints_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asyncio.get_running_loop()
    assert check(lambda _folder: MemoryStore()).ok
    assert capsys.readouterr() == ("", "")


def test_without_pytest_the_error_names_the_extra(tmp_path: Path) -> None:
    source = """
import sys
sys.modules["pytest"] = None
import workbench.testing
from workbench.errors import MissingExtra
for name in ("check", "SessionContract"):
    try:
        getattr(workbench.testing, name)
    except MissingExtra as exc:
        print(name, exc)
"""
    needs = "the suite needs pytest (pip install 'conversation-workbench[testing]')"
    said = finish(start(source, folder=tmp_path)).splitlines()
    assert said == [f"check {needs}", f"SessionContract {needs}"]
