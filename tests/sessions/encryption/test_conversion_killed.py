"""A conversion killed at any step leaves a whole session, and doing it again finishes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.script import finish, start

KILLED = """
    import asyncio, itertools, json, os, shutil, signal, sys, time
    from pathlib import Path
    from workbench.protocols import TurnRecord
    from workbench.sessions import EncryptedSession, SQLiteSession
    from workbench.sessions.encryption import conversion
    from workbench.sessions.encryption.conversion import decrypt_session, encrypt_session
    rekey_session = conversion.rekey_session
    from datetime import UTC, datetime
    import workbench.stores.sqlite
    import cryptography.hazmat.primitives.ciphers.aead

    OLD, NEW = "your-32-byte-encryption-key-here", "another-32-byte-key-for-rotation"
    verb, size, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    CALLS = ("rows", "archived", "edit", "turns", "save_turn", "scrub")

    def convert(base):
        if verb == "encrypt":
            return encrypt_session(base, NEW)
        if verb == "decrypt":
            return decrypt_session(base, OLD)
        return rekey_session(base, OLD, NEW)

    async def prepare(path):
        base = SQLiteSession("chat", path)
        texts = [f"zanzibar {n}" for n in range(size)]
        keys = await base.append([{"role": "user", "content": text} for text in texts])
        await base.archive(keys[:size // 4], reason="old")
        await base.save_turn(TurnRecord("t1", "chat", datetime.now(UTC), 1.0, "failed",
                                        error="zanzibar!"))
        if verb != "encrypt":
            await encrypt_session(base, OLD)
        await base.close()

    async def cut_off(path, step):
        base = SQLiteSession("chat", path)
        count = itertools.count()
        for name in CALLS:
            setattr(base, name, counted(getattr(base, name), count, step))
        await convert(base)

    def counted(call, count, step):
        async def wrapped(*args, **more):
            if next(count) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            result = await call(*args, **more)
            if next(count) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return result
        return wrapped

    async def check(path):
        base = SQLiteSession("chat", path)
        items = [row.item for row in [*await base.rows(), *await base.archived()]]
        plain = sum("wb1" not in item for item in items)
        assert len(items) == size and plain in (0, size), "all of one form"
        done = await convert(base)
        assert done.notes == (), done.notes
        session = base if verb == "decrypt" else EncryptedSession(base, NEW)
        live = [row.item["content"] for row in await session.rows()]
        kept = [each.item["content"] for each in await session.archived()]
        assert kept + live == [f"zanzibar {n}" for n in range(size)]
        (turn,) = await session.turns()
        assert turn.error == "zanzibar!"
        await base.close()
        found = [f.name for f in path.parent.iterdir() if b"zanzibar" in f.read_bytes()]
        assert bool(found) == (verb == "decrypt"), found
        return done.changed

    def in_child(work):
        pid = os.fork()
        if not pid:
            try:
                asyncio.run(work())
                os._exit(0)
            except BaseException as exc:
                print(repr(exc), file=sys.stderr, flush=True)
                os._exit(1)
        return pid

    def ended(pid):
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    folder = Path("made"); folder.mkdir()
    assert ended(in_child(lambda: prepare(folder / "chats.db"))) == 0
    kills = 0
    for step in itertools.count() if mode == "steps" else range(int(mode)):
        copy = Path(f"copy-{step}")
        shutil.copytree(folder, copy)
        begun = time.perf_counter()
        child = in_child(lambda: cut_off(copy / "chats.db", step if mode == "steps" else -1))
        if mode != "steps":
            time.sleep(0.004 * step)
            os.kill(child, signal.SIGKILL)
        code = ended(child)
        assert code in (0, -signal.SIGKILL), code
        assert ended(in_child(lambda: check(copy / "chats.db"))) == 0
        shutil.rmtree(copy)
        kills += code != 0
        if code == 0 and mode == "steps":
            break
    print(json.dumps(kills))
"""


@pytest.mark.parametrize("verb", ["encrypt", "decrypt", "rekey"])
def test_killed_between_any_two_steps_it_is_whole_and_can_be_finished(
    verb: str, tmp_path: Path
) -> None:
    process = start(KILLED, verb, 40, "steps", folder=tmp_path, flags=())
    kills = json.loads(finish(process))
    assert kills >= 18, "before and after each of nine calls"


@pytest.mark.parametrize("verb", ["encrypt", "rekey"])
def test_killed_in_the_middle_of_a_step_it_is_whole_and_can_be_finished(
    verb: str, tmp_path: Path
) -> None:
    process = start(KILLED, verb, 2_000, 12, folder=tmp_path, flags=())
    assert json.loads(finish(process)) >= 3
