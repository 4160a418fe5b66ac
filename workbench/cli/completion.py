"""Completion by Tab: the code for a shell, and the answers that it asks for.

Both are argcomplete's. The shell calls ``workbench`` itself at each Tab, with ``_ARGCOMPLETE`` in
the environment, and what may stand at the cursor comes back; nothing heavy is loaded for that.
"""

from __future__ import annotations

import argparse

from workbench.cli.exits import OK
from workbench.cli.options import Commands, command

SHELLS = ("bash", "zsh", "fish")


def add(commands: Commands) -> None:
    """``workbench completion``."""
    parser = command(
        commands,
        "completion",
        "print what makes Tab complete this command",
        "Print the code that makes Tab complete commands, options and the names of sessions, for a "
        "shell to source. In zsh it has to come after compinit.",
        examples=(
            'completion bash    # in ~/.bashrc: eval "$(workbench completion bash)"',
            'completion zsh     # in ~/.zshrc:  eval "$(workbench completion zsh)"',
            "completion fish    # > ~/.config/fish/completions/workbench.fish",
        ),
    )
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the code."""
    from argcomplete.shell_integration import shellcode

    print(shellcode(["workbench"], shell=options.shell))
    return OK


def answer(parser: argparse.ArgumentParser) -> None:
    """Say what may stand at the cursor, and leave the process: a shell waits for that only."""
    import argcomplete

    # Options are offered behind a dash only: they would hide the names among them.
    argcomplete.autocomplete(parser, always_complete_options=False)
