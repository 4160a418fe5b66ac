"""A page without a browser: it asks a panel in messages, and hears what that sends."""

from __future__ import annotations

import json
from queue import SimpleQueue
from typing import Any

SECONDS = 30


class Refused(Exception):
    """The kernel said no, in words."""


class Page:
    """Everything that a panel sends is JSON, and is kept in ``heard``."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self._inbox: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._count = 0

    def hear(self, content: dict[str, Any]) -> None:
        """What the panel sends."""
        self.heard.append(json.loads(json.dumps(content)))
        self._inbox.put(self.heard[-1])

    def begin(self, panel: Any, verb: str, **given: Any) -> str:
        """Ask for something; the id of the request."""
        self._count += 1
        identity = str(self._count)
        panel._take(panel, {"ask": verb, "id": identity, "given": given}, None)
        return identity

    def stop(self, panel: Any, identity: str) -> None:
        """Stop a request."""
        panel._take(panel, {"stop": identity}, None)

    def answer(self, identity: str) -> dict[str, Any]:
        """The answer to a request, as it comes."""
        while True:
            message = self._inbox.get(timeout=SECONDS)
            if message.get("answer") == identity:
                return message

    def ask(self, panel: Any, verb: str, **given: Any) -> Any:
        """The value that a request is answered with. Raises Refused."""
        message = self.answer(self.begin(panel, verb, **given))
        if "error" in message:
            raise Refused(message["error"])
        return message["value"]
