from __future__ import annotations

from typing import Any

import pytest
from agents.memory import SQLiteSession as SDKSession

from workbench.errors import InvalidValue
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


async def test_items_given_for_a_session_are_not_repeated_in_the_error() -> None:
    items: Any = [{"role": "user", "content": "private words"}]
    with pytest.raises(InvalidValue, match="not a list") as of_a_verb:
        await subject(items)
    with pytest.raises(InvalidValue, match="not a list") as of_a_session:
        MemorySession(items)
    for caught in (of_a_verb, of_a_session):
        assert "private" not in str(caught.value)
