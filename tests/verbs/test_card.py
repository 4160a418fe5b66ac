from __future__ import annotations

import re

import pytest

import workbench as wb
from tests.render.hostile import PAYLOADS
from workbench import loop, stores
from workbench.errors import UnknownSession
from workbench.protocols import HIDDEN
from workbench.stores.memory import MemoryStore
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


async def test_what_is_hidden_counts_as_in_the_history() -> None:
    entry, _ = await workspace().open("demo")
    session = workspace().session(entry)
    await take_turn(session, "Hi")
    await take_turn(session, "Hi again")
    await (
        workspace()
        .base(entry)
        .archive([row.key for row in (await session.rows())[:2]], reason=HIDDEN)
    )
    shown = await session_card("demo")
    assert (shown.n_turns, shown.n_items, shown.n_hidden, shown.n_archived) == (2, 4, 2, 0)
    assert "2 turns, 4 items (2 hidden)\n" in str(shown)


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
        assert tags <= {"table", "tr", "th", "td", "span"}  # an empty one disarms TeX
        assert "<" not in bundle["text/markdown"]


@pytest.mark.parametrize("name", ["two\nlines", "\x1b[31mred", "a|b", "x" * 10_000])
async def test_an_odd_name_stays_in_its_line(name: str) -> None:
    bundle = (await card(name))._repr_mimebundle_()
    assert len(bundle["text/plain"].splitlines()) == 8
    assert len(bundle["text/markdown"].splitlines()) == 10
    assert "\x1b" not in bundle["text/plain"] + bundle["text/markdown"] + bundle["text/html"]
    assert max(map(len, bundle["text/plain"].splitlines())) < 300


KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="


def test_a_card_tells_what_stands_around_the_session_and_never_the_key() -> None:
    wb.session("demo", encrypt=True, key=KEY, max_messages=20, max_tokens=9000)
    wb.session("demo", keep_last=6, summary_model="offline")
    wb.ask("demo", "Hi")
    bundle = loop.run(session_card("demo"))._repr_mimebundle_()
    said = "above 20 messages or above 9000 tokens, keeps the last 6, summaries by offline"
    assert said in bundle["text/plain"]
    assert re.search(r"encryption +AES-256-GCM, key [0-9a-f]{8}\n", bundle["text/plain"])
    assert not any(KEY in form for form in bundle.values())
    assert "1 turn, 2 items" in bundle["text/plain"]


def test_turns_that_were_summarised_and_their_summary_are_counted_as_what_they_are() -> None:
    wb.session("demo", max_messages=4, keep_last=2)
    for number in range(4):
        wb.ask("demo", f"My number is {number}")
    shown = loop.run(session_card("demo"))
    assert shown.n_turns == wb.history("demo")["turn"].max()
    assert shown.n_archived is not None
    assert shown.n_archived > 0


class Telling(MemoryStore):
    """A store that has more to say, some of it hostile."""

    async def describe(self, session_id: str) -> dict[str, str]:
        return {"expires": "never", "<b>|x": "<script>alert(1)</script>\nmore"}


async def test_what_a_store_has_to_say_stands_in_lines_and_does_no_harm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stores, "SCHEMES", dict(stores.SCHEMES))
    stores.register_scheme("telling", lambda url: Telling(url.text))
    await workspace().open("demo", store="telling://x")
    bundle = (await session_card("demo"))._repr_mimebundle_()
    assert re.search(r"expires +never\n", bundle["text/plain"])
    assert len(bundle["text/plain"].splitlines()) == 10
    assert "<script>" not in bundle["text/html"] + bundle["text/markdown"]
    assert "<b>" not in bundle["text/html"] + bundle["text/markdown"]
