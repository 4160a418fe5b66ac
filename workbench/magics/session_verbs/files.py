"""``%session``: conversations as files: export, load, record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.error import UsageError

from workbench.magics.options import Option
from workbench.magics.request import Request, Verb
from workbench.magics.session_verbs.basics import STORE

if TYPE_CHECKING:
    from workbench.verbs.card import SessionCard
    from workbench.verbs.files.report import Written

FORMATS = ("jsonl", "parquet", "markdown", "html", "fine-tuning")
"""As in `workbench.verbs.files.formats`, which is not loaded with the extension."""


def _export(request: Request) -> Written:
    from workbench.verbs.files.export import export

    name, path = _name_and_path(request, "export")
    redact = request.values.get("redact")
    return export(
        name,
        path,
        format=request.values.get("format"),
        redact=None if redact is None else " ".join(redact).replace(",", " ").split(),
        overwrite="overwrite" in request.values,
        archived="without_archive" not in request.values,
    )


def _load(request: Request) -> SessionCard:
    from workbench.verbs.files.load import load

    if not request.words:
        raise UsageError("%session load: which file? %session load PATH [NAME]")
    card = load(
        request.words[0],
        request.words[1] if len(request.words) > 1 else None,
        store=request.values.get("store") or request.magics.store or None,
        format=request.values.get("format"),
        line=_line(request.values.get("line")),
    )
    request.magics.session = card.name
    return card


def _record(request: Request) -> Written:
    from workbench.verbs.record import record

    name, path = _name_and_path(request, "record")
    return record(name, path, overwrite="overwrite" in request.values)


def _name_and_path(request: Request, verb: str) -> tuple[str, str]:
    """The words of the line; one alone is the path, and the session the one in use."""
    if not request.words:
        raise UsageError(f"%session {verb}: which file? %session {verb} [NAME] PATH")
    if len(request.words) == 1:
        return request.magics.session, request.words[0]
    return request.words[0], request.words[1]


def _line(value: str | None) -> int | None:
    if value is not None and not (value.isascii() and value.isdigit()):
        raise UsageError(f"%session load: --line is the number of a line, not {value!r}")
    return None if value is None else int(value)


FORMAT = Option(
    ("--format",), "the format, where the file's name does not say it", "FORMAT", choices=FORMATS
)
OVERWRITE = Option(("--overwrite",), "replace a file that is there")

VERBS = (
    Verb(
        "export",
        "[NAME] PATH: write it to a file: .jsonl, .parquet, .md, .html",
        _export,
        (
            FORMAT,
            Option(
                ("--redact",), "export without email,card,phone,ssn, or all", "WHAT", repeated=True
            ),
            Option(("--without-archive",), "export: leave out what is in its archive"),
            OVERWRITE,
        ),
        words=2,
        kinds=("session", "file"),
    ),
    Verb(
        "load",
        "PATH [NAME]: read a file as a new session, and use it",
        _load,
        (
            STORE,
            FORMAT,
            Option(("--line",), "load: which conversation, of a file with one on each line", "N"),
        ),
        words=2,
        kinds=("file", ""),
    ),
    Verb(
        "record",
        "[NAME] PATH.yaml: write it down for OfflineModel.replay",
        _record,
        (OVERWRITE,),
        words=2,
        kinds=("session", "file"),
    ),
)
