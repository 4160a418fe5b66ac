"""A copy between stores that keep texts: carried as they are, compared as they are kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from tests.stores.redis.places import empty_server
from tests.verbs.copying.conversations import base, full, told
from workbench import loop
from workbench.errors import CorruptItem, InvalidItem, SessionChanged
from workbench.items import Item
from workbench.stores.sqlite import SQLiteStore
from workbench.testing.data import message
from workbench.verbs.copying import transfer
from workbench.verbs.copying.transfer import Transfer
from workbench.workspace import workspace


def written(texts: list[str]) -> None:
    """A session demo whose items an application has written as these texts."""
    wb.session("demo")
    loop.run(base("demo").append([message(number) for number in range(len(texts))], turn_id="t1"))
    path = workspace().store().path  # type: ignore[attr-defined]
    with sqlite3.connect(path) as db:
        for row, text in enumerate(texts, 1):
            db.execute("UPDATE agent_messages SET message_data = ? WHERE id = ?", (text, row))
    db.close()


def test_texts_come_to_the_target_to_the_letter(tmp_path: Path) -> None:
    texts = ['{"role": "user",  "content": "caf\\u00e9"}', '{"n": 1.50}', '{"role":"user"}']
    written(texts)
    server = empty_server()
    made = wb.copy("demo", server.url, name="copy")
    assert (made.items, made.notes) == (3, ())
    kept = server.do("LRANGE", "agents:session:demo:messages", "0", "-1")
    assert [each.encode() if isinstance(each, str) else each for each in kept] == [
        text.encode() for text in texts
    ]
    assert told(base("copy")) == told(base("demo"))
    wb.copy("copy", f"sqlite:///{tmp_path / 'back.db'}", name="back")
    assert told(base("back")) == told(base("demo"))


def test_what_needs_a_closer_look_is_copied_as_an_item() -> None:
    written(['{"content": "half \\ud83d"}', '{"n": 1e5}'])
    wb.copy("demo", empty_server().url, name="copy")
    assert loop.run(base("copy").get_items()) == [{"content": "half \ud83d"}, {"n": 1e5}]
    assert told(base("copy")) == told(base("demo"))


@pytest.mark.parametrize(
    ("text", "error"), [('{"n": NaN}', InvalidItem), ("[1]", CorruptItem), ("{", CorruptItem)]
)
def test_what_is_no_item_is_not_copied(text: str, error: type[Exception]) -> None:
    written(['{"role": "user"}', text, "{}"])
    server = empty_server()
    with pytest.raises(error) as raised:
        wb.copy("demo", server.url, name="copy")
    if isinstance(raised.value, CorruptItem):
        assert raised.value.position == 2
    assert "copy" not in list(wb.list_sessions()["name"])
    assert server.do("LLEN", "agents:session:demo:messages") == 0


def changing(patch: pytest.MonkeyPatch, change: Callable[[Item], Item]) -> None:
    """Let SQLite keep other texts than it is given."""
    put = SQLiteStore.put_texts

    async def changed(self: Any, session_id: str, given: Any, **more: Any) -> Any:
        texts = [json.dumps(change(json.loads(text)), indent=1).encode() for text in given.texts]
        return await put(self, session_id, replace(given, texts=texts), **more)

    patch.setattr(SQLiteStore, "put_texts", changed)


def test_the_same_items_in_another_spelling_are_known_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full()
    changing(monkeypatch, lambda item: item)
    assert wb.copy("demo", f"sqlite:///{tmp_path / 'b.db'}", name="copy").notes == ()
    assert told(base("copy")) == told(base("demo"))


def test_a_target_that_keeps_something_else_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wb.session("demo")
    loop.run(base("demo").append([message(number) for number in range(9)]))
    changing(monkeypatch, lambda item: {**item, "content": "x"})
    with pytest.raises(SessionChanged, match="does not give back what was written"):
        wb.copy("demo", f"sqlite:///{tmp_path / 'b.db'}", name="copy")


@pytest.mark.parametrize("what", ["turn_ids", "texts"])
def test_each_item_is_read_back_from_the_target(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is changed between the writing and the end of the copy: it is seen."""
    wb.session("demo")
    loop.run(base("demo").append([message(number) for number in range(7)], turn_id="t1"))
    monkeypatch.setattr(transfer, "PAGE", 3)
    put, path = Transfer._put, tmp_path / "b.db"

    async def changed(self: Any, batch: Any) -> Any:
        given = await put(self, batch)
        with sqlite3.connect(path) as db:
            if what == "texts":
                db.execute("""UPDATE agent_messages SET message_data = '{}' WHERE id = 7""")
            else:
                db.execute("UPDATE workbench_items SET turn_id = 't2' WHERE id = 7")
        db.close()
        return given

    monkeypatch.setattr(Transfer, "_put", changed)
    with pytest.raises(SessionChanged, match="does not give back what was written"):
        wb.copy("demo", f"sqlite:///{path}", name="copy")


def test_an_item_that_json_cant_hold_is_named_with_its_place() -> None:
    written(['{"role":"user","content":"a"}', '{"role":"user","content":"b","n":NaN}'])
    with pytest.raises(InvalidItem, match=r"item 2 of session 'demo' can't be copied: item\['n'\]"):
        wb.copy("demo", "memory://", name="copied")
    wb.edit("demo", 2, "c")
    with pytest.raises(InvalidItem, match="an archived item of session 'demo'"):
        wb.copy("demo", "memory://", name="copied")
