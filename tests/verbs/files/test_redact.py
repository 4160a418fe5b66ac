from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from tests.verbs.files.conversations import PICTURE, TALK, make
from workbench.errors import InvalidValue
from workbench.items import Item
from workbench.verbs.files.redact import Redaction

CARD = "4111111111111111"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def redacted(item: Item, wanted: Any = "all") -> Item:
    return Redaction(wanted).item(item)


def test_every_text_of_an_item_is_looked_at() -> None:
    told = "joe@example.com"
    item = {
        "id": told,
        "type": "message",
        "role": "assistant",
        "content": [
            {
                "type": "output_text",
                "text": f"It is {told}",
                "logprobs": [{"token": "joe"}],
                "annotations": [{"type": "url_citation", "title": told, "url": f"https://{told}"}],
            },
            {"type": "input_file", "filename": f"{told}.pdf", "file_id": told},
            {"type": "refusal", "refusal": told},
        ],
    }
    made = redacted(item)
    assert made["id"] == told
    text, file, refusal = made["content"]
    assert text["text"] == "It is [email]"
    assert text["logprobs"] == []
    assert text["annotations"] == [
        {"type": "url_citation", "title": "[email]", "url": "https://[email]"}
    ]
    assert file == {"type": "input_file", "filename": "[email]", "file_id": told}
    assert refusal["refusal"] == "[email]"


def test_probabilities_stay_where_the_text_does() -> None:
    (_, item) = TALK[1]
    assert redacted(item) == item


def test_arguments_stay_json_and_ids_and_names_stay() -> None:
    (_, call) = TALK[4]
    made = redacted(call)
    assert json.loads(made["arguments"]) == {"to": "[email]", "card": "[card]"}
    assert {**made, "arguments": call["arguments"]} == call


def test_json_inside_of_texts_stays_json_to_its_keys_and_escapes() -> None:
    inner = {"joe@example.com": [CARD, int(CARD), True, 1.5, None], "ann@example.com": {"n": 1}}
    output = json.dumps(inner).replace("@", "\\u0040")
    made = redacted({"type": "function_call_output", "call_id": "c", "output": output})
    assert json.loads(made["output"]) == {
        "[email]": ["[card]", "[card]", True, 1.5, None],
        "[email] 2": {"n": 1},
    }


def test_json_without_anything_to_redact_is_not_touched() -> None:
    item = {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{ "a" :1}'}
    assert redacted(item) == item


@pytest.mark.parametrize(
    "item",
    [
        {"role": "user", "content": [{"type": "input_image", "image_url": PICTURE}]},
        {"type": "reasoning", "id": "rs_1", "encrypted_content": CARD, "summary": []},
        {"type": "image_generation_call", "id": "ig_1", "result": "4111" * 40},
        {
            "role": "user",
            "content": [
                {"type": "input_audio", "input_audio": {"data": "4" * 64, "format": "mp3"}}
            ],
        },
    ],
    ids=["image", "reasoning", "generated image", "audio"],
)
def test_bytes_and_ciphertext_are_left_alone(item: Item) -> None:
    assert redacted(item, ["all", re.compile("4+"), str.upper]) == item


def test_what_a_tool_found_is_looked_at_below_the_users_own_names() -> None:
    item = {
        "type": "file_search_call",
        "id": "fs_1",
        "queries": ["joe@example.com"],
        "results": [{"text": CARD, "file_id": "f_1", "attributes": {"id": "joe@example.com"}}],
    }
    made = redacted(item)
    assert made["queries"] == ["[email]"]
    assert made["results"] == [
        {"text": "[card]", "file_id": "f_1", "attributes": {"id": "[email]"}}
    ]


@pytest.mark.parametrize("ending", ["jsonl", "parquet", "md", "html"])
def test_no_file_holds_what_was_redacted(ending: str) -> None:
    make()
    report = wb.export("demo", f"demo.{ending}", redact="all")
    assert set(report.redacted) == {"email", "card", "phone"}
    assert "email" in str(report)
    if ending == "parquet":
        import pandas as pd
        from pyarrow import parquet

        written = pd.read_parquet("demo.parquet").to_csv()
        written += str(parquet.ParquetFile("demo.parquet").metadata.metadata)
    else:
        written = Path(f"demo.{ending}").read_text()
    for secret in ("joe@example.com", "555-123-4567", f": {CARD}", "4111 1111"):
        assert secret not in written
    if ending in ("jsonl", "parquet"):
        wb.load(f"demo.{ending}", "again")
        assert wb.history("again")["tool_call_id"].dropna().unique().tolist() == [f"call_{CARD}"]
        turns = wb.turns("again")
        assert turns["error"].dropna().tolist() == ["no answer for [email]"]
        assert wb.list_sessions().set_index("name").loc["again", "title"] == "Mail to [email]"


def test_the_count_is_that_of_the_file_whatever_was_tried_before() -> None:
    make()
    first = wb.export("demo", "one.jsonl", redact="email")
    again = wb.export("demo", "two.jsonl", redact=["email"])
    table = wb.export("demo", "demo.parquet", redact=["email"])
    assert first.redacted == again.redacted == table.redacted == {"email": 5}
    end = json.loads(Path("one.jsonl").read_text().splitlines()[-1])["end"]
    assert end["redacted"] == {"email": 5}


def test_patterns_and_functions_of_ones_own() -> None:
    wanted = [re.compile("J[o]hn"), lambda text: text.replace("weather", "topic"), "phone"]
    assert Redaction(wanted).text("John on the weather: 555-123-4567") == (
        "[redacted] on the topic: [phone]"
    )
    assert Redaction(re.compile("x*")).text("axxb") == "a[redacted]b"
    assert not Redaction(None)


def raising(text: str) -> str:
    raise RuntimeError(f"no: {text}")


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (raising, "the redact function raised a RuntimeError on a text of "),
        (lambda text: None, "the redact function returned a NoneType where text was expected"),
        (lambda text: text.encode(), "returned a bytes"),
    ],
)
@pytest.mark.parametrize("ending", ["jsonl", "parquet", "md", "html"])
def test_a_function_that_fails_is_said_and_nothing_is_written(
    function: Any, said: str, ending: str
) -> None:
    make()
    with pytest.raises(InvalidValue, match=said) as caught:
        wb.export("demo", f"demo.{ending}", redact=function)
    assert "nothing was written" in str(caught.value)
    assert "John" not in str(caught.value)
    assert sorted(each.name for each in Path().iterdir()) == ["home"]


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_what_a_function_leaves_nothing_of_can_be_loaded(ending: str) -> None:
    make()
    wb.export("demo", f"bare.{ending}", redact=lambda _text: "")
    wb.load(f"bare.{ending}")
    assert wb.history("bare")["content"].iloc[0] == ""
    assert len(wb.history("bare")) == len(wb.history("demo"))


def test_a_parked_run_which_repeats_what_was_said_is_not_exported_redacted() -> None:
    from dataclasses import replace

    from tests.verbs.files.conversations import record
    from workbench import loop

    make()
    session: Any = wb.session("demo")
    waiting = replace(record("t9", 9), parked='{"said": "joe@example.com"}', session_id="demo")
    loop.run(session.save_turn(waiting))
    wb.export("demo", "demo.jsonl", redact="email")
    assert "joe@" not in Path("demo.jsonl").read_text()
    wb.export("demo", "whole.jsonl")
    assert "joe@" in Path("whole.jsonl").read_text()
