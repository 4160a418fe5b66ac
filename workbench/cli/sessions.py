"""``workbench sessions``: the conversations of the workspace, or of a store."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from workbench.cli.exits import OK
from workbench.cli.lines import print_json, print_table, rows_of
from workbench.cli.options import Commands, add_json, add_store, command, completed

NAMED = {
    "name": "NAME",
    "title": "TITLE",
    "tags": "TAGS",
    "store": "STORE",
    "n_items": "ITEMS",
    "agent": "AGENT",
    "model": "MODEL",
    "last_used": "LAST USED (UTC)",
}
STORED = {
    "session_id": "ID",
    "n_items": "ITEMS",
    "created_at": "BEGUN (UTC)",
    "updated_at": "LAST WRITTEN (UTC)",
}
"""The columns of the table and their heads; ``--json`` has all columns."""

NOTED = ("title", "tags")
"""Columns that stand there only if a session has something in them."""


def add(commands: Commands) -> None:
    """``workbench sessions``."""
    parser = command(
        commands,
        "sessions",
        "list conversations",
        "List the named sessions of this folder (.workbench/), the last used first, or all "
        "sessions of a store. --json has everything that is known of them.",
        examples=(
            "sessions",
            "sessions --tag travel --meta customer=7",
            "sessions --store sqlite:///app.db --json | jq .session_id",
        ),
    )
    add_store(parser, "all sessions there instead: sqlite:///app.db, redis://localhost:6379")
    tag = parser.add_argument(
        "--tag", action="append", metavar="TAG", help="those with this tag; may be repeated"
    )
    completed(tag, "nothing")
    title = parser.add_argument("--title", metavar="TEXT", help="those with this in their title")
    completed(title, "nothing")
    meta = parser.add_argument(
        "--meta",
        action="append",
        metavar="KEY=VALUE",
        help="those with this metadata; KEY= is without; may be repeated",
    )
    completed(meta, "nothing")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List them."""
    import workbench as wb
    from workbench.workspace.about import pair

    metadata = dict(map(pair, options.meta)) if options.meta else None
    frame = wb.list_sessions(options.store, tag=options.tag, title=options.title, metadata=metadata)
    rows = rows_of(frame)
    if options.json:
        print_json(map(as_data, rows))
    elif rows:
        table(rows, named=options.store is None)
    else:
        print(f"workbench: {none_found(options)}", file=sys.stderr)
    return OK


def as_data(row: dict[str, Any]) -> dict[str, Any]:
    """A row for programs: tags as a list, metadata as an object."""
    told = dict(row)
    if "tags" in told:
        told["tags"] = told["tags"].split(", ") if told["tags"] else []
        told["metadata"] = json.loads(told["metadata"]) if told["metadata"] else {}
    return told


def table(rows: list[dict[str, Any]], *, named: bool) -> None:
    """Print the rows for people."""
    heads = NAMED if named else STORED
    noted = {each for each in NOTED if any(row.get(each) for row in rows)}
    columns = {each: head for each, head in heads.items() if each not in NOTED or each in noted}
    print_table(columns, [to_minutes(row) for row in rows])


def to_minutes(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its times, ISO ones in UTC, to the minute."""
    times = {each for each in row if each.endswith(("_at", "_used")) and row[each]}
    return {**row, **{each: row[each][:16].replace("T", " ") for each in times}}


def none_found(options: argparse.Namespace) -> str:
    """Why there is nothing to list, and where to look."""
    from workbench.places import workspace_file
    from workbench.stores.sqlite.address import file_of
    from workbench.stores.urls import StoreURL, redacted

    if options.store is not None:
        path = file_of(StoreURL.parse(options.store))
        if path is not None and not path.exists():
            return f"there is no file {path}"
        return f"there are no sessions in {redacted(options.store)}"
    file = workspace_file()
    if file.exists():
        looked_for = options.tag or options.title or options.meta
        return f"no session {'fits' if looked_for else 'has a name yet'} in {file.parent}"
    near = sorted(Path.cwd().glob("*/.workbench/workbench.db"))
    where = f"; there are some in {near[0].parents[1].name}/" if near else ""
    return f"no conversations are kept in this folder (there is no {file}){where}"
