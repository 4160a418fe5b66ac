from __future__ import annotations

from agents.memory import SQLiteSession as SDKSession

from workbench.sessions import MemorySession
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
