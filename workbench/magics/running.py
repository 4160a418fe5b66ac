"""Running an ``%agent`` cell: the session it is about, its turn or its bound code."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from workbench import loop
from workbench.errors import (
    EncryptionError,
    InvalidValue,
    MissingKey,
    NotFound,
    PasswordRequired,
    StoreUnreachable,
    shorten,
)
from workbench.live import live
from workbench.magics import notebook
from workbench.magics.options import wrapper_settings
from workbench.render import duration
from workbench.turn import Turn, take_turn
from workbench.turn.rerun import Earlier, earlier_turns
from workbench.verbs import opening
from workbench.verbs.attach import with_attachments
from workbench.verbs.fork import fork_before
from workbench.verbs.opening import opened as open_session
from workbench.verbs.runs import keep_run
from workbench.verbs.talk import first_notice, on_screen
from workbench.workspace import Name, workspace

if TYPE_CHECKING:
    from workbench.binding import Binding
    from workbench.magics.settings import Settings

DEFAULT_MODEL = "default"
"""``--model default``: the agent's own model, whatever the session has used before."""


_CANT_OPEN = (
    InvalidValue,
    NotFound,
    EncryptionError,
    PasswordRequired,
    StoreUnreachable,
    MissingKey,
)
"""What is said in one line: there is nothing of the user's own to be looked for."""


def _is_run(value: Any) -> bool:
    """Whether this is a call of ``Runner.run`` that nobody has awaited."""
    name = getattr(value, "__qualname__", "")
    return inspect.iscoroutine(value) and name == "Runner.run"


@dataclass(frozen=True, slots=True)
class Opened:
    """The session of a cell, with what running the cell again does to it."""

    entry: Name
    session: Any
    replacing: Earlier | None = None


