from __future__ import annotations

import pytest

from workbench.models.recall import statements
from workbench.models.statements import Fact, Forget


def stated(text: str) -> list[tuple[str, str]]:
    return [(one.subject, one.value) for one in statements(text) if isinstance(one, Fact)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My name is John", "John"),
        ("my name's john.", "john"),
        ("MY NAME IS JOHN!!!", "JOHN"),
        ("Hi, my name is John, what's yours?", "John"),
        ("I’m called Ann", "Ann"),
        ("I'm called “Ann”.", "Ann"),
        ("Please call me Al.", "Al"),
        ("You can call me Z", "Z"),
        ("Hello! I'm Anna and I live in Oulu", "Anna"),
        ("I'm Brian", "Brian"),
        ("Hi, I am Jean-Luc Picard!", "Jean-Luc Picard"),
        ("My name is Dr. Smith.", "Dr. Smith"),
        ("My name is 小明", "小明"),
        ("Could you call me Bob?", "Bob"),
    ],
)
def test_a_name_is_understood(text: str, name: str) -> None:
    assert ("name", name) in stated(text)


@pytest.mark.parametrize(
    "text",
    [
        "Is my name John?",
        "I'm happy",
        "I am Finnish",
        "I'm Swiss and proud",
        "Call me back later",
        "Call me a taxi",
        'He said "my name is Bob"',
        "What is my name",
        "My name is what?",
        "My name is not John",
    ],
)
def test_no_name_is_invented(text: str) -> None:
    assert "name" not in dict(stated(text))


@pytest.mark.parametrize(
    ("text", "subject", "value"),
    [
        ("I prefer dark mode", "mode", "dark mode"),
        ("I’d prefer dark mode, please", "mode", "dark mode"),
        ("I really like green tea", "green tea", "green tea"),
        ("I don't like coffee", "coffee", "coffee"),
        ("My favourite colour is blue", "favourite colour", "blue"),
        ("my favorite color is blue!", "favourite colour", "blue"),
        ("Set language to Finnish", "language", "Finnish"),
        ("please set the language to Finnish now", "language", "Finnish"),
        ("Can you change my time zone to UTC?", "time zone", "UTC"),
        ("use metric units", "units", "metric units"),
        ("Turn notifications off", "notifications", "off"),
        ("Enable autosave", "autosave", "on"),
        ("Answer in French", "language", "French"),
        ("Remember that the wifi password is swordfish", "wifi password", "swordfish"),
        ("Don't forget: my dog's name is Rex", "dog's name", "Rex"),
        ("My sister is a doctor", "sister", "a doctor"),
        ("I live in Oulu", "live", "in Oulu"),
        ("I'm from Oulu", "from", "Oulu"),
    ],
)
def test_what_the_user_states_is_read(text: str, subject: str, value: str) -> None:
    assert (subject, value) in stated(text)


def test_several_statements_in_one_message_are_all_read() -> None:
    text = "Hi, my name is John and I prefer dark mode. Set language to Finnish and theme to blue!"
    assert stated(text) == [
        ("name", "John"),
        ("mode", "dark mode"),
        ("language", "Finnish"),
        ("theme", "blue"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "use get_weather for Oulu",
        "I'd like to book a flight",
        "Set up a meeting to discuss it",
        "Do I like tea?",
        "I have a question",
        "Never mind",
        "My question is what time it is",
        "Minun nimeni on Matti",
        "",
        "?!",
    ],
)
def test_what_states_nothing_is_left_alone(text: str) -> None:
    assert stated(text) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [("forget my name", "my name"), ("Forget everything", ""), ("I no longer like tea", "tea")],
)
def test_a_wish_to_forget_is_read(text: str, what: str) -> None:
    assert list(statements(text)) == [Forget(what)]


def test_the_words_that_are_kept_give_the_same_fact_again() -> None:
    texts = ["I prefer dark mode", "Turn off the radio", "Remember: my dog is Rex", "I'm Anna"]
    for fact in (one for text in texts for one in statements(text)):
        assert isinstance(fact, Fact)
        assert list(statements(fact.said)) == [fact]
