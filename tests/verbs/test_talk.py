from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from agents import Agent, Runner
from agents.extensions.memory import EncryptedSession
from agents.memory import SQLiteSession as SDKSession

import workbench as wb
from tests.turn.models import Refuses, add, agent
from workbench import loop
from workbench.errors import InvalidStoreURL, InvalidValue, MissingKey, TurnFailed
from workbench.sessions import MemorySession


def test_a_conversation_by_name_goes_on() -> None:
    wb.ask("demo", "My name is John")
    turn = wb.ask("demo", "What's my name?")
    assert turn.text == "Your name is John."
    assert turn.session == "demo"
    assert len(wb.history("demo")) == 4


def test_outside_a_notebook_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    turn = wb.ask("demo", "My name is John")
    assert capsys.readouterr() == ("", "")
    assert "offline model" in turn.notices[0]
    assert wb.ask("demo", "Hi").notices == ()


def test_options_of_the_run_are_passed_on() -> None:
    with pytest.raises(TurnFailed, match="MaxTurnsExceeded"):
        wb.ask("demo", "Call add with a=1 and b=2", agent=agent(tools=[add]), max_turns=1)
    assert wb.history("demo").empty
    with pytest.raises(InvalidValue, match="no option 'maxturns' here; did you mean 'max_turns'"):
        wb.ask("demo", "Hi", maxturns=1)


@pytest.mark.parametrize("prompt", ["", " \n ", []])
def test_an_empty_prompt_is_refused(prompt: Any) -> None:
    with pytest.raises(InvalidValue, match="say something"):
        wb.ask("demo", prompt)
    assert wb.list_sessions().empty


@pytest.mark.parametrize("target", [None, 3, object()])
def test_what_is_no_session_is_refused(target: Any) -> None:
    with pytest.raises(InvalidValue, match="a session name or a session object"):
        wb.ask(target, "Hi")
    with pytest.raises(InvalidValue, match="a session name or a session object"):
        wb.history(target)


def test_a_failed_turn_raises_and_tells_its_turn() -> None:
    wb.ask("demo", "My name is John")
    before = wb.history("demo")
    with pytest.raises(TurnFailed) as caught:
        wb.ask("demo", "Hi", agent=agent(Refuses()))
    assert isinstance(caught.value.__cause__, ConnectionError)
    assert caught.value.turn.status == "failed"
    assert wb.history("demo").equals(before)


def test_a_model_without_a_key_says_the_way_out() -> None:
    with pytest.raises(MissingKey, match=r"gpt-5\.2.*OPENAI_API_KEY.*OPENAI_BASE_URL"):
        wb.ask("demo", "Hi", model="gpt-5.2")


@pytest.mark.parametrize("kind", ["sqlite", "encrypted"])
def test_the_sdks_own_sessions_work(kind: str, tmp_path: Path) -> None:
    inner = SDKSession("app", tmp_path / "app.db")
    session: Any = EncryptedSession("app", inner, "k" * 32) if kind == "encrypted" else inner
    wb.ask(session, "My name is John")
    assert wb.ask(session, "What's my name?").text == "Your name is John."
    with pytest.raises(TurnFailed):
        wb.ask(session, "Hi", agent=agent(Refuses()))
    frame = wb.history(session)
    assert frame["role"].tolist() == ["user", "assistant"] * 2
    assert frame["turn"].tolist() == [1, 1, 2, 2]
    assert wb.turns(session)["status"].tolist() == ["done", "done"]
    inner.close()


async def test_an_agent_and_a_session_are_used_with_the_runner_as_ever() -> None:
    session = MemorySession("demo")
    await Runner.run(agent(), "My name is John", session=session)
    result = await Runner.run(agent(), "What's my name?", session=session)
    assert result.final_output == "Your name is John."


def test_a_named_session_is_one_for_the_runner_too() -> None:
    session = wb.session("demo")
    wb.ask("demo", "My name is John")
    result = loop.run(Runner.run(agent(), "What's my name?", session=session))
    assert result.final_output == "Your name is John."
    assert len(wb.history("demo")) == 4


def test_a_session_is_made_in_the_store_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = wb.session("demo", store="sqlite:///data/app.db")
    wb.ask("demo", "My name is John")
    assert (tmp_path / "data" / "app.db").exists()
    assert session.store is not None
    assert session.store.url == "sqlite:///data/app.db"
    with pytest.raises(InvalidValue, match="kept in"):
        wb.session("demo", store="memory://")
    with pytest.raises(InvalidStoreURL, match=r"known schemes: 'memory', .*'sqlite'"):
        wb.session("other", store="foo://x")


def test_what_is_no_prompt_and_what_is_no_agent_is_refused_before_the_turn() -> None:
    with pytest.raises(InvalidValue, match="a prompt is text or a list of items, not a int"):
        wb.ask("demo", 5)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match=r"agents\.Agent is expected, not a str"):
        wb.ask("demo", "Hi", agent="Ada")
    assert wb.list_sessions().empty


def test_a_registered_agent_has_to_be_one() -> None:
    wb.register_agent(Agent(name="Ada"))
    with pytest.raises(InvalidValue, match=r"agents\.Agent is expected, not a str"):
        wb.register_agent("Ada")