class Cell:
    """One ``%agent`` call: its options, and the notebook around it."""

    def __init__(self, magics: Settings, values: dict[str, Any], magic: str) -> None:
        self.magics = magics
        self.shell: Any = magics.shell
        self.values = values
        self.magic = magic
        self.cell = notebook.cell_id(self.shell)
        self.execution = magics.cells.execution
        if (out := values.get("out")) is not None and not out.isidentifier():
            raise UsageError(f"{magic}: --out needs a variable name, not {out!r}")

    def ask(self, body: str) -> Turn:
        """Take the turn of a prompt; show it and return it."""
        __tracebackhide__ = True
        if not body.strip():
            where = "in the lines below" if self.magic == "%%agent" else "behind the options"
            raise UsageError(f"{self.magic}: the prompt is empty; write it {where}")
        prompt = self._with_attachments(body.strip("\n"))
        opened = self._open()
        agent = self._agent(opened.entry)
        stream = self.magics.stream and not self.values.get("no_stream")
        try:
            turn = on_screen(
                live(stream),
                lambda emit: take_turn(
                    opened.session,
                    prompt,
                    agent=agent,
                    model=self._model(opened.entry),
                    api=self.magics.api or None,
                    stream=stream,
                    emit=emit,
                    notice=partial(first_notice, opened.entry.name),
                    name=opened.entry.name,
                    cell=self.cell,
                    execution=self.execution,
                    replacing=opened.replacing,
                ),
            )
        except (MissingKey, EncryptionError) as exc:
            raise UsageError(f"{self.magic}: {exc}") from None
        self._keep(turn)
        keep_run(turn, agent)
        self._remember(opened.entry)
        return turn

    def bind(self) -> None:
        """Bind the runs of the rest of this cell to the session."""
        from workbench.binding import Binding, bind, install

        if "agent" in self.values:
            raise UsageError(
                f"{self.magic}: --agent is for prompts; Python names its agent in Runner.run(...)"
            )
        if "attach" in self.values:
            raise UsageError(
                f"{self.magic}: --attach is for prompts; Python puts the parts into the input items"
            )
        install()
        opened = self._open()
        binding = Binding(
            opened.session,
            opened.entry.name,
            partial(first_notice, opened.entry.name),
            model=self._model(opened.entry),
            api=self.magics.api or None,
            cell=self.cell,
            execution=self.execution,
            replacing=opened.replacing,
        )
        bind(binding)
        self.magics.cells.at_end(partial(self._unbind, binding, set(self._results())))

    def run_code(self, body: str) -> None:
        """Run a Python body where the input transformer had no say (``run_cell_magic``)."""
        self.bind()
        self.shell.run_cell(body).raise_error()

    def _results(self) -> dict[int, Any]:
        """What cells have ended with, by their number."""
        found: dict[int, Any] = self.shell.user_ns.get("_oh", {})
        return found

    def _unbind(self, binding: Binding, before: set[int]) -> None:
        """The cell has ended: say in one line what it added; ``before`` are earlier results."""
        if left := binding.end():
            runs = "A run was" if left == 1 else f"{left} runs were"
            print(
                f"{runs} still under way when the cell ended: stopped and taken back. Await it, or "
                "read its stream to the end, in the cell that starts it."
            )
        turns = binding.turns
        if not turns:
            values = (value for number, value in self._results().items() if number not in before)
            if not left and any(map(_is_run, values)):
                print("Nothing was run: write await Runner.run(...), or Runner.run_sync(...).")
            return
        for turn in turns:
            keep_run(turn)
        self._keep(turns[-1])
        count = "1 turn" if len(turns) == 1 else f"{len(turns)} turns"
        states = {turn.status for turn in turns} - {"done"}
        print(
            f"[session {shorten(turns[-1].session)}: {count}, "
            f"{duration(sum(turn.seconds for turn in turns))}, {turns[-1].model}"
            + (f", {', '.join(sorted(states))}" if states else "")
            + "]"
        )

    def _with_attachments(self, body: str) -> str | list[Any]:
        """The prompt with its files; looked at before a session is made."""
        try:
            return with_attachments(body, self.values.get("attach", ()))
        except InvalidValue as exc:
            raise UsageError(f"{self.magic}: {exc}") from None

    def _keep(self, turn: Turn) -> None:
        if out := self.values.get("out"):
            self.shell.user_ns[out] = turn

    def _remember(self, entry: Name) -> None:
        """The session goes on with what has just worked."""
        agent, model = self.values.get("agent"), self.values.get("model")
        if agent or model:
            agent = "" if agent == notebook.PLAIN else agent
            model = "" if model == DEFAULT_MODEL else model
            loop.run(workspace().remember(entry.name, agent=agent, model=model))

    def _model(self, entry: Name) -> str | None:
        model = self.values.get("model") or entry.model
        return (None if model == DEFAULT_MODEL else model) or self.magics.model or None

    def _agent(self, entry: Name) -> Any:
        if (named := self.values.get("agent")) is not None:
            return notebook.agent_named(self.shell, named, magic=self.magic)
        return notebook.agent_named(
            self.shell, entry.agent, magic=self.magic, remembered_by=entry.name
        )

    def _open(self) -> Opened:
        agent = self.values.get("agent")
        if agent is not None:  # an unknown agent makes no session
            notebook.agent_named(self.shell, agent, magic=self.magic)
        settings = wrapper_settings(self.values, magic=self.magic)
        name = self.values.get("session") or self.magics.session
        try:
            store = self.values.get("store") or self._default_store(name)
            found = open_session(name, store=store, **settings)
            opened, notice = loop.run(self._opened(found))
        except _CANT_OPEN as exc:
            raise UsageError(f"{self.magic}: {exc}") from None
        if notice:
            print(notice, flush=True)
        return opened

    async def _opened(self, found: opening.Opened) -> tuple[Opened, str]:
        if not found.new:
            return await self._again(Opened(found.entry, found.session))
        had = bool(await found.session.get_items(1))
        name, where = shorten(found.entry.name), found.session.store.url
        said = f"Session {name} goes on from {where}." if had else f"New session {name} in {where}."
        return Opened(found.entry, found.session), said

    def _default_store(self, name: str) -> str | None:
        """The configured store, for a new session only."""
        if not self.magics.store or loop.run(workspace().find(name)) is not None:
            return None
        return str(self.magics.store)

    async def _again(self, opened: Opened) -> tuple[Opened, str]:
        rerun = self.values.get("rerun") or self.magics.rerun
        earlier = await earlier_turns(opened.session, self.cell, self.execution)
        if earlier is None or rerun == "append":
            return opened, ""
        name = opened.entry.name
        if rerun == "fork":
            entry = await fork_before(workspace(), opened.entry, earlier.records[0].turn_id)
            said = f"Forked session {shorten(name)} before this cell's turn: {shorten(entry.name)}."
            return Opened(entry, workspace().session(entry)), said
        return Opened(opened.entry, opened.session, earlier), ""
