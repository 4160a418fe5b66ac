"""The panel that inspects a conversation: each tab asks for what it shows when it is opened."""

from __future__ import annotations

import time
from typing import Any

from workbench.protocols import Report
from workbench.widgets.inspect import given
from workbench.widgets.inspect.desk import Desk
from workbench.widgets.inspect.secret import unsaid
from workbench.widgets.panel import Panel, Tell

_EVERY = 0.1
"""Seconds between two reports on the way."""


class Inspect(Panel):
    """Context, compaction, encryption, health and notes of the conversation that ``desk`` is on.

    ``model`` is the name of the model whose window counts, None: the one that would answer. Keys
    come in messages, are handed on, and are kept nowhere here.
    """

    page = "inspect"

    def __init__(self, desk: Desk, *, model: str | None = None, **traits: Any) -> None:
        self._desk, self._model = desk, model
        self._settling = False
        super().__init__(**traits)

    async def on_settle(self, tell: Tell) -> None:
        """One at a time: each holds a thread that waits for others of the event loop."""
        if self._settling:
            return
        self._settling = True
        try:
            await super().on_settle(tell)
        finally:
            self._settling = False

    def forms(self) -> dict[str, str]:
        """Context, compactions, encryption and findings, one below the other."""
        return self._desk.forms(self._model)

    async def on_context(self, _tell: Tell, model: Any = None) -> dict[str, Any]:
        """What the next turn would send; ``model`` "" is the one that would answer."""
        if model is not None:
            self._model = given.text(model, "a model") or None
        return await self._desk.context(self._model)

    async def on_compaction(self, _tell: Tell) -> dict[str, Any]:
        return await self._desk.compaction()

    async def on_dry_run(
        self, _tell: Tell, max_messages: Any = None, keep_last: Any = None
    ) -> dict[str, Any]:
        return await self._desk.dry_run(given.settings(max_messages, keep_last))

    async def on_compact(
        self, _tell: Tell, max_messages: Any = None, keep_last: Any = None
    ) -> dict[str, Any]:
        return _said(await self._desk.compact(given.settings(max_messages, keep_last)))

    async def on_undo(self, _tell: Tell) -> dict[str, Any]:
        return _said(await self._desk.undo())

    async def on_under(self, _tell: Tell, id: Any = None, start: Any = 0) -> dict[str, Any]:
        return await self._desk.under(
            given.text(id, "a compaction", 100), given.count(start, "the first item") or 0
        )

    async def on_keep(
        self, _tell: Tell, max_messages: Any = None, keep_last: Any = None
    ) -> dict[str, Any]:
        return _said(await self._desk.keep(given.settings(max_messages, keep_last)))

    async def on_encryption(self, _tell: Tell) -> dict[str, Any]:
        return await self._desk.encryption()

    async def on_unlock(self, _tell: Tell, key: Any = None) -> dict[str, Any]:
        typed = given.new_key(key)
        return _said(await unsaid(self._desk.unlock(typed), typed))

    async def on_encrypt(self, tell: Tell, key: Any = None) -> dict[str, Any]:
        typed = given.key(key)
        return _said(await unsaid(self._desk.encrypt(typed, paced(tell)), typed))

    async def on_decrypt(self, tell: Tell, key: Any = None) -> dict[str, Any]:
        typed = given.key(key)
        return _said(await unsaid(self._desk.decrypt(typed, paced(tell)), typed))

    async def on_rekey(self, tell: Tell, new: Any = None, key: Any = None) -> dict[str, Any]:
        wanted, typed = given.new_key(new), given.key(key)
        return _said(await unsaid(self._desk.rekey(wanted, typed, paced(tell)), wanted, typed))

    async def on_generate(self, _tell: Tell) -> dict[str, Any]:
        """A new key, for the reader to keep; nothing is done with it here."""
        return {"key": await self._desk.generate()}

    async def on_doctor(self, _tell: Tell) -> dict[str, Any]:
        return await self._desk.doctor()

    async def on_repair(self, _tell: Tell) -> dict[str, Any]:
        return await self._desk.repair()

    async def on_about(self, _tell: Tell) -> dict[str, Any]:
        return await self._desk.about()

    async def on_note(self, _tell: Tell, title: Any = "", tags: Any = ()) -> dict[str, Any]:
        await self._desk.note(given.text(title, "a title"), given.texts(tags, "tags"))
        return _said("Noted.")


def _said(text: str) -> dict[str, Any]:
    """A sentence as an answer."""
    return {"said": text}


def paced(tell: Tell) -> Report:
    """Reports as news for the page, a few a second: a conversion reports each of its items."""
    last = 0.0

    def report(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _EVERY or (total and done >= total):
            last = now
            tell(done=done, total=total)

    return report
