"""What can't be read: bytes that are no item, ciphertext that was tampered with. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from workbench.items import Item
from workbench.sessions.encryption.numbering import numbered
from workbench.verbs.doctor.chart import Chart, Entry
from workbench.verbs.doctor.finding import Finding, found
from workbench.verbs.restore import DAMAGED


def unreadable(chart: Chart) -> Iterator[Finding]:
    """Items that can't be decoded or decrypted, in the conversation and in the archive."""
    for entry in chart.entries:
        if (trouble := entry.trouble) is None:
            continue
        if trouble.stays is not None:
            yield found(trouble.name, entry, trouble.detail, f"none: {trouble.stays}")
            continue
        yield found(
            trouble.name,
            entry,
            trouble.detail,
            "it goes to the archive, byte for byte",
            take=[entry],
            rewrite={entry.key: damaged(trouble.data)},
        )
    for entry in chart.archived:
        yield _archived(entry)


def _archived(entry: Entry) -> Finding:
    assert entry.trouble is not None
    return found(
        entry.trouble.name,
        entry,
        f"in the archive: {entry.trouble.detail}",
        "it is kept there in a form that can be read, byte for byte",
        rewrite={entry.key: damaged(entry.trouble.data)},
    )


def damaged(data: bytes) -> Item:
    """What stands in the archive for an item that can't be read: nothing of it is lost.

    ``text`` is what was stored; where that is no UTF-8, ``base64`` is.
    """
    try:
        return {"type": DAMAGED, "text": data.decode()}
    except UnicodeDecodeError:
        return {"type": DAMAGED, "base64": b64encode(data).decode()}


def moved(chart: Chart) -> Iterator[Finding]:
    """Encrypted items that are not in the place they were written to.

    The numbers that say so can't be forged: sorted by them, each is back in its place. Two writers
    that a store could not keep apart may have given two items one number.
    """
    here = [each for each in chart.readable if each.key in chart.numbers]
    numbers = [chart.numbers[each.key] for each in here]
    wrong = next((at for at, (one, two) in enumerate(pairwise(numbers), 1) if two <= one), None)
    if wrong is None:
        return
    ordered = sorted(here, key=lambda each: chart.numbers[each.key])
    pairs = [(slot, own) for slot, own in zip(here, ordered, strict=True) if slot is not own]
    if pairs:
        finding = found(
            "moved item",
            here[wrong],
            f"{len(pairs)} encrypted items are not in the order in which they were written",
            "each goes back to its place",
            rewrite={slot.key: own.item for slot, own in pairs},
        )
        yield replace(finding, numbers={slot.key: chart.numbers[own.key] for slot, own in pairs})
    else:
        finding = found(
            "number again",
            here[wrong],
            "two encrypted items have one sequence number",
            "they are numbered anew",
            rewrite={here[wrong].key: here[wrong].item},
        )
        again = dict(zip((each.key for each in here), numbered(numbers), strict=True))
        yield replace(finding, numbers=again)
