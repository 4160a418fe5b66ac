from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, RunConfig, RunHooks, handoff
from agents.memory import SessionSettings
from agents.memory import SQLiteSession as SDKSession
from pydantic import BaseModel

import workbench as wb
from tests.conversations_server import shared_conversations
from tests.openai_server import openai_server
from tests.redis_server import shared_server
from tests.turn.models import add, agent, erase, no_input
from workbench import loop
from workbench.errors import InvalidValue, KeyRequired, StoreUnusable, UnknownSession
from workbench.items import text
from workbench.models.offline import OfflineModel
from workbench.models.reading import SUMMARY_HEADER
from workbench.protocols import HIDDEN
from workbench.sessions import CompactionSession, MemorySession, OpenAISession, SQLiteSession
from workbench.workspace import handle, workspace

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="
ASKED = "What's my name?"


class Spy(OfflineModel):
    """Notes what it was really sent first."""

    def __init__(self) -> None:
        super().__init__()
        self.items: Any = None
        self.instructions: Any = None

    async def get_response(
        self, system_instructions: Any, input: Any, *args: Any, **kw: Any
    ) -> Any:
        if self.items is None:
            self.items, self.instructions = copy.deepcopy(input), system_instructions
        return await super().get_response(system_instructions, input, *args, **kw)


def sent(target: Any, who: Any = None, **options: Any) -> Spy:
    """What a turn really sends; it is taken."""
    spy = Spy()
    wb.ask(target, ASKED, agent=who, model=spy, **options)
    return spy


def talk(target: Any, *prompts: str, who: Any = None) -> None:
    for prompt in prompts or ("My name is John", "Use add with a=2 and b=3"):
        wb.ask(target, prompt, agent=who or agent(tools=[add]))


def exact(target: Any, who: Any = None, **options: Any) -> None:
    """The context is what the next turn then sends, and looking at it has changed nothing."""
    before = wb.history(target)
    made = wb.context(target, ASKED, agent=who, **options)
    without = wb.context(target, agent=who, **options)
    assert wb.history(target).equals(before)
    spy = sent(target, who, **options)
    assert list(made.items) == spy.items
    assert made.instructions == without.instructions == spy.instructions
    assert list(without.items) == spy.items[:-1]
    assert made.frame["part"].tolist()[-1] == "prompt"
    assert without.frame["part"].tolist()[-1] != "prompt"


# Exactly what is sent


def test_a_plain_conversation() -> None:
    talk("demo")
    exact("demo", agent(tools=[add], instructions="You are Ada."))


def test_a_new_conversation() -> None:
    wb.session("demo")
    made = wb.context("demo")
    assert made.items == ()
    assert made.frame["part"].tolist() == ["instructions"]
    assert made.instructions == "You are a helpful assistant."
    spy = sent("demo")
    assert spy.instructions == made.instructions


def test_a_limit_of_the_session_and_one_of_the_run() -> None:
    session = SQLiteSession("demo", session_settings=SessionSettings(limit=3))
    talk(session)
    assert wb.context(session).left_out == {"beyond the limit": 3}
    exact(session)
    session.session_settings = SessionSettings(limit=2)
    assert wb.context(session).left_out == {"beyond the limit": 6}
    session.session_settings = SessionSettings(limit=4)
    exact(session)
    whole = SQLiteSession("demo")
    config = RunConfig(session_settings=SessionSettings(limit=2))
    assert len(wb.context(whole, run_config=config).items) == 2
    exact(whole, run_config=config)


def test_after_a_compaction() -> None:
    talk("demo", *(f"My number is {number}" for number in range(4)))
    wb.compact("demo", keep_last=2)
    made = wb.context("demo")
    assert made.frame["part"].tolist() == ["instructions", "summary", "history", "history"]
    assert text(made.items[0]).startswith(SUMMARY_HEADER)
    assert "6 earlier items are in the archive, in place of a summary" in made.notes
    exact("demo")


def test_before_a_compaction_that_is_due() -> None:
    talk("demo", *(f"My number is {number}" for number in range(4)))
    wb.session("demo", max_messages=4)
    made = wb.context("demo")
    assert len(made.items) == 8
    assert made.notes == ("6 of these items will be summarised when the next turn has ended",)
    exact("demo")


def test_without_hidden_items() -> None:
    talk("demo", "My name is John", "Hi")
    base = workspace().base(loop.run(workspace().get("demo")))
    rows = loop.run(base.rows())
    loop.run(base.archive([row.key for row in rows[:2]], reason=HIDDEN))
    made = wb.context("demo")
    assert made.left_out == {"hidden": 2}
    assert made.frame["order"].dropna().tolist() == [3, 4]
    exact("demo")


def test_without_a_call_that_nothing_answers() -> None:
    who = agent(tools=[erase])
    talk("demo", "Use erase with name=x", who=who)
    made = wb.context("demo", agent=who)
    assert [item.get("role") for item in made.items] == ["user"]
    assert made.left_out == {"left out by the SDK or a filter": 1}
    exact("demo", who)


def test_without_an_output_whose_call_is_beyond_the_limit() -> None:
    session = MemorySession("demo", session_settings=SessionSettings(limit=2))
    talk(session)
    made = wb.context(session)
    assert len(made.items) == 1
    assert made.left_out == {"beyond the limit": 4, "left out by the SDK or a filter": 1}
    exact(session)


