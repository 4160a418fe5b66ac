"""What is encrypted was never in the index, and what is gone leaves no word in the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from agents.memory import SQLiteSession as SDKSession

from tests.sessions.encryption.encrypted import KEY
from tests.stores.files import is_whole, messages
from tests.stores.sqlite.search.files import asked, bytes_of, found, has, indexed
from workbench.protocols import Edit
from workbench.sessions import EncryptedSession
from workbench.sessions.encryption.conversion import decrypt_session, encrypt_session
from workbench.sessions.stored import StoredSession
from workbench.stores.sqlite import SQLiteStore

SECRET = "Xylophonist"
FORMS = (SECRET.encode(), SECRET.lower().encode(), SECRET.upper().encode())


def traces(path: Path) -> list[bytes]:
    """The forms of the secret word that are in the files of a database."""
    data = bytes_of(path)
    return [form for form in FORMS if form in data]


async def searched(store: SQLiteStore) -> None:
    """A file with other conversations, all of them in the index."""
    for number in range(5):
        await store.append(f"other {number}", messages(*[f"tea {number}"] * 100))
    assert len(await found(store, "tea")) == 500


async def test_what_an_encrypted_session_holds_is_never_taken_in(
    store: SQLiteStore, path: Path
) -> None:
    await searched(store)
    session = EncryptedSession(StoredSession(store, "secret"), KEY)
    await session.add_items(messages(f"a {SECRET}", *["more"] * 300))
    answer = await store.search(asked(SECRET))
    assert (answer.hits, answer.encrypted) == ([], ["secret"])
    assert len(indexed(path)) == 500
    assert traces(path) == []


async def test_encrypting_leaves_no_word_of_what_was_plain(store: SQLiteStore, path: Path) -> None:
    await searched(store)
    plain = StoredSession(store, "secret")
    keys = await plain.append(messages(f"a {SECRET}", "more", f"{SECRET.upper()} again"))
    await plain.archive([keys[2]], reason="old")
    assert len(await found(store, SECRET)) == 1
    assert traces(path) != []
    await encrypt_session(plain, KEY)
    assert not has(path, SECRET.lower())
    await store.close()
    assert traces(path) == []
    assert await found(store, SECRET) == []
    assert len(await found(store, "tea")) == 500
    await decrypt_session(plain, KEY)
    assert await found(store, SECRET) == [f"a {SECRET}"]
    assert (await store.search(asked(SECRET))).encrypted == []
    assert is_whole(path)


@pytest.mark.parametrize("how", ["cleared", "popped", "deleted", "rewritten", "by the SDK"])
async def test_what_was_deleted_is_in_no_byte_after_scrubbing(
    store: SQLiteStore, path: Path, how: str
) -> None:
    await searched(store)
    keys = await store.append("gone", messages("stays", f"a {SECRET}"))
    assert len(await found(store, SECRET)) == 1
    if how == "cleared":
        await store.clear("gone")
    elif how == "popped":
        await store.pop("gone")
    elif how == "deleted":
        await store.edit("gone", Edit(delete=[keys[1]]))
    elif how == "rewritten":
        await store.edit("gone", Edit(rewrite={keys[1]: messages("new")[0]}))
    else:
        sdk = SDKSession("gone", path)
        await sdk.pop_item()
        sdk.close()
    assert has(path, SECRET.lower()) == (how == "by the SDK")
    assert await found(store, SECRET) == []
    assert await store.scrub("gone") == []
    assert traces(path) == []
    assert len(await found(store, "tea")) == 500
    assert is_whole(path)


async def test_moved_and_cleared_archived_items_leave_no_word_either(
    store: SQLiteStore, path: Path
) -> None:
    await searched(store)
    keys = await store.append("gone", messages("first", f"a {SECRET}", f"b {SECRET}"))
    await found(store, SECRET)
    await store.archive("gone", [keys[1]], reason="old")
    await store.edit("gone", Edit(insert=messages("front"), before=keys[0]))
    assert await found(store, SECRET) == [f"b {SECRET}"]
    await store.clear("gone")
    assert not has(path, SECRET.lower())
    await store.scrub("gone")
    assert traces(path) == []


async def test_a_scrub_of_a_file_with_nothing_gone_keeps_its_index(
    store: SQLiteStore, path: Path
) -> None:
    await searched(store)
    assert await store.scrub("other 1") == []
    assert len(indexed(path)) == 500


async def test_the_contents_of_attachments_are_not_in_the_index(
    store: SQLiteStore, path: Path
) -> None:
    image = "data:image/png;base64," + "QUJDREVGrareword" * 40
    parts = [
        {"type": "input_text", "text": "a picture"},
        {"type": "input_image", "image_url": image},
    ]
    file = {"type": "input_file", "filename": "report.pdf", "file_data": image}
    await store.append("s", [{"role": "user", "content": [*parts, file]}])
    await store.append("s", [{"type": "function_call_output", "call_id": "c", "output": image}])
    assert len(await found(store, "picture")) == 1
    assert len(await found(store, "report.pdf")) == 1
    assert await found(store, "rareword*") == []
    assert not has(path, "png")
