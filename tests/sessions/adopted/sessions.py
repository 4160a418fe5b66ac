"""What the tests of adopted sessions share: letters, whatever form a service gives them."""

from __future__ import annotations

from typing import Any

from workbench.sessions.adopted import AdoptedSession
from workbench.testing.data import message


def letters(text: str) -> list[Any]:
    return [message(letter) for letter in text]


def said(items: list[Any]) -> str:
    """The letters of messages, whatever form a service gives them."""
    contents = [item["content"] for item in items]
    return "".join(each if isinstance(each, str) else each[0]["text"] for each in contents)


async def labelled(session: AdoptedSession) -> list[tuple[str, str | None]]:
    return [(said([row.item]), row.turn_id) for row in await session.rows()]
