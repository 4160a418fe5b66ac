"""Sessions that were awaited in a cell and are then given to the face, which works on another loop.

A cell's loop stands still while ``wb.history`` runs in it, as that of these tests does.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from agents import Agent, Runner

import workbench as wb
from tests.interop.kinds import KINDS, session_of
from tests.interop.mongo_server import mongo_server
from workbench import loop
from workbench.errors import Unsupported
from workbench.own_loop import asked

BOUND = ("RedisSession", "MongoDBSession", "OpenAIConversationsSession")
"""Those whose driver allows one event loop only."""
JOHN, NAME = "My name is John", "Your name is John."


async def run(session: Any, prompt: str) -> str:
    """A turn as the SDK takes it in a cell."""
    agent = Agent(name="Plain", model=wb.OfflineModel())
    return str((await Runner.run(agent, prompt, session=session)).final_output)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in BOUND])
async def test_one_object_is_used_in_cells_and_by_the_face(kind: str, tmp_path: Path) -> None:
    with session_of(kind, tmp_path) as session:
        await run(session, JOHN)
        assert wb.ask(session, "What's my name?", stream=False).text == NAME
        assert await run(session, "What's my name?") == NAME
        wb.rewind(session, 1)
        assert len(wb.history(session)) == len(await session.get_items()) == 2


CALLS: dict[str, Any] = {
    "history": lambda session: wb.history(session),
    "ask": lambda session: wb.ask(session, "Hi"),
    "context": lambda session: wb.context(session),
    "rewind": lambda session: wb.rewind(session, 0),
    "chat": lambda session: wb.chat(session).forms(),
    "export": lambda session: wb.export(session, "x.jsonl"),
    "search": lambda session: wb.search("John", sessions=[session]),
}


@pytest.mark.parametrize("call", CALLS)
async def test_one_that_belongs_to_the_cells_loop_says_so(call: str) -> None:
    from agents.extensions.memory import MongoDBSession

    with mongo_server() as (uri, _database):
        theirs = MongoDBSession.from_uri("demo", uri=uri)
        await run(theirs, JOHN)
        with pytest.raises(Unsupported, match=r"another event loop.*another MongoDBSession of"):
            CALLS[call](theirs)
        ours = MongoDBSession.from_uri("demo", uri=uri)
        assert len(wb.history(ours)) == 2
        assert wb.ask(ours, "What's my name?", stream=False).text == NAME
        assert await run(theirs, "What's my name?") == NAME
        found = wb.compare("Hi", {"theirs": theirs, "ours": ours}, in_place=True).frame
        assert "another event loop" in found["error"][0]
        assert pd.isna(found["error"][1])
        loop.run(ours.close())
        await theirs.close()


@pytest.mark.parametrize("kind", ["RedisSession", "OpenAIConversationsSession"])
def test_one_whose_connection_stayed_elsewhere_says_so(kind: str, tmp_path: Path) -> None:
    with session_of(kind, tmp_path) as session:

        async def cell() -> None:
            await run(session, JOHN)
            with pytest.raises(Unsupported, match=f"make another {kind}"):
                wb.history(session)

        asyncio.run(cell())
        # What belonged elsewhere was let go, and it can be used here from now on.
        assert wb.ask(session, "What's my name?", stream=False).text == NAME


async def test_other_errors_of_a_session_stay_what_they_are() -> None:
    async def fails() -> None:
        raise RuntimeError("MongoDBSession is closed")

    with pytest.raises(RuntimeError, match="is closed"):
        await asked(object(), fails())
