from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from tests.full_store import FullStore
from tests.verbs.files.conversations import everything, make
from workbench import loop
from workbench.errors import CorruptFile, InvalidValue, NotFound, StoreFull, UnknownSession
from workbench.workspace import workspace


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def nothing_is_left(name: str = "bad") -> bool:
    """Whether there is neither a name nor a conversation under it, and a new one can begin."""
    stored = {info.session_id for info in loop.run(workspace().store().list_sessions())}
    return name not in stored and name not in wb.list_sessions()["name"].tolist()


def exported(ending: str = "jsonl") -> Path:
    make()
    return wb.export("demo", f"demo.{ending}").path


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_a_file_cut_short_anywhere_is_noticed() -> None:
    whole = exported().read_bytes()
    bad = Path("bad.jsonl")
    for cut in range(0, len(whole) - 2, 61):
        bad.write_bytes(whole[:cut])
        with pytest.raises(CorruptFile):
            wb.load(bad)
    assert nothing_is_left()


def test_a_file_cut_at_the_end_of_a_line_is_noticed() -> None:
    every = lines(exported())
    bad = Path("bad.jsonl")
    for count in range(1, len(every)):
        bad.write_bytes(b"".join(every[:count]))
        with pytest.raises(CorruptFile, match="cut short"):
            wb.load(bad)
    assert nothing_is_left()


def test_one_changed_letter_is_noticed_unless_the_checksum_is_taken_out() -> None:
    path = exported()
    changed = path.read_bytes().replace(b"My name is John", b"My name is Jane")
    Path("bad.jsonl").write_bytes(changed)
    with pytest.raises(CorruptFile, match=r"changed after it was written.*sha256"):
        wb.load("bad.jsonl")
    assert nothing_is_left()
    *rest, last = changed.splitlines(keepends=True)
    end = json.loads(last)
    del end["end"]["sha256"]
    Path("mended.jsonl").write_bytes(b"".join(rest) + json.dumps(end).encode())
    wb.load("mended.jsonl", "mended")
    assert wb.history("mended")["content"][0].startswith("My name is Jane")


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_a_file_of_a_later_version_is_refused(ending: str) -> None:
    path = exported(ending)
    data = path.read_bytes()
    if ending == "jsonl":
        data = data.replace(b'"version":1', b'"version":2')
    else:
        assert data.count(b'"version": 1,') == 1
        data = data.replace(b'"version": 1,', b'"version": 2,')
    Path(f"bad.{ending}").write_bytes(data)
    with pytest.raises(CorruptFile, match=r"later workbench \(version 2, known: 1\); upgrade"):
        wb.load(f"bad.{ending}")
    assert nothing_is_left()