def test_after_a_filter_and_a_callback_of_the_run() -> None:
    def newest(data: Any) -> Any:
        data.model_data.input = data.model_data.input[-2:]
        data.model_data.instructions = "Be brief."
        return data.model_data

    talk("demo")
    config = RunConfig(call_model_input_filter=newest)
    exact("demo", run_config=config)
    assert wb.context("demo", run_config=config).instructions == "Be brief."
    backwards = RunConfig(session_input_callback=lambda old, new: [*reversed(old), *new])
    assert wb.context("demo", ASKED, run_config=backwards).items[-1]["content"] == ASKED


def test_an_encrypted_conversation() -> None:
    wb.session("demo", encrypt=True, key=KEY, max_messages=20)
    talk("demo")
    exact("demo")
    workspace().secrets.forget("demo")
    with pytest.raises(KeyRequired):
        wb.context("demo")


def test_a_conversation_in_redis() -> None:
    shared_server().empty()
    wb.session("demo", store=shared_server().url)
    talk("demo")
    exact("demo")


def test_a_conversation_at_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    server = shared_conversations()
    server.heal()
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    session = OpenAISession("demo")
    talk(session)
    server.requests.clear()
    made = wb.context(session, ASKED, model="offline")
    assert server.count("POST") == server.count("DELETE") == 0
    assert list(made.items) == sent(session).items
    assert made.frame["order"].dropna().tolist() == [1, 2, 3, 4, 5, 6]


def test_the_sdks_own_session(tmp_path: Path) -> None:
    theirs = SDKSession("app", tmp_path / "app.db")
    talk(theirs)
    exact(theirs)
    theirs.close()


def test_sessions_by_id_in_a_store_and_objects(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/app.db"
    talk(handle(workspace().store_at(url), "app"))
    assert len(wb.context("app", store=url).items) == 6
    lone = CompactionSession(MemorySession("lone"))
    talk(lone)
    exact(lone)


def test_a_prompt_of_several_items() -> None:
    talk("demo", "Hi")
    prompt = [{"role": "user", "content": "one"}, {"role": "user", "content": "two"}]
    made = wb.context("demo", prompt)
    assert made.frame["part"].tolist()[-2:] == ["prompt", "prompt"]
    assert list(made.items)[-2:] == prompt


# Who answers


def test_instructions_that_are_made_for_each_turn() -> None:
    def instructions(context: Any, who: Any) -> str:
        return f"You are {who.name}, and I am {context.context}."

    talk("demo", "Hi")
    who = agent(instructions=instructions)
    assert wb.context("demo", agent=who, context="Eve").instructions == "You are Ada, and I am Eve."
    exact("demo", who, context="Eve")


def test_tools_handoffs_and_the_output_type_are_part_of_it() -> None:
    class Weather(BaseModel):
        degrees: float

    talk("demo", "Hi")
    who = agent(tools=[add], handoffs=[handoff(Agent(name="Bob"))], output_type=Weather)
    frame = wb.context("demo", agent=who).frame
    tools = frame[frame["part"] == "tool"]["content"].tolist()
    assert tools[0] == "add: Add two numbers."
    assert tools[1].startswith("transfer_to_bob: ")
    assert "output type" in frame["part"].tolist()
    bare = wb.context("demo", agent=agent())
    assert wb.context("demo", agent=who).tokens > bare.tokens + 50


def test_guardrails_and_hooks_are_not_called() -> None:
    class Hooks(RunHooks[Any]):
        async def on_llm_start(self, *args: Any, **kwargs: Any) -> None:
            raise AssertionError("asked")

    talk("demo", "Hi")
    who = agent(input_guardrails=[no_input])
    config = RunConfig(input_guardrails=[no_input])
    made = wb.context("demo", agent=who, hooks=Hooks(), run_config=config)
    assert len(made.items) == 2
    assert who.input_guardrails == [no_input]
    assert config.input_guardrails == [no_input]


def test_nobody_is_asked_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    talk("demo", "Hi")
    with openai_server() as server:
        monkeypatch.setenv("OPENAI_API_KEY", "test")
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        made = wb.context("demo", model="gpt-4o")
        assert server.requests == []
    assert made.window == 128_000


def test_what_the_agent_raises_is_raised() -> None:
    def instructions(context: Any, who: Any) -> str:
        raise ZeroDivisionError("no instructions today")

    wb.session("demo")
    with pytest.raises(ZeroDivisionError):
        wb.context("demo", agent=agent(instructions=instructions))


# What goes wrong


@pytest.mark.parametrize(
    ("target", "options", "said"),
    [
        ("dmeo", {}, "did you mean 'demo'"),
        (5, {}, "a session name or a session object is expected, not a int"),
        ("demo", {"agent": "Ann"}, "an agents.Agent is expected, not a str"),
        ("demo", {"prompt": 5}, "a prompt is text or a list of items, not a int"),
        ("demo", {"prompt": ["Hi"]}, "number 1 is a str"),
        ("demo", {"model": 5}, "a model is a name or an SDK Model, not a int"),
        ("demo", {"max_trns": 5}, "did you mean 'max_turns'"),
        ("demo", {"prices": "nowhere.toml"}, "can't be read"),
    ],
)
def test_what_can_not_be_meant_is_refused(target: Any, options: Any, said: str) -> None:
    wb.session("demo")
    with pytest.raises((InvalidValue, UnknownSession), match=said):
        wb.context(target, **options)


def test_a_store_that_can_not_be_read_says_so(tmp_path: Path) -> None:
    wb.session("demo", store=f"sqlite:///{tmp_path}/bad.db")
    (tmp_path / "bad.db").write_text("no database at all " * 99)
    with pytest.raises(StoreUnusable, match=r"bad\.db"):
        wb.context("demo")
