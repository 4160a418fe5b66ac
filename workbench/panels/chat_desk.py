"""What a chat panel does, by the verbs of the face. See `workbench.widgets.chat.desk`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from workbench import loop
from workbench.errors import InvalidValue, Unsupported, nearest
from workbench.items import Item
from workbench.models.response import NAME as OFFLINE_NAME
from workbench.panels.plain import plainly
from workbench.panels.spent import spent
from workbench.sessions.given import awaits_id, is_session
from workbench.turn.record import Turn
from workbench.turn.take import Emit, take_turn
from workbench.verbs.agents import agent_called, known_agents
from workbench.verbs.approve.deciding import Deciding
from workbench.verbs.approve.going_on import Run, decided_on
from workbench.verbs.approve.waiting import waiting
from workbench.verbs.attach import Named, with_attachments
from workbench.verbs.fork import fork
from workbench.verbs.opening import opened
from workbench.verbs.prices import price_list
from workbench.verbs.restore import restore
from workbench.verbs.rewind import rewind
from workbench.verbs.runs import keep_run
from workbench.verbs.subject import not_a_session, with_hidden
from workbench.verbs.talk import first_notice
from workbench.workspace import Name, workspace
from workbench.workspace.secrets import no_key
from workbench.workspace.urls import needs_password

PLAIN = "none"
"""The plain assistant, as ``%agent --agent none`` names it."""
DEFAULT_MODEL = "default"
"""As ``%agent --model default``: the agent's own, or the SDK's."""


class ChatDesk:
    """One conversation: a named one, or a session object."""

    def __init__(
        self, target: Any, *, store: str | None = None, agent: Any = None, model: Any = None
    ) -> None:
        self._agent, self._model = agent, model
        self._entry: Name | None = None
        if isinstance(target, str):
            found = opened(target, store=store)
            self._entry, self.session = found.entry, found.session
        else:
            self.session = _given(target, store)

    @property
    def name(self) -> str:
        """Its name, or the id of a session object."""
        return str(self.session.session_id) if self._entry is None else self._entry.name

    @property
    def where(self) -> str:
        """The store's URL; for a session from elsewhere its type."""
        store = getattr(self.session, "store", None)
        return str(getattr(store, "url", None) or type(self.session).__name__)

    @property
    def _target(self) -> Any:
        return self.session if self._entry is None else self._entry.name

    async def names(self) -> list[str]:
        """The named sessions, the last used first."""
        return [each.name for each in await workspace().names()]

    def agents(self) -> list[tuple[str, str]]:
        """Those that are variables of the notebook, or registered."""
        default = self._default_agent()
        name = "plain assistant" if default is None else str(default.name)
        known = {each.name: each.name for each in known_agents().values()}
        plain = [] if default is None else [(PLAIN, "plain assistant")]
        return [("", name), *plain, *((each, each) for each in sorted(known) if each != name)]

    def models(self) -> list[tuple[str, str]]:
        """The offline model, and those of the price list."""
        default = self._default_model()
        name = default if isinstance(default, str) else "the agent's own"
        if default is not None and not isinstance(default, str):
            name = type(default).__name__
        named = [OFFLINE_NAME, *sorted(price_list().models)]
        return [("", name), *((each, each) for each in dict.fromkeys(named) if each != name)]

    def check(self, *, agent: str, model: str) -> None:
        """Raises InvalidValue for an agent that there is not."""
        self._chosen_agent(agent)

    def prompt(self, text: str, files: Sequence[tuple[str, bytes]]) -> str | list[Item]:
        """As ``wb.ask`` makes it."""
        return with_attachments(text, [Named(name, data) for name, data in files])

    async def take(self, prompt: str | list[Item], emit: Emit, *, agent: str, model: str) -> Turn:
        """As ``wb.ask``; a named session goes on with what was picked, as with ``%agent``."""
        who = self._chosen_agent(agent)
        turn = await take_turn(
            self.session,
            prompt,
            agent=who,
            model=self._chosen_model(model),
            emit=emit,
            notice=partial(first_notice, self.name),
            name=self.name,
        )
        keep_run(turn, who)
        await self._remember(agent, model)
        return turn

    async def decide(
        self,
        call_id: str,
        emit: Emit,
        *,
        approve: bool,
        always: bool,
        again: bool,
        message: str | None,
        agent: str,
        model: str,
    ) -> Turn | None:
        """As ``wb.approve`` and ``wb.reject``."""
        decision = Deciding(
            decision="approved" if approve else "rejected",
            calls=(call_id,),
            always=always,
            message=None if approve else message,
            again=again,
        )
        # The run goes on with the agent that it began with, unless another one is named.
        who = self._chosen_agent(agent) if agent not in ("", PLAIN) else None
        options = {"agent": who, "model": self._chosen_model(model)}
        return await decided_on(self.session, decision, Run.of(self.name, options), emit)

    async def waiting(self) -> list[dict[str, Any]]:
        """The calls of the turns that wait, as ``wb.pending`` shows them."""
        try:
            found = await waiting(self.session, self.name)
        except Unsupported:
            return []
        return [_shown(row) for each in found for row in each.rows()]

    async def rewind(self, turn: int) -> None:
        """As ``wb.rewind``."""
        await plainly(partial(rewind, self._target, turn))

    async def restore(self) -> None:
        """As ``wb.restore``."""
        await plainly(partial(restore, self._target, what="rewound"))

    async def fork(self, turn: int) -> str:
        """As ``wb.fork``."""
        made = await plainly(partial(fork, self._target, at=turn))
        return made.name

    async def open(self, name: str) -> None:
        """As ``wb.session``, but nobody is asked for a key or a password."""
        entry, _new = await workspace().open(name)
        await plainly(partial(_check_open, entry))
        self.session, self._entry = workspace().session(entry), entry

    async def spent(self, *, agent: str, model: str) -> dict[str, Any]:
        """From the records of its turns, and what the next one would send."""
        return await spent(
            self._target,
            self.session,
            agent=self._chosen_agent(agent),
            model=self._chosen_model(model),
        )

    def _default_agent(self) -> Any:
        if self._agent is not None or self._entry is None or not self._entry.agent:
            return self._agent
        return agent_called(self._entry.agent)

    def _chosen_agent(self, name: str) -> Any:
        """Raises InvalidValue with the nearest name."""
        if not name:
            return self._default_agent()
        if name == PLAIN:
            return None
        if (found := agent_called(name)) is None:
            known = {each.name for each in known_agents().values()}
            raise InvalidValue(
                f"there is no agent {name!r} here any more; {nearest(name, known, plural='agents')}"
            )
        return found

    def _default_model(self) -> Any:
        if self._model is not None:
            return self._model
        model = None if self._entry is None else self._entry.model
        return None if model == DEFAULT_MODEL else model or None

    def _chosen_model(self, name: str) -> Any:
        return name or self._default_model()

    async def _remember(self, agent: str, model: str) -> None:
        if self._entry is not None and (agent or model):
            name = "" if agent == PLAIN else agent or None
            await workspace().remember(self._entry.name, agent=name, model=model or None)


def _given(target: Any, store: str | None) -> Any:
    """A session object, with what is kept beside it. Raises InvalidValue."""
    if store is not None:
        raise InvalidValue("a session object knows its store; leave store= out")
    if awaits_id(target):
        loop.run(target.get_items())  # a service names it then
    if not is_session(target):
        raise not_a_session(target)
    return loop.run(with_hidden(target))


def _check_open(entry: Name) -> None:
    """Raise KeyRequired or PasswordRequired: nobody can be asked from a panel."""
    place = workspace()
    if entry.wrappers.encryption is not None and place.secrets.key(entry.name) is None:
        raise no_key(entry.name)
    if needs_password(entry.store or ""):
        place.secrets.password(entry.store or "")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    names = ("turn", "call_id", "tool", "arguments", "agent", "status")
    return {name: row[name] for name in names}
