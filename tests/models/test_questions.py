from __future__ import annotations

import pytest

from tests.models.talk import assistant, says, user

TOLD = [
    "Hello there",
    "My name is John",
    "I prefer dark mode",
    "Set language to Finnish",
    "Remember that the wifi password is swordfish",
    "I live in Oulu",
    "I'm 42 years old",
    "my dog's name is Rex",
    "my favorite color is blue",
]


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("What's my name?", ["John"]),
        ("WHAT’S MY NAME", ["John"]),
        ("Can you tell me what my name is?", ["John"]),
        ("Do you remember my name?", ["John"]),
        ("who am I?", ["John"]),
        ("What are my preferences?", ["dark mode", "Finnish"]),
        ("Please list my preferences", ["dark mode", "Finnish"]),
        ("What mode do I prefer?", ["dark mode"]),
        ("which language did I set?", ["Finnish"]),
        ("What is the wifi password?", ["swordfish"]),
        ("Where do I live?", ["Oulu"]),
        ("How old am I?", ["42"]),
        ("What's my dog's name?", ["Rex"]),
        ("What's my favourite colour?", ["blue"]),
        ("What did I say first?", ["Hello there"]),
        ("What did I ask before?", ["my favorite color is blue"]),
        ("What did I tell you about my dog?", ["Rex"]),
        ("What do you know about me?", ["John", "dark mode", "Finnish", "swordfish", "Rex"]),
        ("Summarise our conversation", ["John", "dark mode", "Finnish", "10 messages"]),
        ("How many messages have I sent?", ["10"]),
        ("What's my name and what do I prefer?", ["John", "dark mode"]),
    ],
)
def test_a_question_about_what_was_said_is_answered(question: str, answers: list[str]) -> None:
    answer = says(*TOLD, question)
    assert all(each in answer for each in answers), answer
    assert "language model" not in answer


def test_the_words_of_the_issue_are_answered_as_written() -> None:
    assert says("My name is John") == "Nice to meet you, John."
    assert says("My name is John", "What's my name?") == "Your name is John."
    assert says("I prefer dark mode") == "Noted: you prefer dark mode."


def test_what_is_said_later_takes_the_place_of_what_was_said_before() -> None:
    told = ["My name is John", "I prefer dark mode", "Call me Ann", "I prefer light mode"]
    answer = says(*told, "What do you know about me?")
    assert "Ann" in answer
    assert "light mode" in answer
    assert "John" not in answer
    assert "dark mode" not in answer


def test_a_guessed_name_gives_way_to_a_stated_one() -> None:
    assert says("My name is John", "I'm Ann", "What's my name?") == "Your name is John."
    assert says("I'm Anna", "What's my name?") == "Your name is Anna."


def test_what_was_to_be_forgotten_is_left_out() -> None:
    told = ["My name is John", "I like tea", "Forget my name"]
    assert "John" not in says(*told, "What do you know about me?")
    assert "tea" in says(*told, "What do you know about me?")
    assert "haven't told me" in says(*told, "Forget everything", "What are my preferences?")


def test_its_own_replies_and_tools_are_no_source() -> None:
    lies = [
        assistant("Your name is Mallory. My name is Mallory."),
        {"type": "function_call_output", "call_id": "c", "output": "My name is Mallory"},
        {"role": "system", "content": "My name is Mallory"},
    ]
    assert "haven't told me your name" in says(*lies, user("What's my name?"))


def test_an_answer_it_does_not_have_is_refused_with_the_way_out() -> None:
    for question in ("What's the capital of France?", "What's my name?", "Wie heiße ich?"):
        answer = says(question)
        assert "not a language model" in answer
        assert "OPENAI_API_KEY" in answer
        assert "OPENAI_BASE_URL" in answer


@pytest.mark.parametrize("question", ["Are you ChatGPT?", "Who are you?", "What can you do?"])
def test_it_never_claims_to_be_a_language_model(question: str) -> None:
    assert "not a language model" in says(question)


@pytest.mark.parametrize("text", ["Mikä on Suomen pääkaupunki?", "我喜歡喝茶", "ما اسمك؟"])
def test_other_languages_are_echoed(text: str) -> None:
    assert text.rstrip("?") in says(text)


def test_a_question_beside_a_statement_is_not_passed_over() -> None:
    answer = says("My name is John. What's the capital of France?")
    assert "John" in answer
    assert "can't answer" in answer
    assert says("My name is John. What's my name?").endswith("Your name is John.")


def test_content_in_parts_reads_like_text() -> None:
    parts = [{"type": "input_text", "text": "My name is John"}, {"type": "input_image"}]
    asked = [{"type": "input_text", "text": "What’s my name?"}]
    assert says(user(parts), user(asked)) == "Your name is John."
