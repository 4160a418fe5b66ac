"""Doing a compaction: look, make the summary, change the history in one step; and undoing it.

The summary is made before anything is changed, and the change names what it is about. So it may be
cut off between any two steps; and when the history was changed meanwhile in what it names, nothing
happens, and it looks again.
"""

from __future__ import annotations

import asyncio
import contextvars
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench import items as of
from workbench.errors import KeyRequired, ModelError, StoreError, WorkbenchError, shorten
from workbench.estimates import item_tokens
from workbench.items import Item
from workbench.loop import settle
from workbench.protocols import COMPACTION, ArchivedItem, Edit, Spent, StoredItem
from workbench.sessions.compaction.plan import Plan, Policy, plan
from workbench.sessions.compaction.report import Bill, Compaction
from workbench.sessions.compaction.room import checked, parts, room_for
from workbench.sessions.compaction.summary import Made, Summariser
from workbench.sessions.compaction.tally import Tally
from workbench.sessions.compaction.thread import in_thread
from workbench.sessions.wrapper import Base

_ATTEMPTS = 5
_LONG = 2_000
"""Rows for which a plan takes some 30 ms."""

summarising: contextvars.ContextVar[bool] = contextvars.ContextVar(
    "workbench_summarising", default=False
)
"""Set while a summary is made: what makes it may look at the session, and must not wait for itself.
"""


@dataclass(frozen=True, slots=True)
class Compactor:
    """Compacts ``base``. ``timeout`` is the seconds a summary may take; ``tally`` is told of what
    was seen and changed."""

    base: Base
    policy: Policy
    summarise: Summariser
    timeout: float | None
    tally: Tally

    async def compact(
        self, *, now: bool = False, dry_run: bool = False, bill: Bill | None = None
    ) -> Compaction:
        """Compact if it is due, or ``now``. Raises ModelError when there is no good summary.

        What summaries took is put on the ``bill`` as it is spent.
        """
        made, made_of, before = None, None, None
        bill = bill or Bill()
        for _attempt in range(_ATTEMPTS):
            rows = await self.base.rows()
            _check_readable(self.base.session_id, rows)
            self.tally.rows(rows)
            before = _summaries(rows) if before is None else before
            # Somebody else has done it meanwhile: one is enough, unless it is due all the same.
            wanted = now and _summaries(rows) <= before
            found = await _planned(rows, self.policy, now=wanted)
            if found is None:
                self.tally.nothing_gained()
                return self._report(rows, dry_run=dry_run, usage=bill.total)
            # The same items may have got other keys meanwhile: that needs no other summary.
            if made is None or found.items != made_of:
                made, made_of = await self._summary(found.items, bill), found.items
            report = self._report(rows, found, made, dry_run=dry_run, usage=bill.total)
            identity = uuid.uuid4().hex
            if dry_run or await self._stored(found, identity, made):
                return report if dry_run else replace(report, id=identity)
        raise self._outrun("compaction")

    async def _stored(self, found: Plan, identity: str, made: Made) -> bool:
        self.tally.forget()
        return await settle(self.base.edit(found.change(identity, made.items))) is not None

    async def _summary(self, items: list[Item], bill: Bill) -> Made:
        """A good summary: of what is too much to read at once, part after part, each with the
        summary of those before."""
        first, *others = parts(items, self.summarise.at_once)
        made = await self._part(first, bill)
        for part in others:
            made = await self._part([*made.items, *part], bill)
        return made

    async def _part(self, items: Sequence[Item], bill: Bill) -> Made:
        """One summary. Raises ModelError, whatever went wrong."""
        room = room_for(items, self.policy.max_tokens)
        task = self._begun(items, room)
        try:
            await asyncio.wait({task}, timeout=self.timeout)
            if not task.done():
                raise ModelError(f"the summary took longer than {self.timeout:g} s")
        finally:
            task.cancel()  # not waited for: what makes summaries may take no notice of it
        try:
            made = task.result()
        except ModelError:
            raise
        except (Exception, asyncio.CancelledError) as exc:
            raise ModelError(f"the summary failed ({_named(exc)})") from exc
        bill.add(made.usage)
        return checked(made, items, room)

    def _begun(self, items: Sequence[Item], room: int) -> asyncio.Task[Made]:
        """In a context of its own: a summary is part of no run, and of no bound cell."""
        context = contextvars.Context()
        context.run(summarising.set, True)
        task = asyncio.create_task(self._made(items, room), context=context)
        task.add_done_callback(_looked_at)
        return task

    async def _made(self, items: Sequence[Item], room: int) -> Made:
        return await self.summarise(items, room)

    async def undo(self) -> int:
        """Undo the last compaction; how many items came back."""
        for _attempt in range(_ATTEMPTS):
            archived = await self.base.archived()
            last = next(
                (each.reason for each in reversed(archived) if each.reason.startswith(COMPACTION)),
                None,
            )
            if last is None:
                return 0
            originals = [each.key for each in archived if each.reason == last]
            rows = await self.base.rows()
            _check_readable(self.base.session_id, [*rows, *archived])
            summary = [row.key for row in rows if row.turn_id == last]
            self.tally.forget()
            change = Edit(delete=summary, restore=originals)
            if await settle(self.base.edit(change)) is not None:
                return len(originals)
        raise self._outrun("undoing of a compaction")

    def _outrun(self, what: str) -> StoreError:
        return StoreError(
            f"session {shorten(self.base.session_id)} was changed by others during each try at the "
            f"{what}: nothing was done; try again when they write less to it"
        )

    def _report(
        self,
        rows: Sequence[StoredItem],
        found: Plan | None = None,
        made: Made | None = None,
        *,
        dry_run: bool,
        usage: Spent,
    ) -> Compaction:
        size = item_tokens(row.item for row in rows)
        same = Compaction(
            self.base.session_id,
            items_before=len(rows),
            items_after=len(rows),
            tokens_before=size,
            tokens_after=size,
            usage=usage,
            dry_run=dry_run,
            keep_last=self.policy.kept,
        )
        if found is None or made is None:
            return same
        return replace(
            same,
            summarised=tuple(found.items),
            summary=made.text,
            by=made.by,
            items_after=len(rows) - len(found.rows) + len(made.items),
            tokens_after=size - item_tokens(found.items) + item_tokens(made.items),
        )


