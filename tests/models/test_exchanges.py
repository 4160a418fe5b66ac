from __future__ import annotations

from workbench.items import Item
from workbench.models.exchanges import Place, place_of, prompt_of, readable, split

USER: Item = {"role": "user", "content": "Hi"}
REPLY: Item = {"role": "assistant", "content": "Hello"}
THOUGHT: Item = {"type": "reasoning", "id": "rs_1", "summary": []}


def call(identity: str = "c1", arguments: str = '{"n": 1}') -> Item:
    return {"type": "function_call", "call_id": identity, "name": "f", "arguments": arguments}


def output(identity: str = "c1", text: str = "sunny") -> Item:
    return {"type": "function_call_output", "call_id": identity, "output": text}


def test_the_requests_of_a_conversation_are_worked_out_from_its_items() -> None:
    talk = [USER, THOUGHT, call("a"), call("b"), output("a"), output("b"), REPLY, USER, REPLY]
    assert split(talk) == [
        ([USER], [call("a"), call("b")]),
        ([output("a"), output("b")], [REPLY]),
        ([USER], [REPLY]),
    ]


def test_a_message_and_a_call_behind_it_are_one_answer() -> None:
    assert split([USER, REPLY, call(), output(), REPLY]) == [
        ([USER], [REPLY, call()]),
        ([output()], [REPLY]),
    ]


def test_what_nobody_answered_is_no_exchange() -> None:
    assert split([]) == []
    assert split([USER]) == []
    assert split([USER, REPLY, USER]) == [([USER], [REPLY])]


def place(*items: Item, outputs: bool = True) -> Place:
    return place_of(items, outputs=outputs)


def test_other_ids_forms_and_spaces_are_the_same_place() -> None:
    parts = {"role": "user", "content": [{"type": "input_text", "text": " Hi\n"}]}
    message = {**USER, "type": "message", "id": "msg_1", "status": "completed"}
    assert place(USER) == place(parts) == place(message)
    spaced = {**call("other", '{ "n":1 }'), "id": "fc_1", "status": "completed"}
    assert place(USER, call(), output()) == place(USER, THOUGHT, spaced, output("other"))


def test_other_words_arguments_outputs_and_orders_are_other_places() -> None:
    places = [
        place(USER),
        place({"role": "user", "content": "hi"}),
        place({"role": "system", "content": "Hi"}),
        place(USER, USER),
        place(USER, call(), output()),
        place(USER, call(), output(text="rain")),
        place(USER, call(arguments='{"n": 2}'), output()),
        place(USER, call("a"), call("b"), output("a"), output("b")),
        place(USER, call("a"), call("b"), output("b"), output("a")),
        place({"role": "user", "content": [{"type": "input_image", "image_url": "data:,1"}]}),
        place({"role": "user", "content": [{"type": "input_image", "image_url": "data:,2"}]}),
    ]
    assert len({each.digest for each in places}) == len(places)


def test_what_tools_answered_makes_no_difference_when_it_should_not() -> None:
    one = place(USER, call(), output(text="rain"), outputs=False)
    assert one == place(USER, call(), output(), outputs=False)
    assert one != place(USER, call(), outputs=False)


def test_a_place_is_its_turn_and_what_came_before_tells_equal_ones_apart() -> None:
    first, second = place(USER), place(USER, REPLY, USER)
    assert first.now == second.now
    assert first.digest == second.digest
    assert first.likeness(first) == (True, 0)
    assert second.likeness(first) == (False, 0)
    longer = place({"role": "user", "content": "Ho"}, REPLY, USER)
    assert second.likeness(longer) == (False, 1)


def test_the_prompt_is_all_that_the_turn_began_with() -> None:
    items = [USER, REPLY, {"role": "system", "content": "Be brief"}, {**USER, "content": "Ho"}]
    assert prompt_of([*items, call(), output()]) == "Ho"
    assert prompt_of([]) == ""


def test_a_readable_item_has_no_ids_of_a_service() -> None:
    names: dict[str, str] = {}
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [
            {
                "type": "output_text",
                "text": "Hello",
                "annotations": [],
                "logprobs": [{"token": "H"}],
            }
        ],
    }
    assert readable(message, names) == {"role": "assistant", "content": "Hello"}
    assert readable({**call("call_x"), "id": "fc_1", "status": None}, names) == {
        "type": "function_call",
        "call_id": "call_1",
        "name": "f",
        "arguments": '{"n": 1}',
    }
    assert readable(output("call_x"), names)["call_id"] == "call_1"
    assert readable(call("call_y"), names)["call_id"] == "call_2"
    cited = {"type": "output_text", "text": "x", "annotations": [{"type": "url_citation"}]}
    assert readable({"role": "assistant", "content": [cited]}, {})["content"] == [cited]
