"""What an export reads: a conversation as a stream of its items in their places, and its turns.

Plain calls that read page by page on the home loop, so that formatting, redacting and writing
happen in the thread of whoever calls, and the loop stays free for others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from workbench import loop
from workbench.errors import KeyRequired, WorkbenchError, shorten
from workbench.frames.numbering import Counter
from workbench.items import is_encrypted
from workbench.protocols import (
    COMPACTION,
    HIDDEN,
    ArchivedItem,
    Report,
    StoredItem,
    TurnRecord,
)
from workbench.sessions.around import encryption_of
from workbench.sessions.pages import pages
from workbench.verbs.files.redact import Redaction
from workbench.verbs.numbered import able
from workbench.verbs.opening import unlock
from workbench.verbs.subject import in_store, session_object
from workbench.workspace import Name, workspace

Entry = StoredItem | ArchivedItem
"""An item of the conversation, or of its archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What is known of a conversation as a whole. ``encrypted``: where it is kept it is."""

    session_id: str
    name: str | None = None
    agent: str | None = None
    model: str | None = None
    created_at: datetime | None = None
    title: str | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    encrypted: bool = False


TRIES = 5
"""How often a conversation is read anew because its archive changed meanwhile."""


class Changed(WorkbenchError):
    """The archive changed while the conversation was read: what moved may be there twice, or not
    at all. It has to be read again."""


@dataclass(slots=True)
class Source:
    """One conversation to be read from its start, as often as wanted; each reading counts anew.

    ``archived`` False leaves out what is in the archive, but for the hidden items.
    """

    session: Any
    heading: Heading
    redaction: Redaction = field(default_factory=Redaction)
    archived: bool = True
    items: int = 0
    """How many of the conversation were read, hidden ones too."""
    kept: int = 0
    """How many of the archive."""
    turns: int = 0
    """How many turns the conversation has, as ``wb.history`` counts them."""
    recorded: int = 0
    """How many of the turns, those of the archive too, have a record."""
    _turn_ids: set[str] = field(default_factory=set)

    def entries(self, report: Report | None = None) -> Iterator[Entry]:
        """Every item in its place, oldest first, redacted. Raises Changed, KeyRequired."""
        self.items = self.kept = self.turns = self.recorded = 0
        counter, known = Counter(), dict[str, int]()
        self._turn_ids = set()
        for entry in self.as_kept(report):
            if shown := is_shown(entry):
                counter.number(entry.item, entry.turn_id, known)
                self.turns = counter.count
            self.items += shown
            self.kept += not shown
            self._turn_ids.update([entry.turn_id] if entry.turn_id else [])
            yield replace(entry, item=self.redaction.item(entry.item))

    def as_kept(self, report: Report | None = None) -> Iterator[Entry]:
        """As `entries`, neither redacted nor counted."""
        before = loop.run(self.session.archived())
        waiting = deque(self._wanted(before))
        done = 0
        for page in _in_pages(self.session):
            for row in page:
                while waiting and _is_before(waiting[0], row):
                    yield self._opened(waiting.popleft())
                yield self._opened(row)
            done += len(page)
            if report is not None:
                report(done, 0)
        yield from map(self._opened, waiting)
        after = loop.run(self.session.archived())
        if [each.key for each in after] != [each.key for each in before]:
            raise Changed(
                f"session {shorten(self.heading.session_id)} was changed while it was read; "
                "nothing was written: try again"
            )

    def _opened(self, entry: Entry) -> Entry:
        if is_encrypted(entry.item):
            raise _locked(self.heading)
        return entry

    def _wanted(self, kept: list[ArchivedItem]) -> list[ArchivedItem]:
        wanted = [each for each in kept if self.archived or each.reason == HIDDEN]
        try:
            return sorted(wanted, key=_key)
        except TypeError:  # keys of two kinds can't be compared
            return wanted

    def records(self) -> list[TurnRecord]:
        """The turns in the order they started, their errors redacted; to be read after `entries`.

        Those whose items have all left the conversation belong to the archive.
        """
        records = [
            self._redacted(each)
            for each in self.all_records()
            if self.archived or each.turn_id in self._turn_ids
        ]
        self.recorded = len(records)
        return records

    def all_records(self) -> list[TurnRecord]:
        """As `records`, neither redacted nor chosen."""
        records: list[TurnRecord] = loop.run(self.session.turns())
        return records

    def _redacted(self, record: TurnRecord) -> TurnRecord:
        text = self.redaction.text
        return replace(
            record,
            error=None if record.error is None else text(record.error),
            # It repeats what was said, in a form of the SDK's own: better a turn that waits for
            # good than one that tells.
            parked=None if self.redaction else record.parked,
        )

    def redacted_heading(self) -> Heading:
        """The heading with its texts redacted, the id and the name of the session too: they say
        where it came from, and nothing hangs on them."""
        text = self.redaction.text
        return replace(
            self.heading,
            session_id=text(self.heading.session_id),
            name=None if self.heading.name is None else text(self.heading.name),
            title=None if self.heading.title is None else text(self.heading.title),
            tags=tuple(dict.fromkeys(map(text, self.heading.tags))),
            metadata=self.redaction.data(dict(self.heading.metadata)),
        )


def is_shown(entry: Entry) -> bool:
    """Whether an item is part of the conversation for people: in it, or hidden."""
    return not isinstance(entry, ArchivedItem) or entry.reason == HIDDEN


def originals(entries: Iterator[Entry]) -> Iterator[Entry]:
    """The conversation as it was held: what was compacted in place of its summaries."""
    for each in entries:
        compacted = isinstance(each, ArchivedItem) and each.reason.startswith(COMPACTION)
        summary = (each.turn_id or "").startswith(COMPACTION)
        if not summary and (compacted or is_shown(each)):
            yield each


def source(target: Any, *, store: str | None, redact: Any = None, archived: bool = True) -> Source:
    """What ``target`` (a name, an id with ``store``, or a session object) has to be read.

    An encrypted one needs its key, which is asked for. Raises UnknownSession, KeyRequired,
    InvalidValue.
    """
    redaction = Redaction(redact)
    if isinstance(target, str) and store is None:
        entry = loop.run(workspace().get(target))
        unlock(entry)
        session: Any = workspace().plain(entry)
        return Source(session, _of_name(entry), redaction, archived)
    if isinstance(target, str):
        session = loop.run(in_store(target, store))
    else:
        session = session_object(target, store)
    heading = Heading(session_id=session.session_id, encrypted=encryption_of(session) is not None)
    return Source(able(session), heading, redaction, archived)


def _of_name(entry: Name) -> Heading:
    return Heading(
        session_id=entry.session_id,
        name=entry.name,
        agent=entry.agent,
        model=entry.model,
        created_at=entry.created_at,
        title=entry.about.title,
        tags=entry.about.tags,
        metadata=entry.about.metadata,
        encrypted=entry.wrappers.encryption is not None,
    )


def _in_pages(session: Any) -> Iterator[list[StoredItem]]:
    stream = pages(session)
    try:
        while page := loop.run(_next(stream)):
            yield page
    finally:
        loop.run(stream.aclose())  # type: ignore[attr-defined]  # it is a generator


async def _next(stream: AsyncIterator[list[StoredItem]]) -> list[StoredItem]:
    return await anext(stream, [])


def _key(entry: Entry) -> Any:
    return entry.key


def _is_before(kept: ArchivedItem, row: StoredItem) -> bool:
    try:
        return bool(kept.key < row.key)  # type: ignore[operator]
    except TypeError:
        return True


def _locked(heading: Heading) -> KeyRequired:
    return KeyRequired(
        f"session {shorten(heading.name or heading.session_id)} is encrypted and its key is not "
        "known: set WORKBENCH_KEY, or open it with wb.session(..., key=...); nothing was written"
    )
