"""Reading a history as columns, where its session can: in steps, and only what is new of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.frames.cache import CACHE, Key, Known
from workbench.frames.chunks import Chunk, ChunkTaker, Taken, joined
from workbench.frames.labels import Labels
from workbench.frames.settled import settled_after
from workbench.frames.table import Table
from workbench.frames.tools import tools_after
from workbench.protocols import Columnar, Report, Scanned

STEP = 10_000
"""Items of a step: others who read the same store wait no longer than for these."""
_PATIENCE = 3
"""How often a history may change under the reading before it is read in one step."""
_SMALL = 2_000
"""Shorter chunks than this are joined, so that looking again and again makes no crumbs."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a history was before, and what was read of it since."""

    session_id: str
    key: Key | None
    known: Known
    taken: Sequence[Taken]
    last: Scanned[Taken]

    def table(self, _report: Report | None = None) -> Table:
        """Both together, which is remembered for the next look."""
        chunks, tools = self.known.chunks, self.known.tools
        if self.taken or tools is None:
            chunks = self._chunks()
            tools = tools_after(tools, chunks, [each.chunk for each in self.taken])
        labels, before = self._labels(), self.known
        settled = settled_after(before.settled, before.labels, chunks, labels, self.last.anew_turns)
        CACHE.put(self.key, Known(chunks, labels, tools, self.last.mark, settled))
        return Table(self.session_id, chunks, labels, tools=tools, settled=settled)

    def _chunks(self) -> list[Chunk]:
        chunks = list(self.known.chunks)
        for chunk in (each.chunk for each in self.taken):
            if chunks and len(chunks[-1]) + len(chunk) < _SMALL:
                chunks[-1] = joined([chunks[-1], chunk])
            else:
                chunks.append(chunk)
        return chunks

    def _labels(self) -> Labels:
        labels = self.known.labels
        if self.last.anew_turns:
            labels = labels.without_records()
        if self.taken:
            labels = labels.with_items([each.labels for each in self.taken])
        return labels.with_records(self.last.turns)


async def scan_history(session: Any, *, full: bool, report: Report | None = None) -> Scan | None:
    """Read what is new of a history; None: its session can't be read as columns."""
    if not has_columns(session):
        return None
    key = CACHE.key(getattr(session, "store", None), session.session_id, full)
    known = CACHE.get(key)
    taken: list[Taken] = []
    mark, begun = known.mark, 0
    while True:
        limit = STEP if begun < _PATIENCE else None
        scanned = await session.scan(ChunkTaker, mark, full=full, limit=limit)
        if scanned is None:
            return None
        if scanned.anew:
            known, taken, begun = Known(), [], begun + 1
        if scanned.made is not None:
            taken.append(scanned.made)
        mark = scanned.mark
        if not scanned.more:
            return Scan(session.session_id, key, known, taken, scanned)
        if report is not None:
            report(sum(len(each.chunk) for each in taken), scanned.total)


def has_columns(session: Any) -> bool:
    """Whether it is worth asking a session for columns."""
    return isinstance(session, Columnar)
