from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import CorruptFile
from workbench.models.exchanges import Exchange
from workbench.models.recording import Recording, dump, parse

USER = {"role": "user", "content": "My name is John\nand I prefer tea"}
REPLY = {"role": "assistant", "content": "Nice to meet you, Jöhn 🙂."}
TALK = Recording(
    [
        Exchange(
            given=[USER], answered=[REPLY], turn=1, model="gpt-5.2", usage={"input_tokens": 3}
        ),
        Exchange(given=[{"role": "user", "content": "Hi"}], answered=[REPLY], turn=2),
    ],
    "demo",
    "2026-11-22T16:36:00+00:00",
)


def test_a_recording_reads_as_people_write() -> None:
    text = dump(TALK)
    assert "My name is John\n      and I prefer tea" in text
    assert "Nice to meet you, Jöhn 🙂." in text
    assert text.startswith("workbench: recording\nversion: 1\nsession: demo\n")
    assert parse(text, "it") == TALK


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=()), max_size=40))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    exchange = Exchange(
        given=[{"role": "user", "content": text}],
        answered=[
            {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": text},
            {"role": "assistant", "content": [{"type": "refusal", "refusal": text}]},
        ],
    )
    assert list(parse(dump(Recording([exchange])), "it").exchanges) == [exchange]


def test_a_recording_cut_short_anywhere_is_noticed() -> None:
    text = dump(TALK)
    for cut in range(len(text) - 1):
        with pytest.raises(CorruptFile):
            parse(text[:cut], "it")


CHANGES = {
    "not yaml": ("exchanges:", "exchanges: [", "can't be read at line"),
    "a later version": ("version: 1", "version: 2", r"later workbench \(version 2, known: 1\)"),
    "no version": ("version: 1", "version: one", "does not say which version"),
    "another kind": ("recording", "conversation", "is not a recorded conversation"),
    "another count": ("count: 2", "count: 3", "cut short"),
    "a changed word": ("prefer tea", "prefer milk", "exchange 1 of it was changed"),
    "no items": ("answered:", "answerd:", "exchange 1 of it has no items"),
    "an object": ("session: demo", "session: !!python/object:os.system {}", "can't be read"),
    "a reference": ("session: demo", "session: &x demo\nagain: *x", "a reference"),
    "a turn that is none": ("turn: 1", "turn: first", "another turn or usage"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_wrong_with_a_recording_is_said_without_what_was_said(change: str) -> None:
    before, after, said = CHANGES[change]
    text = dump(TALK)
    assert before in text
    with pytest.raises(CorruptFile, match=said) as caught:
        parse(text.replace(before, after, 1), "it")
    assert "John" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "a: b", "- 1", "\x00", "!!binary x", "{" * 5_000])
def test_what_is_no_recording_is_refused(text: str) -> None:
    with pytest.raises(CorruptFile):
        parse(text, "it")


def test_who_changes_a_recording_by_hand_takes_the_digest_out() -> None:
    lines = dump(TALK).replace("prefer tea", "prefer milk").splitlines()
    text = "\n".join(line for line in lines if "digest" not in line)
    assert "prefer milk" in parse(text, "it").exchanges[0].given[0]["content"]
