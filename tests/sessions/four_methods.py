"""Sessions of other people: only the SDK's four methods, each with a habit of its own."""

from __future__ import annotations

import asyncio
import copy
import json
from pathlib import Path
from typing import Any


class FileSession:
    """Keeps a JSON text a line in a file, and adds one line after the other: no atomic step."""

    session_settings: Any = None

    def __init__(self, session_id: str, folder: Path) -> None:
        self.session_id = session_id
        self.file_path = folder / "lines.txt"

    async def get_items(self, limit: int | None = None) -> list[Any]:
        lines = self.file_path.read_text().splitlines() if self.file_path.exists() else []
        await asyncio.sleep(0)
        return [json.loads(line) for line in (lines if limit is None else lines[-limit:])]

    async def add_items(self, items: list[Any]) -> None:
        for item in items:
            with self.file_path.open("a") as file:
                file.write(json.dumps(item) + "\n")
            await asyncio.sleep(0)
            self.step()

    async def pop_item(self) -> Any:
        items = await self.get_items()
        self.file_path.write_text("".join(json.dumps(item) + "\n" for item in items[:-1]))
        return items[-1] if items else None

    async def clear_session(self) -> None:
        self.file_path.write_text("")

    def step(self) -> None:
        """Called after each line."""


class ListSession:
    """Keeps items in a list; ``failing`` names methods that raise from now on."""

    session_settings: Any = None

    def __init__(self, session_id: str = "list") -> None:
        self.session_id = session_id
        self.items: list[Any] = []
        self.failing: dict[str, int] = {}
        self.calls: list[str] = []

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name in self.failing:
            self.failing[name] -= 1
            if self.failing[name] < 0:
                raise OSError(f"{name} does not work")

    async def get_items(self, limit: int | None = None) -> list[Any]:
        self._called("get_items")
        return copy.deepcopy(self.items if limit is None else self.items[-limit:])

    async def add_items(self, items: list[Any]) -> None:
        self._called("add_items")
        self.items += copy.deepcopy(items)

    async def pop_item(self) -> Any:
        self._called("pop_item")
        return self.items.pop() if self.items else None

    async def clear_session(self) -> None:
        self._called("clear_session")
        self.items.clear()


class ServiceSession(ListSession):
    """Gives each item an id and puts its text into parts, as a service does."""

    count = 0

    async def add_items(self, items: list[Any]) -> None:
        sent = []
        for item in items:
            ServiceSession.count += 1
            content = item["content"]
            parts = (
                [{"type": "input_text", "text": content}] if isinstance(content, str) else content
            )
            given = {"id": f"msg_{self.count}", "status": "completed", "type": "message"}
            sent.append({**item, **given, "content": parts})
        await super().add_items(sent)
