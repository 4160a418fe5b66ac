"""``wb.fork``: what a fork holds, where it is kept, and what keeps one from being made."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from agents.memory import SQLiteSession as SDKSession

import workbench as wb
from tests.redis_server import shared_cluster, shared_server
from tests.script import finish, line, start
from workbench import loop
from workbench.errors import InvalidItem, InvalidValue, KeyRequired, UnknownSession, WrongKey
from workbench.items import is_encrypted
from workbench.protocols import HIDDEN, TurnRecord
from workbench.sessions import MemorySession, RedisSession, SQLiteSession
from workbench.stores.memory import MemoryStore
from workbench.testing.data import message
from workbench.verbs.manage import delete_session
from workbench.workspace import workspace

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="


def talk(name: str = "demo", count: int = 3, **settings: Any) -> None:
    wb.session(name, **settings)
    for number in range(count):
        wb.ask(name, f"My number is {number}")


def said(name: str) -> list[Any]:
    return wb.history(name)["content"].tolist()


def base(name: str) -> Any:
    return workspace().base(loop.run(workspace().get(name)))


def test_a_fork_holds_the_turns_up_to_the_one_asked_for() -> None:
    talk()
    origin = said("demo")
    made = wb.fork("demo", "what-if", at=2)
    assert (made.name, made.origin, made.turn, made.items) == ("what-if", "demo", 2, 4)
    assert said("what-if") == origin[:4]
    assert said("demo") == origin
    assert len(wb.turns("what-if")) == 2
    assert "My number is 1" in said("what-if")[2]


@pytest.mark.parametrize(("at", "items"), [(0, 0), (1, 2), (3, 6), (None, 6)])
def test_from_nothing_to_everything(at: int | None, items: int) -> None:
    talk()
    assert wb.fork("demo", "new", at=at).items == items
    assert len(wb.history("new")) == items
    assert wb.ask("new", "Hi").status == "done"


@pytest.mark.parametrize("at", [4, -1, 1.0, True, "2"])
def test_a_turn_that_does_not_exist_is_refused_with_those_that_do(at: Any) -> None:
    talk()
    with pytest.raises(InvalidValue, match="session 'demo' has turns 0 to 3, not"):
        wb.fork("demo", "new", at=at)
    assert list(wb.list_sessions()["name"]) == ["demo"]


def test_a_turn_may_come_out_of_a_frame() -> None:
    talk()
    assert wb.fork("demo", "new", at=wb.history("demo")["turn"].to_numpy()[2]).items == 4
    assert "new  (forked behind turn 2, 4 items" in str(wb.tree("demo"))


def test_an_empty_session_has_but_its_beginning() -> None:
    wb.session("demo")
    assert wb.fork("demo", "new", at=0).items == 0
    assert wb.fork("demo", "other").items == 0
    with pytest.raises(InvalidValue, match="turns 0 to 0"):
        wb.fork("demo", "more", at=1)


def test_without_a_name_it_is_the_next_free_one() -> None:
    talk(count=1)
    loop.run(base("demo").store.append("demo-2", [message("an application's own")]))
    assert [wb.fork("demo").name for _ in range(2)] == ["demo-3", "demo-4"]
    assert wb.fork("demo-3").name == "demo-3-2"


@pytest.mark.parametrize("name", ["", "\ud800", 7])
def test_what_can_be_no_name_is_refused(name: Any) -> None:
    talk(count=1)
    with pytest.raises(InvalidValue, match="session id"):
        wb.fork("demo", name)


def test_a_name_that_is_taken_is_refused() -> None:
    talk(count=1)
    wb.session("other")
    with pytest.raises(InvalidValue, match="there is a session 'other' already"):
        wb.fork("demo", "other")
    with pytest.raises(InvalidValue, match="there is a session 'demo' already"):
        wb.fork("demo", "demo")
    assert wb.history("other").empty


@pytest.mark.parametrize("what", ["items", "archive", "turns"])
def test_an_id_under_which_something_is_kept_is_refused(what: str) -> None:
    talk(count=1)
    store = base("demo").store
    if what == "turns":
        told = TurnRecord("t", "new", datetime.now(UTC), 1.0, "failed")
        loop.run(store.save_turn("new", told))
    else:
        (key,) = loop.run(store.append("new", [message("an application's own")]))
        if what == "archive":
            loop.run(store.archive("new", [key], reason="old"))
    with pytest.raises(InvalidValue, match="there is a conversation 'new' in sqlite"):
        wb.fork("demo", "new")
    kept = loop.run(store.rows("new")), loop.run(store.archived("new"))
    assert len(kept[0]) + len(kept[1]) == (what != "turns")


def test_a_session_nobody_knows_has_no_fork() -> None:
    talk(count=1)
    with pytest.raises(UnknownSession, match="demo"):
        wb.fork("dmeo")


def test_hidden_items_stay_hidden_and_archived_ones_behind() -> None:
    talk()
    wb.hide("demo", 2)
    wb.rewind("demo", 2)
    wb.fork("demo", "new")
    shown = wb.history("new")
    assert shown["hidden"].tolist() == [False, True, False, False]
    assert len(wb.history("new", full=True)) == 4
    assert len(loop.run(base("new").get_items())) == 3
    (kept,) = loop.run(base("new").archived())
    assert kept.reason == HIDDEN


def test_a_turn_that_was_taken_up_again_later_is_whole() -> None:
    session = base_with_late_answer()
    wb.fork("demo", "new", at=1)
    rows = loop.run(base("new").rows())
    assert [row.item["content"] for row in rows] == ["a", "A"]
    assert [row.turn_id for row in rows] == ["t1", "t1"]
    assert len(loop.run(session.rows())) == 4
    assert wb.history("new")["turn"].tolist() == [1, 1]


def base_with_late_answer() -> Any:
    """Turn 1 begins, turn 2 comes in between, turn 1 ends."""
    wb.session("demo")
    session = base("demo")
    for text, turn in (("a", "t1"), ("b", "t2"), ("B", "t2"), ("A", "t1")):
        loop.run(session.append([message(text)], turn_id=turn))
    return session


def test_turns_without_ids_count_as_the_history_does() -> None:
    wb.session("demo")
    items = [message("a"), {"role": "assistant", "content": "A"}, message("b"), message("c")]
    loop.run(base("demo").add_items(items))
    assert wb.history("demo")["turn"].tolist() == [1, 1, 2, 2]
    assert wb.fork("demo", "new", at=1).items == 2
    assert wb.fork("demo", "all", at=2).items == 4


def test_settings_agent_and_model_go_along() -> None:
    talk(count=1, max_messages=40, keep_last=5)
    loop.run(workspace().remember("demo", agent="ada", model="offline"))
    wb.fork("demo", "new")
    entry, new = (loop.run(workspace().get(name)) for name in ("demo", "new"))
    assert (new.wrappers, new.agent, new.model) == (entry.wrappers, "ada", "offline")


# Encrypted


def test_an_encrypted_fork_is_encrypted_by_the_same_key() -> None:
    talk(encrypt=True, key=KEY)
    wb.fork("demo", "new", at=2)
    stored = loop.run(base("new").get_items())
    assert len(stored) == 4
    assert all(map(is_encrypted, stored))
    assert said("new") == said("demo")[:4]
    assert wb.ask("new", "Hi").status == "done"
    workspace().secrets.forget("new")
    with pytest.raises(WrongKey):
        wb.session("new", key="another-32-byte-key-for-rotation")


def test_without_the_key_an_encrypted_one_has_no_fork() -> None:
    talk(count=1, encrypt=True, key=KEY)
    workspace().secrets.forget("demo")
    with pytest.raises(KeyRequired):
        wb.fork("demo", "new")
    store = base("demo").store.url
    with pytest.raises(KeyRequired, match="its key is not known"):
        wb.fork("demo", "new", store=store)
    assert list(wb.list_sessions()["name"]) == ["demo"]


def test_hidden_items_of_an_encrypted_session_stay_hidden() -> None:
    talk(count=2, encrypt=True, key=KEY)
    wb.hide("demo", 2)
    wb.fork("demo", "new", at=1)
    assert wb.history("new")["hidden"].tolist() == [False, True]
    assert said("new") == said("demo")[:2]


# Wherever it is kept


def test_a_fork_by_id_is_in_the_store_of_its_origin(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    loop.run(wb.open_store(url).append("theirs", [message("a"), message("b")], turn_id="t1"))
    made = wb.fork("theirs", "mine", store=url)
    assert made.items == 2
    assert "app.db" in made.store
    assert base("mine").store is wb.open_store(url)


def test_a_session_of_the_sdk_is_forked_into_the_workspace(tmp_path: Path) -> None:
    theirs = SDKSession("theirs", tmp_path / "theirs.db")
    items: list[Any] = [message("a"), {"role": "assistant", "content": "A"}, message("b")]
    asyncio.run(theirs.add_items(items))
    assert wb.fork(theirs, "mine", at=1).items == 2
    assert wb.fork(theirs).name == "theirs-2"
    assert said("mine") == ["a", "A"]
    assert "workbench.db" in base("mine").store.url
    theirs.close()


def test_a_session_object_is_forked_beside_itself(tmp_path: Path) -> None:
    session = SQLiteSession("mine", tmp_path / "mine.db")
    loop.run(session.append([message("a")], turn_id="t1"))
    wb.fork(session, "new")
    assert base("new").store is session.store
    loop.run(session.close())
    alone = MemorySession("mine", store=MemoryStore())
    loop.run(alone.append([message("b")], turn_id="t1"))
    wb.fork(alone, "kept")
    assert "workbench.db" in base("kept").store.url
    assert said("kept") == ["b"]


@pytest.mark.parametrize("kind", ["server", "cluster"])
def test_a_fork_in_redis(kind: str) -> None:
    place = shared_server() if kind == "server" else shared_cluster()
    place.empty()
    talk(store=place.url)
    wb.hide("demo", 1)
    assert wb.fork("demo", "new", at=2).items == 4
    assert said("new") == said("demo")[:4]
    assert wb.history("new")["hidden"].tolist() == [True, False, False, False]
    assert isinstance(wb.session("new"), object)
    assert len(wb.turns("new")) == 2
    session = RedisSession("new", place.url)
    assert len(loop.run(session.get_items())) == 3
    loop.run(session.close())


def test_a_store_that_refuses_leaves_no_half_fork() -> None:
    talk(count=1)
    store = base("demo").store

    async def refuse(*_args: Any, **_more: Any) -> None:
        raise InvalidItem("no")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(store), "branch", refuse)
        with pytest.raises(InvalidItem):
            wb.fork("demo", "new")
    assert list(wb.list_sessions()["name"]) == ["demo"]
    assert wb.fork("demo", "new").items == 2


# Two at once, and kills


def test_of_two_that_fork_to_one_name_at_once_one_is_told() -> None:
    talk()

    def make(at: int) -> str:
        try:
            return str(wb.fork("demo", "new", at=at).items)
        except InvalidValue as exc:
            return str(exc)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(make, [1, 2]))
    won = [each for each in done if each.isdigit()]
    assert len(won) == 1
    assert len(wb.history("new")) == int(won[0])
    assert any("'new'" in each for each in done)


FORKING = """
    import json, os, signal, sys
    import workbench as wb
    from workbench.errors import InvalidValue
    from workbench.verbs import fork as module
    from workbench.workspace import loading

    step = sys.argv[1]

    def killed(call):
        def die(*args, **more):
            os.kill(os.getpid(), signal.SIGKILL)
        return die

    if step == "wait":
        print("ready", flush=True)
        sys.stdin.readline()
        try:
            print(wb.fork("demo", "new").items)
        except InvalidValue as exc:
            print("refused", exc)
    else:
        if step == "fill":
            module._filled = killed(module._filled)
        elif step == "name":
            module.add = killed(module.add)
        elif step == "end":
            loading.end = killed(loading.end)
        elif step == "begin":
            loading.begin = killed(loading.begin)
        wb.fork("demo", "new")
