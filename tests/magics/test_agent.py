from __future__ import annotations

from pathlib import Path

import pytest

import workbench as wb
from tests.notebook_shell import Shell
from workbench.errors import StoreUnusable, TurnFailed
from workbench.turn import Turn

SETUP = """
from agents import Agent, Runner, function_tool
from tests.turn.models import BreaksOff, Refuses, add
ada = Agent(name="Ada L")
"""


def users(session: str = "demo") -> list[str]:
    frame = wb.history(session)
    return [str(each) for each in frame[frame["role"] == "user"]["content"]]


def test_a_cell_is_a_turn_of_its_session(shell: Shell) -> None:
    first = shell.ok("%%agent --session demo\nMy name is John")
    assert "New session 'demo' in sqlite:///home/workbench.db." in first.out
    assert "Nice to meet you, John." in first.text
    second = shell.ok("%%agent --session demo\nWhat's my name?")
    assert "New session" not in second.out
    assert second.text.count("Your name is John.") == 1
    assert "offline" in second.text
    assert isinstance(second.value, Turn)
    assert len(wb.history("demo")) == 4


@pytest.mark.parametrize(
    "line",
    [
        "%agent -s demo What's my name?",
        '%agent -s "demo" What\'s my name?',
        "%agent --session=demo What's my name?",
        "t = %agent -s demo What's my name?",
        "if True:\n    %agent -s demo What's my name?",
    ],
)
def test_one_line_with_a_question_mark_is_a_prompt(shell: Shell, line: str) -> None:
    shell.ok("%agent -s demo My name is John")
    shell.ok(line)
    assert wb.turns("demo")["reply"].iloc[-1] == "Your name is John."


def test_help_is_shown_in_every_way_that_is_usual(shell: Shell) -> None:
    for source in ("%agent --help", "%agent -h", "%%agent --help\n\n", "%session --help"):
        assert "Options:" in shell.ok(source).out
    shown = "".join(str(each) for each in shell.ok("%agent?").shown) + shell.ok("%agent?").text
    assert "--session NAME" in shown
    assert wb.list_sessions().empty


def test_help_of_a_verb_is_about_that_verb_alone(shell: Shell) -> None:
    text = shell.ok("%session fork --help").out
    assert "%session fork [NAME] [NEW]" in text
    assert "--at" in text
    assert "--repair" not in text
    assert "%session doctor" not in text
    assert "%session doctor" in shell.ok("%session nothing --help").out


def test_values_of_the_notebook_are_filled_in(shell: Shell) -> None:
    shell["who"], shell["name"] = "John", "two words"
    shell.ok('%%agent -s {{name}}\nMy name is {{who}}, and {who} $who {"a": {"b": 1}}')
    assert users("two words") == ['My name is John, and {who} $who {"a": {"b": 1}}']
    shell["text"] = "--help -s other"
    shell.ok("%agent -s {{name}} {{text}}")
    assert users("two words")[-1] == "--help -s other"


def test_code_is_not_filled_in(shell: Shell) -> None:
    shell.ok(SETUP)
    ran = shell.ok("%%agent -s demo\nr = {{'a': 1}.get('a')}\nRunner.run_sync(ada, 'Hi')\nr")
    assert ran.value == {1}


def test_code_and_prompt_decide_what_a_body_is(shell: Shell) -> None:
    shell.ok(SETUP)
    shell.ok("%%agent -s demo --prompt\nRunner.run_sync(ada, 'Hi')")
    assert users() == ["Runner.run_sync(ada, 'Hi')"]
    shell.ok("%%agent -s demo --code\nfrom agents import Runner as R\nr = R.run_sync(ada, 'Ho')")
    assert users()[-1] == "Ho"
    assert "exclude each other" in shell.run("%%agent --code --prompt\nHi").usage_error


def test_code_without_a_run_says_nothing_and_keeps_nothing(shell: Shell) -> None:
    ran = shell.ok("%%agent -s demo --code\n1 + 1")
    assert ran.value == 2
    assert "turn" not in ran.out.replace("New session", "")
    assert wb.turns("demo").empty


def test_a_run_that_nobody_awaits_is_told(shell: Shell) -> None:
    shell.ok("from agents import Agent, Runner")
    ran = shell.ok("%%agent -s demo\nlost = Runner.run(Agent(name='A'), 'Hi')\nlost")
    assert "write await Runner.run(...)" in ran.out
    assert shell.ok("%%agent -s demo\ndef later(): return Runner.run(None, 'Hi')").out == ""
    shell.ok("lost.close()")


