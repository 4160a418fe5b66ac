"""``wb.chat``: the widget. Its page is ``js/chat``.

What is read and what is done go by verbs that pages ask; what happens in the conversation (a turn
that begins, grows and ends, a change) is told to every page of the panel, each text once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from workbench import loop
from workbench.errors import InvalidValue
from workbench.items import Item
from workbench.widgets.chat.asked import Choice, Files, identity, number, said
from workbench.widgets.chat.desk import Desk
from workbench.widgets.chat.reading import Reading
from workbench.widgets.chat.running import Running
from workbench.widgets.panel import Tell

Take = Callable[[Callable[[tuple[str, Any]], None]], Awaitable[Any]]


class ChatPanel(Reading):
    """A conversation in a panel. ``session`` is the one that is shown, ``turns`` are the Turns that
    were taken in this panel."""

    page = "chat"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.turns: list[Any] = []
        self._task: asyncio.Task[Any] | None = None

    # Talking

    async def on_send(
        self, _tell: Tell, *, text: str, agent: str = "", model: str = "", files: Any = ()
    ) -> None:
        """A turn. When it fails or is stopped the history is as it was, and the page is told."""
        choice = Choice.of(agent, model)
        prompt = self._desk.prompt(said(text), Files.of(files))
        self._desk.check(agent=choice.agent, model=choice.model)
        await self._talk(prompt, choice)

    async def on_again(
        self, _tell: Tell, *, version: int, agent: str = "", model: str = ""
    ) -> None:
        """The last turn once more: it goes to the archive, and comes back if this fails."""
        await self._seen(version)
        turn = self._past.turns
        prompt = [_bare(each) for each in self._past.prompt(turn)]
        if not prompt:
            raise InvalidValue("the last turn has no message of a person that could be sent again")
        await self._instead(turn, prompt, Choice.of(agent, model))

    async def on_resend(
        self,
        _tell: Tell,
        *,
        version: int,
        turn: int,
        text: str,
        agent: str = "",
        model: str = "",
    ) -> None:
        """Another message in the place of that of a turn: it and what came later are archived."""
        choice, text = Choice.of(agent, model), said(text)
        await self._seen(version)
        if not 1 <= number(turn) <= self._past.turns:
            raise InvalidValue("there is no such turn")
        await self._instead(turn, self._desk.prompt(text, ()), choice)

    async def on_decide(
        self,
        _tell: Tell,
        *,
        call_id: str,
        approve: bool,
        always: bool = False,
        again: bool = False,
        message: str = "",
        agent: str = "",
        model: str = "",
    ) -> None:
        """A call is approved or rejected; when all of its turn are, that goes on."""
        choice = Choice.of(agent, model)
        asked, told = identity(call_id), said(message, empty=True).strip() or None
        await self._run(
            [],
            lambda emit: self._desk.decide(
                asked,
                emit,
                approve=approve is True,
                always=always is True,
                again=again is True,
                message=told,
                agent=choice.agent,
                model=choice.model,
            ),
        )

    async def on_stop(self, _tell: Tell) -> None:
        """End the turn that is under way, whichever page has begun it."""
        if self._task is not None:
            self._task.cancel()

    # Changing

    async def on_undo(self, _tell: Tell, *, version: int) -> None:
        """Take the last turn out."""
        await self._seen(version)
        if not self._past.turns:
            raise InvalidValue("there is no turn that could be taken back")
        await self._desk.rewind(self._past.turns - 1)
        self._undone += 1
        await self._anew("The last turn was taken back; Redo puts it back.")

    async def on_redo(self, _tell: Tell, *, version: int) -> None:
        """Put back the turn that was taken out last."""
        await self._seen(version)
        if not self._undone:
            raise InvalidValue("nothing was taken back here that could be put back")
        await self._desk.restore()
        self._undone -= 1
        await self._anew("The turn is back.")

    async def on_fork(self, _tell: Tell, *, version: int, turn: int) -> str:
        """A new conversation with the turns up to this one; the panel turns to it."""
        await self._seen(version)
        name = await self._desk.fork(number(turn))
        await self._lead_to(name)
        self.announce(f"Forked as {name}.")
        return name

    async def on_open(self, _tell: Tell, *, name: str) -> None:
        """Turn to another conversation, made if it is new."""
        self._check_idle()
        await self._lead_to(identity(name).strip())

    # How

    async def _talk(self, prompt: str | list[Item], choice: Choice) -> None:
        items = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        await self._run(
            items,
            lambda emit: self._desk.take(prompt, emit, agent=choice.agent, model=choice.model),
        )

    async def _instead(self, turn: int, prompt: str | list[Item], choice: Choice) -> None:
        """A turn in the place of ``turn`` and those after it, which come back if it fails."""
        self._desk.check(agent=choice.agent, model=choice.model)
        await self._desk.rewind(turn - 1)
        await self._anew()
        try:
            await self._talk(prompt, choice)
        except BaseException:
            await loop.settle(self._desk.restore())
            await loop.settle(self._anew())
            raise

    async def _run(self, prompt: Sequence[Any], take: Take) -> None:
        self._check_idle()
        running = self._running = Running(prompt, self.tell_all)
        self._task = asyncio.current_task()
        try:
            await self._look()  # what was said elsewhere stands above it
            running.begin()
            turn = await take(running.take)
            if turn is not None:
                self.turns.append(turn)
                self._undone = 0
        finally:
            self._running = self._task = None
            running.close()
            await loop.settle(self._ended(running))

    async def _ended(self, running: Running) -> None:
        kept = await self._past.look(self.session)
        await self._tell_past(len(self._past.entries) if kept is None else kept, running)

    async def _anew(self, news: str = "") -> None:
        await self._look()
        if news:
            self.announce(news)

    async def _lead_to(self, name: str) -> None:
        """Show another conversation: here, or where there is a place for each."""
        await (self.elsewhere or self._turn_to)(name)

    async def _turn_to(self, name: str) -> None:
        await self._desk.open(name)
        self._undone = 0
        self._past.entries = []
        self.title = f"Chat: {self._desk.name}"
        await self._past.look(self.session)
        self._past.version += 1
        await self._tell_past(0)

    async def _seen(self, version: Any) -> None:
        """Raise unless nothing is under way and the page shows what there is."""
        self._check_idle()
        await self._look()
        self._check_seen(version)

    def _check_idle(self) -> None:
        if self._running is not None:
            raise InvalidValue("a turn is under way: wait for its end, or stop it first")


def _bare(item: Any) -> Item:
    """A message as it was sent first: without what a service has given it."""
    return {name: value for name, value in item.items() if name not in ("id", "status")}
