"""The records of turns that a SQLite file keeps beside the items."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial

from workbench.protocols import TurnRecord
from workbench.stores.records import turn_to_json
from workbench.stores.sqlite import layout, writing
from workbench.stores.sqlite.file import SQLiteFile
from workbench.stores.sqlite.finding import read_turns_of, turn_of


class KeepsTurns:
    """A part of the SQLite store, which has a ``file``."""

    file: SQLiteFile

    async def save_turn(self, session_id: str, record: TurnRecord) -> None:
        """Remember a turn; one with the same id is replaced."""
        await self.save_turns(session_id, [record])

    async def save_turns(self, session_id: str, records: Sequence[TurnRecord]) -> None:
        """Remember all of these turns or none of them; those with the same ids are replaced."""
        values = [
            (each.turn_id, session_id, layout.stamp(each.started_at), turn_to_json(each))
            for each in records
        ]

        def work(db: sqlite3.Connection) -> None:
            db.executemany(layout.SAVE_TURN, values)

        if values:
            await self.file.write(work)

    async def swap_turn(self, session_id: str, before: TurnRecord, after: TurnRecord) -> bool:
        """Put one record in the place of another, if that is what is remembered."""
        if not self.file.exists():
            return False
        return await self.file.write(partial(writing.swap_turn, session_id, before, after))

    async def turns(self, session_id: str) -> list[TurnRecord]:
        """The turns of a session in the order they started."""

        def work(db: sqlite3.Connection) -> list[TurnRecord]:
            if "workbench_turns" not in layout.tables(db):
                return []
            return [
                turn_of(session_id, record) for (record,) in db.execute(layout.TURNS, (session_id,))
            ]

        return await self.file.read(work, missing=[])

    async def turns_of(self, session_id: str, turn_ids: Sequence[str]) -> list[TurnRecord]:
        """The records of these turns, in the order they started."""
        return await self.file.read(partial(read_turns_of, session_id, turn_ids), missing=[])
