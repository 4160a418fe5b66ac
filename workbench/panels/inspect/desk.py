"""What the panel asks for, answered by the verbs."""

from __future__ import annotations

from typing import Any

from workbench.panels.inspect import about, budget, compaction, encryption, health, static
from workbench.panels.inspect.place import Place
from workbench.protocols import Report
from workbench.widgets.inspect.desk import Settings


class VerbsDesk:
    """`workbench.widgets.inspect.desk.Desk` for the conversation at ``place``."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def context(self, model: str | None) -> dict[str, Any]:
        return await budget.budget(self._place, model)

    async def compaction(self) -> dict[str, Any]:
        return await compaction.state(self._place)

    async def dry_run(self, settings: Settings) -> dict[str, Any]:
        return await compaction.dry_run(self._place, settings)

    async def compact(self, settings: Settings) -> str:
        return await compaction.compact(self._place, settings)

    async def undo(self) -> str:
        return await compaction.undo(self._place)

    async def under(self, identity: str, start: int) -> dict[str, Any]:
        return await compaction.under(self._place, identity, start)

    async def keep(self, settings: Settings) -> str:
        return await compaction.keep(self._place, settings)

    async def encryption(self) -> dict[str, Any]:
        return await encryption.state(self._place)

    async def unlock(self, key: str) -> str:
        return await encryption.unlock_with(self._place, key)

    async def encrypt(self, key: str | None, report: Report) -> str:
        return await encryption.encrypted(self._place, key, report)

    async def decrypt(self, key: str | None, report: Report) -> str:
        return await encryption.decrypted(self._place, key, report)

    async def rekey(self, new: str, key: str | None, report: Report) -> str:
        return await encryption.rekeyed(self._place, new, key, report)

    async def generate(self) -> str:
        from workbench.sessions import generate_key

        return generate_key()

    async def doctor(self) -> dict[str, Any]:
        return await health.findings(self._place)

    async def repair(self) -> dict[str, Any]:
        return await health.repaired(self._place)

    async def about(self) -> dict[str, Any]:
        return await about.card(self._place)

    async def note(self, title: str, tags: list[str]) -> None:
        await about.note(self._place, title, tags)

    def forms(self, model: str | None) -> dict[str, str]:
        return static.forms(self._place, model)
