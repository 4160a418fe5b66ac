from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from agents import Agent, RunConfig
from agents.memory import SessionSettings

import workbench as wb
from tests.turn.models import add, agent
from workbench.frames import context as module
from workbench.frames.columns import columns_table
from workbench.frames.context import CONTEXT_COLUMNS, ROLE_COLUMNS, context_frame, roles_frame
from workbench.models.offline import OfflineModel


def talk(target: Any, *prompts: str, who: Any = None) -> None:
    for prompt in prompts or ("My name is John", "Use add with a=2 and b=3"):
        wb.ask(target, prompt, agent=who or agent(tools=[add]))


def test_tokens_and_shares_add_up() -> None:
    talk("demo")
    made = wb.context("demo", agent=agent(tools=[add], instructions="x" * 400), model="gpt-4o")
    frame = made.frame
    assert frame["tokens"].sum() == made.tokens == made.roles["tokens"].sum()
    assert frame["share"].sum() == pytest.approx(1.0) == made.roles["share"].sum()
    assert frame.set_index("part").loc["instructions", "tokens"] == 100
    assert made.used == made.tokens / 128_000
    assert made.roles["role"].tolist() == ["instructions", "tools", "user", "assistant", "tool"]


def test_the_window_of_a_model_that_is_not_known_is_not_guessed(tmp_path: Path) -> None:
    talk("demo", "Hi")
    made = wb.context("demo")
    assert (made.model, made.window, made.used) == ("offline", None, None)
    assert "the window of offline is not known" in made.headline
    mine = tmp_path / "mine.toml"
    mine.write_text('[models."llama"]\nwindow = 100\n')
    assert wb.context("demo", model="chat:llama", prices=mine).window == 100
    assert (
        "% of the 100 tokens of chat:llama"
        in wb.context("demo", model="chat:llama", prices=mine).headline
    )


def test_the_model_is_the_one_that_would_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    wb.session("demo")
    who = Agent(name="Ann", model="gpt-4.1")
    assert wb.context("demo", agent=who).model == "gpt-4.1"
    assert wb.context("demo", agent=who, model="gpt-4o").model == "gpt-4o"
    assert wb.context("demo", agent=who, run_config=RunConfig(model="gpt-5")).model == "gpt-5"
    assert wb.context("demo", agent=who, run_config={"model": "gpt-5"}).model == "gpt-5"
    assert wb.context("demo", model=OfflineModel()).model == "offline"
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    assert wb.context("demo").model.startswith("gpt-")


def test_items_have_their_order_in_the_history() -> None:
    talk("demo", "Hi", "Hi", "Hi")
    session = wb.session("demo")
    session.session_settings = SessionSettings(limit=2)
    made = wb.context(session)
    assert made.frame["order"].dropna().tolist() == [5, 6]
    whole = wb.context("demo").frame
    placed = whole[whole["order"].notna()]
    assert placed["content"].tolist() == wb.history("demo")["content"].tolist()


def test_the_dtypes_never_change() -> None:
    talk("demo", "Hi")
    made = wb.context("demo")
    expected = {each.name: each.dtype for each in CONTEXT_COLUMNS}
    assert made.frame.dtypes.astype(str).to_dict() == expected
    assert context_frame([]).dtypes.astype(str).to_dict() == expected
    roles = {each.name: each.dtype for each in ROLE_COLUMNS}
    assert made.roles.dtypes.astype(str).to_dict() == roles
    assert roles_frame([]).dtypes.astype(str).to_dict() == roles
    assert columns_table(CONTEXT_COLUMNS) in (module.__doc__ or "")
