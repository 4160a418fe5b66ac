from __future__ import annotations

import asyncio
from typing import Any

import pandas as pd
import pytest
from agents import Agent, RunHooks

import workbench as wb
from tests.turn.models import FailsAfterTools, Refuses, add, agent, erase
from tests.verbs.compare.comparing import KEY, Says, ids, nothing_left, rows, talked
from workbench.errors import InvalidValue, KeyRequired, UnknownSession
from workbench.models.offline import OfflineModel
from workbench.sessions import EncryptedSession, MemorySession
from workbench.workspace import workspace


def test_an_error_of_one_does_not_stop_the_others() -> None:
    talked("demo", "My name is John")
    broken = {"broken": Refuses(), "well": "offline", "half": FailsAfterTools()}
    ann = Agent(name="Ann", tools=[add])
    made = wb.compare("Use add with a=1 and b=1", broken, agent=ann, session="demo")
    found = rows(made)
    assert found["status"].tolist() == ["failed", "done", "failed"]
    assert found.loc["broken", "error"] == "ConnectionError: the model is not there"
    assert found.loc["half", "error"] == "ConnectionError: the model went away"
    assert found.loc["broken", "reply"] is pd.NA
    assert found.loc["broken", "items_equal"] is pd.NA
    assert found.loc["well", "items_equal"]
    assert nothing_left()


def test_a_model_that_gives_up_by_itself_stops_nobody_else() -> None:
    class GivesUp(OfflineModel):
        async def get_response(self, *args: Any, **kwargs: Any) -> Any:
            raise asyncio.CancelledError

    found = rows(wb.compare(["Hi", "Ho"], {"gone": GivesUp(), "well": Says("well", 0.1)}))
    assert found.loc["gone", "error"].tolist() == ["stopped", "stopped"]
    assert found.loc["well", "status"].tolist() == ["done", "done"]


def test_a_call_that_waits_for_an_approval_is_no_reply() -> None:
    made = wb.compare("Use erase with name=x", agent(tools=[erase]))
    assert made.frame["status"].tolist() == ["pending"]
    assert made.frame["reply"].isna().all()
    assert "[waits for an approval]" in str(made)


def test_a_model_without_a_key_is_a_row_that_says_so() -> None:
    found = rows(wb.compare(["Hi", "Ho"], ["gpt-4o", "offline"]))
    assert found.loc["gpt-4o", "status"].tolist() == ["failed", "failed"]
    assert found.loc["gpt-4o", "error"].str.contains("no API key").all()
    assert found.loc["offline", "status"].tolist() == ["done", "done"]


def test_a_store_that_can_not_be_used_is_a_row_that_says_so(tmp_path: Any) -> None:
    (tmp_path / "bad.db").write_text("no database at all " * 99)
    bad, good = f"sqlite:///{tmp_path}/bad.db", f"sqlite:///{tmp_path}/good.db"
    made = wb.compare("Hi", {"bad": bad, "good": good})
    found = rows(made)
    assert found["status"].to_dict() == {"bad": "failed", "good": "done"}
    assert "bad.db" in found.loc["bad", "error"]
    assert ids(good) == []


def test_an_agent_whose_instructions_fail_is_a_row() -> None:
    def instructions(context: Any, agent: Any) -> str:
        raise ZeroDivisionError("no instructions today")

    found = rows(wb.compare("Hi", [Agent(name="Ann", instructions=instructions), "offline"]))
    assert "ZeroDivisionError" in found.loc["Ann", "error"]
    assert found.loc["offline", "status"] == "done"


def test_the_wrong_key_is_a_row_and_a_missing_one_is_asked_for_first() -> None:
    inner = MemorySession("mine")
    wb.ask(EncryptedSession(inner, KEY), "Hi")
    wrong = EncryptedSession(inner, "another key of 32 characters....")
    found = rows(wb.compare("Hi", {"wrong": wrong, "right": EncryptedSession(inner, KEY)}))
    assert found["status"].to_dict() == {"wrong": "failed", "right": "done"}
    assert "WrongKey" in found.loc["wrong", "error"]
    talked("demo", "Hi", encrypt=True, key=KEY)
    workspace().secrets.forget("demo")
    with pytest.raises(KeyRequired):
        wb.compare("Hi", ["demo"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("", "offline"), "a prompt is empty"),
        (([], "offline"), "there is no prompt"),
        ((["Hi", " "], "offline"), "a prompt is empty"),
        ((5, "offline"), "prompts is a text, or a list of texts, not a int"),
        ((["Hi", 5], "offline"), "a prompt is a text, or a list of input items, not a int"),
        (("Hi", []), "nothing to compare"),
        (("Hi", {}), "nothing to compare"),
        (("Hi", [5]), "what is compared is a session"),
        (("Hi", {"": "offline"}), "labels of what is compared"),
        (("Hi", ["redis//nowhere"]), "there is no session"),
    ],
)
def test_what_can_not_be_meant_is_refused(arguments: Any, said: str) -> None:
    with pytest.raises((InvalidValue, UnknownSession), match=said):
        wb.compare(*arguments)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"repeat": 0}, "repeat is a number from 1"),
        ({"repeat": True}, "repeat is a number from 1"),
        ({"at_once": 0}, "at_once is a number from 1"),
        ({"hooks": RunHooks()}, "hooks of its own"),
        ({"max_trns": 3}, "did you mean 'max_turns'"),
        ({"in_place": True}, "in_place is for conversations, and 'offline' is none"),
        ({"session": 5}, "session is a name or a session object, not a int"),
        ({"agent": "Pirate"}, "an agents.Agent is expected, not a str"),
        ({"session": "nobody"}, "there is no session 'nobody'"),
        ({"prices": "nowhere.toml"}, "can't be read"),
    ],
)
def test_an_option_that_can_not_be_meant_is_refused(options: Any, said: str) -> None:
    with pytest.raises((InvalidValue, UnknownSession), match=said):
        wb.compare("Hi", "offline", **options)


def test_in_place_refuses_what_would_mix() -> None:
    talked("demo", "Hi")
    with pytest.raises(InvalidValue, match="one is named twice"):
        wb.compare("Hi", ["demo", wb.session("demo")], in_place=True)
    with pytest.raises(InvalidValue, match="repeat asks the same on several copies"):
        wb.compare("Hi", ["demo"], in_place=True, repeat=2)
    with pytest.raises(InvalidValue, match="no copies that could be kept"):
        wb.compare("Hi", ["demo"], in_place=True, keep=True)
    with pytest.raises(InvalidValue, match="session is what stores, agents and models go on from"):
        wb.compare("Hi", ["demo"], session="demo")
    assert len(wb.history("demo")) == 2


def test_an_unknown_name_is_refused_with_the_nearest_and_the_way_to_name_a_model() -> None:
    talked("demo", "Hi")
    with pytest.raises(UnknownSession, match=r"did you mean 'demo'\?.*chat:NAME"):
        wb.compare("Hi", ["dmeo"])
    assert ids() == ["demo"]