"""


@pytest.mark.parametrize("step", ["begin", "fill", "name", "end"])
def test_killed_at_any_step_nothing_half_is_under_the_name(
    step: str, tmp_path: Path, workbench_home: Path
) -> None:
    talk(count=2)
    process = start(FORKING, step, folder=tmp_path, env=_home(workbench_home), flags=())
    finish(process, code=-9)
    made = "new" in list(wb.list_sessions()["name"])
    assert made == (step == "end")
    if not made:
        assert wb.fork("demo", "new", at=1).items == 2
    assert said("new") == said("demo")[: len(said("new"))]
    assert len(said("new")) == (4 if made else 2)
    loop.run(delete_session("new"))
    wb.session("new")
    assert wb.history("new").empty


def test_of_two_kernels_that_fork_to_one_name_one_is_told(
    tmp_path: Path, workbench_home: Path
) -> None:
    talk(count=2)
    processes = [
        start(FORKING, "wait", folder=tmp_path, env=_home(workbench_home), flags=())
        for _ in range(2)
    ]
    assert [line(each) for each in processes] == ["ready"] * 2
    for each in processes:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    told = sorted(finish(each).strip() for each in processes)
    assert told[0] == "4"
    assert told[1].startswith("refused")
    assert len(wb.history("new")) == 4


def _home(folder: Path) -> dict[str, str]:
    return {"WORKBENCH_HOME": str(folder)}


def test_a_fork_shows_itself_and_nothing_in_a_name_is_markup() -> None:
    wb.session("<b>demo</b>")
    made = wb.fork("<b>demo</b>", "a|b", at=0)
    shown = made._repr_mimebundle_()
    assert "before its first turn" in shown["text/plain"]
    assert "<b>" not in shown["text/html"]
    assert json.loads(json.dumps(shown)) == shown
