from __future__ import annotations

import time
from typing import Any

import pandas as pd
import pytest
from agents import Agent
from agents.memory import SessionSettings
from agents.memory import SQLiteSession as SDKSession

import workbench as wb
from tests.openai_server import openai_server
from tests.turn.models import Refuses, add
from tests.verbs.compare.comparing import Says, ids, nothing_left, replies, rows, talked
from workbench.frames import comparison as module
from workbench.frames.columns import columns_table
from workbench.frames.comparison import COMPARE_COLUMNS
from workbench.models.offline import OfflineModel
from workbench.sessions import MemorySession, SQLiteSession
from workbench.workspace import workspace

# What is compared


def test_sessions_go_on_from_their_own_history_and_are_left_as_they_were() -> None:
    talked("john", "My name is John")
    talked("jane", "My name is Jane")
    before = wb.history("john"), wb.turns("john"), ids()
    made = wb.compare("What's my name?", ["john", "jane"])
    assert replies(made) == {"john": "Your name is John.", "jane": "Your name is Jane."}
    after = wb.history("john"), wb.turns("john"), ids()
    assert before[0].equals(after[0])
    assert before[1].equals(after[1])
    assert before[2] == after[2] == ["jane", "john"]
    assert nothing_left()


def test_agents_and_models_go_on_from_the_session_that_is_named() -> None:
    talked("demo", "My name is John")
    ann = Agent(name="Ann", instructions="You are Ann.")
    made = wb.compare("What's my name?", [ann, "offline", Says("mine")], session="demo")
    assert list(replies(made)) == ["Ann", "offline", "offline (2)"]
    assert set(replies(made).values()) == {"Your name is John."}
    assert rows(made)["agent"].tolist() == ["Ann", "Assistant", "Assistant"]
    assert rows(made)["same_history"].all()
    assert len(wb.history("demo")) == 2
    assert nothing_left()


def test_without_a_session_they_begin_anew() -> None:
    made = wb.compare("What's my name?", ["offline", Agent(name="Ann")])
    assert rows(made)["n_history"].tolist() == [0, 0]
    assert rows(made)["store"].tolist() == ["memory://", "memory://"]
    assert not workspace().folder.exists()


def test_who_answers_can_be_said_for_all() -> None:
    talked("one", "Hi")
    talked("two", "Hi")
    ann = Agent(name="Ann", tools=[add])
    made = wb.compare("Use add with a=2 and b=3", ["one", "two"], agent=ann, model="offline")
    assert rows(made)["agent"].tolist() == ["Ann", "Ann"]
    assert rows(made)["n_items"].tolist() == [4, 4]
    assert rows(made)["requests"].tolist() == [2, 2]


def test_an_agent_is_known_by_its_name_too() -> None:
    wb.register_agent(Agent(name="Pirate"))
    made = wb.compare("Hi", ["Pirate", "offline"])
    assert rows(made)["agent"].tolist() == ["Pirate", "Assistant"]


def test_session_objects_and_one_thing_alone() -> None:
    session = MemorySession("mine")
    wb.ask(session, "My name is John")
    made = wb.compare("What's my name?", session)
    assert replies(made) == {"mine": "Your name is John."}
    assert len(wb.history(session)) == 2


def test_a_column_of_names_is_a_list_of_sessions() -> None:
    talked("demo", "My name is John")
    talked("other", "My name is Jane")
    names = wb.list_sessions()["name"]
    assert replies(wb.compare("What's my name?", names)) == {
        "demo": "Your name is John.",
        "other": "Your name is Jane.",
    }


def test_a_dict_names_what_is_compared() -> None:
    talked("demo", "My name is John")
    made = wb.compare("What's my name?", {"before": "demo", "fresh": "offline"})
    assert replies(made)["before"] == "Your name is John."
    assert list(replies(made)) == ["before", "fresh"]


def test_the_sdks_own_session_is_copied_to_memory(tmp_path: Any) -> None:
    theirs = SDKSession("app", tmp_path / "app.db")
    wb.ask(theirs, "My name is John")
    made = wb.compare("What's my name?", [theirs, "offline"], session=theirs)
    assert replies(made) == {"app": "Your name is John.", "offline": "Your name is John."}
    assert rows(made)["store"].tolist() == ["memory://", "memory://"]
    assert rows(made)["items_equal"].all()
    assert len(wb.history(theirs)) == 2
    theirs.close()


# How it is done


def test_all_are_asked_at_the_same_time() -> None:
    slow = {name: Says(name, 0.5) for name in "abcd"}
    begun = time.perf_counter()
    made = wb.compare("Hi", slow, repeat=2)
    assert time.perf_counter() - begun < 3.0  # one after the other they take 4
    assert len(made) == 8
    begun = time.perf_counter()
    wb.compare("Hi", {"a": Says("a", 0.2)}, repeat=3, at_once=1)
    assert time.perf_counter() - begun > 0.6


