"""Reading a conversation for a diagnosis: as usual, or item by item where some can't be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.errors import (
    CorruptItem,
    EncryptionError,
    KeyRequired,
    Unsupported,
    WrongKey,
)
from workbench.frames.numbering import number_turns
from workbench.items import Item, decode, is_encrypted
from workbench.protocols import HIDDEN, Edit, Key, RawItem, ShowsRaw, TurnRecord
from workbench.sessions.encryption import EncryptedSession
from workbench.sessions.encryption.inspection import Sealed, inspected, sealed_edit
from workbench.sessions.wrapper import SessionWrapper
from workbench.verbs.changing import Subject, locked
from workbench.verbs.doctor.chart import Chart, Entry, Trouble
from workbench.verbs.doctor.finding import Finding
from workbench.verbs.numbered import numbered


@dataclass(frozen=True, slots=True)
class Case:
    """A chart, what was found on the way to it, and the session whose `edit` repairs it.

    ``newest`` is the key of the last item, as `Edit` wants it; ``sealed`` is what an encrypted
    conversation holds that could not be read as a whole.
    """

    chart: Chart
    session: Any
    newest: Key | None
    findings: tuple[Finding, ...] = ()
    sealed: tuple[Sealed, ...] = ()

    async def make(self, change: Edit, numbers: Mapping[Key, int]) -> bool:
        """Make the change, given in plain items; whether it applied.

        ``numbers`` are the sequence numbers of an encrypted conversation as it is then.
        """
        session = self.session
        if self.sealed:
            change = await sealed_edit(session, change, self.sealed, numbers)
            session = session.base
        return await session.edit(change) is not None

    async def save(self, record: TurnRecord) -> None:
        """Save the record of a turn, whose error is still sealed where the items are."""
        await (self.session.base if self.sealed else self.session).save_turn(record)


async def read_case(subject: Subject, *, running: bool) -> Case:
    """The case of a conversation; ``running``: the newest turn is being taken just now, here.

    Raises KeyRequired, WrongKey, and CorruptItem where the store can't show what it holds.
    """
    try:
        case = await _as_usual(subject)
    except (KeyRequired, WrongKey):
        raise
    except (CorruptItem, EncryptionError) as exc:
        case = await _one_by_one(subject.session, exc)
    return replace(case, chart=_without_newest(case.chart)) if running else case


async def _as_usual(subject: Subject) -> Case:
    session = subject.session
    rows = await numbered(session)
    await session.archived()  # raises where something in it can't be read
    locked_out = [is_encrypted(each.row.item) for each in rows]
    if rows and all(locked_out):
        raise locked(subject)
    entries = [
        Entry(
            each.row.key,
            {} if sealed else each.row.item,
            each.order,
            each.turn,
            each.row.turn_id,
            each.row.created_at,
            _FOREIGN if sealed else None,
        )
        for each, sealed in zip(rows, locked_out, strict=True)
        if not each.hidden
    ]
    records, findings = await _records(session)
    chart = Chart(subject.name, entries, records)
    return Case(chart, session, entries[-1].key if entries else None, findings)


_FOREIGN = Trouble(
    "encrypted item",
    "it is encrypted, and others are not",
    stays="wb.encrypt or wb.decrypt finishes what was begun",
)


async def _one_by_one(session: Any, error: Exception) -> Case:
    """Some item can't be read: look at each as it is stored."""
    while isinstance(session, SessionWrapper) and not isinstance(session, EncryptedSession):
        session = session.base
    if isinstance(session, EncryptedSession):
        sealed = tuple(await inspected(session))
        found = [_opened(each) for each in sealed]
        records, findings = await _records(session.base)
        chart = _chart(session.session_id, found, records)
        numbers = {each.raw.key: each.number for each in sealed if each.number is not None}
        chart = replace(chart, numbers=numbers)
        return Case(chart, session, _newest(found), findings, sealed)
    if not isinstance(session, ShowsRaw) or not isinstance(error, CorruptItem):
        raise error
    try:
        found = [_decoded(each) for each in await session.raw()]
    except Unsupported:
        raise error from None
    records, findings = await _records(session)
    chart = _chart(error.session_id, found, records)
    return Case(chart, session, _newest(found), findings)


@dataclass(frozen=True, slots=True)
class _Found:
    """A stored item: what it is, or why it can't be read."""

    raw: RawItem
    item: Item
    trouble: Trouble | None


def _decoded(raw: RawItem) -> _Found:
    try:
        return _Found(raw, decode(raw.data), None)
    except (ValueError, RecursionError):
        trouble = Trouble("undecodable item", "what is stored is no valid item", raw.data)
        return _Found(raw, {}, trouble)


_NAMES = {
    "undecodable": "undecodable item",
    "tampered": "tampered item",
    "plain": "plain item",
    "foreign": "plain item",
}


def _opened(sealed: Sealed) -> _Found:
    if sealed.name is None:
        return _Found(sealed.raw, sealed.item or {}, None)
    stays = "wb.encrypt(..., from_sdk=True) takes it over" if sealed.name == "foreign" else None
    detail = sealed.wrong
    if sealed.name == "plain":
        detail += "; if it is yours, wb.encrypt takes it in"
    trouble = Trouble(_NAMES[sealed.name], detail, sealed.raw.data, stays)
    return _Found(sealed.raw, {}, trouble)


def _chart(
    session_id: str, found: Sequence[_Found], records: dict[str, TurnRecord] | None
) -> Chart:
    """The chart, numbered as ``wb.history`` would number it."""
    shown = [each for each in found if each.raw.reason in (None, HIDDEN)]
    shown.sort(key=lambda each: each.raw.key)
    turns = number_turns((each.item, each.raw.turn_id) for each in shown)
    entries = [
        _entry(each, order, turn)
        for order, (each, turn) in enumerate(zip(shown, turns, strict=True), start=1)
        if each.raw.reason is None
    ]
    archived = [
        _entry(each, None, None)
        for each in found
        if each.raw.reason is not None and each.trouble is not None and each.trouble.stays is None
    ]
    return Chart(session_id, entries, records, archived)


def _entry(found: _Found, order: int | None, turn: int | None) -> Entry:
    raw = found.raw
    return Entry(raw.key, found.item, order, turn, raw.turn_id, raw.created_at, found.trouble)


def _newest(found: Sequence[_Found]) -> Key | None:
    live = [each.raw.key for each in found if each.raw.reason is None]
    return live[-1] if live else None


async def _records(session: Any) -> tuple[dict[str, TurnRecord] | None, tuple[Finding, ...]]:
    try:
        return {record.turn_id: record for record in await session.turns()}, ()
    except CorruptItem:
        detail = "the record of a turn can't be read, so that nothing is known of any turn"
        return None, (
            Finding("damaged record", None, None, None, detail, "none: its items are not touched"),
        )


def _without_newest(chart: Chart) -> Chart:
    """The chart without the turn that is just being taken."""
    if not chart.entries:
        return chart
    last = chart.entries[-1]
    if last.label is None:
        kept = [each for each in chart.entries if each.turn != last.turn]
    elif last.label in (chart.records or {}):
        return chart
    else:
        kept = [each for each in chart.entries if each.label != last.label]
    return replace(chart, entries=kept)
