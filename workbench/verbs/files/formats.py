"""The formats of files, by name and by the end of a file's name."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import InvalidValue, nearest, shorten

JSONL, PARQUET, MARKDOWN, HTML, FINE_TUNING = "jsonl", "parquet", "markdown", "html", "fine-tuning"

ENDINGS = {
    ".jsonl": JSONL,
    ".ndjson": JSONL,
    ".parquet": PARQUET,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
}
"""What a file's name ends in, and what that means."""

WRITTEN = (JSONL, PARQUET, MARKDOWN, HTML, FINE_TUNING)
READ = (JSONL, PARQUET, FINE_TUNING)


def format_of(path: Path, given: str | None, known: tuple[str, ...]) -> str:
    """The format that is meant: the ``given`` one, or that of the file's name.

    Raises InvalidValue, naming those that are known.
    """
    found = given if given is not None else ENDINGS.get(path.suffix.lower())
    if found is None:
        endings = ", ".join(each for each, name in ENDINGS.items() if name in known)
        raise InvalidValue(
            f"the name {shorten(path.name)} does not say its format: end it in {endings}, or give "
            f"format= ({', '.join(known)})"
        )
    if found not in known:
        what = "read" if known == READ else "written"
        hint = nearest(str(found), known, plural="formats")
        raise InvalidValue(f"{shorten(str(found))} is no format that can be {what}; {hint}")
    return found