def test_a_parquet_cut_short_or_of_another_program_is_refused() -> None:
    import pandas as pd

    path = exported("parquet")
    whole = path.read_bytes()
    for cut in (0, 4, len(whole) // 2, len(whole) - 1):
        Path("bad.parquet").write_bytes(whole[:cut])
        with pytest.raises(CorruptFile, match="can't be read as Parquet"):
            wb.load("bad.parquet")
    history = wb.history("demo")
    history.drop(columns="item").to_parquet("bad.parquet")
    with pytest.raises(CorruptFile, match="has no column 'item'"):
        wb.load("bad.parquet")
    pd.DataFrame({"item": [1, 2]}).to_parquet("bad.parquet")
    with pytest.raises(CorruptFile, match="type int64"):
        wb.load("bad.parquet")
    pd.DataFrame({"item": ['{"role": "user", "content": "x"}', "no"]}).to_parquet("bad.parquet")
    with pytest.raises(CorruptFile, match=r"row 2 .* can't be read"):
        wb.load("bad.parquet")
    assert nothing_is_left()


def test_bits_that_turned_over_in_a_parquet_are_noticed_or_make_no_difference() -> None:
    path = exported("parquet")
    whole, before = path.read_bytes(), everything("demo")
    for place in range(4, len(whole), 97):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        Path("bad.parquet").write_bytes(damaged)
        try:
            wb.load("bad.parquet", "bad")
        except CorruptFile:
            assert nothing_is_left()
        else:
            found = everything("bad")
            assert [each.item for each in found["items"]] == [each.item for each in before["items"]]
            loop.run(workspace().base(loop.run(workspace().get("bad"))).clear_session())
            loop.run(workspace().forget("bad"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("not json", "line 1 of 'bad.jsonl' is not a JSON object"),
        ("[1, 2]", "line 1 of 'bad.jsonl' is not a JSON object"),
        ('{"a": 1}', "line 1 of 'bad.jsonl' is no item"),
        ('{"role": "user", "content": "x"}\n{"a": 1}\n', "line 2 of 'bad.jsonl' is no item"),
        ('{"role": "user", "content": "x"}\nnope\n', "line 2 of 'bad.jsonl' is not a JSON"),
        ('{"role": "user", "content": NaN}', "can't be stored"),
        ('{"role": "user", "content": 1e999}', "can't be stored"),
        ('{"wb1": "AAAA"}', "encrypted for another session"),
        ('{"type": "message", "role": "user", "wb1": "AAAA"}', "encrypted for another session"),
        ('{"workbench": "recording", "version": 1}', "not an exported conversation"),
        ('{"workbench": "conversation"}', "not an exported conversation"),
        ('{"workbench": "conversation", "version": true}', "not an exported conversation"),
        ('{"workbench": "conversation", "version": 1, "session_id": 3}', "line 1 .* can't be read"),
        ('{"messages": 3}', "no list of messages"),
        ('{"messages": [3]}', "line 1 of 'bad.jsonl' can't be read: a message is an object"),
        ('{"messages": [{"role": "wizard", "content": "x"}]}', "a message has a role"),
        ('{"messages": [{"role": "user"}]}', "a message has content"),
        ('{"messages": []}', "holds no items"),
        ('{"messages": [{"role": "user", "content": [{"type": "video"}]}]}', "a part of content"),
    ],
)
def test_what_is_no_conversation_is_refused_by_its_line(text: str, said: str) -> None:
    Path("bad.jsonl").write_text(text)
    with pytest.raises(CorruptFile, match=said) as caught:
        wb.load("bad.jsonl")
    assert nothing_is_left()
    assert "\n" not in str(caught.value)


BROKEN = {
    "no item": b'{"created_at": null}',
    "an item that is none": b'{"item": "text"}',
    "a time that is none": b'{"item": {"role": "user"}, "created_at": "yesterday"}',
    "a number for a time": b'{"item": {"role": "user"}, "created_at": 3}',
    "a turn that is no text": b'{"item": {"role": "user"}, "turn_id": 3}',
    "archived without a time": b'{"item": {"role": "user"}, "archived": "x"}',
    "a turn without a start": b'{"turn": {"turn_id": "t", "seconds": 1, "status": "done"}}',
    "a turn of another status": (
        b'{"turn": {"turn_id": "t", "seconds": 1, "status": "odd", '
        b'"started_at": "2026-01-01T00:00:00+00:00"}}'
    ),
}
"""The third line of a file, by what is wrong with it."""


@pytest.mark.parametrize("what", BROKEN)
def test_a_line_that_is_none_of_ours_is_named(what: str) -> None:
    every = lines(exported())
    every[2] = BROKEN[what] + b"\n"
    Path("bad.jsonl").write_bytes(b"".join(every))
    with pytest.raises(CorruptFile, match=r"line 3 of 'bad.jsonl' can't be read") as caught:
        wb.load("bad.jsonl")
    assert caught.value.line == 3
    assert nothing_is_left()


def test_two_files_in_one_are_noticed() -> None:
    data = exported().read_bytes()
    Path("bad.jsonl").write_bytes(data + data)
    with pytest.raises(CorruptFile, match="goes on after its last line"):
        wb.load("bad.jsonl")
    Path("good.jsonl").write_bytes(data + b"\n\n")
    wb.load("good.jsonl", "good")


def test_no_error_shows_what_was_said() -> None:
    data = exported().read_bytes()
    for cut in range(0, len(data), 211):
        Path("bad.jsonl").write_bytes(data[:cut])
        with pytest.raises(CorruptFile) as caught:
            wb.load("bad.jsonl")
        shown = f"{caught.value} {caught.value.__cause__}"
        assert "John" not in shown
        assert "joe@" not in shown


def test_a_name_or_an_id_that_exists_is_refused_and_stays_as_it_is() -> None:
    path = exported()
    before = everything("demo")
    with pytest.raises(InvalidValue, match="there is a session 'demo' already"):
        wb.load(path)
    assert everything("demo") == before
    store = workspace().store()
    loop.run(store.append("app", [{"role": "user", "content": "an application's own"}]))
    with pytest.raises(InvalidValue, match=r"is a conversation 'app' in .* has no name here"):
        wb.load(path, "app")
    assert loop.run(store.read("app")) == [{"role": "user", "content": "an application's own"}]
    assert wb.list_sessions()["name"].tolist() == ["demo"]


def test_a_store_that_is_full_keeps_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    path = exported()
    full = FullStore("save_turn")
    monkeypatch.setattr(type(workspace()), "store_at", lambda *_: full)
    with pytest.raises(StoreFull):
        wb.load(path, "bad", store="memory://full")
    assert loop.run(full.rows("bad")) == []
    assert loop.run(full.archived("bad")) == []
    assert "bad" not in wb.list_sessions()["name"].tolist()


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (("nowhere.jsonl",), NotFound, "there is no file"),
        (("demo.txt",), InvalidValue, "does not say its format"),
        (("demo.html",), InvalidValue, "no format that can be read"),
        (("",), InvalidValue, "a path is text"),
        ((3,), InvalidValue, "a path is text or a pathlib.Path, not a int"),
        (("demo.jsonl", ""), InvalidValue, "a session id is text that is not empty"),
        (("n" * 300 + ".jsonl",), InvalidValue, "is no path of a file: File name too long"),
        (("home",), InvalidValue, "is no file, so no conversation can be in it"),
        (("/dev/zero",), InvalidValue, "is no file, so no conversation can be in it"),
    ],
)
def test_what_can_not_be_loaded_is_said(
    arguments: tuple[str, ...], kind: type[Exception], said: str
) -> None:
    exported()
    with pytest.raises(kind, match=said):
        wb.load(*arguments)


