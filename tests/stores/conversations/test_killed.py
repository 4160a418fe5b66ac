"""A process that is killed between any two steps: nothing is lost, nothing is there twice.

A step is a request to the server or a transaction in the companion file. Each operation is done
again and again by a process that is killed after one step, after a few more, and so on, until it
gets to its end; the next process looks at what the one before has left. All are forks of one that
has imported everything. At night each single step is the last one once.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conversations_server import ConversationsServer, shared_conversations
from tests.script import finish, start
from workbench.sessions import OpenAISession

SCRIPT = """
    import asyncio, json, os, signal, sys
    import openai.types.responses
    from datetime import UTC, datetime
    from openai import AsyncOpenAI
    from workbench.protocols import ArchivedItem, Edit, StoredItem
    from workbench.stores.conversations import ConversationsStore
    from workbench.stores.conversations.api import ConversationsAPI
    from workbench.stores.conversations.scene import Companion

    url, stride, *operations = sys.argv[1:]
    now = datetime.now(UTC)
    message = lambda text: {"role": "user", "content": str(text)}

    async def work(store, operation, name, keys):
        if operation == "append":
            await store.append(name, [message(n) for n in range(45)], turn_id="t2")
        elif operation == "put":
            rows = [StoredItem(1, message(n), now, f"p{n}") for n in range(25)]
            await store.put(name, [*rows, ArchivedItem(1, message("kept"), "old", now)])
        elif operation == "archive":
            await store.archive(name, keys[1:4], reason="old")
        elif operation == "insert":
            change = Edit(archive=keys[:3], insert=[message("S")], before=keys[3], turn_id="t2")
            await store.edit(name, change)
        elif operation == "replace the end":
            await store.edit(name, Edit(delete=keys[4:], insert=[message("X"), message("Y")]))
        elif operation == "pop":
            await store.pop(name)
        elif operation == "clear":
            await store.clear(name)

    def mortal(method, steps, last):
        async def step(*args, **kwargs):
            result = await method(*args, **kwargs)
            steps.append(method)
            if len(steps) == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return result
        return step

    async def do(operation, last):
        name = f"{operation} {last}"
        store = ConversationsStore(base_url=url)
        keys = await store.append(name, [message(letter) for letter in "abcdef"], turn_id="t1")
        steps = []
        ConversationsAPI._ask = mortal(ConversationsAPI._ask, steps, last)
        Companion.do = mortal(Companion.do, steps, last)
        await work(store, operation, name, keys)
        await store.close()

    async def look(operation, last):
        name = f"{operation} {last}"
        store = ConversationsStore(base_url=url)
        seen = {
            "operation": operation,
            "items": [item["content"] for item in await store.read(name)],
            "archived": [each.item["content"] for each in await store.archived(name)],
            "turns": [row.turn_id for row in await store.rows(name)],
            "about": await store.describe(name),
        }
        await store.append(name, [message("after")])
        seen["after"] = [item["content"] for item in await store.read(name)]
        seen["conversation"] = (await store.describe(name))["conversation"]
        await store.close()
        print(json.dumps(seen), flush=True)

    async def turn(operation, before, last):
        if before:
            await look(operation, before)
        await do(operation, last)

    for operation in operations:
        ended, before, last = signal.SIGKILL, 0, 1
        while ended != 0:
            assert ended == signal.SIGKILL, ended
            pid = os.fork()
            if pid == 0:
                asyncio.run(turn(operation, before, last))
                os._exit(0)
            ended = os.waitpid(pid, 0)[1]
            before, last = last, last + int(stride)
        pid = os.fork()
        if pid == 0:
            asyncio.run(look(operation, before))
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
"""

BEFORE = list("abcdef")
AFTER: dict[str, tuple[list[str], list[str]]] = {
    "append": ([*BEFORE, *map(str, range(45))], []),
    "put": ([*BEFORE, *map(str, range(25))], ["kept"]),
    "archive": (list("aef"), list("bcd")),
    "insert": (list("Sdef"), list("abc")),
    "replace the end": (list("abcdXY"), []),
    "pop": (list("abcde"), []),
    "clear": ([], []),
}


@pytest.fixture
def server() -> ConversationsServer:
    shared_conversations().heal()
    return shared_conversations()


def test_a_killed_process_leaves_all_of_its_work_or_nothing(
    server: ConversationsServer, tmp_path: Path
) -> None:
    check_killed(server, tmp_path, stride=6)


@pytest.mark.long
def test_whatever_its_last_step_a_killed_process_leaves_all_of_its_work_or_nothing(
    server: ConversationsServer, tmp_path: Path
) -> None:
    check_killed(server, tmp_path, stride=1)


def check_killed(server: ConversationsServer, folder: Path, *, stride: int) -> None:
    env = {"WORKBENCH_HOME": str(folder / "home")}
    script = start(SCRIPT, server.direct_url, stride, *AFTER, folder=folder, env=env, flags=())
    seen = [json.loads(line) for line in finish(script, timeout=150).splitlines()]
    for operation in AFTER:
        check_outcomes(server, operation, [each for each in seen if each["operation"] == operation])


def check_outcomes(server: ConversationsServer, operation: str, seen: list[dict[str, Any]]) -> None:
    assert len(seen) >= 2, "killed at several steps"
    outcomes = []
    for each in seen:
        outcome = each["items"], each["archived"]
        outcomes.append(outcome)
        assert outcome in ((BEFORE, []), AFTER[operation])
        assert each["after"] == [*each["items"], "after"]
        assert "still to delete there" not in each["about"]
        assert server.contents(each["conversation"]) == each["after"]
        assert [
            turn
            for turn, item in zip(each["turns"], each["items"], strict=True)
            if (item in BEFORE and turn != "t1")
        ] == []
    assert outcomes[-1] == AFTER[operation]
    assert outcomes[0] == (BEFORE, []) or operation in ("pop", "clear")


WRITERS = """
    import asyncio, sys
    from workbench.sessions import OpenAISession

    async def main(url, writer):
        session = OpenAISession("shared", base_url=url)
        for number in range(4):
            batch = [f"{writer}{number:02}:{part}" for part in range(25)]
            await session.add_items([{"role": "user", "content": text} for text in batch])
            found = [item["content"] for item in await session.get_items()]
            assert len(found) % 25 == 0, len(found)
            assert found[found.index(batch[0]):][:25] == batch
        await session.close()

    asyncio.run(main(*sys.argv[1:]))
"""


async def test_two_processes_that_write_at_once_keep_their_batches_whole(
    server: ConversationsServer, tmp_path: Path, workbench_home: Path
) -> None:
    env = {"WORKBENCH_HOME": str(workbench_home)}
    running = [
        start(WRITERS, server.direct_url, letter, folder=tmp_path, env=env) for letter in "AB"
    ]
    for each in running:
        finish(each)
    async with OpenAISession("shared", base_url=server.direct_url) as session:
        rows = [(row.key, row.item["content"]) for row in await session.rows()]
    assert [key for key, _text in rows] == sorted({key for key, _text in rows})
    starts = [text.partition(":")[0] for _key, text in rows[::25]]
    assert [text for _key, text in rows] == [f"{s}:{part}" for s in starts for part in range(25)]
    assert sorted(starts) == [f"{letter}{number:02}" for letter in "AB" for number in range(4)]
