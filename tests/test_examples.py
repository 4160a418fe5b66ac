"""Every example of a docstring does what it says, and nothing public is without one."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ipywidgets.widgets import widget

import workbench
from tests.conversations_server import shared_conversations
from tests.examples import examples_of, found, names_for, wrong_in
from tests.models.conftest import without_key
from tests.redis_server import shared_server
from tests.verbs.conftest import without_secrets
from workbench import loop, sessions
from workbench.stores import close_all
from workbench.widgets.panel import Panel

__all__ = ["without_key", "without_secrets"]

EXAMPLES = found()
REDIS = "redis://localhost:6379"
PUBLIC = {
    **{f"workbench.{name}": getattr(workbench, name) for name in workbench.__all__},
    **{f"workbench.sessions.{name}": getattr(sessions, name) for name in sessions.__all__},
}


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with nothing in it, and our runner, as in a notebook that has just been opened."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_HOME")
    workbench.install(notify=lambda _line: None)
    yield
    workbench.uninstall()
    loop.run(close_all())


def servers_for(text: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Servers of the tests' own for those that an example names."""
    if "OpenAISession(" in text:
        shared_conversations().heal()
        monkeypatch.setenv("OPENAI_API_KEY", "test")
        monkeypatch.setenv("OPENAI_BASE_URL", shared_conversations().url)
    if REDIS not in text:
        return {}
    shared_server().empty()
    return {REDIS: shared_server().url}


def open_panels() -> set[str]:
    return {key for key, each in widget._instances.items() if isinstance(each, Panel)}


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(("place", "text"), EXAMPLES, ids=[place for place, _text in EXAMPLES])
def test_an_example_does_what_it_says(
    place: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = open_panels()
    assert not wrong_in(text, names_for(place), servers_for(text, monkeypatch))
    assert open_panels() == before


@pytest.mark.usefixtures("empty_folder")
def test_an_example_that_is_wrong_is_noticed() -> None:
    text = ">>> wb.ask('demo', 'My name is John').text\n'Nice to meet you, Jane.'\n>>> 1 + 1\n2\n"
    (wrong,) = wrong_in(text, {"wb": workbench}, {})
    assert "John." in wrong


@pytest.mark.parametrize("name", PUBLIC)
def test_everything_public_has_a_docstring_and_a_short_example(name: str) -> None:
    thing = PUBLIC[name]
    text = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
    lines = "".join(each.source for each in examples_of(text)).splitlines()
    assert 2 <= len(lines) <= 6, f"{name} has {len(lines)} lines of examples"
    assert any(name.rpartition(".")[2] in line or "wb.ask" in line for line in lines)


@pytest.mark.parametrize("name", [name for name, each in PUBLIC.items() if inspect.isclass(each)])
def test_every_method_of_a_public_class_has_a_docstring(name: str) -> None:
    def is_ours(member: Any) -> bool:
        code = getattr(member, "fget", None) or getattr(member, "__func__", member)
        return str(getattr(code, "__module__", "")).startswith("workbench")

    members = inspect.getmembers_static(PUBLIC[name])
    ours = {each: member for each, member in members if each[0] != "_" and is_ours(member)}
    assert not [each for each in ours if not inspect.getdoc(getattr(PUBLIC[name], each))]
