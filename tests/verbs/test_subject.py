from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agents import Agent
from agents.memory import OpenAIConversationsSession
from agents.memory import SQLiteSession as SDKSession
from openai import AsyncOpenAI

import workbench as wb
from tests.conversations_server import conversations_server
from workbench import loop
from workbench.errors import InvalidValue
from workbench.sessions import CompactionSession, MemorySession
from workbench.verbs.subject import subject
from workbench.workspace import workspace


async def test_a_session_object_is_itself() -> None:
    session = MemorySession("demo")
    assert await subject(session) is session
    own = SDKSession("demo")
    assert await subject(own) is own
    own.close()


async def test_a_name_is_the_session_it_stands_for() -> None:
    entry, _ = await workspace().open("demo", store="memory://subject-test")
    found = await subject("demo")
    assert found.session_id == entry.session_id
    await workspace().session(entry).add_items([{"role": "user", "content": "hi"}])
    assert len(await found.get_items()) == 1


async def test_items_given_for_a_session_are_not_repeated_in_the_error() -> None:
    items: Any = [{"role": "user", "content": "private words"}]
    with pytest.raises(InvalidValue, match="not a list") as of_a_verb:
        await subject(items)
    with pytest.raises(InvalidValue, match="not a list") as of_a_session:
        MemorySession(items)
    for caught in (of_a_verb, of_a_session):
        assert "private" not in str(caught.value)


def test_a_session_that_a_service_names_at_its_first_use_can_be_asked() -> None:
    with conversations_server() as server:
        client = AsyncOpenAI(api_key="test", base_url=server.url)
        theirs = OpenAIConversationsSession(openai_client=client)
        agent = Agent(name="Assistant", model=wb.OfflineModel())
        assert wb.ask(theirs, "My name is Ann", agent=agent).text == "Nice to meet you, Ann."
        assert set(wb.history(theirs)["session_id"]) == {theirs.session_id}
        assert wb.search("Ann", sessions=theirs)["turn"].tolist() == [1, 1]
        loop.run(client.close())


WITHOUT_AN_ID: dict[str, Callable[[Any], object]] = {
    "history": wb.history,
    "turns": wb.turns,
    "usage": wb.usage,
    "context": wb.context,
    "doctor": wb.doctor,
    "pending": wb.pending,
    "compaction": CompactionSession,
    "search": lambda session: wb.search("a", sessions=session),
    "search of several": lambda session: wb.search("a", sessions=[session]),
    "iter_history": lambda session: next(wb.iter_history(session)),
    "hide": lambda session: wb.hide(session, 1),
    "fork": lambda session: wb.fork(session, "a"),
    "compact": wb.compact,
    "copy": lambda session: wb.copy(session, "sqlite:///a.db"),
    "copy to it": lambda session: wb.copy(MemorySession("m"), session),
    "compare": lambda session: wb.compare("Hi", [session]),
    "export": lambda session: wb.export(session, "a.jsonl"),
    "fine-tuning": lambda session: wb.export(session, "a.jsonl", format="fine-tuning"),
}


@pytest.mark.parametrize("use", WITHOUT_AN_ID.values(), ids=WITHOUT_AN_ID)
def test_a_session_without_an_id_yet_says_what_gives_it_one(
    use: Callable[[Any], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    theirs = OpenAIConversationsSession(openai_client=AsyncOpenAI(api_key="test"))
    with pytest.raises(InvalidValue, match="no id before its first turn"):
        use(theirs)
