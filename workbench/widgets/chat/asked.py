"""What a page asks is looked at first: whoever can run script in it can send anything. Pure."""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from workbench.errors import InvalidValue

TEXT = 2_000_000
"""Characters of a message."""
NAME = 300
FILES = 10
FILE = 8_000_000
"""Bytes of all files of a message: a notebook server takes no larger messages by itself."""


def said(text: Any, *, empty: bool = False) -> str:
    """A message. Raises InvalidValue."""
    if not isinstance(text, str) or len(text) > TEXT:
        raise InvalidValue(f"a message is text of at most {TEXT:,} characters")
    if not empty and not text.strip():
        raise InvalidValue("the message is empty: say something to the agent")
    return text


def identity(value: Any) -> str:
    """A name or an id. Raises InvalidValue."""
    if not isinstance(value, str) or not value.strip() or len(value) > NAME:
        raise InvalidValue(f"a name has 1 to {NAME} characters")
    return value


def number(value: Any, *, most: int = 2**53) -> int:
    """A number from 0, cut to ``most``. Raises InvalidValue."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidValue("a number from 0 is expected")
    return min(value, most)


@dataclass(frozen=True, slots=True)
class Choice:
    """The agent and the model that were picked; "" for what counts without that."""

    agent: str
    model: str

    @classmethod
    def of(cls, agent: Any, model: Any) -> Choice:
        """Raises InvalidValue."""
        for each in (agent, model):
            if not isinstance(each, str) or len(each) > NAME:
                raise InvalidValue(f"an agent or a model is a name of at most {NAME} characters")
        return cls(agent, model)


class Files:
    """The files that go with a message."""

    @staticmethod
    def of(given: Any) -> list[tuple[str, bytes]]:
        """Names and bytes of ``[{name, data}]``, data in base64. Raises InvalidValue."""
        given = list(given) if isinstance(given, list | tuple) else None
        if given is None or len(given) > FILES:
            raise InvalidValue(f"at most {FILES} files go with a message")
        found = [_file(each) for each in given]
        if sum(len(data) for _name, data in found) > FILE:
            raise InvalidValue(
                "more than 8 MB of files can't be sent from a panel; wb.ask(..., attach=...) can"
            )
        return found


def _file(given: Any) -> tuple[str, bytes]:
    name = given.get("name") if isinstance(given, dict) else None
    data = given.get("data") if isinstance(given, dict) else None
    if not isinstance(name, str) or not isinstance(data, str) or len(data) > 2 * FILE:
        raise InvalidValue("a file has a name and its bytes in base64")
    try:
        return name[:NAME], b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidValue("a file's bytes are not base64") from None
