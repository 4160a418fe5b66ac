"""``%agent`` and ``%%agent``: a cell as a turn of a named conversation."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import line_cell_magic, line_magic, magics_class, no_var_expand

from workbench.magics.body import filled, is_code
from workbench.magics.options import HELP, WRAPPERS, Option, explain, parse
from workbench.magics.session_options import session_help
from workbench.magics.settings import RERUN, Settings

OPTIONS = (
    Option(("-s", "--session"), "the conversation (made if new)", "NAME", kind="session"),
    Option(("--store",), "where a new one is kept, e.g. sqlite:///app.db", "URL", kind="store"),
    *WRAPPERS,
    Option(
        ("-a", "--agent"),
        "the agent: a variable of the notebook, or a registered one",
        "NAME",
        kind="agent",
    ),
    Option(("-m", "--model"), "the model that answers, before the agent's own", "NAME"),
    Option(
        ("--attach",),
        "a picture, a file or an https address that goes with the prompt; may be repeated",
        "FILE",
        kind="file",
        repeated=True,
    ),
    Option(("--no-stream",), "show the reply when it is whole"),
    Option(("-o", "--out"), "keep the turn in this variable too", "VAR"),
    Option(("--code",), "the body is Python, whatever it looks like"),
    Option(("--prompt",), "the body is a prompt, whatever it looks like"),
    Option(("--rerun",), "when this cell ran before", "WHAT", choices=RERUN),
    HELP,
    Option(("--bind",), "bind the rest of this cell", hidden=True),
)

USAGE = (
    "%%agent [options]          the body is a prompt, or Python that calls Runner",
    "%agent [options] PROMPT    one line",
)
ABOUT = """A prompt is one turn of the session; it streams into the cell and the Turn is its value.
Python that calls Runner.run, run_sync or run_streamed is run as it is: each of those calls is a
turn of the session, unless it names a session itself. {{expression}} in a prompt or in an option
is replaced by its value; -- ends the options. A cell that runs again replaces its last turn while
that is still the last of its session (the old one is kept in the archive), and is appended
otherwise. What stands around a session (--max-messages, --encrypt) is remembered by its name."""


@magics_class
class Workbench(Settings):
    """The settings of the workbench, and its magics."""

    @no_var_expand
    @line_cell_magic
    def agent(self, line: str, cell: str | None = None) -> Any:
        __tracebackhide__ = True
        magic = "%agent" if cell is None else "%%agent"
        fill = partial(filled, namespace=self.user_ns, magic=magic)
        values, rest = parse(line, OPTIONS, magic=magic, fill=fill)
        if values.get("help"):
            print(explain(USAGE, ABOUT, OPTIONS))
            return None
        from workbench.magics.running import Cell

        plan = Cell(self, values, magic)
        if values.get("bind"):
            return plan.bind()
        if cell is not None and rest:
            raise UsageError(
                f"%%agent: {rest!r} stands behind the options; put the prompt in the lines below, "
                "the name of a session behind --session"
            )
        if cell is not None and _code_wanted(values, cell):
            return plan.run_code(cell)
        return plan.ask(fill(cell) if cell is not None else rest)

    @no_var_expand
    @line_magic("session")  # type: ignore[arg-type]  # IPython's stub forgets the named form
    def session_magic(self, line: str) -> Any:
        from workbench.magics.session import run

        return run(self, line)

    session_magic.__doc__ = session_help()  # type: ignore[assignment]  # as above

    agent.__doc__ = explain(USAGE, ABOUT, OPTIONS)


def _code_wanted(values: dict[str, Any], body: str) -> bool:
    if values.get("code") and values.get("prompt"):
        raise UsageError("%%agent: --code and --prompt exclude each other")
    return bool(values.get("code")) or (not values.get("prompt") and is_code(body))


_CELL = re.compile(r"%%agent(\s|$)")
_QUESTION = re.compile(r"^(\s*(?:[A-Za-z_]\w*\s*=\s*)?)%agent\s+(\S.*\?)\s*$")


def keep_questions(lines: list[str]) -> list[str]:
    """An input transformer: a ``%agent`` line that ends in a question mark is a prompt.

    IPython would take the question mark as its request for help.
    """
    if lines and lines[0].startswith("%%"):
        return lines  # the text of a prompt, or of another magic
    return [_asked(line) for line in lines]


def _asked(line: str) -> str:
    found = _QUESTION.match(line)
    if found is None:
        return line
    return f"{found[1]}get_ipython().run_line_magic('agent', {found[2]!r})\n"


def bind_code_cells(lines: list[str]) -> list[str]:
    """An input transformer: in an ``%%agent`` cell whose body is Python, the first line becomes a
    call that binds the rest of the cell.

    So IPython itself runs the body: top-level await, the last value, tracebacks and nested magics
    are as in any cell, and line numbers stay as they are.
    """
    if not lines or not _CELL.match(lines[0]):
        return lines
    head, body = lines[0].removeprefix("%%agent").strip(), "".join(lines[1:])
    if not body.strip():
        return lines
    try:
        values, rest = parse(head, OPTIONS, magic="%%agent")
        wanted = not rest and not values.get("help") and _code_wanted(values, body)
    except UsageError:
        return lines  # the magic itself says what is wrong
    if not wanted:
        return lines
    call = f"get_ipython().run_line_magic('agent', {'--bind ' + head!r})\n"
    return [call, *lines[1:]]
