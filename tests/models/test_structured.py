from __future__ import annotations

import json
from enum import Enum
from typing import Any, Literal

import pytest
from agents import AgentOutputSchema, function_tool
from pydantic import BaseModel

from tests.models.talk import run, user
from workbench.errors import OfflineModelError
from workbench.models.reading import read
from workbench.models.structured import structured


class Theme(Enum):
    dark = "dark"
    light = "light"


class Home(BaseModel):
    city: str
    country: str | None


class Profile(BaseModel):
    name: str
    language: str
    preferences: list[str]
    theme: Theme
    home: Home


class Answer(BaseModel):
    question: str
    answer: str


TOLD = [
    "My name is John",
    "I prefer dark mode",
    "Set language to Finnish",
    "Set theme to dark",
    "The city is Oulu",
]


def filled(kind: Any, *texts: str, strict: bool = True) -> dict[str, Any]:
    schema = AgentOutputSchema(kind, strict_json_schema=strict).json_schema()
    made: dict[str, Any] = json.loads(structured(schema, read([user(t) for t in texts]), "said"))
    return made


def test_fields_are_filled_from_what_the_user_said() -> None:
    profile = run([user(text) for text in TOLD], output_type=Profile).final_output
    assert profile == Profile(
        name="John",
        language="Finnish",
        preferences=["dark mode", "Finnish", "dark"],
        theme=Theme.dark,
        home=Home(city="Oulu", country=None),
    )


def test_a_field_that_was_not_said_is_an_error_that_names_it() -> None:
    with pytest.raises(OfflineModelError, match=r"language.*OPENAI_API_KEY"):
        filled(Profile, "My name is John")
    with pytest.raises(OfflineModelError, match=r"home\.city"):
        filled(Profile, *TOLD[:4])


def test_question_and_answer_fields_hold_the_users_text_and_the_reply() -> None:
    made = run([user("My name is John"), user("What's my name?")], output_type=Answer).final_output
    assert made == Answer(question="What's my name?", answer="Your name is John.")


def test_pairs_and_json_in_the_message_fill_their_fields() -> None:
    class Point(BaseModel):
        x: int
        y: float
        label: str
        shown: bool
        kind: Literal["a", "b"]

    wanted = {"x": 1, "y": 2.5, "label": "home", "shown": True, "kind": "b"}
    assert filled(Point, "x=1, y=2.5, label: home, shown=true and kind=b") == wanted
    assert filled(Point, f"Here it is: {json.dumps(wanted)}") == wanted


def test_defaults_and_nulls_stand_where_nothing_was_said() -> None:
    class Options(BaseModel):
        nickname: str | None
        retries: int = 3

    assert filled(Options, "hello", strict=False) == {"nickname": None, "retries": 3}


def test_yes_and_no_come_from_preferences_and_switches() -> None:
    class Flags(BaseModel):
        dark_mode: bool
        notifications: bool
        likes_coffee: bool

    texts = ["I prefer dark mode", "Turn notifications off", "I don't like coffee"]
    made = filled(Flags, *texts)
    assert made == {"dark_mode": True, "notifications": False, "likes_coffee": False}


def test_a_number_is_taken_only_when_it_can_be_meant() -> None:
    class Age(BaseModel):
        age: int

    assert filled(Age, "I'm 42 years old", "How old am I?") == {"age": 42}
    with pytest.raises(OfflineModelError, match="age"):
        filled(Age, "between 3 and 5 people")


def test_an_enum_that_is_not_named_or_named_twice_is_not_guessed() -> None:
    class Mood(BaseModel):
        mood: Literal["good", "bad"]

    assert filled(Mood, "it was a bad day") == {"mood": "bad"}
    for text in ("it was a day", "good or bad?"):
        with pytest.raises(OfflineModelError, match="mood"):
            filled(Mood, text)


def test_a_schema_that_is_not_simple_is_refused_by_field() -> None:
    class Odd(BaseModel):
        pair: tuple[int, str]

    with pytest.raises(OfflineModelError, match=r"pair.*more than texts"):
        filled(Odd, "hello", strict=False)
    with pytest.raises(OfflineModelError, match="no fixed fields"):
        filled(dict[str, int], "hello", strict=False)


def test_a_tools_json_fills_the_output() -> None:
    class Weather(BaseModel):
        city: str
        degrees: int

    @function_tool
    def look_up(city: str) -> str:
        """Look up."""
        return json.dumps({"city": city, "degrees": -3})

    made = run("use look_up for Oulu", tools=[look_up], output_type=Weather)
    assert made.final_output == Weather(city="Oulu", degrees=-3)


def test_a_value_that_the_type_refuses_is_an_error_of_ours() -> None:
    from pydantic import Field

    class Strict(BaseModel):
        name: str = Field(pattern="^[a-z]+$")

    with pytest.raises(OfflineModelError, match="Strict"):
        run("My name is John", output_type=Strict)
