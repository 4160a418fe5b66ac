from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from agents import (
    Agent,
    ModelSettings,
    ModelTracing,
    RunConfig,
    Runner,
    function_tool,
    handoff,
)
from pydantic import BaseModel

from workbench import OfflineModel
from workbench.errors import CorruptFile, InvalidValue, ModelError, NotFound, NotRecorded
from workbench.items import Item
from workbench.models import is_offline, model_label, usage_is_estimated
from workbench.models.exchanges import Exchange, split
from workbench.models.recording import Recording, dump
from workbench.models.replay import ReplayModel
from workbench.sessions import MemorySession

USER: Item = {"role": "user", "content": "What's the weather in Oulu?"}
HI: Item = {"role": "user", "content": "Hi"}


def call(number: int, city: str, name: str = "get_weather") -> Item:
    arguments = f'{{"city": "{city}"}}'
    return {"type": "function_call", "call_id": f"c{number}", "name": name, "arguments": arguments}


def output(number: int, text: str) -> Item:
    return {"type": "function_call_output", "call_id": f"c{number}", "output": text}


def said(text: str) -> Item:
    return {"role": "assistant", "content": text}


TALK: list[Item] = [
    HI,
    said("Hello"),
    USER,
    said("Let me look."),
    call(1, "Oulu"),
    call(2, "Kemi"),
    output(1, "sunny in Oulu"),
    output(2, "sunny in Kemi"),
    said("Sunny in both."),
    HI,
    said("Hello again"),
]


def recorded(folder: Path, items: list[Item], **usage: Any) -> Path:
    pairs = split(items)
    exchanges = [
        Exchange(given=given, answered=answered, turn=n, usage=usage)
        for n, (given, answered) in enumerate(pairs, start=1)
    ]
    path = folder / "talk.yaml"
    path.write_text(dump(Recording(exchanges)), encoding="utf-8")
    return path


@function_tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


def agent(path: Path, **options: Any) -> Agent:
    return Agent(name="Ada", model=OfflineModel.replay(path, **options), tools=[get_weather])


async def run(ada: Agent, prompt: Any, *, stream: bool = False, session: Any = None) -> Any:
    if not stream:
        return await Runner.run(ada, prompt, session=session)
    result = Runner.run_streamed(ada, prompt, session=session)
    words = [
        event.data.delta
        async for event in result.stream_events()
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta"
    ]
    assert result.final_output in "".join(words)
    return result


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_conversation_is_held_again_with_its_tools(tmp_path: Path, stream: bool) -> None:
    ada = agent(recorded(tmp_path, TALK))
    session = MemorySession("talk")
    prompts = ["Hi", USER["content"], "Hi"]
    replies = [
        (await run(ada, prompt, stream=stream, session=session)).final_output for prompt in prompts
    ]
    assert replies == ["Hello", "Sunny in both.", "Hello again"]
    kinds = [each.get("type", "message") for each in await session.get_items()]
    assert kinds == [each.get("type", "message") for each in TALK]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_each_time_the_items_are_the_same_and_no_id_comes_twice(
    tmp_path: Path, stream: bool
) -> None:
    found = []
    for number in range(2):
        ada, session = agent(recorded(tmp_path, TALK)), MemorySession(f"talk-{number}-{stream}")
        for prompt in ("Hi", USER["content"], "Hi"):
            await run(ada, prompt, stream=stream, session=session)
        found.append(await session.get_items())
    assert found[0] == found[1]
    ids = [each["id"] for each in found[0] if "id" in each]
    assert len(set(ids)) == len(ids) == 6
    assert all("_replay_" in each for each in ids)
    calls = [each["call_id"] for each in found[0] if each.get("type") == "function_call"]
    assert len(set(calls)) == 2
    assert not {"c1", "c2", "call_1"} & set(calls)


