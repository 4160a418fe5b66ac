from __future__ import annotations

import asyncio

from workbench.widgets.stream import Stream

SOON = 0.01


async def _sent(parts: list[str], *, pause: float = 0) -> list[str]:
    """What is sent of ``parts``, which come at once or with pauses."""
    sent: list[str] = []
    stream = Stream(sent.append, every=SOON)
    for part in parts:
        stream.add(part)
        if pause:
            await asyncio.sleep(pause)
    stream.close()
    return sent


def sent_of(parts: list[str], *, pause: float = 0) -> list[str]:
    return asyncio.run(_sent(parts, pause=pause))


def test_the_first_words_go_at_once_and_the_others_together() -> None:
    assert sent_of(["one ", "two ", "three"]) == ["one ", "two three"]


def test_words_that_come_slowly_are_each_sent() -> None:
    assert sent_of(["one ", "two"], pause=SOON * 4) == ["one ", "two"]


def test_no_character_is_lost_or_sent_twice() -> None:
    words = [f"{number} " for number in range(500)]
    sent = sent_of(words)
    assert "".join(sent) == "".join(words)
    assert len(sent) == 2


def test_nothing_is_sent_of_nothing() -> None:
    assert sent_of(["", ""]) == []


def test_after_the_end_nothing_is_sent_any_more() -> None:
    async def closed() -> list[str]:
        sent: list[str] = []
        stream = Stream(sent.append, every=SOON)
        stream.add("one")
        stream.add("two")
        stream.close()
        await asyncio.sleep(SOON * 4)
        return sent

    assert asyncio.run(closed()) == ["one", "two"]
