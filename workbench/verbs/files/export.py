"""``wb.export``: a conversation as a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from workbench.errors import InvalidValue
from workbench.protocols import Report, Session
from workbench.sessions.given import is_session
from workbench.verbs.files import formats
from workbench.verbs.files.formats import format_of
from workbench.verbs.files.report import ENCRYPTED, Written
from workbench.verbs.files.whole import checked_target, given_path, whole_file
from workbench.verbs.progress import Bar

if TYPE_CHECKING:
    from workbench.verbs.files.source import Source

Write = Callable[["Source", BinaryIO, Report], object]


def export(
    target: str | Session | Sequence[str | Session],
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    store: str | None = None,
    redact: Any = None,
    overwrite: bool = False,
    archived: bool = True,
) -> Written:
    """Write a conversation to a file; returns a report of what was written.

    ``target`` is a name, a session object, or with ``store`` the id of a session there. The format
    follows the end of the name, or ``format``:

    - ``.jsonl``: without loss, `wb.load` reads it again (`workbench.verbs.files.jsonl`).
    - ``.parquet``: the columns of ``wb.history`` and what a reload needs, without loss too
      (`workbench.verbs.files.parquet`).
    - ``.md``, ``.html``: a transcript for people; the page needs no network and runs no script.
    - ``format="fine-tuning"``: OpenAI's chat format for training, JSON lines; ``target`` may be a
      list, one line each. What a model was not sent (hidden items, the archive) and its reasoning
      are left out, and the report says so.

    ``redact`` takes personal data out of all texts: ``"email"``, ``"card"``, ``"phone"``,
    ``"ssn"``, ``"all"``, a compiled pattern, a function from text to text, or a list of these.
    ``archived=False`` leaves out what is in the archive; hidden items stay, as hidden ones.

    The file appears when it is whole: an error, a kill or a full disk leaves what was there before.
    An encrypted conversation is written as **plain text**, which is only possible because you hold
    its key; the report says so, and only you may read the file.

    Raises InvalidValue (a file that exists, without ``overwrite``; a pattern or a format nobody
    knows), UnknownSession, KeyRequired, WrongKey, CorruptItem, StoreFull, StoreError.

    >>> turn = wb.ask("demo", "Write to john@example.org")
    >>> written = wb.export("demo", "demo.html", redact="email")
    >>> written.format, written.items, written.redacted
    ('html', 2, {'email': 2})
    """
    found = format_of(given_path(path), format, formats.WRITTEN)
    place = checked_target(path, overwrite=overwrite)
    if found == formats.FINE_TUNING:
        from workbench.verbs.files.fine_tuning import export_for_training

        return export_for_training(target, place, store=store, redact=redact, overwrite=overwrite)
    if not (isinstance(target, str) or is_session(target)):
        raise InvalidValue(
            "one conversation is written to a file; a list of them is for format='fine-tuning'"
            if isinstance(target, Sequence)
            else f"a session name or a session object is expected, not a {type(target).__name__}"
        )
    from workbench.verbs.files.source import source

    read = source(target, store=store, redact=redact, archived=archived)
    with Bar("export") as bar:
        size = written(read, place, _writer(found), bar, overwrite=overwrite)
    return Written(
        path=place,
        format=found,
        size=size,
        items=read.items,
        archived=read.kept,
        turns=read.turns,
        redacted=dict(read.redaction.counts),
        notes=(ENCRYPTED,) if read.heading.encrypted else (),
    )


def written(read: Source, place: Path, write: Write, report: Report, *, overwrite: bool) -> int:
    """Write ``read`` to ``place`` with one of the writers; returns the bytes of the file."""
    from workbench.verbs.files.source import TRIES, Changed

    for tries in range(TRIES):
        read.redaction.counts.clear()
        try:
            with whole_file(place, overwrite=overwrite, private=read.heading.encrypted) as file:
                write(read, file, report)
                return file.tell()
        except Changed:
            if tries == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _writer(format: str) -> Write:
    if format == formats.JSONL:
        from workbench.verbs.files.jsonl import write
    elif format == formats.PARQUET:
        from workbench.verbs.files.parquet import write
    elif format == formats.MARKDOWN:
        from workbench.verbs.files.transcript import write_markdown as write
    else:
        from workbench.verbs.files.transcript import write_html as write
    return write
