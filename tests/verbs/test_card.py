from __future__ import annotations

import re

import pytest

from tests.render.hostile import PAYLOADS
from workbench.errors import UnknownSession
from workbench.turn import take_turn
from workbench.verbs.card import SessionCard, session_card
from workbench.verbs.manage import clear_session
from workbench.workspace import workspace


async def card(name: str) -> SessionCard:
    await workspace().open(name)
    return await session_card(name)


async def test_a_card_tells_what_there_is_to_know() -> None:
    entry, _ = await workspace().open("demo")
    session = workspace().session(entry)
    await take_turn(session, "Hi")
    await clear_session("demo")
    await take_turn(session, "Hi")
    await workspace().remember("demo", agent="ada", model=None)
    shown = str(await session_card("demo"))
    assert "1 turn, 2 items, 2 items in the archive" in shown
    assert re.search(r"agent +ada\n", shown)
    assert re.search(r"model +the agent's own\n", shown)
    assert re.search(r"store +sqlite:///.*workbench\.db\n", shown)


async def test_a_session_without_turn_records_is_counted_by_its_user_messages() -> None:
    entry, _ = await workspace().open("demo")
    items = [{"role": role, "content": "x"} for role in ("user", "assistant", "user")]
    await workspace().session(entry).add_items(items)
    assert (await session_card("demo")).n_turns == 2


async def test_an_unknown_session_has_no_card() -> None:
    with pytest.raises(UnknownSession):
        await session_card("demo")


async def test_the_plain_assistant_is_named_as_such() -> None:
    await workspace().open("demo")
    await workspace().remember("demo", agent="ada", model="gpt-5.2")
    await workspace().remember("demo", agent="", model="")
    shown = str(await session_card("demo"))
    assert "the plain assistant" in shown
    assert "the agent's own" in shown


async def test_a_hostile_name_does_no_harm() -> None:
    for payload in PAYLOADS:
        bundle = (await card(payload))._repr_mimebundle_()
        tags = set(re.findall(r"<\s*/?\s*([a-z]+)", bundle["text/html"], re.IGNORECASE))
        assert tags <= {"table", "tr", "th", "td"}
        assert "<" not in bundle["text/markdown"]


@pytest.mark.parametrize("name", ["two\nlines", "\x1b[31mred", "a|b", "x" * 10_000])
async def test_an_odd_name_stays_in_its_line(name: str) -> None:
    bundle = (await card(name))._repr_mimebundle_()
    assert len(bundle["text/plain"].splitlines()) == 8
    assert len(bundle["text/markdown"].splitlines()) == 10
    assert "\x1b" not in bundle["text/plain"] + bundle["text/markdown"] + bundle["text/html"]
    assert max(map(len, bundle["text/plain"].splitlines())) < 300
