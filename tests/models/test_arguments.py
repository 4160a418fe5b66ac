from __future__ import annotations

from enum import Enum
from typing import Any, Literal

import pytest
from agents import function_tool

from tests.models.talk import calls, offered, user
from workbench.models.reading import read
from workbench.models.reply import reply


class Room(Enum):
    single = "single"
    double_bed = "double_bed"


@function_tool
def get_weather(city: str, units: Literal["metric", "imperial"] = "metric") -> str:
    """Weather in a city."""
    return f"{city} {units}"


@function_tool
def add(a: int, b: int) -> int:
    """Add."""
    return a + b


@function_tool
def send_mail(to: str, subject: str, body: str | None = None) -> str:
    """Send a mail."""
    return f"{to} {subject} {body}"


@function_tool
def total(values: list[float], rounded: bool = False) -> float:
    """Add up."""
    return sum(values)


@function_tool
def bookRoom(guest: str, nights: int, room: Room, breakfast: bool) -> str:
    """Book a room."""
    return f"{guest} {nights} {room} {breakfast}"


TOOLS = (get_weather, add, send_mail, total, bookRoom)


@pytest.mark.parametrize(
    ("message", "name", "arguments"),
    [
        ("use get_weather for Oulu", "get_weather", {"city": "Oulu"}),
        ("get_weather(city='Oulu')", "get_weather", {"city": "Oulu"}),
        ("get_weather('New York', 'imperial')", "get_weather",
         {"city": "New York", "units": "imperial"}),
        ("Please use the get weather tool in New York, imperial.", "get_weather",
         {"city": "New York", "units": "imperial"}),
        ("What's the weather in Oulu? Use getWeather.", "get_weather", {"city": "Oulu"}),
        ("Call `get_weather` for “São Paulo”", "get_weather", {"city": "São Paulo"}),
        ("call get_weather with the city New York", "get_weather", {"city": "New York"}),
        ("call add with a=2 and b=3", "add", {"a": 2, "b": 3}),
        ("call add with b: 3, a: -2", "add", {"a": -2, "b": 3}),
        ("add 2 and 3", "add", {"a": 2, "b": 3}),
        ("add(2, 3)", "add", {"a": 2, "b": 3}),
        ('run add {"a": 2, "b": 3}', "add", {"a": 2, "b": 3}),
        ("send_mail to Ann about lunch", "send_mail",
         {"to": "Ann", "subject": "lunch", "body": None}),
        ('send mail to=ann@x.org, subject: "Hi, there"', "send_mail",
         {"to": "ann@x.org", "subject": "Hi, there", "body": None}),
        ("use total for 1, 2.5 and 3", "total", {"values": [1, 2.5, 3]}),
        ("use total with values=[1, 2] rounded=true", "total",
         {"values": [1, 2], "rounded": True}),
        ("use book_room with guest John, nights 3, a double bed and breakfast yes", "bookRoom",
         {"guest": "John", "nights": 3, "room": "double_bed", "breakfast": True}),
        ('bookRoom("John", 4, "single", false)', "bookRoom",
         {"guest": "John", "nights": 4, "room": "single", "breakfast": False}),
    ],
)  # fmt: skip
def test_a_tool_is_called_with_what_the_message_says(
    message: str, name: str, arguments: dict[str, Any]
) -> None:
    (call,) = calls(message, *TOOLS)
    assert call.name == name
    assert call.arguments == arguments


@pytest.mark.parametrize(
    ("message", "missing"),
    [
        ("use get_weather", "city"),
        ("call add with 2", "b"),
        ("call add", "a, b"),
        ("call add with a=two and b=three", "a, b"),
        ("use bookRoom for John", "nights, room, breakfast"),
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_is_called(message: str, missing: str) -> None:
    made = reply(read(message), offered(*TOOLS))
    assert made.calls == ()
    assert f" {missing}." in made.text


def test_nested_arguments_come_from_json_or_are_asked_for() -> None:
    schema = {
        "type": "object",
        "properties": {"place": {"$ref": "#/$defs/Place"}},
        "required": ["place"],
        "$defs": {"Place": {"type": "object", "properties": {"city": {"type": "string"}}}},
    }
    (tool,) = offered(get_weather)
    nested = [type(tool)("find_place", "function", schema)]
    assert "place" in reply(read("use find_place for Oulu"), nested).text
    made = reply(read('use find_place {"place": {"city": "Oulu"}}'), nested)
    assert made.calls[0].arguments == {"place": {"city": "Oulu"}}


def test_two_tools_in_one_message_get_their_own_arguments() -> None:
    first, second = calls("use add with 2 and 3 and then use get_weather for Oulu", *TOOLS)
    assert (first.name, first.arguments) == ("add", {"a": 2, "b": 3})
    assert (second.name, second.arguments) == ("get_weather", {"city": "Oulu"})


@pytest.mark.parametrize(
    "message",
    [
        "don't use get_weather",
        "What does get_weather do?",
        "I'd add sugar to that",
        "My name is John",
        "The total is wrong",
        "How do I call add?",
    ],
)
def test_a_tool_that_is_only_spoken_of_is_not_called(message: str) -> None:
    assert calls(message, *TOOLS) == []


def test_a_question_about_a_tool_is_answered_from_its_description() -> None:
    assert "Weather in a city." in reply(read("What does get_weather do?"), offered(*TOOLS)).text


def test_a_message_for_a_tool_is_no_setting() -> None:
    called = {"type": "function_call", "call_id": "c", "name": "get_weather", "arguments": "{}"}
    gave = {"type": "function_call_output", "call_id": "c", "output": "snow"}
    items = [user("use get weather for Oulu"), called, gave, user("What are my preferences?")]
    assert "haven't told me" in reply(read(items), offered(*TOOLS)).text
