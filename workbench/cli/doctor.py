"""``workbench doctor``: what is wrong with a conversation, and its repair."""

from __future__ import annotations

import argparse
from typing import Any

from workbench.cli.exits import FAILED, OK, USAGE
from workbench.cli.lines import print_json, print_table, rows_of
from workbench.cli.options import Commands, add_json, add_name, add_store, command

EXIT_CODES = (
    "exit codes: 0 healthy, 1 there are findings left, 2 it could not look (no such session, no "
    "key, a store that is down)"
)
COLUMNS = {each: each.upper() for each in ("finding", "order", "turn", "detail", "repair")}
NOT_REPAIRED = "none"
"""Begins what is said of the repair of a finding that a repair leaves alone."""


def add(commands: Commands) -> None:
    """``workbench doctor``."""
    parser = command(
        commands,
        "doctor",
        "say what is wrong with a conversation, and repair it",
        "Say what is wrong with a conversation: calls without output, items that can't be read, "
        "turns that were cut off, and so on, with what a repair would do. --repair does it in one "
        "step; what it takes out is kept in the archive. Don't repair while a turn is under way.",
        examples=("doctor demo", "doctor demo --repair", "doctor chat --store sqlite:///app.db"),
        exit_codes=EXIT_CODES,
    )
    add_name(parser, "the session; with --store its id there")
    add_store(parser, "where it is kept, if it is not one of the named: sqlite:///app.db")
    parser.add_argument("--repair", action="store_true", help="repair what can be repaired")
    add_json(parser)
    # As grep and cmp do: 1 is an answer, so that what is none has to be 2.
    parser.set_defaults(run=run, failed=USAGE)


def run(options: argparse.Namespace) -> int:
    """Examine it, and repair it if asked to."""
    import workbench as wb

    repaired: list[dict[str, Any]] = []
    if options.repair:
        done = rows_of(wb.doctor(options.name, store=options.store, repair=True))
        repaired = [each for each in done if not each["repair"].startswith(NOT_REPAIRED)]
    left = rows_of(wb.doctor(options.name, store=options.store))
    if options.json:
        print_json({**each, "repaired": True} for each in repaired)
        print_json({**each, "repaired": False} for each in left)
    else:
        show(repaired, left)
    return FAILED if left else OK


def show(repaired: list[dict[str, Any]], left: list[dict[str, Any]]) -> None:
    """For people: what was repaired, then what is left."""
    if repaired:
        print("Repaired:")
        print_table(COLUMNS, repaired)
    if left:
        print("\nLeft:" if repaired else "Found:")
        print_table(COLUMNS, left)
    else:
        print("Now healthy." if repaired else "Healthy: nothing was found.")
