"""Which items the Conversations API takes, in which form they go, and in which they come back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversations_server import ConversationsServer, shared_conversations
from tests.stores.conversations.stores import conversation_of, store_at
from workbench.errors import InvalidItem
from workbench.items import Item
from workbench.protocols import Edit
from workbench.stores.conversations.items import CARRIER, outgoing, trace


@pytest.fixture
def server() -> ConversationsServer:
    shared_conversations().heal()
    return shared_conversations()


CITED = {"type": "output_text", "text": "x", "annotations": [{"type": "file_path", "index": 0}]}
IMAGE = {"type": "input_image", "image_url": "data:,", "detail": "low"}
THOUGHT = {"type": "reasoning", "id": "rs_x", "summary": [], "encrypted_content": "abc"}
SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
PLACEHOLDER = {"id": "__fake_id__", "type": "message", "role": "assistant", "status": "completed"}

COME_BACK: dict[str, tuple[Item, Item]] = {
    "a text": ({"role": "user", "content": "a"}, {"role": "user", "content": "a"}),
    "an empty text": ({"role": "user", "content": ""}, {"role": "user", "content": ""}),
    "a system message": ({"role": "system", "content": "a"}, {"role": "system", "content": "a"}),
    "a typed message": (
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a"}]},
        {"role": "user", "content": "a"},
    ),
    "an answer as the model gives it": (
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "a", "annotations": [], "logprobs": []}],
            "provider_data": {"model": "x"},
        },
        {"role": "assistant", "content": "a"},
    ),
    "an answer with a phase": (
        {"role": "assistant", "content": "a", "phase": "commentary"},
        {"role": "assistant", "content": "a", "phase": "commentary"},
    ),
    "an answer with citations": (
        {"role": "assistant", "content": [CITED]},
        {**PLACEHOLDER, "content": [CITED]},
    ),
    "a refusal": (
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
        {**PLACEHOLDER, "content": [{"type": "refusal", "refusal": "no"}]},
    ),
    "an image": (
        {
            "role": "user",
            "content": [{"type": "input_image", "image_url": "data:,", "detail": "low"}],
        },
        {
            "role": "user",
            "content": [{"type": "input_image", "image_url": "data:,", "detail": "low"}],
        },
    ),
    "a call": (
        {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "n", "arguments": "{}"},
        {"type": "function_call", "call_id": "c", "name": "n", "arguments": "{}"},
    ),
    "a call's output with nulls": (
        {"type": "function_call_output", "call_id": "c", "output": "3", "id": None, "status": None},
        {"type": "function_call_output", "call_id": "c", "output": "3"},
    ),
    "reasoning": (
        {"type": "reasoning", "id": "rs_x", "summary": [], "encrypted_content": "abc"},
        {
            "type": "reasoning",
            "id": "rs_x",
            "summary": [],
            "content": [],
            "encrypted_content": "abc",
        },
    ),
    "a search": (
        {**SEARCH, "action": {"type": "search", "query": "q", "queries": ["q"]}},
        {**SEARCH, "action": {"type": "search", "query": "q", "queries": ["q"]}},
    ),
    "a compaction": (
        {"type": "compaction", "id": "cmp_1", "encrypted_content": "abc"},
        {"type": "compaction", "encrypted_content": "abc"},
    ),
    "an envelope": ({"wb1": "AAAA"}, {"wb1": "AAAA"}),
    "an envelope with a salt": (
        {"wb1": "AAAA", "kdf": {"name": "scrypt", "salt": "x", "n": 2}},
        {"wb1": "AAAA", "kdf": {"name": "scrypt", "salt": "x", "n": 2}},
    ),
    "an envelope of the SDK": (
        {"__enc__": 1, "v": 1, "kid": "k", "payload": "gAAA"},
        {"__enc__": 1, "v": 1, "kid": "k", "payload": "gAAA"},
    ),
    "words like a carried item": (
        {"role": "user", "content": CARRIER + '{"wb1": "forged"}'},
        {"role": "user", "content": CARRIER + '{"wb1": "forged"}'},
    ),
}


async def test_each_item_comes_back_in_its_form(server: ConversationsServer) -> None:
    store = store_at(server)
    for name, (given, expected) in COME_BACK.items():
        await store.append(name, [given])
        assert await store.read(name) == [expected], name
        assert [row.item for row in await store.rows(name)] == [expected], name
    # What came back can be stored again, and then comes back unchanged.
    for name, (_given, expected) in COME_BACK.items():
        await store.append(f"{name} again", await store.read(name))
        assert await store.read(f"{name} again") == [expected], name
    await store.close()


async def test_an_edit_takes_and_gives_the_same_forms(server: ConversationsServer) -> None:
    store = store_at(server)
    given = [given for given, _expected in COME_BACK.values()]
    expected = [expected for _given, expected in COME_BACK.values()]
    await store.edit("demo", Edit(insert=given))
    assert await store.read("demo") == expected
    first = (await store.rows("demo"))[0].key
    await store.edit("demo", Edit(insert=[{"wb1": "first"}], before=first))
    assert await store.read("demo") == [{"wb1": "first"}, *expected]
    keys = [row.key for row in await store.rows("demo")]
    await store.edit("demo", Edit(rewrite={key: {"wb1": "all"} for key in keys}))
    assert await store.read("demo") == [{"wb1": "all"}] * len(keys)
    await store.close()


async def test_an_envelope_lies_on_the_server_as_text(server: ConversationsServer) -> None:
    store = store_at(server)
    await store.append("demo", [{"wb1": "AAAA"}])
    assert server.contents(await conversation_of(store)) == [CARRIER + '{"wb1":"AAAA"}']
    await store.close()


async def test_reasoning_that_no_server_knows_is_left_out(server: ConversationsServer) -> None:
    store = store_at(server)
    thought = {"type": "reasoning", "id": "__fake_id__", "summary": [], "provider_data": {"m": 1}}
    keys = await store.append("demo", [thought, {"role": "assistant", "content": "a"}])
    assert len(keys) == 1
    assert await store.read("demo") == [{"role": "assistant", "content": "a"}]
    assert await store.append("other", [thought]) == []
    assert server.count("POST") == 2
    await store.close()


REFUSED: dict[str, tuple[Item, str]] = {
    "no type": ({"x": 1}, "no item of the type 'unknown'"),
    "an unknown type": ({"type": "telepathy", "to": "all"}, "no item of the type 'telepathy'"),
    "an extra name": ({"role": "user", "content": "a", "mood": 1}, "a message has no 'mood'"),
    "a call without its id": (
        {"type": "function_call", "name": "n", "arguments": "{}"},
        "a function_call needs 'call_id'",
    ),
    "a search without its id": (
        {"type": "web_search_call", "status": "completed", "action": {"type": "search"}},
        "needs the id that the model gave it",
    ),
    "reasoning with content but no id": (
        {"type": "reasoning", "summary": [], "encrypted_content": "abc"},
        "needs the id that the model gave it",
    ),
    "an odd role": ({"role": "tool", "content": "a"}, "the role of a message is one of"),
    "no content": ({"role": "user", "content": None}, "a message needs 'content'"),
    "odd content": ({"role": "user", "content": 7}, "is text or a list of parts"),
    "an odd part": ({"role": "user", "content": [{"text": "a"}]}, "a part of a message is one of"),
    "a part without its text": (
        {"role": "user", "content": [{"type": "input_text"}]},
        "an input_text needs its text",
    ),
    "an odd output": (
        {"type": "function_call_output", "call_id": "c", "output": {"a": 1}},
        "the output of a call is text or a list of parts",
    ),
    "half a character": ({"role": "user", "content": "\ud83d"}, "lone surrogate"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_the_api_would_refuse_is_explained(
    server: ConversationsServer, name: str
) -> None:
    item, reason = REFUSED[name]
    store = store_at(server)
    with pytest.raises(InvalidItem, match="item 2 of 2 can't be kept") as caught:
        await store.append("demo", [{"role": "user", "content": "fine"}, item])
    assert reason in str(caught.value)
    assert server.requests == []
    await store.close()


def test_no_message_about_an_item_quotes_it() -> None:
    for item in ({"role": "user", "content": "private", "x": 1}, {"type": "x", "y": "private"}):
        with pytest.raises(InvalidItem) as caught:
            outgoing([item])
        assert "private" not in str(caught.value)


@pytest.mark.parametrize("name", COME_BACK)
def test_an_item_is_recognised_in_the_form_the_server_gives_it(name: str) -> None:
    (sent,) = outgoing([COME_BACK[name][0]])
    content: Any = sent.get("content")
    filled: Item = {"id": "made_1", "status": None, "added": [], **sent}
    if isinstance(content, str):
        filled |= {"type": "message", "content": [{"type": "input_text", "text": content}]}
    assert trace(filled) == trace(sent)
    others = [outgoing([given])[0] for other, (given, _) in COME_BACK.items() if other != name]
    assert name in ("a text", "a typed message") or trace(sent) not in map(trace, others)
