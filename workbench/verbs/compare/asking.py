"""One prompt to one conversation: the turn, what it took, and whether it reads back as written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from workbench.errors import TurnFailed
from workbench.items import Item, encode
from workbench.protocols import Archives, KeepsRows, Session, StoredItem
from workbench.render.side_by_side import Reply
from workbench.sessions.layers import innermost
from workbench.turn.record import Turn
from workbench.turn.session import rows_of
from workbench.turn.take import Emit, ignore, take_turn
from workbench.turn.wording import described
from workbench.verbs.compare.forks import items_of, recognised
from workbench.verbs.compare.sides import Side
from workbench.verbs.compare.timing import Seconds, TimedSession, model_hooks
from workbench.verbs.compare.told import Teller
from workbench.verbs.prices import Prices


@dataclass(frozen=True, slots=True)
class Asked:
    """One prompt (the ``number``-th, from 1) to one side, in its ``run``-th conversation."""

    prompt: str | list[Item]
    number: int
    side: Side
    run: int


@dataclass(slots=True)
class Answer:
    """What became of it.

    ``turn`` is None where there was none to take, ``error`` says why. ``before`` are the digests of
    the history that the prompt met (None: it could not be read), ``reads_back`` whether all that
    was written there came back as it was, ``stored`` the bytes of what the turn added, as JSON.
    ``stopped``: it was somebody's wish that there is no turn.
    """

    asked: Asked
    place: str
    turn: Turn | None = None
    error: str | None = None
    seconds: Seconds = field(default_factory=Seconds)
    cost: float | None = None
    before: list[bytes] | None = None
    reads_back: bool | None = None
    stored: int | None = None
    stopped: bool = False

    @property
    def status(self) -> str:
        """How the turn ended; ``failed`` where there was none, ``cancelled`` if it was stopped."""
        if self.turn is None:
            return "cancelled" if self.stopped else "failed"
        return self.turn.status

    @property
    def reply(self) -> Reply:
        """What there is to read of it."""
        if self.turn is None or self.status == "failed":
            return Reply(None, self.error)
        waits = "[waits for an approval]" if self.status == "pending" else ""
        return Reply(self.turn.text or waits, self.error)


@dataclass(frozen=True, slots=True)
class Asker:
    """How every prompt is asked: the further keywords of ``Runner.run``, and the price list."""

    options: Mapping[str, Any]
    prices: Prices

    async def ask(
        self, session: Any, asked: Asked, *, copy_is_true: bool, emit: Emit | None = None
    ) -> Answer:
        """Take the turn and look at what it left; any error becomes part of the answer.

        ``emit`` gets what the turn emits on the way; None, and the model is not asked to stream.
        """
        answer = Answer(asked, place_of(session))
        try:
            answer.before = await _digests(session)
            await self._take(session, answer, emit)
            if answer.turn is not None and answer.turn.status in ("done", "pending"):
                same, answer.stored = await _kept(session, answer.turn)
                answer.reads_back = same and copy_is_true
        except TurnFailed as exc:
            answer.turn, answer.error = exc.turn, exc.turn.error
        except Exception as exc:  # of one side, which must not stop the others
            answer.error = described(exc)
        except asyncio.CancelledError as exc:
            if _is_cancelled():
                raise
            answer.error = described(exc)  # a model's or a tool's own
        return answer

    async def _take(self, session: Any, answer: Answer, emit: Emit | None) -> None:
        side, spent = answer.asked.side, answer.seconds
        hooks, stop = model_hooks(spent)
        try:
            answer.turn = await take_turn(
                cast(Session, TimedSession(session, spent)),
                answer.asked.prompt,
                agent=side.agent,
                model=side.model,
                stream=emit is not None,
                emit=emit or ignore,
                notice=lambda: False,  # the model stands in the frame
                name=side.label,
                run_options={**self.options, "hooks": hooks},
            )
        finally:
            stop()
        answer.cost = self._cost(answer.turn)

    def _cost(self, turn: Turn) -> float | None:
        used = turn.usage
        if used.total_tokens is None:
            return None
        return self.prices.cost(
            turn.model, used.input_tokens, used.output_tokens, cached_tokens=_cached(turn)
        )


def _is_cancelled() -> bool:
    """Whether it is this very task that somebody stops."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def place_of(session: Any) -> str:
    """Where a conversation is kept, as a frame shows it."""
    store = getattr(session, "store", None)
    return str(store.url) if store is not None else type(session).__name__


async def _digests(session: Any) -> list[bytes]:
    teller = Teller()
    return [teller.digest(item) async for item in items_of(session)]


def _cached(turn: Turn) -> int:
    context = getattr(turn.result, "context_wrapper", None)
    details = getattr(getattr(context, "usage", None), "input_tokens_details", None)
    return getattr(details, "cached_tokens", None) or 0


async def _kept(session: Any, turn: Turn) -> tuple[bool, int]:
    """Whether what the turn wrote is there as it was, and how many bytes of JSON that is where it
    lies: for an encrypted session its envelopes."""
    found = await _added(session, turn)
    same = len(found) == len(turn.items) and all(
        recognised(session, given, there) for given, there in zip(turn.items, found, strict=True)
    )
    lying = await _added(innermost(session), turn)
    return same, sum(len(encode(item).encode()) for item in lying)


async def _added(session: Any, turn: Turn) -> list[Item]:
    """What a session has of a turn, also where it has been summarised meanwhile."""
    if not turn.items:
        return []
    if not isinstance(session, KeepsRows):
        return list(await session.get_items(len(turn.items)))
    rows: Sequence[StoredItem] = await rows_of(session, {turn.turn_id}, at_least=len(turn.items))
    if len(rows) < len(turn.items) and isinstance(session, Archives):
        kept = [
            StoredItem(each.key, each.item, each.created_at, each.turn_id)
            for each in await session.archived()
            if each.turn_id == turn.turn_id
        ]
        rows = sorted([*rows, *kept], key=lambda row: row.key)
    return [row.item for row in rows]
