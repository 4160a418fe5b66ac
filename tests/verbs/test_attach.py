from __future__ import annotations

import base64
import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from agents.models.chatcmpl_converter import Converter
from openai.types.responses import ResponseInputImage, ResponseInputItemParam
from pydantic import TypeAdapter

import workbench as wb
from tests.redis_server import shared_server
from tests.render.hostile import PAYLOADS
from workbench import items as of
from workbench import loop, render
from workbench.errors import InvalidItem, InvalidValue
from workbench.sessions import CompactionSession, MemorySession
from workbench.verbs import attach
from workbench.verbs.attach import with_attachments

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
JPEG, WEBP, GIF = b"\xff\xd8\xff\xe0 jfif", b"RIFF\0\0\0\0WEBPVP8 ", b"GIF89a.."
PDF = b"%PDF-1.7\n%\xe2\xe3"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, workbench_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that paths count from, with some files in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "picture.png").write_bytes(PNG)
    (tmp_path / "report.pdf").write_bytes(PDF)
    (tmp_path / "notes.md").write_text("# Notes\nhéllo")
    (tmp_path / "folder").mkdir()
    return tmp_path


def parts(*attach: Any) -> list[dict[str, Any]]:
    """The parts behind the prompt."""
    given = with_attachments("What is this?", attach)
    assert isinstance(given, list)
    (item,) = given
    assert item["role"] == "user"
    said, *found = item["content"]
    assert said == {"type": "input_text", "text": "What is this?"}
    return found


def data_url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def test_a_picture_goes_along_with_its_name() -> None:
    assert parts("picture.png") == [
        {"type": "input_text", "text": "[image picture.png]"},
        {"type": "input_image", "image_url": data_url("image/png", PNG), "detail": "auto"},
    ]


def test_a_file_goes_along_under_its_name() -> None:
    assert parts("report.pdf", Path("notes.md")) == [
        {
            "type": "input_file",
            "filename": "report.pdf",
            "file_data": data_url("application/pdf", PDF),
        },
        {
            "type": "input_file",
            "filename": "notes.md",
            "file_data": data_url("text/markdown", "# Notes\nhéllo".encode()),
        },
    ]


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.bin", PNG, "image/png"),
        ("a.png", JPEG, "image/jpeg"),
        ("a", WEBP, "image/webp"),
        ("a.txt", GIF, "image/gif"),
        ("a.txt", PDF, "application/pdf"),
        ("a.json", b"{}", "application/json"),
        ("a.csv", b"a,b", "text/csv"),
        ("a.svg", b"<svg/>", "image/svg+xml"),
        ("a.zzz", "é".encode(), "text/plain"),
        ("a.mp4", b"plain text", "text/plain"),
        ("a.txt", b"\0\1", "application/octet-stream"),
        ("a.docx", b"PK\3\4\0", None),
        ("a", b"\xff\xfe\0", "application/octet-stream"),
    ],
)
def test_what_it_is_the_first_bytes_say(folder: Path, name: str, data: bytes, kind: str) -> None:
    (folder / name).write_bytes(data)
    part = parts(name)[-1]
    url = part.get("image_url") or part["file_data"]
    assert url == data_url(kind or url[5 : url.index(";")], data)
    assert ("image_url" in part) == (data in (PNG, JPEG, WEBP, GIF))


def test_bytes_get_a_name_and_a_kind() -> None:
    assert parts(PNG)[0]["text"] == "[image attachment 1.png]"
    assert parts("report.pdf", b"hello")[1]["filename"] == "attachment 2.txt"
    for other in (bytearray(PNG), memoryview(PNG)):
        assert parts(other) == parts(PNG)


