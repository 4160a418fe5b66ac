"""A session that keeps itself short: older messages become one summary, and none is lost.

What it keeps and guarantees is said on the page of `CompactionSession`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from types import EllipsisType
from typing import Any, Literal, TypeVar

from workbench.errors import InvalidValue, WorkbenchError, shorten
from workbench.items import Item
from workbench.loop import at_home, home
from workbench.protocols import PAGE, ArchivedItem, Edit, Key, Spent, StoredItem
from workbench.sessions.compaction.behind import keep_going
from workbench.sessions.compaction.doing import Compactor, summarising
from workbench.sessions.compaction.groups import ends_turn
from workbench.sessions.compaction.notices import spent, untouched
from workbench.sessions.compaction.openai import OpenAICompaction
from workbench.sessions.compaction.place import place_of
from workbench.sessions.compaction.plan import Policy
from workbench.sessions.compaction.report import Bill, Compaction
from workbench.sessions.compaction.summary import Summariser, summariser
from workbench.sessions.compaction.tally import Tally, limit_of
from workbench.sessions.wrapper import SessionWrapper

T = TypeVar("T")
Mode = Literal["summary", "openai"]

_log = logging.getLogger("workbench.sessions.compaction")


class CompactionSession(SessionWrapper):
    """``base_session`` with a history that stays short; every session of the SDK can be the base.

    When there are more than ``max_messages`` messages (items but for reasoning), or more than
    ``max_tokens`` estimated tokens, all but the newest ``keep_last`` (default: half of what may be)
    become one summary. It starts itself after a turn, and the next one waits for it.
    ``summary_model`` is a model's name, an SDK Model, or a function from items to text (plain or
    async); with no key the offline model summarises. ``mode="openai"`` has OpenAI's service compact
    instead, for agents on the Responses API. ``timeout`` is the seconds a summary may take, None
    for no end. Raises InvalidValue.

    >>> session = wb.CompactionSession(wb.SQLiteSession("long"), max_messages=4)
    >>> for number in range(4):
    ...     turn = wb.ask(session, f"My number is {number}")
    >>> len(await session.get_items())
    3
    >>> await session.undo_compaction()  # how many came back
    3

    Layout
        The summary is an item of the base, an assistant's message that says what it is; with
        ``mode="openai"`` what the service returned. The originals lie in the archive of the base,
        under a reason of this one compaction: ``wb.history(..., full=True)`` shows them. A session
        that is not the workbench's has its archive in ``companions.db`` of the workspace.
    Guarantees
        Summary and originals change places in one step of the store; a process that ends before or
        after it leaves a whole history. A summary that fails, is empty or too long changes nothing,
        and the next turn tries again. When others change the history meanwhile it looks again; of
        two that compact at once one does. `undo_compaction` brings the originals back as they were.
        Never summarised: system and developer items, the last user message, calls that wait for an
        approval, and a part of what belongs together: a call and its output, reasoning and what it
        led to (`workbench.sessions.compaction.groups`).
    Limits
        A summary is what a model makes of it, and may leave out what matters. What
        ``mode="openai"`` made only OpenAI's service can read. Encryption goes inside:
        ``CompactionSession(EncryptedSession(session, key))``. A Model or an async function is asked
        on the event loop that uses the session; in a script close the session (``async with``)
        before its loop ends: that waits for a compaction under way.
    Costs
        To look whether it is due: 0.2 % of an append on disk. A compaction reads the conversation,
        asks the model once (for each 400,000 characters), and writes once. Its tokens count as part
        of the turn before it (``wb.usage``).
    To leave
        Use the base without it; of a name, ``wb.session(name, max_messages=0)``.
        `undo_compaction`, again until it returns 0, brings all originals back.
    """

    def __init__(
        self,
        base_session: Any,
        max_messages: int | None = 20,
        summary_model: Any = "gpt-5.2-mini",
        *,
        max_tokens: int | None = None,
        keep_last: int | None = None,
        mode: Mode = "summary",
        timeout: float | None = 60.0,
    ) -> None:
        if isinstance(base_session, CompactionSession):
            raise InvalidValue("the session is compacting already: change its settings instead")
        if mode not in ("summary", "openai"):
            raise InvalidValue(f'mode is "summary" or "openai", not {mode!r}')
        if timeout is not None and not _is_time(timeout):
            raise InvalidValue(f"timeout is a number of seconds above 0, or None, not {timeout!r}")
        super().__init__(base_session)
        self.policy = Policy(
            max_messages=max_messages,
            max_tokens=max_tokens,
            keep_last=keep_last,
            opaque=mode == "openai",
        )
        made_by: Summariser = (
            summariser(summary_model) if mode == "summary" else OpenAICompaction(summary_model)
        )
        self.on_this_loop = self.store is None or made_by.on_this_loop
        """Whether compactions are done on the event loop of who uses the session: a connection of
        the base, or of the model that summarises, may belong to it. Else on the home loop."""
        self._settings = {
            "max_messages": max_messages,
            "summary_model": summary_model,
            "max_tokens": max_tokens,
            "keep_last": keep_last,
            "mode": mode,
            "timeout": timeout,
        }
        self._tally = Tally(self.policy)
        self._compactor = Compactor(self.base, self.policy, made_by, timeout, self._tally)
        self._place = place_of(self)

    def changed(self, **settings: Any) -> CompactionSession:
        """Another handle on the same conversation, with some ``settings`` of the constructor
        changed. Raises InvalidValue."""
        return CompactionSession(self.given, **{**self._settings, **settings})

    def around(self, base_session: Any) -> CompactionSession:
        """The same compaction around another conversation. Raises InvalidValue."""
        return CompactionSession(base_session, **self._settings)

    # By hand

    async def compact(self, *, dry_run: bool = False) -> Compaction:
        """Summarise what lies before the kept part, below the limits too; returns what was done.

        With ``dry_run`` the summary is made and nothing is changed. Raises ModelError when there is
        no good summary, and the errors of the store; the history is then as it was.
        """
        work = partial(self._compactor.compact, now=True, dry_run=dry_run)
        return await self._alone(work, waits=not dry_run)

    async def undo_compaction(self) -> int:
        """Put the originals of the last compaction back in place of its summary, exactly.

        Later items stay. Returns how many came back; 0 when there is none to undo. Called again it
        undoes the one before. The next turn that ends above the limit compacts anew.
        """
        return await self._alone(self._compactor.undo)

    async def settled(self) -> None:
        """Wait for a compaction of this conversation that is under way in this process."""
        if not summarising.get():
            await self._place.ended()

    # By itself

    async def after_turn(self, turn_id: str | None = None) -> Spent | None:
        """Compact, if it is due; returns what that took, None when nothing was to be done.

        Never raises WorkbenchError: what went wrong is in the notice.
        """
        if not self._tally.due():
            return None
        bill = Bill()
        try:
            report = await self._alone(partial(self._compactor.compact, bill=bill))
        except WorkbenchError as exc:
            return replace(bill.total, notice=untouched(self.session_id, exc))
        return spent(report)

    async def add_items(self, items: Sequence[Any]) -> None:
        """Append all of ``items`` or none; a batch that ends a turn starts a compaction behind it,
        if one is due."""
        given = list(items)
        await self.base.add_items(given)
        self._tally.added(given)
        if self._tally.due() and ends_turn(given) and not summarising.get():
            self._begin_behind()

    def _begin_behind(self) -> None:
        loop = asyncio.get_running_loop() if self.on_this_loop else home().loop
        claim = self._place.begin(loop)
        if claim is not None:
            going = keep_going(self._behind(), loop)
            # Not in the work itself: a task that is cancelled before its first step never enters.
            going.add_done_callback(lambda _: self._place.end(claim))

    async def _behind(self) -> None:
        try:
            report = await self._compactor.compact()
        except WorkbenchError as exc:
            _log.warning("%s", untouched(self.session_id, exc))
        except Exception as exc:  # nobody else would hear of it
            _log.error("%s", untouched(self.session_id, exc), exc_info=exc)
        else:
            if report.id is not None:
                _log.info("session %s: %s", shorten(self.session_id), report.headline)

    # What is read and written on the way, for the tally

    async def get_items(self, limit: int | None = None) -> list[Any]:
        """As the base, once a compaction that is under way has ended."""
        await self.settled()
        items = await self.base.get_items(limit)
        most = limit if limit is not None else limit_of(self.session_settings)
        self._tally.read(items, whole=most is None or len(items) < most)
        return items

    async def rows(self, limit: int | None = None) -> list[StoredItem]:
        """As the base, once a compaction that is under way has ended."""
        await self.settled()
        return await self.base.rows(limit)

    async def page(self, after: Key | None = None, *, limit: int = PAGE) -> list[StoredItem]:
        """As the base, once a compaction that is under way has ended."""
        await self.settled()
        return await super().page(after, limit=limit)

    async def scan(self, *args: Any, **kwargs: Any) -> Any:
        """As the base, once a compaction that is under way has ended."""
        await self.settled()
        return await super().scan(*args, **kwargs)

    async def put(
        self,
        rows: Sequence[StoredItem | ArchivedItem],
        *,
        newest: Key | EllipsisType | None = ...,
    ) -> list[Key] | None:
        """As the base. Starts nothing."""
        self._tally.forget()
        return await super().put(rows, newest=newest)

    async def append(self, items: Sequence[Item], *, turn_id: str | None = None) -> list[Key]:
        """As the base. Starts nothing: who appends a turn by its id calls `after_turn`."""
        keys = await self.base.append(items, turn_id=turn_id)
        self._tally.added(items)
        return keys

    async def pop_item(self) -> Any:
        """As the base."""
        self._tally.forget()
        return await self.base.pop_item()

    async def clear_session(self) -> None:
        """As the base."""
        self._tally.forget()
        await self.base.clear_session()

    async def edit(self, change: Edit) -> list[Key] | None:
        """As the base."""
        self._tally.forget()
        return await self.base.edit(change)

    async def archive(self, keys: Sequence[Key], *, reason: str) -> int:
        """As the base."""
        self._tally.forget()
        return await self.base.archive(keys, reason=reason)

    async def restore(self, keys: Sequence[Key]) -> int:
        """As the base."""
        self._tally.forget()
        return await self.base.restore(keys)

    async def close(self) -> None:
        """Close the base, once a compaction that is under way has ended."""
        await self.settled()
        await super().close()

    # How it is done

    async def _alone(self, work: Callable[[], Coroutine[Any, Any, T]], *, waits: bool = True) -> T:
        """Do ``work`` when no other compaction of the conversation is under way here (``waits``),
        on its loop."""
        if summarising.get():
            raise InvalidValue("a summary is being made: what makes it can't compact as well")
        doing = self._exclusively(work) if waits else work()
        return await (doing if self.on_this_loop else at_home(doing))

    async def _exclusively(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        loop = asyncio.get_running_loop()
        while (claim := self._place.begin(loop)) is None:
            await self._place.ended()
        try:
            return await work()
        finally:
            self._place.end(claim)


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
