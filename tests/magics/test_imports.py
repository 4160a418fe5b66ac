from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.magics.imports import when_imported

NAME = "a_module_of_this_test"


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / f"{NAME}.py").write_text("value = 1\ndef f():\n    return value\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    when_imported(NAME, None)
    sys.modules.pop(NAME, None)


def test_it_is_called_after_the_import_once() -> None:
    calls: list[int] = []
    when_imported(NAME, lambda: calls.append(sys.modules[NAME].value))
    assert calls == []
    assert NAME not in sys.modules
    found = importlib.import_module(NAME)
    assert calls == [1]
    importlib.reload(found)
    assert calls == [1]


def test_the_module_is_as_any_other() -> None:
    when_imported(NAME, lambda: None)
    found = importlib.import_module(NAME)
    assert "return value" in inspect.getsource(found.f)
    assert found.__loader__ is found.__spec__.loader  # type: ignore[union-attr]
    assert "workbench" not in type(found.__loader__).__module__


def test_it_is_called_at_once_for_what_is_imported_already() -> None:
    importlib.import_module(NAME)
    calls: list[int] = []
    when_imported(NAME, lambda: calls.append(1))
    assert calls == [1]


def test_looking_for_the_module_is_not_importing_it() -> None:
    calls: list[int] = []
    when_imported(NAME, lambda: calls.append(1))
    spec = importlib.util.find_spec(NAME)
    loader: Any = spec.loader if spec else None
    assert b"return value" in loader.get_data(spec.origin if spec else None)
    assert calls == []
    importlib.import_module(NAME)
    assert calls == [1]


def test_an_import_that_breaks_off_is_followed_when_it_is_done_again(tmp_path: Path) -> None:
    calls: list[int] = []
    file = tmp_path / f"{NAME}.py"
    source = file.read_text()
    file.write_text("raise KeyboardInterrupt")
    when_imported(NAME, lambda: calls.append(1))
    with pytest.raises(KeyboardInterrupt):
        importlib.import_module(NAME)
    assert calls == []
    file.write_text(source)
    importlib.invalidate_caches()
    importlib.import_module(NAME)
    assert calls == [1]


def test_it_can_be_taken_back() -> None:
    before = list(sys.meta_path)
    calls: list[int] = []
    when_imported(NAME, lambda: calls.append(1))
    when_imported(NAME, None)
    assert sys.meta_path == before
    importlib.import_module(NAME)
    assert calls == []


def test_a_module_that_is_not_there_is_not_there_as_ever() -> None:
    when_imported("no_module_of_this_name", lambda: None)
    with pytest.raises(ModuleNotFoundError, match="no_module_of_this_name"):
        importlib.import_module("no_module_of_this_name")
    when_imported("no_module_of_this_name", None)