@pytest.mark.parametrize("store", [5, b"x", ["memory://"]])
def test_a_store_that_is_no_text_is_refused(store: Any) -> None:
    exported()
    with pytest.raises(InvalidValue, match="a store is given as a URL"):
        wb.load("demo.jsonl", "new", store=store)


def test_a_line_of_a_file_with_one_conversation_is_refused() -> None:
    exported()
    for given, said in ((2, "holds one conversation"), (0, "from 1"), (True, "from 1")):
        with pytest.raises(InvalidValue, match=said):
            wb.load("demo.jsonl", "x", line=given)


@pytest.mark.parametrize(
    ("target", "path", "options", "kind", "said"),
    [
        ("dmeo", "x.jsonl", {}, UnknownSession, "did you mean 'demo'"),
        ("demo", "demo.txt", {}, InvalidValue, r"end it in \.jsonl"),
        ("demo", "demo.jsonl", {"format": "jsnl"}, InvalidValue, "did you mean 'jsonl'"),
        ("demo", "nowhere/x.jsonl", {}, InvalidValue, "there is no folder"),
        ("demo", ".", {"format": "jsonl"}, InvalidValue, "is a folder"),
        ("demo", "n" * 300 + ".jsonl", {}, InvalidValue, "File name too long"),
        ("demo", "taken.jsonl", {}, InvalidValue, "overwrite=True replaces it"),
        ("demo", "x.jsonl", {"redact": "emial"}, InvalidValue, "did you mean 'email'"),
        ("demo", "x.jsonl", {"redact": 3}, InvalidValue, "not a int"),
        ("demo", "x.jsonl", {"redact": [3]}, InvalidValue, "not a int"),
        ("demo", "x.jsonl", {"redact": []}, InvalidValue, "names nothing to take out"),
        (["demo"], "x.jsonl", {}, InvalidValue, "format='fine-tuning'"),
        (3, "x.jsonl", {}, InvalidValue, "not a int"),
        ([], "x.jsonl", {"format": "fine-tuning"}, InvalidValue, "is empty"),
        (3, "x.jsonl", {"format": "fine-tuning"}, InvalidValue, "not a int"),
    ],
)
def test_what_can_not_be_exported_is_said_and_leaves_no_file(
    target: object, path: str, options: dict[str, object], kind: type[Exception], said: str
) -> None:
    make()
    Path("taken.jsonl").write_text("mine")
    with pytest.raises(kind, match=said):
        wb.export(target, path, **options)  # type: ignore[arg-type]
    assert Path("taken.jsonl").read_text() == "mine"
    assert sorted(each.name for each in Path().iterdir()) == ["home", "taken.jsonl"]