def test_a_timed_cell_is_bound_too(shell: Shell) -> None:
    shell.ok(SETUP)
    ran = shell.ok("%%time\n%%agent -s demo\nr = Runner.run_sync(ada, 'Hi')")
    assert "Wall time" in ran.out
    assert users() == ["Hi"]


def test_a_prompt_that_holds_magics_is_left_as_it_is(shell: Shell) -> None:
    body = "How do I use\n%agent -s demo what?\n!ls"
    shell.ok(f"%%agent -s demo\n{body}")
    assert users() == [body]


def test_the_turn_is_kept_in_a_variable(shell: Shell) -> None:
    shell.ok("%%agent -s demo --out t\nMy name is John")
    assert shell["t"].text == "Nice to meet you, John."
    assert "variable name" in shell.run("%agent --out a-b Hi").usage_error


def test_an_agent_is_named_by_variable_by_its_name_or_registered(shell: Shell) -> None:
    shell.ok(SETUP)
    shell.ok("import workbench as wb\nwb.register_agent(Agent(name='Billing'), name='bill')")
    for given, name in (("ada", "Ada L"), ('"Ada L"', "Ada L"), ("bill", "Billing")):
        shell.ok(f"%agent -s demo --agent {given} Hi")
        assert wb.turns("demo")["agent"].iloc[-1] == name


def test_a_session_goes_on_with_its_agent(shell: Shell) -> None:
    shell.ok(SETUP)
    shell.ok("%agent -s demo -a ada Hi")
    shell.ok("%agent -s demo Hi")
    assert wb.turns("demo")["agent"].tolist() == ["Ada L", "Ada L"]
    shell.ok("del ada")
    message = shell.run("%agent -s demo Hi").usage_error
    assert "goes on with agent 'ada'" in message
    assert "--agent" in message
    shell.ok("%agent -s demo --agent none Hi")
    shell.ok("%agent -s demo Hi")
    assert wb.turns("demo")["agent"].tolist()[2:] == ["Assistant", "Assistant"]


def test_a_session_goes_on_with_its_model(shell: Shell) -> None:
    shell.ok(SETUP)
    shell.ok("gpt = Agent(name='G', model='gpt-5.2')")
    shell.ok("%agent -s demo -a gpt -m offline Hi")
    shell.ok("%agent -s demo Hi")
    message = shell.run("%agent -s demo -m default Hi").usage_error
    assert "no API key for the model 'gpt-5.2'" in message
    assert "OPENAI_API_KEY" in message


def test_a_store_of_its_own(shell: Shell, tmp_path: Path) -> None:
    ran = shell.ok("%%agent -s app --store sqlite:///./data/x.db\nMy name is John")
    assert "in sqlite:///data/x.db." in ran.out
    assert (tmp_path / "data" / "x.db").exists()
    assert "Your name is John." in shell.ok("%agent -s app What's my name?").text
    assert (
        "kept in sqlite:///data/x.db" in shell.run("%agent -s app --store memory:// Hi").usage_error
    )
    shell.ok("%agent -s mem --store memory:// Hi")
    assert len(wb.history("mem")) == 2


def test_a_conversation_of_an_application_goes_on(shell: Shell) -> None:
    shell.ok("""
from agents import SQLiteSession
app = SQLiteSession("user_1", "app.db")
await app.add_items([{"role": "user", "content": "My name is John"}])
app.close()""")
    ran = shell.ok("%agent -s user_1 --store sqlite:///app.db What's my name?")
    assert "Session 'user_1' goes on from sqlite:///app.db." in ran.out
    assert "Your name is John." in ran.text


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("%%agent --sesion x\nHi", "no option --sesion; did you mean --session?"),
        ("%%agent -s x\n   \n", "the prompt is empty; write it in the lines below"),
        ("%agent -s x", "the prompt is empty; write it behind the options"),
        ("%%agent -s x hello\nHi", "'hello' stands behind the options"),
        ("%%agent hello\nHi", "the name of a session behind --session"),
        ("%%agent -s x --max-messages -3\nHi", "--max-messages is a number from 0, not '-3'"),
        ("%%agent -s x --agent ad\nHi", "there is no agent 'ad'; did you mean 'ada'?"),
        ("%%agent -s x --agent SETUP\nHi", "SETUP is a str, not an agent"),
        ("%%agent -s x --store foo://z\nHi", "no store has the scheme foo://"),
        ("%%agent -s x --store notes.txt\nHi", "a file is written sqlite:///notes.txt"),
        ("%%agent -s x --store sqlite:///a.db?timout=3\nHi", "did you mean 'timeout'?"),
        ("%%agent -s x --rerun never\nHi", "--rerun is one of append, replace, fork"),
        ("%%agent -s x -m gpt-5.2\nHi", "no API key for the model 'gpt-5.2'"),
        ("%%agent -s x\nHi {{nobody}}", "{{nobody}} can't be filled in (NameError"),
        ("%agent -s '' Hi", "needs a value that is not empty"),
    ],
)
def test_a_usage_error_is_one_line_that_names_the_way_out(
    shell: Shell, source: str, said: str
) -> None:
    shell.ok("from agents import Agent\nada = Agent(name='Ada')\nSETUP = ''")
    message = shell.run(source).usage_error
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "name", ["it's", "a/b", "🦊", "x" * 10_000, "{{1}}".strip("{}"), "%s", "a;b"]
)
def test_odd_names_work(shell: Shell, name: str) -> None:
    ran = shell.ok(f'%agent -s "{name}" Hi')
    assert wb.list_sessions()["name"].tolist() == [name]
    assert len(ran.text) < 1000
    assert len(repr(ran.value)) < 300


