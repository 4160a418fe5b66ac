"""What the commands have in common: how one is declared, and options that several take."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn, TypeAlias

from workbench.cli.exits import EXIT_CODES, USAGE

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def command(
    commands: Commands,
    name: str,
    about: str,
    description: str,
    *,
    examples: Sequence[str],
    exit_codes: str = EXIT_CODES,
    usage: str | None = None,
) -> argparse.ArgumentParser:
    """A new command with its help: what it does, examples, exit codes."""
    shown = "\n".join(f"  workbench {each}" for each in examples)
    return commands.add_parser(
        name,
        help=about,
        description=description,
        epilog=f"examples:\n{shown}\n\n{exit_codes}",
        formatter_class=Folded,
        usage=usage,
    )


class Parser(argparse.ArgumentParser):
    """Says what is wrong with a command in one line, as all errors are."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Called by argparse for each command; it would leave what is unknown to the parser above,
        which knows neither the options of the command nor its help."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._nearest(unknown)}")
        return found, unknown

    def _nearest(self, unknown: Sequence[str]) -> str:
        from difflib import get_close_matches  # only when something has gone wrong

        given = next((each.partition("=")[0] for each in unknown if each.startswith("--")), "")
        close = get_close_matches(given, self._option_string_actions, n=1)
        return f"; did you mean {close[0]}" if close else ""

    def error(self, message: str) -> NoReturn:
        """Called by argparse."""
        self.exit(USAGE, f"workbench: {message}; see {self.prog} --help\n")


class Folded(argparse.HelpFormatter):
    """Folds what is said in sentences, and leaves lists of lines as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" not in text:
            return super()._fill_text(text, width, indent)
        return "\n".join(indent + line for line in text.splitlines())


def add_name(parser: argparse.ArgumentParser, about: str) -> argparse.Action:
    """A session, which Tab completes."""
    return completed(parser.add_argument("name", metavar="NAME", help=about), "names")


def add_store(parser: argparse.ArgumentParser, about: str) -> None:
    """``--store URL``, whose schemes Tab completes."""
    completed(parser.add_argument("--store", metavar="URL", help=about), "schemes")


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help="for programs: a JSON object a line")


def completed(action: argparse.Action, how: str) -> argparse.Action:
    """``action``, completed by a function of `workbench.cli.candidates`, loaded when Tab asks."""

    def completer(**given: Any) -> list[str]:
        from workbench.cli import candidates

        found: list[str] = getattr(candidates, how)(**given)
        return found

    action.completer = completer  # type: ignore[attr-defined]  # where argcomplete looks for it
    return action
