from __future__ import annotations

import time
from typing import Any

import pytest
from IPython.core.error import UsageError

from workbench.magics.body import filled, is_code

CODE = {
    "a plain call": "Runner.run_sync(a, 'Hi')",
    "top-level await": "r = await Runner.run(a, 'Hi')\nr.final_output",
    "a stream": "async for e in Runner.run_streamed(a, 'x').stream_events():\n    print(e)",
    "in a function": "def f():\n    return Runner.run_sync(a, 'Hi')\nf()",
    "by its module": "import agents\nawait agents.Runner.run(a, 'Hi')",
    "with a line magic": "%time r = 1\nr = Runner.run_sync(a, 'Hi')",
    "with a shell line": "!ls\nRunner.run_sync(a, 'Hi')",
    "with help": "Runner?\nRunner.run_sync(a, 'Hi')",
    "indented": "    Runner.run_sync(a, 'Hi')",
    "with a comment first": "# What's this?\nRunner.run_sync(a, 'Hi')",
    "inside a gather": "await asyncio.gather(*(Runner.run(a, x) for x in 'ab'))",
}
PROMPTS = {
    "a sentence": "My name is John",
    "a word": "Hello",
    "valid Python without a run": "print('hi')\nx = 1",
    "Runner in prose": "How do I use Runner.run in a notebook?",
    "Runner in a sentence with a call": "Explain what Runner.run(agent, 'Hi') does.",
    "only the name": "Runner",
    "another object's run": "runner.run(a)",
    "a syntax error": "r = await Runner.run(a, 'Hi'\nprint(r)",
    "an alias": "from agents import Runner as R\nR.run_sync(a, 'Hi')",
    "code in a string": "'Runner.run(a)'",
    "JSON": '{"call": "Runner.run(a)"}',
    "a fenced block": "Explain:\n```python\nawait Runner.run(a, 'Hi')\n```",
    "deep nesting": "Runner.run(" + "(" * 3000 + ")" * 3000 + ")",
    "a NUL": "Runner.run(a)\0",
}


@pytest.mark.parametrize("body", CODE.values(), ids=CODE)
def test_python_that_runs_an_agent_is_code(body: str) -> None:
    assert is_code(body)


@pytest.mark.parametrize("body", PROMPTS.values(), ids=PROMPTS)
def test_anything_else_is_a_prompt(body: str) -> None:
    assert not is_code(body)


NAMES: dict[str, Any] = {"who": "John", "n": 3, "text": "{{who}}", "d": {"a": [1, 2]}}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("Hi {{who}}", "Hi John"),
        ("{{ who }} and {{n + 1}}", "John and 4"),
        ("{{d['a'][1]}}", "2"),
        ("{{', '.join(str(x) for x in d['a'])}}", "1, 2"),
        ("{{text}}", "{{who}}"),
        ('{"a": {"b": 1}}', '{"a": {"b": 1}}'),
        ("{who} $who ${n}", "{who} $who ${n}"),
        ("{{'{{'}}", "{{"),
        ("a }} b", "a }} b"),
        ("{{ }} {{}} {{who}} {{who", "{{ }} {{}} John {{who"),
        ("", ""),
    ],
)
def test_expressions_in_double_braces_are_filled_in(text: str, result: str) -> None:
    assert filled(text, NAMES, magic="%%agent") == result


@pytest.mark.parametrize("expression", ["nobody", "1 / 0", "n +", "d['b']"])
def test_an_expression_that_fails_is_named(expression: str) -> None:
    with pytest.raises(UsageError) as caught:
        filled(f"Hi {{{{{expression}}}}}", NAMES, magic="%%agent")
    message = str(caught.value)
    assert message.startswith(f"%%agent: {{{{{expression}}}}} can't be filled in (")
    assert "{{'{{'}}" in message
    assert "\n" not in message


def test_a_megabyte_of_open_braces_takes_no_time() -> None:
    text = "{{" * 500_000
    begun = time.monotonic()
    assert filled(text, NAMES, magic="%%agent") == text
    assert time.monotonic() - begun < 5


def test_filling_in_sets_nothing_in_the_notebook() -> None:
    names: dict[str, Any] = {}
    assert filled("{{(x := 1)}}", names, magic="%%agent") == "1"
    assert names == {}
