"""``workbench export``: a conversation as a file, or all of them as a folder."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from workbench.cli.exits import OK
from workbench.cli.options import Commands, add_name, add_store, command, completed
from workbench.errors import InvalidValue

FORMATS = ("jsonl", "parquet", "markdown", "html", "fine-tuning")
"""As in `workbench.verbs.files.formats`, which is not loaded for the help."""


def add(commands: Commands) -> None:
    """``workbench export``."""
    parser = command(
        commands,
        "export",
        "write a conversation to a file, or all to a folder",
        "Write a conversation to a file; how, the end of its name says: .jsonl and .parquet lose "
        "nothing and can be loaded again, .md and .html are transcripts. --all writes every "
        "session of this folder, or of a store, as JSON lines into FOLDER, a file each. A file is "
        "there when it is whole; after an interruption the same command finishes it. What is kept "
        "encrypted is written as plain text, for which its key has to be known.",
        examples=(
            "export demo demo.jsonl",
            "export demo demo.html --redact email,card",
            "export user_456 chat.md --store sqlite:///app.db",
            "export --all backup",
            "export --all backup --store redis://localhost:6379",
        ),
        usage="workbench export NAME PATH [options]\n"
        "       workbench export --all FOLDER [options]",
    )
    name = add_name(parser, "the session; with --store its id there")
    path = parser.add_argument("path", metavar="PATH", help="the file to write")
    parser.add_argument(
        "--all",
        action=Everything,
        instead_of=(name, path),
        metavar="FOLDER",
        help="every session, as JSON lines in this folder",
    )
    add_store(parser, "where it is kept, if it is not one of the named: sqlite:///app.db")
    parser.add_argument("--format", choices=FORMATS, help="if the name of the file does not say it")
    redact = parser.add_argument(
        "--redact",
        action="append",
        metavar="WHAT",
        help="leave out email,card,phone,ssn, or all of these",
    )
    completed(redact, "redactions")
    parser.add_argument("--without-archive", action="store_true", help="leave out its archive")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a file, or the folder of another store"
    )
    parser.set_defaults(run=run)


class Everything(argparse.Action):
    """An option that stands for the arguments ``instead_of``, which are not asked for then."""

    def __init__(self, *args: Any, instead_of: Sequence[argparse.Action], **given: Any) -> None:
        super().__init__(*args, **given)
        self._instead_of = instead_of

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Called by argparse when the option is there."""
        setattr(namespace, self.dest, values)
        for each in self._instead_of:
            each.required = False


def run(options: argparse.Namespace) -> int:
    """Write it, or all, and say what was written."""
    import workbench as wb

    said = ",".join(options.redact or ()).split(",")
    how = {
        "store": options.store,
        "redact": None if options.redact is None else [each for each in said if each],
        "overwrite": options.overwrite,
        "archived": not options.without_archive,
    }
    if options.all is None:
        print(wb.export(options.name, options.path, format=options.format, **how))
        return OK
    if options.name is not None or options.format not in (None, "jsonl"):
        raise InvalidValue("--all writes every session as jsonl: leave NAME and --format out")
    print(wb.export_all(options.all, **how))
    return OK
