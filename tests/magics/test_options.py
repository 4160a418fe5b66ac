from __future__ import annotations

import pytest
from IPython.core.error import UsageError

from workbench.magics.options import HELP, Option, explain, parse, parse_words, too_much

OPTIONS = (
    Option(("-s", "--session"), "the conversation", "NAME", kind="session"),
    Option(("--rerun",), "again", "WHAT", choices=("append", "replace")),
    Option(("--no-stream",), "whole"),
    HELP,
    Option(("--bind",), "secret", hidden=True),
)


def read(line: str, **more: object) -> tuple[dict[str, object], str]:
    return parse(line, OPTIONS, magic="%m", **more)  # type: ignore[arg-type]


def refused(line: str, **more: object) -> str:
    with pytest.raises(UsageError) as caught:
        read(line, **more)
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "session", "rest"),
    [
        ("-s demo What's my name?", "demo", "What's my name?"),
        ("--session demo  two  spaces", "demo", "two  spaces"),
        ("--session=demo hi", "demo", "hi"),
        ('-s "two words" hi', "two words", "hi"),
        ("-s 'two words' hi", "two words", "hi"),
        ('--session="two words" hi', "two words", "hi"),
        ("-s \"it's\" it's", "it's", "it's"),
        ("-s 🦊 hi", "🦊", "hi"),
        ('-s "-x" hi', "-x", "hi"),
        ("-s demo -- -s is an option", "demo", "-s is an option"),
        ("-s demo - a list", "demo", "- a list"),
        ("-s demo -5 is a number", "demo", "-5 is a number"),
        ('-s demo say "hi" to -s', "demo", 'say "hi" to -s'),
        ('-s demo {"a": 1}', "demo", '{"a": 1}'),
    ],
)
def test_options_come_first_and_the_rest_stays_as_it_is(line: str, session: str, rest: str) -> None:
    assert read(line) == ({"session": session}, rest)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--sesion x", "there is no option --sesion; did you mean --session?"),
        ("--xyz", "there is no option --xyz; see %m --help"),
        ("--bin", "there is no option --bin"),
        ("-s", "-s needs a value: -s NAME"),
        ("-s ''", "--session needs a value that is not empty"),
        ('-s "two words', "the quote is not closed"),
        ("--rerun never", "--rerun is one of append, replace, not 'never'"),
        ("--no-stream=1", "--no-stream takes no value"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(line: str, said: str) -> None:
    message = refused(line)
    assert message.startswith("%m: ")
    assert said in message
    assert "\n" not in message


def test_the_hidden_option_is_not_offered() -> None:
    assert "--bind" not in refused("--bnd")
    assert "--bind" not in explain(["%m"], "About.", OPTIONS)


def test_values_are_filled_in_after_the_line_is_taken_apart() -> None:
    values = {"{{name}}": "two words", "{{ how }}": "append", "{{text}}": "--help -s x"}

    def fill(text: str) -> str:
        for mark, value in values.items():
            text = text.replace(mark, value)
        return text

    line = "-s {{name}} --rerun {{ how }} {{text}}"
    assert read(line, fill=fill) == ({"session": "two words", "rerun": "append"}, "--help -s x")
    assert read(line)[0] == {"session": "{{name}}", "rerun": "{{ how }}"}
    values["{{ how }}"] = "never"
    assert "not 'never'" in refused(line, fill=fill)


def test_words_may_stand_before_options() -> None:
    line = 'use "two words" --no-stream last'
    values, words = parse_words(line, OPTIONS, magic="%m")
    assert (values, words) == ({"no_stream": True}, ["use", "two words", "last"])
    assert "too much on the line: 'c'" in str(too_much(["c"], magic="%m"))


def test_the_help_lists_every_option_with_what_it_does() -> None:
    text = explain(["%m [options]"], "About.", OPTIONS)
    assert text.startswith("%m [options]\n\nAbout.")
    assert "-s, --session NAME" in text
    assert "--rerun append|replace" in text


MORE = (
    Option(("--attach",), "a file", "FILE", repeated=True),
    Option(("--title",), "a title", "TEXT", empty=True),
    Option(("-n", "--name"), "a name", "NAME"),
    HELP,
)


def test_a_repeated_option_gives_a_list() -> None:
    values, rest = parse('--attach a --attach="b c" --attach {{x}} hi', MORE, magic="%m")
    assert values == {"attach": ["a", "b c", "{{x}}"]}
    assert rest == "hi"
    filled, _rest = parse("--attach {{x}}", MORE, magic="%m", fill=lambda text: f"<{text}>")
    assert filled == {"attach": ["<{{x}}>"]}
    assert parse("hi", MORE, magic="%m")[0] == {}


def test_an_option_may_be_allowed_to_be_empty() -> None:
    assert parse('--title "" hi', MORE, magic="%m") == ({"title": ""}, "hi")
    with pytest.raises(UsageError, match="not empty"):
        parse('--name "" hi', MORE, magic="%m")


def test_words_that_begin_with_a_dash_are_words_of_some_verbs() -> None:
    line = 'tag demo -red +blue -n -"dark mode" --title x -- -last'
    values, words = parse_words(line, MORE, magic="%m", marking=("tag",))
    assert values == {"title": "x"}
    assert words == ["tag", "demo", "-red", "+blue", "-n", '-"dark mode"', "-last"]
    assert parse_words("tag -h", MORE, magic="%m", marking=("tag",))[0] == {"help": True}
    with pytest.raises(UsageError, match="there is no option -red"):
        parse_words("info -red", MORE, magic="%m", marking=("tag",))
