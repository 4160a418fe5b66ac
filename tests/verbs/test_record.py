from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from agents import Agent, function_tool

import workbench as wb
from tests.verbs.files.conversations import make
from workbench import loop
from workbench.errors import InvalidValue, KeyRequired, NotRecorded, TurnFailed, UnknownSession
from workbench.workspace import workspace

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@function_tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


ADA: Agent = Agent(name="Ada", tools=[get_weather])
PROMPTS = (
    "My name is John",
    "Use get_weather for Oulu and get_weather for Kemi",
    "What's my name?",
)


def without_ids(name: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = loop.run(wb.session(name).get_items())
    return [{key: each[key] for key in each if key not in ("id", "call_id")} for each in items]


@pytest.mark.parametrize("stream", [False, True])
def test_a_real_exchange_is_recorded_and_held_again(stream: bool) -> None:
    first = [wb.ask("demo", prompt, agent=ADA) for prompt in PROMPTS]
    report = wb.record("demo", "demo.yaml")
    assert (report.items, report.turns) == (10, 3)
    model = wb.OfflineModel.replay("demo.yaml")
    again = [wb.ask("again", each, agent=ADA, model=model, stream=stream) for each in PROMPTS]
    assert [each.text for each in again] == [each.text for each in first]
    assert without_ids("again") == without_ids("demo")
    assert [each.model for each in again] == ["replay:demo.yaml"] * 3
    for one, other in zip(first, again, strict=True):
        assert one.usage == other.usage
    assert "(estimated) · replay:demo.yaml" in again[0].footer
    assert wb.history("again")["model"].unique().tolist() == ["replay:demo.yaml"]
    with pytest.raises(NotRecorded, match="the prompt 'Bye' was not recorded"):
        wb.ask("again", "Bye", agent=ADA, model=model)
    assert len(wb.history("again")) == 10


def test_a_recording_of_a_replay_is_the_same_recording() -> None:
    for prompt in PROMPTS:
        wb.ask("demo", prompt, agent=ADA)
    wb.record("demo", "one.yaml")
    for prompt in PROMPTS:
        wb.ask("again", prompt, agent=ADA, model=wb.OfflineModel.replay("one.yaml"))
    wb.record("again", "two.yaml")
    one, two = (yaml.safe_load(Path(name).read_text()) for name in ("one.yaml", "two.yaml"))
    for document in (one, two):
        for each in document["exchanges"]:
            del each["model"]
    assert one["exchanges"] == two["exchanges"]


def test_what_was_compacted_is_recorded_as_it_was_said() -> None:
    wb.session("demo", max_messages=4, keep_last=2)
    said = [wb.ask("demo", f"My number is {number}").text for number in range(5)]
    wb.record("demo", "demo.yaml")
    document = yaml.safe_load(Path("demo.yaml").read_text())
    assert [each["answered"][0]["content"] for each in document["exchanges"]] == said


def test_hidden_items_are_recorded_archived_ones_and_reasoning_are_not() -> None:
    make()
    session: Any = wb.session("demo")
    thought = {"type": "reasoning", "id": "rs_9", "summary": []}
    reply = {"role": "assistant", "content": "Done."}
    loop.run(session.append([{"role": "user", "content": "Go"}, thought, reply], turn_id="t9"))
    report = wb.record("demo", "demo.yaml")
    assert "left out: 1 reasoning item" in str(report)
    text = Path("demo.yaml").read_text()
    assert "Sent." in text
    assert "rs_1" not in text
    document = yaml.safe_load(text)
    assert [each["turn"] for each in document["exchanges"]] == [1, 2, 2, 3, 4]
    usage = [each.get("usage") for each in document["exchanges"]]
    tokens = {"input_tokens": 120, "output_tokens": 34}
    assert usage == [tokens, None, tokens, None, None]


def test_an_encrypted_conversation_is_recorded_by_who_has_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wb.session("demo", encrypt=True, key=KEY)
    wb.ask("demo", "My name is John")
    report = wb.record("demo", "demo.yaml")
    assert "plain text" in str(report)
    assert Path("demo.yaml").stat().st_mode & 0o077 == 0
    workspace().secrets.forget("demo")
    with pytest.raises(KeyRequired):
        wb.record("demo", "two.yaml")
    store = workspace().store().url
    with pytest.raises(KeyRequired, match="nothing was written"):
        wb.record("demo", "two.yaml", store=store.partition("?")[0])
    assert not Path("two.yaml").exists()


def test_what_can_not_be_recorded_is_said_and_leaves_no_file() -> None:
    wb.session("empty")
    Path("mine.yaml").write_text("mine")
    wb.ask("demo", "Hi")
    for target, path, kind, said in (
        ("dmeo", "x.yaml", UnknownSession, "did you mean 'demo'"),
        ("empty", "x.yaml", InvalidValue, "nothing was answered in session 'empty'"),
        ("demo", "mine.yaml", InvalidValue, "overwrite=True"),
        ("demo", "nowhere/x.yaml", InvalidValue, "there is no folder"),
    ):
        with pytest.raises(kind, match=said):
            wb.record(target, path)
    assert Path("mine.yaml").read_text() == "mine"
    assert not Path("x.yaml").exists()
    wb.record("demo", "mine.yaml", overwrite=True)
    assert Path("mine.yaml").read_text().startswith("workbench: recording")


def test_a_tool_that_raises_in_a_replay_fails_the_turn_as_in_life() -> None:
    @function_tool(name_override="get_weather", failure_error_function=None)
    def broken(city: str) -> str:
        raise OSError("no network")

    for prompt in PROMPTS[:2]:
        wb.ask("demo", prompt, agent=ADA)
    wb.record("demo", "demo.yaml")
    bob: Agent = Agent(name="Bob", tools=[broken])
    with pytest.raises(TurnFailed):
        wb.ask("again", PROMPTS[1], agent=bob, model=wb.OfflineModel.replay("demo.yaml"))
    assert wb.history("again").empty


async def test_a_session_of_the_sdks_own_is_recorded() -> None:
    from agents import Runner, SQLiteSession

    session = SQLiteSession("theirs", "theirs.db")
    await Runner.run(Agent(name="Ada", model=wb.OfflineModel()), "My name is John", session=session)
    wb.record(session, "demo.yaml")
    again = Agent(name="Ada", model=wb.OfflineModel.replay("demo.yaml"))
    result = await Runner.run(again, "My name is John")
    assert "John" in result.final_output
    session.close()