async def test_it_answers_without_a_session_and_from_the_middle(tmp_path: Path) -> None:
    ada = agent(recorded(tmp_path, TALK))
    assert (await run(ada, USER["content"])).final_output == "Sunny in both."
    assert (await run(ada, [HI, said("Hello"), USER])).final_output == "Sunny in both."


async def test_the_same_prompt_gets_the_answer_of_its_place(tmp_path: Path) -> None:
    ada = agent(recorded(tmp_path, TALK))
    assert (await run(ada, "Hi")).final_output == "Hello"
    assert (await run(ada, TALK[:10])).final_output == "Hello again"
    behind = [USER, said("Sunny in both."), HI]
    assert (await run(ada, behind)).final_output == "Hello again"


async def test_many_runs_at_once_on_one_model(tmp_path: Path) -> None:
    ada = agent(recorded(tmp_path, TALK))
    prompts = ["Hi", USER["content"]] * 10
    found = await asyncio.gather(
        *(run(ada, each, stream=n % 3 == 0) for n, each in enumerate(prompts))
    )
    assert [each.final_output for each in found] == ["Hello", "Sunny in both."] * 10


async def test_a_prompt_that_was_not_recorded_raises_and_names_the_next(tmp_path: Path) -> None:
    ada = agent(recorded(tmp_path, TALK))
    with pytest.raises(
        NotRecorded, match=r"the prompt 'Bye' was not recorded in 'talk\.yaml'"
    ) as no:
        await run(ada, [HI, said("Hello"), {"role": "user", "content": "Bye"}])
    assert isinstance(no.value, ModelError)
    assert str(no.value).endswith("""next there is "What's the weather in Oulu?\"""")
    with pytest.raises(NotRecorded, match="next there is 'Hi'"):
        await run(ada, "Ho")
    with pytest.raises(NotRecorded, match="did you mean"):
        await run(
            ada, [HI, said("What?"), {"role": "user", "content": "What's the weather in Oul"}]
        )
    with pytest.raises(NotRecorded, match=r"the prompt 'xxxxx.*characters"):
        await run(ada, "x" * 5_000, stream=True)


async def test_a_tool_that_answers_something_else_raises_unless_it_may(tmp_path: Path) -> None:
    @function_tool(name_override="get_weather")
    def other(city: str) -> str:
        return f"rain in {city}"

    path = recorded(tmp_path, TALK)
    ada = agent(path)
    ada.tools = [other]
    said_so = "the tool 'get_weather' was not as recorded in 'talk.yaml'; strict=False"
    with pytest.raises(NotRecorded, match=said_so):
        await run(ada, USER["content"])
    ada.model = OfflineModel.replay(path, strict=False)
    result = await run(ada, USER["content"])
    assert result.final_output == "Sunny in both."
    assert "rain in Oulu" in str(result.to_input_list())


async def test_a_handoff_happens_again(tmp_path: Path) -> None:
    talk = [
        HI,
        call(1, "x", name="transfer_to_billing"),
        output(1, '{"assistant": "Billing"}'),
        said("Billing here."),
    ]
    talk[1]["arguments"] = "{}"
    model = OfflineModel.replay(recorded(tmp_path, talk))
    billing = Agent(name="Billing", model=model)
    triage = Agent(name="Triage", model=model, handoffs=[handoff(billing)])
    result = await Runner.run(triage, "Hi")
    assert result.final_output == "Billing here."
    assert result.last_agent is billing


async def test_structured_output_is_parsed_by_the_sdk(tmp_path: Path) -> None:
    class Weather(BaseModel):
        city: str

    path = recorded(tmp_path, [HI, said('{"city": "Oulu"}')])
    ada = Agent(name="Ada", model=OfflineModel.replay(path), output_type=Weather)
    assert (await Runner.run(ada, "Hi")).final_output == Weather(city="Oulu")


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_hosted_tool_is_said_again(tmp_path: Path, stream: bool) -> None:
    search = {
        "type": "web_search_call",
        "action": {"type": "search", "query": "Oulu"},
    }
    ada = agent(recorded(tmp_path, [HI, search, said("Found it.")]))
    result = await run(ada, "Hi", stream=stream)
    found = [each for each in result.to_input_list() if each.get("type") == "web_search_call"]
    assert found[0]["action"]["query"] == "Oulu"
    assert found[0]["id"].startswith("item_replay_")
    assert result.final_output == "Found it."


