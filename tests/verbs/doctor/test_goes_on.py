"""What was killed or damaged goes on after a repair, with the SDK's Runner and both its models."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, ModelSettings, Runner
from agents.memory import SQLiteSession as SDKSession
from agents.models.openai_chatcompletions import OpenAIChatCompletionsModel
from agents.models.openai_responses import OpenAIResponsesModel
from openai import AsyncOpenAI

import workbench as wb
from tests.contract_runner import QUIET, add
from tests.openai_server import openai_server
from tests.script import line, start
from tests.verbs.subjects import assistant, call, output, reasoning, user
from workbench import loop
from workbench.items import Item

ILL: list[Item] = [
    user("My name is John"),
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]},
    output("c0"),
    user("1 + 2?"),
    reasoning("rs_1"),
    call("c1"),
    user("3 + 4?"),
    output("c2", "7"),
    call("c2", a=3, b=4),
    assistant("7", "msg_1"),
    {"foo": "bar"},
    user("My number is 5"),
    assistant("Noted.", "msg_1"),
    reasoning("rs_2"),
    {"type": "item_reference", "id": "msg_of_another"},
]


@pytest.mark.parametrize("kind", [OpenAIResponsesModel, OpenAIChatCompletionsModel])
async def test_the_runner_goes_on_with_both_models(kind: Any) -> None:
    session = wb.SQLiteSession("demo")
    await session.add_items(ILL)
    done = await asyncio.to_thread(wb.doctor, session, repair=True)
    assert set(done["finding"]) == {
        *("unfit message", "output without call", "call without output", "wrong order", "no item"),
        *("reasoning without follower", "id again", "stale id"),
    }
    assert (await asyncio.to_thread(wb.doctor, session)).empty
    with openai_server() as server:
        async with AsyncOpenAI(api_key="test", base_url=server.url, max_retries=0) as client:
            agent = Agent(
                name="A",
                model=kind("gpt-test", client),
                tools=[add],
                model_settings=ModelSettings(store=False),
            )
            result = await Runner.run(agent, "What's my name?", session=session, run_config=QUIET)
            assert "John" in result.final_output
            await Runner.run(agent, "call add with a=2 and b=3", session=session, run_config=QUIET)
    assert (await asyncio.to_thread(wb.doctor, session)).empty
    await session.close()


KILLED = """
import time
import workbench as wb
from agents import Agent, function_tool

@function_tool
def work() -> str:
    "Work."
    print("working", flush=True)
    time.sleep(60)
    return "done"

agent = Agent(name="A", tools=[work])
wb.ask("demo", "My name is John")
wb.ask("demo", "call work", agent=agent, stream=False)
"""


def test_a_turn_that_was_killed_is_found_and_taken_out(
    workbench_home: Path, tmp_path: Path
) -> None:
    program = start(KILLED, folder=tmp_path, env={"WORKBENCH_HOME": str(workbench_home)})
    assert line(program) == "working"
    program.send_signal(signal.SIGKILL)
    program.communicate()
    before = wb.history("demo")["content"].tolist()
    assert before[2:] == ["call work"]
    found = wb.doctor("demo")
    assert found["finding"].tolist() == ["turn cut off"]
    assert found["turn"].tolist() == [2]
    assert wb.history("demo")["content"].tolist() == before
    wb.doctor("demo", repair=True)
    assert wb.doctor("demo").empty
    assert wb.ask("demo", "What's my name?").text == "Your name is John."
    full = wb.history("demo", full=True)
    assert full.loc[full["archived"].notna(), "content"].tolist() == ["call work"]


KILLED_OF_THE_SDK = """
import asyncio, sys, time
from agents import Agent, Runner
from agents.memory import SQLiteSession
import workbench
workbench.install()
from agents.testing import ScriptedModel

class Slow(ScriptedModel):
    async def get_response(self, *args, **kwargs):
        print("asked", flush=True)
        await asyncio.sleep(60)

async def main():
    session = SQLiteSession("demo", sys.argv[1])
    await Runner.run(Agent(name="A"), "My name is John", session=session)
    await Runner.run(Agent(name="A", model=Slow([])), "Hello?", session=session)

asyncio.run(main())
"""


def test_a_prompt_of_a_killed_program_of_the_sdk_is_found(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    program = start(KILLED_OF_THE_SDK, path, folder=tmp_path, flags=())
    while (said := line(program)) != "asked":
        assert program.poll() is None, said
    program.send_signal(signal.SIGKILL)
    program.communicate()
    own: Any = SDKSession("demo", path)
    assert wb.doctor(own)["finding"].tolist() == ["turn cut off"]
    wb.doctor(own, repair=True)
    assert [item["role"] for item in loop.run(own.get_items())] == ["user", "assistant"]
    assert wb.doctor(own).empty
    own.close()