def test_an_address_is_passed_on_and_never_loaded() -> None:
    assert parts("https://example.org/a%20b.JPG?x=1") == [
        {"type": "input_text", "text": "[image a b.JPG]"},
        {
            "type": "input_image",
            "image_url": "https://example.org/a%20b.JPG?x=1",
            "detail": "auto",
        },
    ]
    assert parts("https://example.org/paper.pdf") == [
        {"type": "input_file", "file_url": "https://example.org/paper.pdf"}
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("pictur.png", r"no file 'pictur.png' in .*did you mean 'picture.png'\?"),
        ("nowhere/a.png", "its folder does not exist"),
        ("folder", "is a folder"),
        ("report.pdf/x", "can't be read"),
        ("a\0b", "can't be read"),
        ("~nobody-of-that-name/x", "can't be read"),
        (os.devnull, "no file that can be read whole"),
        ("", "path of a file to attach is empty"),
        (".", "is a folder"),
        ("data:image/png;base64,AAAA", "give its bytes"),
        ("https://[::1", "is no address"),
        ("ftp://example.org/a", "begins with https://"),
        ("https://me:hunter2@example.org/a.png", "^the address of 'example.org' holds a user"),
        ("https:///a.png", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        (b"", "is empty"),
        ([b"picture.png", 3], "not a int"),
        (3, "not a int"),
        ({"a": object()}, "no file 'a'"),
    ],
)
def test_what_cannot_be_attached_is_refused_with_a_reason(given: Any, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        wb.ask("demo", "What is this?", attach=given)
    assert len(wb.list_sessions()) == 0


def test_a_file_that_may_not_be_read_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refused)  # root may read whatever its mode says
    with pytest.raises(InvalidValue, match=r"'notes.md' can't be read: Permission denied"):
        parts("notes.md")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.bmp", b"BM....", "is a BMP image: models take PNG"),
        ("a.tiff", b"II*\0..", "is a TIFF image"),
        ("a.png", b"<html>not found</html>", "has the name of an image, but is none"),
        ("a.txt", b"", "is empty"),
    ],
)
def test_an_image_that_no_model_takes_is_refused(
    folder: Path, name: str, data: bytes, said: str
) -> None:
    (folder / name).write_bytes(data)
    with pytest.raises(InvalidValue, match=said):
        parts(name)


def test_what_is_too_large_is_refused_before_it_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (folder / "huge.bin").open("wb") as file:
        file.truncate(attach.FILE_LIMIT + 1)
    monkeypatch.setattr(Path, "read_bytes", lambda _path: pytest.fail("it was read"))
    with pytest.raises(InvalidValue, match=r"'huge.bin' has 32.1 MB, more than the 32 MB"):
        parts("huge.bin")


def test_a_picture_has_a_limit_of_its_own_and_so_has_everything_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attach, "IMAGE_LIMIT", 100)
    with pytest.raises(InvalidValue, match="more than the"):
        parts(PNG + b"x" * 100)
    monkeypatch.setattr(attach, "ALL_LIMIT", 3 * len(PNG) - 1)
    monkeypatch.setattr(attach, "IMAGE_LIMIT", 1000)
    assert len(parts(PNG, PNG)) == 4
    with pytest.raises(InvalidValue, match="together"):
        parts(PNG, PNG, PNG)


def test_an_odd_name_is_still_one_line(folder: Path) -> None:
    name = "two\nlines] \x1b[31m <b>é.png"
    (folder / name).write_bytes(PNG)
    assert parts(name)[0]["text"] == "[image two?lines] ?[31m <b>é.png]"
    undecodable = os.fsdecode(b"\xff.txt")
    (folder / undecodable).write_text("x")
    assert parts(undecodable)[0]["filename"] == "?.txt"


def test_both_apis_take_what_is_attached() -> None:
    given = with_attachments("What?", ["picture.png", "report.pdf", "notes.md"])
    assert isinstance(given, list)
    (item,) = given
    TypeAdapter(ResponseInputItemParam).validate_python(item)
    ResponseInputImage.model_validate(item["content"][2])
    (message,) = Converter.items_to_messages([item])  # type: ignore[list-item]  # a plain dict
    kinds = [part["type"] for part in message["content"]]  # type: ignore[index,union-attr]
    assert kinds == ["text", "text", "image_url", "file", "file"]


def test_the_history_and_the_reply_name_what_was_attached() -> None:
    turn = wb.ask("demo", "What is this?", attach=["picture.png", "report.pdf"])
    assert "You attached picture.png and report.pdf; I can't look into them." in turn.text
    frame = wb.history("demo")
    assert frame["content"][0] == "What is this?\n[image picture.png]\n[file report.pdf]"
    told = wb.ask("demo", "My name is John", attach="picture.png")
    assert "Nice to meet you, John." in told.text
    assert "picture.png" in told.text
    assert "John" in wb.ask("demo", "What's my name?").text