def test_prompts_of_a_list_are_one_conversation_each() -> None:
    made = wb.compare(["My name is John", "What's my name?"], ["offline", Agent(name="Ann")])
    frame = made.frame
    assert frame["number"].tolist() == [1, 1, 2, 2]
    assert frame["reply"].tolist()[2:] == ["Your name is John."] * 2
    assert frame["n_history"].tolist() == [0, 0, 2, 2]
    assert frame["same_history"].all()


def test_repeats_have_a_copy_of_their_own() -> None:
    talked("demo", "Hi")
    made = wb.compare("My name is John", ["demo", "offline"], repeat=3)
    frame = made.frame
    assert frame["run"].tolist() == [1, 2, 3, 1, 2, 3]
    assert frame.groupby("target")["n_history"].max().to_dict() == {"demo": 2, "offline": 0}
    assert nothing_left()


def test_a_prompt_may_be_a_list_of_items() -> None:
    items = [{"role": "user", "content": "My name is John"}, {"role": "user", "content": "Hi"}]
    frame = wb.compare(items, "offline").frame
    assert frame["prompt"].tolist() == ["My name is John\nHi"]
    assert frame["n_items"].tolist() == [3]


def test_in_place_talks_to_the_conversations_themselves() -> None:
    talked("one", "My name is John")
    mine = MemorySession("mine")
    made = wb.compare("What's my name?", ["one", mine], in_place=True)
    assert len(wb.history("one")) == 4
    assert len(wb.history(mine)) == 2
    assert wb.turns("one")["reply"].tolist()[-1] == replies(made)["one"]


def test_in_place_works_on_the_sdks_own_sessions(tmp_path: Any) -> None:
    theirs = SDKSession("app", tmp_path / "app.db")
    made = wb.compare("Hi", [theirs], in_place=True)
    row = rows(made).iloc[0]
    assert (row["status"], bool(row["items_equal"]), row["n_items"]) == ("done", True, 2)
    assert row["seconds_load"] > 0
    assert row["seconds_save"] > 0
    assert len(wb.history(theirs)) == 2
    theirs.close()


def test_options_of_the_runner_are_passed_on() -> None:
    ann = Agent(name="Ann", tools=[add], model=OfflineModel())
    frame = wb.compare("Use add with a=2 and b=3", [ann], max_turns=1).frame
    assert frame["status"].tolist() == ["failed"]
    assert "MaxTurnsExceeded" in frame["error"][0]


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    wb.compare("Hi", ["offline", Agent(name="Ann")], repeat=4)
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "")


# What there is to see


def test_the_dtypes_never_change() -> None:
    expected = {each.name: each.dtype for each in COMPARE_COLUMNS}
    full = wb.compare("Hi", "offline").frame
    failed = wb.compare("Hi", {"x": Refuses()}).frame
    assert full.dtypes.astype(str).to_dict() == expected
    assert failed.dtypes.astype(str).to_dict() == expected
    assert module.compare_frame([]).dtypes.astype(str).to_dict() == expected
    assert columns_table(COMPARE_COLUMNS) in (module.__doc__ or "")


def test_time_is_split_into_load_model_and_save() -> None:
    talked("demo", "Hi")
    row = wb.compare("Hi", {"slow": Says("x", 0.3)}, session="demo").frame.iloc[0]
    assert 0.3 <= row["seconds_model"] < row["seconds"]
    assert row["seconds_load"] > 0
    assert row["seconds_save"] > 0
    parts = row["seconds_load"] + row["seconds_model"] + row["seconds_save"]
    assert parts <= row["seconds"]


def test_tokens_and_cost_of_a_real_endpoint(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('[models."gpt-x"]\ninput = 100\noutput = 1000\n')
    with openai_server() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        made = wb.compare("Hi", ["gpt-x", "chat:unheard-of", "offline"], prices=mine)
        assert {each.body["model"] for each in server.requests} == {"gpt-x", "unheard-of"}
    found = rows(made)
    one = found.loc["gpt-x"]
    assert one["cost"] == pytest.approx((one["input_tokens"] + 10 * one["output_tokens"]) / 1e4)
    assert found.loc["chat:unheard-of", "cost"] is pd.NA
    assert found.loc["chat:unheard-of", "model"] == "unheard-of"
    assert found.loc["offline", "cost"] == 0.0
    assert found["estimated"].tolist() == [False, False, True]


def test_a_session_goes_before_a_model_of_its_name() -> None:
    talked("gpt-4o", "My name is John")
    assert replies(wb.compare("What's my name?", "gpt-4o")) == {"gpt-4o": "Your name is John."}


def test_a_limit_of_the_session_counts_for_its_copy() -> None:
    session = SQLiteSession("long")
    wb.ask(session, "My name is John")
    wb.ask(session, "Hi")
    session.session_settings = SessionSettings(limit=2)
    made = wb.compare("What's my name?", {"short": session, "whole": SQLiteSession("long")})
    assert "John" in replies(made)["whole"]
    assert "John" not in replies(made)["short"]
