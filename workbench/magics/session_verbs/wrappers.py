"""``%session``: what stands around a session: compaction and encryption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.magics.options import WRAPPERS, Option, wrapper_settings
from workbench.magics.request import Request, Verb, items

if TYPE_CHECKING:
    from workbench.sessions.encryption.conversion import Conversion


def _compact(request: Request) -> Any:
    from workbench.verbs.compact import compact

    settings = wrapper_settings(request.values, magic="%session compact")
    return compact(request.name, dry_run="dry_run" in request.values, **settings)


def _undo_compaction(request: Request) -> None:
    from workbench import loop
    from workbench.errors import shorten
    from workbench.verbs.compact import undo_compaction
    from workbench.workspace import workspace

    count = undo_compaction(request.name)
    name = shorten(request.name)
    print(
        f"Session {name}: {items(count)} back in the place of the last summary."
        if count
        else f"Session {name} has no compaction to undo."
    )
    around = loop.run(workspace().get(request.name)).wrappers
    if count and around.compacts:
        print(
            f"The next turn that ends {around.limits} compacts it again; a limit of 0 "
            "(%agent --max-messages 0) switches that off."
        )


def _encrypt(request: Request) -> None:
    from workbench.verbs.encrypt import encrypt

    done = encrypt(request.name, from_sdk="from_sdk" in request.values)
    _converted(request.name, "is encrypted now", done)


def _decrypt(request: Request) -> None:
    from workbench.verbs.encrypt import decrypt

    _converted(request.name, "is plain text now", decrypt(request.name))


def _rekey(request: Request) -> None:
    from workbench.verbs.encrypt import rekey

    done = rekey(request.name)
    _converted(request.name, "has another key now" if done.changed else "has that key", done)
    print("Set WORKBENCH_KEY to the new key before the next kernel starts.")


def _converted(name: str, how: str, done: Conversion) -> None:
    from workbench.errors import shorten

    key = "" if done.key_id is None else f", key {done.key_id}"
    kept = f" and {done.archived} in its archive" if done.archived else ""
    print(f"Session {shorten(name)} {how}: {items(done.items)}{kept}{key}.")
    for note in done.notes:
        print(note)


VERBS = (
    Verb(
        "compact",
        "[NAME]: replace its older messages by a summary now; --dry-run only shows it",
        _compact,
        (
            *(each for each in WRAPPERS if each.name != "encrypt"),
            Option(("--dry-run",), "compact: show what would be done, and change nothing"),
        ),
    ),
    Verb("undo-compaction", "[NAME]: put the messages of the last summary back", _undo_compaction),
    Verb(
        "encrypt",
        "[NAME]: store its items encrypted (key: WORKBENCH_KEY, or it asks)",
        _encrypt,
        (Option(("--from-sdk",), "encrypt: what the SDK's EncryptedSession wrote with this key"),),
    ),
    Verb("decrypt", "[NAME]: store its items as plain text again", _decrypt),
    Verb("rekey", "[NAME]: encrypt it with another key (WORKBENCH_NEW_KEY, or it asks)", _rekey),
)