def test_the_turn_shows_small_pictures_and_loads_nothing() -> None:
    turn = wb.ask("demo", "What?", attach=["picture.png", "https://evil.example/a.png"])
    html = turn._repr_html_()
    assert html.count("<img ") == 1
    assert data_url("image/png", PNG) in html
    assert "evil.example" not in html
    shown = render.html(turn.items)
    assert shown.count("<img ") == 1
    assert "[image a.png]" in shown
    large = PNG + zlib.compress(os.urandom(400_000))
    assert "<img" not in wb.ask("demo", "And this?", attach=large)._repr_html_()


def test_a_hostile_picture_or_name_does_no_harm(folder: Path) -> None:
    for number, payload in enumerate(PAYLOADS):
        image = {"type": "input_image", "image_url": f"data:image/png;base64,{payload}"}
        label = {"type": "input_text", "text": f"[image {payload}]"}
        item = {"role": "user", "content": [label, image]}
        assert "<img" not in render.html([item]).replace('alt=""', ""), number
    svg = {"type": "input_image", "image_url": "data:image/svg+xml;base64,PHN2Zy8+"}
    assert "<img" not in render.html([{"role": "user", "content": [svg]}])


@pytest.mark.parametrize("where", ["sqlite", "redis", "encrypted", "compacted"])
def test_five_megabytes_are_kept_wherever_the_session_is(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = PNG + os.urandom(5 * attach.MB)
    if where == "encrypted":
        wb.session("demo", encrypt=True, key=KEY)
    elif where == "compacted":
        wb.session("demo", max_messages=4, keep_last=2)
    store = f"{shared_server().url}?prefix=attach" if where == "redis" else None
    turn = wb.ask("demo", "What is this?", attach=[data], store=store)
    session = wb.session("demo")
    assert wb.history("demo")["content"][0] == "What is this?\n[image attachment 1.png]"
    assert loop.run(session.get_items())[0] == turn.items[0]
    for number in range(4 if where == "compacted" else 0):
        wb.ask("demo", f"Remark {number}")
    full = wb.history("demo", full=True)
    assert full["content"].str.contains("attachment 1.png", regex=False).any()
    loop.run(session.clear_session())


def test_a_list_of_items_is_a_prompt_too() -> None:
    given: list[dict[str, Any]] = [
        {"role": "user", "content": "My name is John"},
        {"role": "user", "content": [{"type": "input_text", "text": "What's my name?"}]},
    ]
    for target in ("demo", MemorySession("one"), CompactionSession(MemorySession("two"))):
        turn = wb.ask(target, given)
        assert turn.items[:2] == given
        assert "John" in turn.text
        assert "John" in wb.ask(target, "What's my name?").text
    assert list(wb.history("demo")["role"])[:3] == ["user", "user", "assistant"]
    assert wb.turns("demo")["user"][0] == "My name is John\nWhat's my name?"


def test_a_list_that_holds_no_items_is_refused() -> None:
    lists: list[Any] = [["hello"], [{"role": "user", "content": "x"}, None], [{}]]
    for odd in lists:
        with pytest.raises(InvalidValue, match="input items, which are dicts"):
            wb.ask("demo", odd)
    with pytest.raises(InvalidValue, match="attach= goes with a text"):
        wb.ask("demo", [{"role": "user", "content": "x"}], attach="picture.png")
    assert len(wb.list_sessions()) == 0


def test_an_item_that_json_cannot_hold_is_refused_and_not_changed_into_another() -> None:
    loop: list[Any] = []
    loop.append(loop)
    for content, said in (({1, 2}, "of type set"), (object(), "of type object"), (loop, "deeply")):
        with pytest.raises(InvalidItem, match=said):
            wb.ask("demo", [{"role": "user", "content": content}])
    assert len(wb.list_sessions()) == 0


def test_an_image_without_a_name_is_shown_as_before() -> None:
    image = {"type": "input_image", "image_url": data_url("image/png", PNG)}
    said = {"type": "input_text", "text": "[image of a cat]"}
    assert of.text({"role": "user", "content": [image]}) == "[image]"
    assert of.text({"role": "user", "content": [image, image]}) == "[image]\n[image]"
    assert of.text({"role": "user", "content": [said]}) == "[image of a cat]"
    assert of.text({"role": "user", "content": [said, image, image]}) == "[image of a cat]\n[image]"