def test_a_hostile_name_does_no_harm_in_notices(shell: Shell) -> None:
    shell["name"] = "a\nb\x1b[31m<script>alert(1)</script>"
    ran = shell.ok("%agent -s {{name}} Hi")
    again = shell.run("%session use {{name}}x")
    for text in (ran.text, str(again.error)):
        assert "\x1b" not in text
    html = "".join(each.get("text/html", "") for each in ran.shown)
    assert "<script" not in html


def test_a_failed_model_is_a_real_error_and_leaves_the_history(shell: Shell) -> None:
    shell.ok(SETUP)
    shell.ok("%agent -s demo My name is John\nbad = Agent(name='Bad', model=BreaksOff())")
    before = wb.history("demo")
    ran = shell.run("%agent -s demo -a bad Hello there")
    assert isinstance(ran.error, TurnFailed)
    assert isinstance(ran.error.__cause__, ConnectionError)
    assert wb.history("demo").equals(before)
    assert wb.turns("demo")["status"].tolist() == ["done", "failed"]
    assert "Your name is John." in shell.ok("%agent -s demo What's my name?").text


def test_an_agent_that_failed_is_not_remembered(shell: Shell) -> None:
    shell.ok(SETUP)
    shell.ok("bad = Agent(name='Bad', model=Refuses())")
    shell.run("%agent -s demo -a bad Hi")
    assert "Nice to meet you" in shell.ok("%agent -s demo My name is John").text


def test_a_store_that_is_no_database_is_named(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database at all " * 99)
    ran = shell.run("%agent -s demo --store sqlite:///notes.txt Hi")
    assert isinstance(ran.error, StoreUnusable)
    assert "notes.txt" in str(ran.error)
    assert "New session 'demo'" in shell.ok("%agent -s demo Hi").out


def test_settings_are_listed_and_count(shell: Shell) -> None:
    listed = shell.ok("%config Workbench").out
    for name in ("session", "store", "model", "api", "stream", "rerun"):
        assert f"Workbench.{name}=" in listed
    shell.ok("%config Workbench.session = 'mine'")
    shell.ok("%config Workbench.store = 'sqlite:///mine.db'")
    shell.ok("%agent Hi")
    frame = wb.list_sessions().set_index("name")
    assert frame.loc["mine", "store"] == "sqlite:///mine.db"
    shell.ok("%config Workbench.model = 'gpt-5.2'")
    assert "gpt-5.2" in shell.run("%agent Hi").usage_error
    shell.ok("%agent -m offline Hi")
    shell.run("%config Workbench.rerun = 'never'")
    assert shell.ok("%config Workbench.rerun").value == "replace"


def test_without_streaming_the_reply_comes_whole(shell: Shell) -> None:
    ran = shell.ok("%agent -s demo --no-stream My name is John")
    assert ran.text.count("Nice to meet you, John.") == 1
    shell.ok("%config Workbench.stream = False")
    ran = shell.ok("%agent -s demo What's my name?")
    assert ran.text.count("Your name is John.") == 1


def test_a_turn_is_shown_once_and_again_when_asked_for(shell: Shell) -> None:
    ran = shell.ok("%%agent -s demo --out t\nMy name is John")
    assert ran.text.count("Nice to meet you, John.") == 1
    again = shell.ok("t")
    assert again.text.count("Nice to meet you, John.") == 1
    assert {"text/plain", "text/markdown", "text/html"} <= set(again.shown[0])
    assert "Nice to meet you" in shell.ok("print(t)").out
    assert "Nice to meet you" not in shell.ok("[t]").text