async def test_tokens_are_those_that_were_recorded_and_say_if_they_are_estimates(
    tmp_path: Path,
) -> None:
    path = recorded(tmp_path, [HI, said("Hello")], input_tokens=11, output_tokens=8)
    used = (await run(agent(path), "Hi")).context_wrapper.usage
    assert (used.requests, used.input_tokens, used.output_tokens) == (1, 11, 8)
    assert not usage_is_estimated(used)
    guessed = recorded(tmp_path, [HI, said("Hello")], input_tokens=1, estimated=True)
    assert usage_is_estimated((await run(agent(guessed), "Hi")).context_wrapper.usage)
    odd = recorded(tmp_path, [HI, said("Hello")], input_tokens="many", output_tokens=-1)
    assert (await run(agent(odd), "Hi")).context_wrapper.usage.total_tokens == 0


def test_it_is_labelled_as_a_replay_and_never_as_the_offline_model(tmp_path: Path) -> None:
    model = OfflineModel.replay(recorded(tmp_path, TALK))
    assert isinstance(model, ReplayModel)
    assert model_label(model) == model.name == "replay:talk.yaml"
    assert not is_offline(model)
    assert repr(model) == "<replay:talk.yaml: 4 exchanges>"


async def test_a_history_on_a_server_can_not_be_replayed(tmp_path: Path) -> None:
    model = OfflineModel.replay(recorded(tmp_path, TALK))
    with pytest.raises(NotRecorded, match="on OpenAI's servers"):
        await model.get_response(
            None,
            "Hi",
            ModelSettings(),
            [],
            None,
            [],
            ModelTracing.DISABLED,
            previous_response_id="resp_1",
            conversation_id=None,
            prompt=None,
        )


async def test_the_run_config_may_bring_it_too(tmp_path: Path) -> None:
    model = OfflineModel.replay(recorded(tmp_path, TALK))
    result = await Runner.run(Agent(name="Ada"), "Hi", run_config=RunConfig(model=model))
    assert result.final_output == "Hello"


def test_a_file_that_is_no_recording_is_said_when_the_model_is_made(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"there is no file .*; wb\.record makes one"):
        OfflineModel.replay(tmp_path / "nowhere.yaml")
    path = tmp_path / "bad.yaml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(CorruptFile, match="it is no text"):
        OfflineModel.replay(path)
    path.write_text("workbench: recording\n")
    with pytest.raises(CorruptFile, match=r"'bad\.yaml' does not say which version"):
        OfflineModel.replay(str(path))
    for given, words in (
        (5, "text or a pathlib.Path, not a int"),
        ("", "not empty text"),
        ("a\0.yaml", "is no path of a file"),
        ("a" * 5_000, "is no path of a file: File name too long"),
        (tmp_path, "is no file, so no recording can be in it"),
        ("/dev/zero", "is no file"),
    ):
        with pytest.raises(InvalidValue, match=words):
            OfflineModel.replay(given)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="delay is seconds"):
        OfflineModel.replay(path, delay=-1)


def test_an_answer_that_no_model_gives_is_refused(tmp_path: Path) -> None:
    exchange = Exchange(given=[HI], answered=[{"type": "function_call", "call_id": "c"}])
    path = tmp_path / "bad.yaml"
    path.write_text(dump(Recording([exchange])))
    with pytest.raises(CorruptFile, match=r"exchange 1 of 'bad\.yaml' has an answer that is no"):
        OfflineModel.replay(path)
