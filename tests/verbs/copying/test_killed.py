"""A copy killed at any step goes on when it is called again: equal item by item, nothing twice."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.script import finish, start
from tests.stores.redis.places import empty_server, store_at
from workbench.stores.sqlite import SQLiteStore
from workbench.testing.data import message

KILLED = """
    import asyncio, itertools, json, os, shutil, signal, sys, warnings
    from pathlib import Path
    import workbench as wb
    from tests.verbs.copying.conversations import base, full, told
    from workbench import loop
    from workbench.errors import InvalidValue
    from workbench.stores.sqlite import SQLiteStore
    from workbench.verbs.copying import doing, transfer
    from workbench.workspace import copies, workspace
    import workbench.sessions.encryption, pandas, tqdm.auto

    warnings.filterwarnings("ignore", message=".*multi-threaded")  # a fork is no crime here
    encrypted = sys.argv[1] == "encrypted"
    KEY = "your-32-byte-encryption-key-here"
    CALLS = ("page", "put", "texts", "put_texts", "archived", "turns", "save_turns", "standing")
    transfer.PAGE = 3

    def home(folder):
        os.environ["WORKBENCH_HOME"] = str(folder / "home")

    def prepare(folder):
        home(folder)
        full(**({"encrypt": True, "key": KEY} if encrypted else {}))
        loop.run(workspace().store().close())

    def copy(folder):
        options = {"key": KEY} if encrypted else {}
        return wb.copy("demo", f"sqlite:///{folder / 'target.db'}", name="copy", **options)

    def cut_off(folder, step):
        home(folder)
        count = itertools.count()

        def die():
            if next(count) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        def counted(call):
            async def wrapped(*args, **more):
                die()
                result = await call(*args, **more)
                die()
                return result
            return wrapped

        for name in CALLS:
            setattr(SQLiteStore, name, counted(getattr(SQLiteStore, name)))
        for module, name in ((doing, "begin"), (doing, "add"), (doing, "_begun")):
            setattr(module, name, counted(getattr(module, name)))
        copy(folder)

    def check(folder):
        home(folder)
        names = [entry.name for entry in loop.run(workspace().names())]
        resumed = None
        if "copy" not in names:
            resumed = copy(folder).resumed
        if encrypted:
            wb.session("demo", key=KEY), wb.session("copy", key=KEY)
            one, other = (workspace().plain(loop.run(workspace().get(n))) for n in ("demo", "copy"))
        else:
            one, other = base("demo"), base("copy")
        assert told(other) == told(one), (told(other), told(one))
        try:
            wb.copy("demo", f"sqlite:///{folder / 'target.db'}", name="more")
        except InvalidValue:
            pass
        else:
            raise AssertionError("a copy that is whole is refused")
        return resumed

    def in_child(work):
        pid = os.fork()
        if not pid:
            try:
                os._exit({None: 0, False: 0, True: 7}[work()])
            except BaseException as exc:
                import traceback
                traceback.print_exc()
                sys.stderr.flush()
                os._exit(1)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    made = Path("made").absolute(); made.mkdir()
    assert in_child(lambda: prepare(made)) == 0
    kills = resumed = 0
    for step in itertools.count(0, int(sys.argv[2])):
        folder = Path(f"copy-{step}").absolute()
        shutil.copytree(made, folder)
        code = in_child(lambda: cut_off(folder, step))
        assert code in (0, -signal.SIGKILL), (step, code)
        checked = in_child(lambda: check(folder))
        assert checked in (0, 7), (step, checked)
        shutil.rmtree(folder)
        kills += code != 0
        resumed += checked == 7
        if code == 0:
            break
    print(json.dumps([kills, resumed]))
"""


@pytest.mark.parametrize(("kind", "each"), [("plain", 3), ("encrypted", 7)])
def test_killed_between_any_two_steps_it_goes_on(kind: str, each: int, tmp_path: Path) -> None:
    process = start(KILLED, kind, each, folder=tmp_path, flags=())
    kills, resumed = json.loads(finish(process, timeout=120))
    assert kills >= 10
    assert resumed >= kills // 2, "most of them find what was begun"


@pytest.mark.long
@pytest.mark.parametrize("kind", ["plain", "encrypted"])
def test_killed_between_each_two_steps_it_goes_on(kind: str, tmp_path: Path) -> None:
    process = start(KILLED, kind, 1, folder=tmp_path, flags=())
    kills, _resumed = json.loads(finish(process, timeout=600))
    assert kills >= 60


TO_REDIS = """
    import sys
    import workbench as wb
    from workbench import loop

    print("ready", flush=True)
    made = wb.copy("long", sys.argv[2], store=sys.argv[1], name="copy")
    print(made.items, made.resumed)
"""


def test_killed_on_the_way_to_redis_it_goes_on(tmp_path: Path) -> None:
    server, source = empty_server(), tmp_path / "app.db"
    items = [message(f"{number} " + "x" * 200) for number in range(30_000)]
    asyncio.run(_written(SQLiteStore(source), items))
    there = 0
    for _ in range(2):
        process = _copying(source, server.url, tmp_path)
        while server.do("LLEN", "agents:session:long:messages") <= there:
            assert process.poll() is None
        process.kill()
        process.communicate()
        there = server.do("LLEN", "agents:session:long:messages")
        assert there < len(items)
    assert finish(_copying(source, server.url, tmp_path)).split() == ["30000", "True"]
    assert asyncio.run(_read(server.url)) == items


def _copying(source: Path, url: str, folder: Path) -> Any:
    home = {"WORKBENCH_HOME": str(folder / "home")}
    process = start(TO_REDIS, f"sqlite:///{source}", url, folder=folder, env=home, flags=())
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


async def _written(store: SQLiteStore, items: list[Any]) -> None:
    await store.append("long", items, turn_id="t1")
    await store.close()


async def _read(url: str) -> list[Any]:
    store = store_at(url)
    found = await store.read("long")
    await store.close()
    return found