async def _planned(rows: Sequence[StoredItem], policy: Policy, *, now: bool) -> Plan | None:
    """In a thread where it takes longer than others on this event loop should wait."""
    if len(rows) < _LONG:
        return plan(rows, policy, now=now)
    return await in_thread(plan, rows, policy, now=now)


def _check_readable(session_id: str, rows: Sequence[StoredItem | ArchivedItem]) -> None:
    """A summary of ciphertext would stand for nothing, and lie in plain text between it."""
    if any(of.is_encrypted(row.item) for row in rows):
        raise KeyRequired(
            f"session {shorten(session_id)} is encrypted, and a compaction needs its key: set "
            "WORKBENCH_KEY for one in the workspace, and in Python use "
            "CompactionSession(EncryptedSession(session, key))"
        )


def _summaries(rows: Sequence[StoredItem]) -> set[str]:
    """The compactions that have left something in the conversation."""
    return {row.turn_id for row in rows if row.turn_id and row.turn_id.startswith(COMPACTION)}


def _looked_at(task: asyncio.Task[Made]) -> None:
    """So that asyncio does not report the error of one that is no longer waited for."""
    if not task.cancelled():
        task.exception()


def _named(error: BaseException) -> str:
    """An error without its text, which may quote the conversation unless it is one of ours."""
    if isinstance(error, WorkbenchError):
        return str(error)
    status = getattr(error, "status_code", None)
    return type(error).__name__ + (f", status {status}" if isinstance(status, int) else "")
